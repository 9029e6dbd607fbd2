"""Which part of a stream was examined: what was announced, paired with what was answered.

Rules:
1. Sound counts by its time. A frame stands for the time from its own to the next one's, at most
   `gap_s`; so both shares are shares of time, and nothing is counted twice. One that was due and
   could be shown to nobody (`unseen`) stands for its time, too: nobody looked until the next.
2. What was announced is examined, or unchecked with a cause, or pending. What is pending longer
   than `settle_s` is unchecked, `late`. Where two say different things, unchecked wins.
3. A report ends before what is still pending. No time is told examined twice, or unchecked twice;
   what turns out to be unchecked after it was told examined is told in the next report.
4. Answers may come before the announcement, twice, out of order, or never. Memory is bounded:
   where it ends, more is told unchecked, never less.
5. All times are of one clock, the stream's capture times as the gateway reckons them.
"""

from __future__ import annotations

from collections import OrderedDict
from math import inf, isfinite
from typing import Literal

import msgspec

from seawall.spans import Span, added, bounded, common, length, thinned, until, without

__all__ = ["CAUSES", "EXAMINED", "FRAMES", "UNCHECKED", "Ledger", "Report", "Unit"]

Unit = Literal["frames", "speech"]
FRAMES = 1024
"""Chosen frames that are kept apart, and answers to them; older ones become spans of time."""
UNCHECKED = 64
"""Entries of one report: those of one unit and cause that lie closest together become one."""
EXAMINED = 512
"""Spans kept of what was examined, or not, for one cause."""
_ROUND_S = 0.001
"""Less than this between what was announced and what was answered is a time that was rounded."""
CAUSES = 16
"""Causes told apart; all further ones are `other`."""


class Report(msgspec.Struct, frozen=True):
    """The shares (0 to 1) of what is told now that were examined, and what was not.

    A share is 1 where nothing was there to examine. `unchecked` holds (from, to, unit, cause).
    `sound_s` is how much sound was examined, `voiced_s` in how much of it speech was found.
    """

    from_: float
    to: float
    speech: float
    frames: float
    unchecked: list[tuple[float, float, Unit, str]]
    sound_s: float = 0.0
    voiced_s: float = 0.0

    @property
    def voiced(self) -> float | None:
        """The share of the examined sound in which speech was found; None where none was there."""
        return min(1.0, self.voiced_s / self.sound_s) if self.sound_s > 0 else None


class _Said:
    """What was said of one unit's time, and how much of it was told."""

    __slots__ = ("announced", "examined", "told", "unchecked", "unchecked_told")

    def __init__(self) -> None:
        self.announced: list[Span] = []
        self.examined: list[Span] = []
        self.unchecked: dict[str, list[Span]] = {}
        self.told: list[Span] = []
        self.unchecked_told: list[Span] = []

    def announce(self, span: Span) -> None:
        self.announced = bounded(added(self.announced, span), EXAMINED)

    def examine(self, span: Span) -> None:
        self.examined = thinned(added(self.examined, span), EXAMINED)

    def miss(self, span: Span, cause: str) -> None:
        if cause not in self.unchecked and len(self.unchecked) >= CAUSES:
            cause = "other"
        self.unchecked[cause] = bounded(added(self.unchecked.get(cause, ()), span), EXAMINED)

    def pending(self) -> list[Span]:
        """Return what nobody answered for."""
        left = without(without(self.announced, self.told), self.examined)
        for spans in self.unchecked.values():
            left = without(left, spans)
        return [span for span in left if span[1] - span[0] > _ROUND_S]

    def last(self) -> float:
        """Return the latest time that was spoken of."""
        known = (self.announced, self.examined, *self.unchecked.values())
        return max((spans[-1][1] for spans in known if spans), default=-inf)

    def first(self) -> float:
        """Return the earliest time that was spoken of."""
        known = (self.announced, self.examined, *self.unchecked.values())
        return min((spans[0][0] for spans in known if spans), default=inf)

    def tell(self, to: float) -> tuple[float, dict[str, list[Span]], list[Span]]:
        """Return the examined share before `to`, what was not and what was; take it for told."""
        for span in until(self.pending(), to):
            self.miss(span, "late")
        missed: dict[str, list[Span]] = {}
        for cause in sorted(self.unchecked):
            fresh = without(until(self.unchecked[cause], to), self.unchecked_told)
            for span in fresh:
                self.unchecked_told = bounded(added(self.unchecked_told, span), EXAMINED)
                self.told = added(self.told, span)
            if fresh:
                missed[cause] = fresh
        examined = without(until(self.examined, to), self.told)
        for span in examined:
            self.told = added(self.told, span)
        self.told = bounded(self.told, EXAMINED)
        self._forget(to)
        good, bad = length(examined), sum(map(length, missed.values()))
        return (good / (good + bad) if good + bad else 1.0), missed, examined

    def _forget(self, to: float) -> None:
        past: list[Span] = [(-inf, to)]
        self.announced = without(self.announced, past)
        self.examined = without(self.examined, past)
        rest = {cause: without(spans, past) for cause, spans in self.unchecked.items()}
        self.unchecked = {cause: spans for cause, spans in rest.items() if spans}


