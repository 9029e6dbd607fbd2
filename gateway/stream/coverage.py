"""What a stream's server is told of what was examined, and what is counted of it.

Times in a message are the server's own, as it stamped its pieces.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf

import msgspec

from gateway.stream.clock import LEAP_S
from gateway.stream.metrics import StreamNumbers
from seawall import wire
from seawall.coverage import Ledger, Report, Unit
from workers.streams.reports import Listened, Lost, Saw
from workers.streams.units import Chosen, Heard, Missed, Same

__all__ = ["CAUSES", "Coverage"]

_UNITS: tuple[Unit, ...] = ("frames", "speech")
_LEAST_S = 0.001
CAUSES = frozenset(
    {
        *("damaged", "gap", "full", "down", "limit", "late", "unsupported", "encrypted"),
        *("superseded", "error", "load", "stalled", "off", "music", "other"),
    }
)
"""What may stand in a metric; causes come from processes that hostile bytes may have taken over."""


class Coverage:
    """One stream's. `tell` sends a message."""

    def __init__(
        self,
        stream: str,
        tell: Callable[[wire.Coverage], None],
        numbers: StreamNumbers,
        gap_s: float,
        begun_at: float,
    ) -> None:
        """`gap_s` is the longest time a frame stands for, `begun_at` when the stream was opened."""
        self.ledger = Ledger(gap_s=gap_s)
        self._stream = stream
        self._tell = tell
        self._numbers = numbers
        self._reached = -inf
        self._came = inf
        self._begun_at = begun_at
        self._stalled_from: float | None = None
        self.off: dict[Unit, float] = {}
        """What nobody looks at or listens to here, since when: that is said, too."""

    def came(self, at: float) -> None:
        """Note a piece captured `at`, by the server's clock, as everywhere here."""
        self._stalled_from = None
        self._came = at if self._came == inf else max(self._came, at)
        self.reached(at)

    def leapt(self, at: float) -> None:
        """Note that the server's clock was set: tell what was before, and begin anew from `at`."""
        self._turned_off()
        self._send(self.ledger.report(self._reached, inf))
        self.ledger = Ledger(gap_s=self.ledger.gap_s)
        self._reached = self._came = at
        self._stalled_from = None
        self.off = dict.fromkeys(self.off, at)

    def reached(self, at: float) -> None:
        """Note how far the stream has come. What was told of before a leap back does not count."""
        self._reached = max(self._reached, min(at, self._came + LEAP_S))

    def chosen(self, frame: Chosen) -> None:
        """Note a frame that was handed over."""
        self.ledger.chosen(frame.n, frame.at)
        self.reached(frame.at)

    def same(self, frame: Same) -> None:
        """Note a frame like one before."""
        self.ledger.same(frame.n, frame.at)
        self.reached(frame.at)

    def heard(self, sound: Heard) -> None:
        """Note sound that was handed over."""
        self.ledger.heard(sound.from_, sound.to)
        self.reached(sound.to)

    def saw(self, saw: Saw) -> None:
        """Note a frame that was looked at; one without its image models was not."""
        if saw.unchecked:
            self._numbers.skipped[saw.unit, _known(saw.unchecked)] += 1
        if saw.unit == "frame":
            if saw.unchecked in ("load", "error"):
                self.ledger.lost(saw.n, saw.unchecked)
            else:
                self.ledger.saw(saw.n)

    def lost(self, lost: Lost) -> None:
        """Note a frame, or its text, that was not looked at."""
        self._numbers.skipped[lost.unit, _known(lost.cause)] += 1
        if lost.unit == "frame":
            self.ledger.lost(lost.n, lost.cause)

    def listened(self, sound: Listened) -> None:
        """Note sound that is settled."""
        voiced = sound.what == "speech"
        self.ledger.listened(sound.from_, sound.to, sound.unchecked, voiced=voiced)
        self.reached(sound.to)

    def missed(self, missed: Missed) -> None:
        """Note what nobody can examine."""
        if missed.unit not in self.off and missed.due and missed.unit == "frames":
            self.ledger.unseen(missed.from_, missed.to, missed.cause)
        elif missed.unit not in self.off:
            # What has no length (a track too many) must be told, too.
            to = max(missed.to, missed.from_ + _LEAST_S)
            self.ledger.missed(missed.unit, missed.from_, to, missed.cause)
        self.reached(max(missed.to, missed.from_ + _LEAST_S))

    def report(self, now: float) -> None:
        """Tell what is settled, if anything is. `now` is by the server's clock."""
        self._turned_off()
        self._send(self.ledger.report(self._reached, now))

    def stalled(self, now: float) -> None:
        """Tell that nothing came since what came last. `now` is by the server's clock."""
        since = self._reached if self._stalled_from is None else self._stalled_from
        self.report(now)
        if not -inf < since < now:
            return
        self._stalled_from = now
        listed: list[tuple[float, float, Unit, str]] = [
            (since, now, unit, "stalled") for unit in _UNITS
        ]
        self._send(Report(since, now, 0.0, 0.0, listed))

    def close(self) -> None:
        """Tell the rest; what is pending is not waited for."""
        self._turned_off()
        if self._reached == -inf:  # nothing ever came
            begun_at = self._begun_at
            self._send(Report(begun_at, begun_at, 1.0, 1.0, []), last=True)
        else:
            self._send(self.ledger.report(self._reached, inf), last=True)

    def cut(self, now: float) -> None:
        """Tell what is settled of a stream that was cut; it is not to be examined any further.

        What nobody answered for by then is not told at all: `to` says how far it was examined.
        """
        self.report(now)

    def void(self, since: float, cause: str) -> None:
        """Tell that nothing of it could be examined, from then to where it has come."""
        to = max(since, self._reached)
        listed = [(since, to, unit, cause) for unit in _UNITS]
        self._send(Report(since, to, 0.0, 0.0, listed), last=True)

    def _turned_off(self) -> None:
        for unit, since in self.off.items():
            if since < self._reached:
                self.ledger.missed(unit, since, self._reached, "off")
                self.off[unit] = self._reached

    def _send(self, report: Report, last: bool = False) -> None:
        if report.to <= report.from_ and not last and not report.unchecked:
            return
        numbers, length = self._numbers, report.to - report.from_
        for start, end, unit, cause in report.unchecked:
            numbers.unchecked_s[unit, _known(cause)] += end - start
            numbers.unchecked[unit, _known(cause)] += 1
        for unit, share in (("frames", report.frames), ("speech", report.speech)):
            numbers.examined_s[unit] += max(0.0, min(1.0, share) * length)
        numbers.sound_s["speech"] += report.voiced_s
        numbers.sound_s["none"] += max(0.0, report.sound_s - report.voiced_s)
        voiced = report.voiced
        self._tell(
            wire.Coverage(
                self._stream,
                report.from_,
                report.to,
                report.speech,
                report.frames,
                [wire.Unchecked(*each) for each in report.unchecked],
                msgspec.UNSET if voiced is None else voiced,
            )
        )


def _known(cause: str) -> str:
    return cause if cause in CAUSES else "other"
