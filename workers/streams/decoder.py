"""One stream's life in its decoder process: bytes in, frames to vision, sound to speech.

1. One thread; it sleeps only where it waits for bytes (`Inlet.next`), never for a worker.
2. Falling behind is never saved up: bytes older than `LATE_S` are read but their pictures are not
   decoded, up to the next keyframe that is fresh enough; that is missed, `late`.
3. Whatever comes, it ends in `Ended`, or in `Failed` and a reason: a crash is the gateway's to see,
   an endless step is ended by the kernel (`workers.streams.zygote`).
"""

from __future__ import annotations

import resource
import socket
import time
from collections.abc import Callable
from typing import Final

from media.choose import Chooser, Rates
from media.clock import Clock
from media.containers import Wanted, wanted
from media.demux import Opening, Unit, open_next
from media.faults import Unreadable
from media.openings import Openings
from media.source import Source
from workers.streams.inlet import GatewayGone, Inlet
from workers.streams.missing import Tally
from workers.streams.showing import Showing
from workers.streams.sounding import Sounding
from workers.streams.tracks import Tracks
from workers.streams.units import Ended, Failed, Sampling, Start

__all__ = ["LATE_S", "decode"]

LATE_S: Final = 3.0
_START_S: Final = 10.0
_BARREN_BYTES: Final = 8 << 20
_MOST_FAILURES: Final = 200


def decode(sock: socket.socket, alive: Callable[[bool], None], late_s: float = LATE_S) -> None:
    """Decode the stream that comes over a socket until it ends. Raises ValueError.

    `alive` is called again and again: True while at work, False before waiting for bytes.
    """
    inlet = Inlet(sock, alive)
    try:
        start = inlet.start(_START_S)
        _Life(start, inlet, late_s).run()
    except GatewayGone:
        return  # nobody is left to decode for, or to tell


class _Life:
    """What one stream needs from its first byte to its last."""

    def __init__(self, start: Start, inlet: Inlet, late_s: float) -> None:
        self._start, self._inlet = start, inlet
        sampling, hearing = start.sampling, start.hearing
        self._tally = Tally(inlet.say)
        self._chooser = Chooser(_rates(sampling), start.seed)
        self._clock = Clock()
        self._showing = Showing(start.vision, start.handle, sampling, inlet.say)
        listens = hearing.profile != "off" or hearing.fingerprints
        self._sounding = (
            Sounding(start.speech, start.handle, hearing, self._tally)
            if start.speech and listens
            else None
        )
        self._tracks = Tracks(
            sampling, self._chooser, self._clock, self._tally, inlet,
            self._showing, self._sounding, late_s,
        )  # fmt: skip
        inlet.served = self
        self._told_at = time.monotonic()

    def run(self) -> None:
        """Decode everything, then say what it was."""
        try:
            asked = wanted(self._start.container)
        except Unreadable as refusal:
            self._fail(refusal, 0.0)
            return
        source = Source(Openings(asked), self._inlet.next)
        hopeless = self._openings(source, asked)
        self._close()
        if hopeless is not None:
            self._fail(hopeless, source.newest)
            return
        self._inlet.say(self._ended())

    # -- looked after while bytes are waited for ---------------------------------------------------

    def descriptors(self) -> list[tuple[int, int]]:
        """Return what to wait for besides the gateway."""
        found = self._showing.descriptors()
        return found + (self._sounding.descriptors() if self._sounding is not None else [])

    def turn(self, now: float) -> None:
        """Serve the lines; now and then say what was collected."""
        self._showing.turn(now)
        if self._showing.returned():
            self._chooser.hurry()  # the next keyframe may be seconds away
        if self._sounding is not None:
            self._sounding.turn(now)
        self._chooser.promote(self._inlet.promoted)
        if now - self._told_at > 0.5:
            self._told_at = now
            self._tally.flush()

    # -- opening after opening ---------------------------------------------------------------------

    def _openings(self, source: Source, asked: Wanted) -> Unreadable | None:
        """Decode all openings; return why it is hopeless, None where it was not."""
        good_at = failures = 0
        refused: Unreadable | None = None
        while True:
            begun = source.at
            try:
                opening = open_next(source, asked, self._start.sampling.most_tracks)
                if opening is None:
                    break
                got = self._units(opening, source)
            except Unreadable as refusal:
                if refusal.final:
                    return refusal
                got, refused = 0, refusal
                source.again()
            if got:
                good_at, failures, refused = source.total, 0, None
                continue
            failures += 1
            self._tracks.miss_all(begun or source.at, source.at, "damaged")
            if source.total - good_at > _BARREN_BYTES or failures > _MOST_FAILURES:
                return refused or Unreadable("damaged", "no picture or sound can be found")
        if source.openings.short:
            self._tracks.cut(self._clock.at(self._clock.high))
        if self._tracks.empty:
            return refused or Unreadable("damaged", "there is no picture or sound in it")
        return None

    def _units(self, opening: Opening, source: Source) -> int:
        """Decode one opening; return how many packets it had."""
        family = source.openings.family
        self._clock.wrap_s = family.wrap_s if family is not None else 0.0
        self._tracks.open(opening, source, timed=family is None or family.timed)
        got, errors = 0, 0
        try:
            for unit in opening.units():
                got += 1
                self._unit(unit)
                if opening.errors != errors:
                    errors = self._torn(opening, source, errors)
            self._torn(opening, source, errors)
        finally:
            self._tracks.close()
            opening.close()
        return got

    def _torn(self, opening: Opening, source: Source, errors: int) -> int:
        """Say that packets could not be read since there were so many errors; return the count."""
        if opening.errors != errors:
            self._tracks.errors += opening.errors - errors
            self._tracks.cut(source.at)
        return opening.errors

    def _unit(self, unit: Unit) -> None:
        self._inlet.turn()
        for from_, to in self._inlet.dropped:
            self._tracks.miss_all(from_, to, "late")
        self._inlet.dropped.clear()
        self._tracks.unit(unit, self._inlet.age_s)

    # -- the end -----------------------------------------------------------------------------------

    def _fail(self, refusal: Unreadable, came: float) -> None:
        code = "encrypted" if refusal.cause == "encrypted" else "unsupported"
        begun = self._tracks.begun
        now = self._clock.at(self._clock.high) if begun else came
        if now:
            self._tracks.miss_all(begun or now, now, refusal.cause)
        self._tally.flush()
        self._inlet.say(Failed(code, f"{refusal.cause}: {refusal}"[:500]))

    def _close(self) -> None:
        self._showing.close()
        if self._sounding is not None:
            self._sounding.close()
        self._chooser.end(self._tracks.video_paced)
        self._tally.flush()

    def _ended(self) -> Ended:
        used = resource.getrusage(resource.RUSAGE_SELF)
        tracks, showing = self._tracks, self._showing
        return Ended(
            tracks.seen, tracks.decoded, showing.chosen, showing.same,
            max(0.0, tracks.video_end - tracks.video_begin), tracks.audio_s,
            self._chooser.worst_gap_s, tracks.errors, used.ru_utime + used.ru_stime,
        )  # fmt: skip


def _rates(sampling: Sampling) -> Rates:
    return Rates(
        sampling.max_gap_s, sampling.min_gap_s, sampling.random, sampling.promoted_s,
        sampling.most_fps,
    )  # fmt: skip
