"""Is it alive, is it ready, and what does it count. Nobody need be signed in."""

from __future__ import annotations

import time

from msgspec import Struct

from gateway.http.endpoint import Answer, Call, Endpoint
from gateway.http.readiness import because, ready

__all__ = ["ENDPOINTS", "Alive", "Readiness"]

METRICS = "text/plain; version=0.0.4; charset=utf-8"


class Alive(Struct, frozen=True):
    """The process answers."""

    status: str


class Readiness(Struct, frozen=True):
    """Whether to send traffic here.

    `problems` keep traffic away; `degraded` is what is weak while this gateway serves all the same,
    `because` a sentence for each of it.
    """

    ready: bool
    problems: list[str]
    degraded: list[str]
    because: dict[str, str]
    policy: str = ""
    connections: int = 0
    load: str = ""
    turned_away: int = 0
    loop_lag_ms: float = 0.0


async def healthz(call: Call) -> Alive:
    """Say that the process answers."""
    return Alive("ok")


async def readyz(call: Call) -> Answer:
    """Say whether to send traffic here: 200, or 503 with the problems; what is weak besides.

    `readiness` decides which is which.
    """
    found = ready(call.context.health(), time.time())
    status = dict(call.context.status())
    weak = status.pop("degraded", ())
    shown = Readiness(
        not found.problems,
        found.problems,
        list(dict.fromkeys([*weak, *found.degraded])),
        {name: because(name) for name in weak} | found.degraded,
        **status,
    )
    return Answer(shown, status=503 if found.problems else 200)


async def metrics(call: Call) -> Answer:
    """Give every number in Prometheus' text format."""
    text = call.context.metrics.text()
    return Answer(text if isinstance(text, bytes) else text.encode(), METRICS)


ENDPOINTS = (
    Endpoint(
        "GET", "/healthz", None, "Whether the process answers", healthz, Alive, open_to_all=True
    ),
    Endpoint(
        "GET",
        "/readyz",
        None,
        "Whether to send traffic here",
        readyz,
        Readiness,
        also=((503, Readiness),),
        open_to_all=True,
    ),
    Endpoint(
        "GET",
        "/metrics",
        None,
        "Every number, in Prometheus' text format",
        metrics,
        "text/plain",
        open_to_all=True,
    ),
)
