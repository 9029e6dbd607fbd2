"""How long after a word was spoken the first verdict came that holds it; pure.

1. verdict_time - (stream_t0 + word_end). When a word ends is known from its recording, and when the
   stream began from its generator: nothing of that is what the gateway believes.
2. A provisional pass counts, what it holds is judged; but not its last fifth of a second, which it
   may have cut through.
3. A word that no verdict holds has no lag: it is `unheard`, and counted beside the lags.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from math import inf

import msgspec

from bench.live.soundtrack import Line
from bench.live.watched import Answer

__all__ = ["Spoken", "Wait", "spoken", "waits"]

_SETTLED_S = 0.2
_ROUND_S = 0.05


class Spoken(msgspec.Struct, frozen=True):
    """One recording as it was heard in a stream: its own times, seconds since the epoch.

    `turn` tells apart how often the clip was played by then.
    """

    stream: str
    turn: int
    line: Line
    shift: float
    """What is added to the line's times."""

    @property
    def from_(self) -> float:
        """When it begins."""
        return self.line.from_ + self.shift

    @property
    def to(self) -> float:
        """When it is over."""
        return self.line.to + self.shift

    @property
    def ends(self) -> tuple[float, ...]:
        """When each word ends."""
        return tuple(end + self.shift for end in self.line.ends)


class Wait(msgspec.Struct, frozen=True):
    """A word's: of which stream, when it ended, seconds to the first verdict that holds it.

    `lag_s` is infinite where none does. `flush_s` is given for the last word of a recording: to the
    verdict on what is final of it.
    """

    stream: str
    turn: tuple[int, float]
    """Which recording it is of."""
    at: float
    lag_s: float
    flush_s: float | None = None


def spoken(
    stream: str, lines: Sequence[Line], clip_s: float, start: float, began: float, for_s: float
) -> list[Spoken]:
    """Return what is said in a stream that plays a clip again and again from `start` on.

    `began` is the time of its first byte, `for_s` how long it lasted. What is cut off at either end
    is left out.
    """
    found = []
    turn = 0
    while turn * clip_s - start < for_s:
        shift = turn * clip_s - start
        for line in lines:
            if line.from_ + shift >= 0 and line.to + shift <= for_s:
                found.append(Spoken(stream, turn, line, began + shift))
        turn += 1
    return found


def waits(said: Iterable[Spoken], found: Iterable[Answer]) -> list[Wait]:
    """Return the lag of every word of what was said, by the verdicts (`heard`) on it."""
    by_stream: defaultdict[str, list[Answer]] = defaultdict(list)
    for each in sorted(found, key=lambda answer: answer.when):
        if each.unit == "heard":
            by_stream[each.stream].append(each)
    return [wait for each in said for wait in _of(each, by_stream[each.stream])]


def _of(each: Spoken, verdicts: Sequence[Answer]) -> list[Wait]:
    near = [said for said in verdicts if said.start <= each.to and said.end >= each.from_]
    found = []
    for number, end in enumerate(each.ends, 1):
        lag_s = _first(near, end, final=False) - end
        flush_s = _first(near, end, final=True) - end if number == len(each.ends) else None
        found.append(Wait(each.stream, (each.turn, each.line.from_), end, lag_s, flush_s))
    return found


def _first(verdicts: Iterable[Answer], end: float, final: bool) -> float:
    """Return when the first verdict came that holds what ended then."""
    for each in verdicts:
        to = each.end + _ROUND_S if each.final else each.end - _SETTLED_S
        if (each.final or not final) and each.start <= end <= to:
            return each.when
    return inf
