"""What the HTTP API may see and do of the gateway."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Literal

import msgspec
from aiohttp import web

from gateway.chat.reverts import Reverts
from gateway.chat.switches import Switches
from gateway.http.answered import AnsweredCalls
from gateway.http.parts import Parts, StreamAccess
from gateway.http.readiness import Health
from gateway.metrics import Metrics
from gateway.record.headfile import Published
from gateway.record.keys import Key

__all__ = ["CONTEXT", "Context", "Held", "StreamAccess"]

Held = dict[str, Any]
"""A hold as it is shown: names and plain values."""


class Context(msgspec.Struct, frozen=True):
    """Functions of the running gateway.

    `decide_hold` returns what became of the hold, or None when there is no such hold. `heads`
    returns the newest first. What asks the database raises RecordUnavailable.

    `extra` is what other endpoints find in the application under their own keys (who may sign in:
    `signing_in.DESK`; without it keys alone are looked at).
    """

    metrics: Metrics
    find_key: Callable[[str], Key | None]
    status: Callable[[], dict[str, Any]]
    list_holds: Callable[[str, int, tuple[float, str, int] | None], Awaitable[list[Held]]]
    decide_hold: Callable[
        [str, str, int, Literal["approved", "denied"], str], Awaitable[Held | None]
    ]
    health: Callable[[], Health]
    heads: Callable[[int], Awaitable[list[Published]]]
    reverts: Reverts
    switches: Switches
    streams: StreamAccess | None = None
    """None where no streams are taken in."""
    parts: Parts = Parts()
    answered: AnsweredCalls | None = None
    """None: `Idempotency-Key` is not kept, and refused."""
    extra: tuple[tuple[web.AppKey[Any], Any], ...] = ()  # each with its own type


CONTEXT: web.AppKey[Context] = web.AppKey("context", Context)
