"""What a compiled expression may call: arithmetic that has an answer for every input."""

from __future__ import annotations

__all__ = ["LONG_AGO_DAYS", "LONG_AGO_MINUTES", "days", "minutes", "number"]

LONG_AGO_DAYS = 1e6
"""The age of an account nobody knows the age of: old, so that not knowing accuses nobody."""
LONG_AGO_MINUTES = LONG_AGO_DAYS * 1440.0
_LARGEST = 1e18


def days(at: float, then: float | None) -> float:
    """Return the days from `then` to `at`, 0 for a time to come, LONG_AGO_DAYS for no time."""
    if then is None:
        return LONG_AGO_DAYS
    return (at - then) / 86400.0 if at > then else 0.0


def minutes(at: float, then: float | None) -> float:
    """Return the minutes from `then` to `at`, 0 for a time to come, LONG_AGO_MINUTES for none."""
    if then is None:
        return LONG_AGO_MINUTES
    return (at - then) / 60.0 if at > then else 0.0


def number(value: float) -> float:
    """Return a count as a float, kept within ±1e18: a count can be larger than any float."""
    return float(max(-_LARGEST, min(_LARGEST, value)))
