"""One stream as it is taken in: pieces to its decoder, what is said of it to whom it is for.

1. Pieces are put in order, seen by every tap, and handed to the decoder; what cannot be is said.
2. Every byte that came is given back as credit once, when it waits no more.
3. What workers say goes to coverage first, then to the judge. A frame that looks like one before
   is judged as that one was, at its own time.
4. A stream that was cut (`end`) is examined no more; taps still see what comes of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import msgspec

from gateway.log import log
from gateway.stream.barren import Barren
from gateway.stream.clock import Captures, ServerClock
from gateway.stream.complaints import Complaints
from gateway.stream.coverage import Coverage
from gateway.stream.credit import Credit
from gateway.stream.limits import StreamLimits
from gateway.stream.metrics import StreamNumbers
from gateway.stream.ports import Decoder, Judge, Live, Tap
from seawall import wire
from seawall.coverage import Unit
from seawall.sequence import Ordered, Sequencer
from workers.streams.reports import Listened, Lost, Matched, Saw, Spoke
from workers.streams.units import Chosen, Ended, Failed, Heard, Missed, Opened, Same, Took

__all__ = ["Intake", "Piece"]

_UNITS: tuple[Unit, ...] = ("frames", "speech")
_encode = msgspec.json.Encoder().encode
_OBEYING_S = 3.0
"""So long pieces may come after the end: the command that says so is on its way."""
_CREDIT_SHARE = 8
"""Credit is given back in pieces of this part of the whole."""
_CREDIT_S = 0.5
"""... or so often, whatever it is."""
_OURS = {
    "draining": "this gateway stops",
    "idle": "nothing came of it for too long",
    "too_long": "it was open for as long as a stream may be",
}
"""Ends that its server does not know of before it is told."""


class Piece(msgspec.Struct, frozen=True, gc=False):
    """What came in one binary frame: when it was captured, and the container's bytes."""

    at: float
    data: bytes