class Ledger:
    """What was announced of one stream and what became of it."""

    __slots__ = (
        *("_fates", "_frames", "_shown", "_speech", "_to", "_unseen"),
        *("_voiced", "gap_s", "refused", "settle_s"),
    )

    def __init__(self, settle_s: float = 15.0, gap_s: float = 10.0) -> None:
        """`gap_s` is the longest time a single frame may stand for."""
        self.settle_s = settle_s
        self.gap_s = gap_s
        self.refused = 0
        """Calls with times that are none (not finite, or from after to)."""
        self._speech = _Said()
        self._frames = _Said()
        self._voiced: list[Span] = []
        self._shown: list[tuple[float, int]] = []
        self._fates: OrderedDict[int, str] = OrderedDict()
        self._to: float | None = None
        self._unseen = 0

    def chosen(self, n: int, at: float) -> None:
        """Note that frame `n` of this time was handed over to be looked at."""
        if not isfinite(at):
            self.refused += 1
            return
        self._shown.append((at, n))
        if len(self._shown) > FRAMES:
            self._shown.sort()
            for _, old in self._shown[: FRAMES // 2]:
                self._fates.setdefault(old, "full")
            self._prune()
            self._fold(self._shown[FRAMES // 2][0])
            del self._shown[:-FRAMES]  # left only where many have one and the same time

    def same(self, n: int, at: float) -> None:
        """Note that the frame of this time looks like frame `n`, and shares its fate."""
        if n in self._fates:
            self._fates.move_to_end(n)
        self.chosen(n, at)

    def saw(self, n: int) -> None:
        """Note that frame `n` was looked at."""
        self._settle(n, "")

    def lost(self, n: int, cause: str) -> None:
        """Note that frame `n` never will be looked at, and why."""
        self._settle(n, cause or "lost")

    def unseen(self, from_: float, to: float, cause: str) -> None:
        """Note that the frames from here to there could be shown to nobody, and why.

        The time after the last of them is nobody's either, up to the next frame that is known.
        """
        if not self._is_span(from_, to):
            return
        self._frames.miss((from_, to), cause or "lost")
        for at in {from_, to}:
            self._unseen -= 1  # numbered apart from those that were shown
            self._fates[self._unseen] = cause or "lost"
            self.chosen(self._unseen, at)
        self._prune()

    def heard(self, from_: float, to: float) -> None:
        """Note that this sound was handed over to be listened to."""
        if self._is_span(from_, to):
            self._speech.announce((from_, to))

    def listened(
        self, from_: float, to: float, unchecked: str = "", *, voiced: bool = False
    ) -> None:
        """Note that this sound is settled: listened to, or the cause why it was not.

        `voiced` says that speech was found in it.
        """
        if not self._is_span(from_, to):
            return
        if unchecked:
            self._speech.miss((from_, to), unchecked)
        else:
            self._speech.examine((from_, to))
            if voiced:
                self._voiced = thinned(added(self._voiced, (from_, to)), EXAMINED)

    def missed(self, unit: Unit, from_: float, to: float, cause: str) -> None:
        """Note a part of the stream that nobody can examine."""
        if self._is_span(from_, to):
            self._of(unit).miss((from_, to), cause or "lost")

    def down(self, unit: Unit, cause: str = "down") -> None:
        """Give up what is pending of a unit: whoever had it is gone."""
        if unit == "frames":
            for _, n in self._shown:
                self._fates.setdefault(n, cause)
            return
        for span in self._speech.pending():
            self._speech.miss(span, cause)

    @property
    def pending(self) -> int:
        """How many frames nobody answered for."""
        return sum(1 for _, n in self._shown if n not in self._fates)

    def report(self, until: float, now: float) -> Report:
        """Return what became of the stream since the last report, `until` then at most.

        It ends earlier where something is pending that is not late yet: `to` equals `from_` when
        there is nothing to tell. An infinite `until` and `now` tell everything.
        """
        start = self._to if self._to is not None else min(self._first(), until)
        end = max(start, min(self._settled(until, now - self.settle_s), self._last()))
        if not isfinite(start):
            return Report(0.0, 0.0, 1.0, 1.0, [])
        for at, n in self._shown:
            if at < end:
                self._fates.setdefault(n, "late")
        self._fold(end)
        speech, unheard, sound = self._speech.tell(end)
        frames, unseen, _ = self._frames.tell(end)
        voiced_s = length(common(sound, self._voiced))
        self._voiced = without(self._voiced, [(-inf, end)])
        self._to = end
        return Report(start, end, speech, frames, _listed(unheard, unseen), length(sound), voiced_s)

    def _of(self, unit: Unit) -> _Said:
        return self._frames if unit == "frames" else self._speech

    def _is_span(self, from_: float, to: float) -> bool:
        if isfinite(from_) and isfinite(to) and from_ <= to:
            return True
        self.refused += 1
        return False

    def _settle(self, n: int, fate: str) -> None:
        """Keep the first answer; only one that came too late may still be made good."""
        if self._fates.get(n, "late") == "late":
            self._fates[n] = fate
        self._fates.move_to_end(n)
        self._prune()

    def _prune(self) -> None:
        while len(self._fates) > 2 * FRAMES:
            self._fates.popitem(last=False)

    def _fold(self, end: float) -> None:
        """Turn the frames before `end` into spans; the last of them stays, and stands on."""
        self._shown.sort()
        place = 0
        for place, (at, n) in enumerate(self._shown):
            if at >= end:
                break
            following = self._shown[place + 1][0] if place + 1 < len(self._shown) else inf
            span = (at, min(following, at + self.gap_s, end))
            fate = self._fates.get(n, "late")
            if fate:
                self._frames.miss(span, fate)
            else:
                self._frames.examine(span)
        else:
            place = len(self._shown)
        del self._shown[: max(0, place - 1)]

    def _settled(self, until: float, horizon: float) -> float:
        """Return up to where everything is answered for, or late."""
        bounds = [until]
        bounds += [at for at, n in self._shown if at >= horizon and n not in self._fates]
        bounds += [max(start, horizon) for start, to in self._speech.pending() if to > horizon]
        return min(bounds)

    def _first(self) -> float:
        shown = min((at for at, _ in self._shown), default=inf)
        return min(shown, self._speech.first(), self._frames.first())

    def _last(self) -> float:
        shown = max((at + self.gap_s for at, _ in self._shown), default=-inf)
        return max(shown, self._speech.last(), self._frames.last())


def _listed(
    unheard: dict[str, list[Span]], unseen: dict[str, list[Span]]
) -> list[tuple[float, float, Unit, str]]:
    found: list[tuple[Unit, str, list[Span]]] = []
    found += [("speech", cause, spans) for cause, spans in unheard.items()]
    found += [("frames", cause, spans) for cause, spans in unseen.items()]
    most = max(1, UNCHECKED // max(1, len(found)))
    return sorted(
        (start, end, unit, cause)
        for unit, cause, spans in found
        for start, end in bounded(spans, most)
    )
