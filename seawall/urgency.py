"""How urgent a case is, as one number by which the queue is sorted: the smallest comes first.

rank = due - H * log2(harm), harm = weight of the severity * weight of the viewers * confidence

The weight of the viewers grows with their root: a large room must not outbid every deadline.

It is a time, in seconds since the epoch: when it is too late, brought forward by what is at stake.
Each doubling of the harm is worth `DOUBLING_S` of time. No clock is in it, so waiting changes no
order and an index can hold it; what is due sooner comes first all the same.
"""

from __future__ import annotations

from math import isfinite, log2

__all__ = ["DOUBLING_S", "DUE_S", "due_at", "rank"]

DUE_S: dict[str, float] = {"p0": 60.0, "p1": 300.0, "p2": 1800.0, "p3": 14_400.0, "p4": 86_400.0}
"""How long after its opening a case is due that has no deadline of its own, by priority."""
DOUBLING_S = 120.0
_SEVERITY = {"low": 1.0, "medium": 2.0, "high": 4.0, "critical": 8.0}
_UNKNOWN = 2.0
"""The weight where no finding says how bad it is: a report, a command."""
_LEAST = 0.05
"""The least confidence: a doubt of a hundredth is no reason to come last for ever."""
_VIEWERS = 10.0
"""Three times so many viewers double the harm; from there on it takes four times as many."""


def due_at(priority: str, opened: float) -> float:
    """Return by when a case without a deadline of its own should be decided."""
    return opened + DUE_S.get(priority, DUE_S["p3"])


def rank(severity: str, viewers: int, score: float, due: float) -> float:
    """Return the place in the queue. `score` is 0…1, `due` seconds since the epoch.

    It falls (or stays) with each of severity, viewers and score, and rises with `due`.
    """
    weight = _SEVERITY.get(severity, _UNKNOWN)
    watched = 1.0 + min(max(0, viewers), 2**53) / _VIEWERS
    sure = min(1.0, max(_LEAST, score)) if isfinite(score) else _LEAST
    return due - DOUBLING_S * (log2(weight) + log2(watched) / 2 + log2(sure))
