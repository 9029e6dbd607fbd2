"""Stretches of time as sorted, disjoint pairs [from, to): what may be said of a stream so far.

Empty pairs are nothing. Every function returns a new list; the cost grows with the number of pairs.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

__all__ = ["Span", "Spans", "added", "bounded", "common", "length", "thinned", "until", "without"]

Span = tuple[float, float]
Spans = Sequence[Span]


def added(spans: Spans, more: Span) -> list[Span]:
    """Return the spans with one more; what touches becomes one."""
    start, end = more
    if not start < end:
        return list(spans)
    first = bisect_left(spans, start, key=lambda span: span[1])
    last = bisect_right(spans, end, key=lambda span: span[0])
    if first < last:
        start, end = min(start, spans[first][0]), max(end, spans[last - 1][1])
    return [*spans[:first], (start, end), *spans[last:]]


def without(spans: Spans, less: Spans) -> list[Span]:
    """Return what of `spans` is not in `less`."""
    found: list[Span] = []
    place = 0
    for start, end in spans:
        while place < len(less) and less[place][1] <= start:
            place += 1
        after = place
        while after < len(less) and less[after][0] < end:
            if start < less[after][0]:
                found.append((start, less[after][0]))
            start = max(start, less[after][1])
            after += 1
        if start < end:
            found.append((start, end))
    return found


def common(spans: Spans, other: Spans) -> list[Span]:
    """Return what is in both."""
    return without(spans, without(spans, other))


def until(spans: Spans, end: float) -> list[Span]:
    """Return what lies before `end`."""
    return [(start, min(to, end)) for start, to in spans if start < end]


def length(spans: Iterable[Span]) -> float:
    """Return how long they are together, in seconds."""
    return sum(end - start for start, end in spans)


def bounded(spans: Spans, most: int) -> list[Span]:
    """Return at most `most` spans that hold all of these: those closest together become one."""
    found = list(spans)
    if len(found) <= most:
        return found
    gaps = sorted(range(1, len(found)), key=lambda at: found[at][0] - found[at - 1][1])
    closed = set(gaps[: len(found) - most])
    joined: list[Span] = []
    for at, (start, end) in enumerate(found):
        if at in closed:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def thinned(spans: Spans, most: int) -> list[Span]:
    """Return at most `most` of the spans, the longest ones."""
    if len(spans) <= most:
        return list(spans)
    return sorted(sorted(spans, key=lambda span: span[1] - span[0])[-most:])