class Intake:
    """One open stream; it is its decoder's sink, too."""

    def __init__(
        self,
        live: Live,
        request: wire.StreamOpen,
        connection: object,
        clock: ServerClock,
        limits: StreamLimits,
        numbers: StreamNumbers,
        judge: Judge,
        taps: Sequence[Tap],
        gap_s: float,
        examines: tuple[bool, bool],
        over: Callable[[Intake, str], None],
        wall: Callable[[], float] = time.time,
    ) -> None:
        """`examines` says whether pictures are looked at here, and sound listened to.

        `over` is called once, when nothing more comes of it. `wall` is the time now.
        """
        self.live = live
        self.request = request
        self.connection: object | None = connection
        self.decoder: Decoder | None = None
        self.stopped = ""
        """Why it is examined no more; "" while it is."""
        self.closing = ""
        """Why it ends, once it does."""
        self.lost_at = self.end_by = self._stopped_at = 0.0
        self.covered: wire.Coverage | None = None
        """What was told last of what is examined."""
        self.ack = False
        """Whether its server waits for an `ack`."""
        self.credit = Credit(limits.credit_bytes)
        self.coverage = Coverage(live.stream, self._cover, numbers, gap_s, live.opened_at)
        self._clock, self._limits, self._numbers = clock, limits, numbers
        self._captures, self._barren = Captures(), Barren(gap_s)
        self._judge, self._taps = judge, taps
        self._examines = {"video": examines[0], "audio": examines[1]}
        self._over = over
        self._wall = wall
        self._sequencer: Sequencer[Piece] = Sequencer()
        self._complaints = Complaints(live)
        self._covered_at = self._credited_at = self._came = live.opened_at
        self._promoted_until = 0.0
        self._tracks: set[Unit] = set()
        self._first_at: float | None = None
        self._last_at = 0.0
        self._anew = False
        """Whether the next piece may be the first one of a sender that knows nothing of before."""

    # -- what its server sends ---------------------------------------------------------------------

    def piece(self, seq: int, captured_ms: int, data: bytes, read: float) -> None:
        """Take a piece in. `read` is monotonic."""
        live, numbers, size = self.live, self._numbers, len(data)
        now = self._came = self._wall()
        at, leapt = self._captures.take(captured_ms, now)
        if leapt:
            self._leap(at, now)
        else:
            self._clock.seen(at, now)
        live.offset_s = self._clock.offset_s
        live.last_byte_at = now
        numbers.bytes += size
        for tap in self._taps:
            tap.took(live, data, now)
        if self.stopped:
            if now - self._stopped_at > _OBEYING_S:
                self._complaints.tell("not_allowed", f"this stream is over: {self.stopped}", now)
            return
        if self.closing or self.decoder is None:
            return
        numbers.lagged("arrival", now - at - live.offset_s)
        if not self.credit.came(size):
            numbers.pieces["over"] += 1
            self._complaints.tell("rate", "more bytes than there is credit for", now)
        sequencer = self._sequencer
        if self._anew:
            self._anew = False
            if sequencer.is_behind(seq):
                for each in sequencer.flush():
                    self._feed(each)
                sequencer.restart()
        late = sequencer.late
        due = sequencer.push(seq, Piece(at, data), size, read)
        if sequencer.late != late:
            numbers.pieces["late"] += 1
            self._settle(size)
        for each in due:
            self._feed(each)

    def _feed(self, ordered: Ordered[Piece]) -> None:
        decoder = self.decoder
        if decoder is None:
            return
        piece, missing = ordered.item, ordered.missing
        numbers = self._numbers
        numbers.pieces["taken"] += 1
        if missing:
            numbers.pieces["missing"] += missing
            if self._first_at is not None and piece.at > self._last_at:
                self._miss(self._last_at, piece.at, "gap")
        if self._first_at is None:
            self._first_at = piece.at
        self._last_at = max(self._last_at, piece.at)
        self.coverage.came(piece.at)
        self._barren.came(piece.at, self._came)
        decoder.feed(ordered.seq, piece.at, piece.data, missing > 0)

    def _leap(self, at: float, now: float) -> None:
        """Go on after the server's clock was set: nothing is reckoned over that moment."""
        self._clock.set(at, now)
        self._last_at = at
        self._barren.leapt(at, now)
        if not self.stopped:
            self.coverage.leapt(at)

    def _look_for_nothing(self, now: float) -> None:
        """Tell of bytes of which nothing came at all."""
        silent = self._tracks and self._tracks <= self.coverage.off.keys()
        span = None if silent else self._barren.look(self._last_at, now)
        if span is None:
            return
        for unit in self._tracks or _UNITS:
            self.coverage.missed(Missed(unit, *span, self._complaints.why or "damaged"))
        if not self._complaints.why:
            self._complaints.tell("unsupported", "no picture or sound is found in what comes", now)

    # -- what time brings --------------------------------------------------------------------------

    def look(self, now: float, read: float) -> None:
        """Do what is due; called some times a second. `now` is the wall's, `read` monotonic."""
        if self.closing:
            if now >= self.end_by:
                self._finish_up()
            return
        if self.stopped:
            return
        for each in self._sequencer.overdue(read):
            self._feed(each)
        if now - self._credited_at >= _CREDIT_S:
            self._credited_at = now
            self._tell_credit(1)
        if self._promoted_until and now >= self._promoted_until:
            self._promoted_until = 0.0
            if self.decoder is not None:
                self.decoder.pace(False)
        if now - self._covered_at >= self._limits.coverage_s or now < self._covered_at:
            self._covered_at = now
            self._look_for_nothing(now)
            by_server = now - self.live.offset_s
            if self.quiet_s(now) > self._limits.stall_s:
                self.coverage.stalled(by_server)
            else:
                self.coverage.report(by_server)

    def quiet_s(self, now: float) -> float:
        """Return for how long nothing has come."""
        return max(0.0, now - self._came)

    # -- what the registry says --------------------------------------------------------------------

    def promote(self, for_s: float, now: float) -> None:
        """Look closer for a while."""
        if self.decoder is not None and not self.stopped:
            self._promoted_until = max(self._promoted_until, now + for_s)
            self.decoder.pace(True)

    def greet(self) -> None:
        """Tell its server the handle, what it may send and, when it goes on, from which piece."""
        live, credit, due = self.live, self.credit.anew(), self._sequencer.expected
        live.send(_encode(wire.StreamOpened(live.stream, live.wire_handle, credit, next=due)))

    def broke(self, now: float) -> None:
        """Note that the connection broke: its server may come again."""
        self.connection, self.live.connected = None, False
        self.lost_at = now

    def resume(
        self, connection: object, live_send: Callable[[bytes], None], surely: bool = True
    ) -> None:
        """Go on, on another connection; `surely` where its server said that it resumes."""
        self._anew = not surely
        self.connection = connection
        self.live.send = live_send
        self.live.connected = True
        self.lost_at = 0.0
        self._came = self._wall()
        if not self.stopped:
            self.greet()

    def end(self, why: str) -> None:
        """Examine it no more, at once; taps go on seeing what comes."""
        if self.stopped or self.closing:
            return
        self.stopped, self._stopped_at = why, self._wall()
        if self.decoder is not None:
            self.decoder.abort()
            self.decoder = None
        if why == "cut":
            self.coverage.cut(self._wall() - self.live.offset_s)
        else:
            self.coverage.close()

    def close(self, why: str, now: float) -> None:
        """End it once everything that came is examined, `close_s` from now at last."""
        if self.closing:
            return
        self.closing = why
        self.end_by = now + self._limits.close_s
        if why in _OURS:
            self._complaints.tell("unknown_stream", f"this stream was closed: {_OURS[why]}")
        if self.decoder is None:
            self._finish_up()
            return
        for each in self._sequencer.flush():
            self._feed(each)
        self.decoder.finish()

    def _finish_up(self) -> None:
        """Nothing more comes of it."""
        if self.decoder is not None:
            self.decoder.abort()
            self.decoder = None
        if not self.stopped:
            self._cover_the_rest()
        if self.ack and self.live.connected:
            self.live.send(_encode(wire.Ack(self.live.stream)))
        self._over(self, self.closing)

    def _cover_the_rest(self) -> None:
        """Tell what became of the end of it; of all of it, where no picture or sound was found."""
        if self._tracks or self._first_at is None:
            self.coverage.close()
            return
        if not self._complaints.of("unsupported") and not self._complaints.why:
            self._complaints.tell("unsupported", "no picture or sound was found in what came")
        self.coverage.void(self._barren.since or 0.0, self._complaints.why or "damaged")

    # -- a sink: what the workers say --------------------------------------------------------------

    def opened(self, opened: Opened) -> None:
        """Note what its container holds: what of it nobody here examines is said."""
        for track in opened.tracks:
            unit: Unit = "frames" if track.kind == "video" else "speech"
            self._tracks.add(unit)
            if not self._examines[track.kind]:
                self.coverage.off.setdefault(unit, self._first_at or self.live.opened_at)

    def took(self, took: Took) -> None:
        """Give credit back."""
        self._settle(took.bytes)

    def chosen(self, chosen: Chosen) -> None:
        """Note a frame that was handed over; what changes in it may be a reason to look closer."""
        self.coverage.chosen(chosen)
        self._barren.bore(chosen.at, self._wall())
        self._judge.chosen(self.live, chosen)

    def same(self, same: Same) -> None:
        """Judge a frame as the one it looks like."""
        self.coverage.same(same)
        self._barren.bore(same.at, self._wall())
        self._judge.same(self.live, same)

    def heard(self, heard: Heard) -> None:
        """Note sound that was handed over."""
        self.coverage.heard(heard)
        self._barren.bore(heard.to, self._wall())

    def missed(self, missed: Missed) -> None:
        """Note what nobody can examine."""
        self.coverage.missed(missed)
        self._barren.bore(missed.to, self._wall(), missed.to - missed.from_)

    def failed(self, failed: Failed) -> None:
        """Tell its server that it cannot be decoded."""
        self._complaints.failed(failed, self._wall())

    def ended(self, ended: Ended) -> None:
        """Note that everything was decoded."""
        self._numbers.worst_gap_s = max(self._numbers.worst_gap_s, ended.worst_gap_s)

    def saw(self, saw: Saw) -> None:
        """Hand on what a frame shows."""
        self.coverage.saw(saw)
        lag_s = self._wall() - saw.at - self.live.offset_s
        self._numbers.lagged("ocr" if saw.unit == "ocr" else "frame", lag_s)
        self._judge.saw(self.live, saw)

    def lost(self, lost: Lost) -> None:
        """Note a frame that was not looked at."""
        self.coverage.lost(lost)

    def spoke(self, spoke: Spoke) -> None:
        """Hand on what was said."""
        self._numbers.lagged("speech", self._wall() - spoke.to - self.live.offset_s)
        self._judge.spoke(self.live, spoke)

    def listened(self, listened: Listened) -> None:
        """Note sound that is settled."""
        self.coverage.listened(listened)

    def matched(self, matched: Matched) -> None:
        """Hand on that sound stands in a catalogue."""
        self._judge.matched(self.live, matched)

    def gone(self, why: str, again: bool) -> None:
        """Note that a decoder ended: for good once the stream is closing."""
        if again:
            self._numbers.restarts[why.partition(":")[0]] += 1
            fields = {"stream": self.live.stream, "why": why}
            log.warning("a stream's decoder ended", extra={"fields": fields})
            return
        self.decoder = None
        if self.closing:
            self._finish_up()

    # -- the small things --------------------------------------------------------------------------

    def _cover(self, message: wire.Coverage) -> None:
        self.covered = message
        if self.live.connected:
            self.live.send(_encode(message))

    def _miss(self, start: float, end: float, cause: str) -> None:
        for unit in _UNITS:
            self.coverage.missed(Missed(unit, start, end, cause))

    def _settle(self, size: int) -> None:
        self.credit.settled(size)
        self._tell_credit(self._limits.credit_bytes // _CREDIT_SHARE)

    def _tell_credit(self, least: int) -> None:
        if self.live.connected and not self.closing and (told := self.credit.tell(least)):
            self.live.send(_encode(wire.Credit(self.live.stream, told)))
