"""A server under measurement: where it listens, which processes it is made of, what it speaks."""

from __future__ import annotations

from typing import Literal

import msgspec

from bench.generator import Target

__all__ = ["Role", "Speech", "System"]

Role = Literal[
    "gateway", "valkey", "journal", "database", "text", "decode", "vision", "speech", "other"
]
"""What a process is for. `gateway` is the server's own process, of a peer as well."""

Speech = Literal["seawall", "plain", "echo"]
"""`seawall`: hello first, verdicts back. `plain`: chat in, something with `"id"` back, no hello.
`echo`: every frame comes back as it went."""


class System(msgspec.Struct, frozen=True):
    """One or several processes that answer as one.

    `targets` has one entry a gateway process; connections are spread over them in turns. `http`
    holds their `HOST:PORT`, in the same order; it is empty where there is none.
    """

    name: str
    targets: tuple[Target, ...]
    pids: dict[Role, tuple[int, ...]]
    speaks: Speech = "seawall"
    http: tuple[str, ...] = ()
