"""What the HTTP API may see and do of the gateway."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Literal

import msgspec
from aiohttp import web

from gateway.chat.reverts import Reverts
from gateway.chat.switches import Switches
from gateway.http.readiness import Health
from gateway.metrics import Metrics
from gateway.record.cases import CaseLine
from gateway.record.headfile import Published
from gateway.record.kept import KeptEvidence
from gateway.record.keys import Key
from gateway.stream.moderating import Moderating
from gateway.stream.playing import Player

__all__ = ["CONTEXT", "KEY", "Context", "Decision", "StreamAccess"]

Decision = dict[str, Any]


class StreamAccess(msgspec.Struct, frozen=True):
    """What the API may see and do of streams."""

    moderating: Moderating
    evidence: KeptEvidence
    player: Player


class Context(msgspec.Struct, frozen=True):
    """Functions of the running gateway.

    `decide_hold` returns what
    became of the hold, or None when there is no such hold. `heads` and `cases` return the newest
    first. What asks the database raises RecordUnavailable.
    """

    metrics: Metrics
    find_key: Callable[[str], Key | None]
    status: Callable[[], dict[str, Any]]
    list_holds: Callable[[str, int], Awaitable[list[Decision]]]
    decide_hold: Callable[
        [str, str, int, Literal["approved", "denied"], str], Awaitable[Decision | None]
    ]
    health: Callable[[], Health]
    heads: Callable[[int], Awaitable[list[Published]]]
    cases: Callable[[str, int], Awaitable[list[CaseLine]]]
    reverts: Reverts
    switches: Switches
    streams: StreamAccess | None = None
    """None where no streams are taken in."""


CONTEXT: web.AppKey[Context] = web.AppKey("context", Context)
KEY: web.RequestKey[Key] = web.RequestKey("key", Key)
