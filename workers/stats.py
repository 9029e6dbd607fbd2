"""What is counted of one model's lane, for metrics."""

from __future__ import annotations

import msgspec

__all__ = ["Stats"]


class Stats(msgspec.Struct):
    """Counts since the start, and what waits now (the last five).

    `asked` texts were handed in. Of them `timeout`, `down`, `full` and `error` were told so.
    `answered` were judged, whether or not in time; `overdue` were left unjudged by the worker as
    too late. `batches` were judged in `judged_s` seconds with `batch_units` texts in all.
    `restarts` counts workers that ended, `hung` those killed for silence, `lies` those ended for
    saying what cannot be.
    """

    model: str
    asked: int = 0
    answered: int = 0
    timeout: int = 0
    down: int = 0
    full: int = 0
    error: int = 0
    overdue: int = 0
    batches: int = 0
    batch_units: int = 0
    judged_s: float = 0.0
    restarts: int = 0
    hung: int = 0
    lies: int = 0
    units: int = 0
    bytes: int = 0
    age_s: float = 0.0
    ready: bool = False
