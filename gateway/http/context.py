"""What the HTTP API may see and do of the gateway."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Literal

import msgspec
from aiohttp import web

from gateway.metrics import Metrics
from gateway.record.keys import Key

__all__ = ["CONTEXT", "KEY", "Context", "Decision"]

Decision = dict[str, Any]


class Context(msgspec.Struct, frozen=True):
    """Functions of the running gateway.

    `problems` lists what keeps it from being ready, empty when it is. `decide_hold` returns what
    became of the hold, or None when there is no such hold.
    """

    metrics: Metrics
    find_key: Callable[[str], Key | None]
    problems: Callable[[], list[str]]
    status: Callable[[], dict[str, Any]]
    list_holds: Callable[[str, int], Awaitable[list[Decision]]]
    decide_hold: Callable[
        [str, str, int, Literal["approved", "denied"], str], Awaitable[Decision | None]
    ]


CONTEXT: web.AppKey[Context] = web.AppKey("context", Context)
KEY: web.RequestKey[Key] = web.RequestKey("key", Key)
