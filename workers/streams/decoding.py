"""The gateway's side of one stream's decoder: what it is fed, what it says, and the next one.

1. A decoder that dies, is stuck, or says what cannot be is replaced. What it had is unchecked; the
   next one reads the container's head again and goes on with the bytes that come.
2. A stream whose decoders die again and again gets a new one at most `restarts` times a minute.
3. Numbers of frames and utterances, and the handle, are the stream's towards the sink: every life
   of a decoder has its own towards the workers, so that late answers are nobody else's.
4. After `finish` everything is decoded, answered for, and then `gone` is said for the last time, at
   a deadline at last; after `abort` nothing is said.
"""

from __future__ import annotations

import socket
from typing import Protocol

import msgspec

from workers.streams.feed import Feed, Piece
from workers.streams.head import Head
from workers.streams.numbers import Numbers
from workers.streams.pending import Pending
from workers.streams.pipe import Pipe
from workers.streams.restarts import Restarts
from workers.streams.sink import Sink
from workers.streams.units import (
    Bytes,
    Chosen,
    Ended,
    Failed,
    Finish,
    FromDecoder,
    Heard,
    Missed,
    Opened,
    Pace,
    Same,
    Start,
    Took,
)

__all__ = ["Decoding", "DecodingLimits", "Workshop"]

_ENCODE = msgspec.msgpack.Encoder().encode
_DECODE = msgspec.msgpack.Decoder(FromDecoder).decode
_MOST_SAID = 2000
"""More than this between two looks no honest decoder has to say."""
_CAUSES = frozenset({"damaged", "encrypted", "limit", "unsupported"})
"""What a failure's message may begin with: the cause, as coverage has it."""


class DecodingLimits(msgspec.Struct, frozen=True):
    """How much a stream's decoder is given, and how patient we are with it."""

    window_bytes: int = 512 * 1024
    """Bytes that may be under way to a decoder: those cannot be taken back."""
    most_bytes: int = 4 * 1024 * 1024
    """Bytes of a stream that may wait here in all; the oldest beyond that are dropped."""
    stale_s: float = 4.0
    """Nothing waits here longer."""
    stuck_s: float = 5.0
    """A decoder that takes nothing for so long, though bytes wait, is ended."""
    end_s: float = 8.0
    """It must have decoded everything by then, once it was told to finish."""
    answer_s: float = 10.0
    """A frame that was announced and not answered for by then is lost, `late`."""
    settle_s: float = 12.0
    """What the workers owe a finished stream must come by then."""
    restarts: int = 6
    """Decoders a stream gets in a minute."""


class Workshop(Protocol):
    """Where decoders come from, and whom they talk to."""

    def spawn(self, handle: int) -> socket.socket | None:
        """Fork a decoder; None where that cannot be now."""

    def kill(self, handle: int, why: str) -> None:
        """End one at once: `killed` for its faults, `over`, or "" where it is gone already."""

    def doors(self) -> tuple[str, str]:
        """Return the sockets of the vision and the speech worker, "" for none."""

    def over(self, decoding: Decoding) -> None:
        """Forget a stream: nothing more comes of it."""

    def now(self) -> float:
        """Return the loop's time."""


class Decoding:
    """One stream that is being decoded."""

    def __init__(
        self,
        start: Start,
        sink: Sink,
        workshop: Workshop,
        limits: DecodingLimits,
    ) -> None:
        """Take what a decoder is told first; its handle is the stream's, its doors do not count."""
        self.numbers = Numbers(start.handle)
        self.pending = Pending(start.handle)
        self.sink = sink
        self.is_over = False
        self._start = start
        self._workshop = workshop
        self._limits = limits
        self._feed = Feed(limits.window_bytes, limits.most_bytes, limits.stale_s)
        self._head = Head()
        self._pipe: Pipe | None = None
        self._restarts = Restarts(limits.restarts)
        self._try_at = workshop.now()
        self._moved_at = 0.0
        self._newest_at = 0.0
        self._promoted = False
        self._failed = ""
        self._swallowed = False
        self._lived = False
        self._ended_early = False
        self._said = 0
        self._finish_by: float | None = None
        self._finish_sent = False
        self._settle_by: float | None = None

    # -- what the gateway says ---------------------------------------------------------------------

    @property
    def handle(self) -> int:
        """The stream's handle."""
        return self.numbers.handle

    @property
    def alive(self) -> bool:
        """Whether a decoder is at work."""
        return self._pipe is not None

    @property
    def held_bytes(self) -> int:
        """How many bytes wait here or are under way."""
        return self._feed.waiting_bytes + self._feed.flight_bytes

    def feed(self, seq: int, at: float, data: bytes, gap: bool) -> bool:
        """Give it the next piece; False where something had to be dropped for it.

        `at` is when it was captured. Every piece is told to the sink's `took` once it waits no
        more, whatever became of it.
        """
        if self.is_over or self._finish_by is not None:
            return False
        before, self._newest_at = self._newest_at or at, at
        if gap:
            self._head.broken()
        elif self._head.settled and self._head.begins(data):
            self._head = Head()
        keep, now = self._head.feed(data), self._workshop.now()
        if self._failed and self._pipe is None and now < self._try_at and not keep:
            self._swallowed = True
            self._missed(before, at, self._failed)
            self.sink.took(Took(seq, len(data)))
            return False
        piece = Piece(seq, at, data, gap or self._swallowed, now, keep)
        self._swallowed = False
        dropped = self._feed.put(piece)
        if dropped:
            self._drop(dropped, "full")
        self._flush()
        return not dropped

    def pace(self, promoted: bool) -> None:
        """Look closer at the stream, or as usual again."""
        if promoted != self._promoted:
            self._promoted = promoted
            if self._pipe is not None:
                self._pipe.write(_ENCODE(Pace(promoted)))

    def finish(self) -> None:
        """Have everything decoded that is there, and end."""
        if self.is_over or self._finish_by is not None:
            return
        now = self._workshop.now()
        self._finish_by = now + self._limits.end_s
        if self._pipe is None and (self._failed or not self._feed.owed):
            self._wait_for_answers()
        else:
            self._flush()

    def abort(self) -> None:
        """End at once; nothing more is said of it."""
        if not self.is_over:
            self._end_life("over")
            self._feed.clear()
            self.is_over = True
            self._workshop.over(self)

    # -- what time brings --------------------------------------------------------------------------

    def look(self, now: float) -> None:
        """Do what is due; called a few times a second."""
        if self.is_over:
            return
        self._said = 0
        for lost in self.pending.late(now - self._limits.answer_s):
            self.sink.lost(lost)
        if self._settle_by is not None:
            if self.pending.settled or now >= self._settle_by:
                self._give_up("late")
                self._over("")
        elif self._finish_by is not None and now >= self._finish_by:
            self._end_life("killed")
            self._wait_for_answers()
        elif self._pipe is None:
            self._drop(self._feed.stale(now), "down")
            if now >= self._try_at and (self._feed.owed or not self._lived):
                self._begin()
        elif self._feed.under_way and now - self._moved_at > self._limits.stuck_s:
            self._dead(f"took nothing for {self._limits.stuck_s:g} s", "killed")

    def awake(self) -> None:
        """Note that decoders can be had again."""
        if self._pipe is None and self._workshop.now() >= self._try_at:
            self.look(self._workshop.now())

    def down(self, unit: str) -> None:
        """Give up what a worker had: it is gone. `unit` is frames or speech."""
        if unit == "frames":
            for lost in self.pending.unseen("down"):
                self.sink.lost(lost)
            return
        for unheard in self.pending.unheard("down"):
            self.sink.listened(unheard)

    # -- a decoder's life --------------------------------------------------------------------------

    def _begin(self) -> None:
        sock = self._workshop.spawn(self.numbers.life)
        if sock is None:
            return
        self._lived = True
        self._ended_early = self._finish_sent = False
        self._pipe = Pipe(sock, self._arrived, self._lost)
        vision, speech = self._workshop.doors()
        start = msgspec.structs.replace(
            self._start, handle=self.numbers.life, vision=vision, speech=speech
        )
        self._pipe.write(_ENCODE(start))
        if self._promoted:
            self._pipe.write(_ENCODE(Pace(True)))
        self._flush()

    def _end_life(self, how: str) -> None:
        if self._pipe is not None:
            self._pipe.close()
            self._pipe = None
            self._workshop.kill(self.numbers.life, how)

    def _lost(self, why: str) -> None:
        if why:
            self._dead(f"said what cannot be: {why}", "killed")
        else:
            self._dead("died", "")

    def _dead(self, why: str, how: str) -> None:
        """A life ended: settle what it had, see to the next one."""
        self._end_life(how)
        if self._settle_by is not None:  # it had said that it ended, and was told to
            return
        now, failed = self._workshop.now(), self._failed
        if failed:
            self._try_at = self._restarts.failed(now)
        elif not self._ended_early:
            self._try_at = self._restarts.died(now)
        at = self._feed.oldest_at
        lost = self._feed.restart(
            self._head.data, self._head.whole, self._newest_at if at is None else at, now
        )
        self._drop(lost, failed or "down")
        self.numbers.revive()
        if failed:
            self._drop(self._feed.flush(), failed)
        self.sink.gone("failed" if failed else why, True)
        if self._finish_by is not None and not self._feed.owed:
            self._wait_for_answers()

    def _flush(self) -> None:
        """Send what may be under way."""
        pipe, feed = self._pipe, self._feed
        if pipe is None:
            return
        now = self._workshop.now()
        if stale := feed.stale(now):
            self._drop(stale, "late")
        while (found := feed.next()) is not None:
            number, piece = found
            if feed.under_way == 1:
                self._moved_at = now
            data = piece.data[self._head.entry(piece.data) :] if piece.gap else piece.data
            pipe.write(_ENCODE(Bytes(number, piece.at, data, piece.gap)))
        if self._finish_by is not None and not len(feed) and not self._finish_sent:
            self._finish_sent = True
            pipe.write(_ENCODE(Finish()))

    # -- what a decoder says -----------------------------------------------------------------------

    def _arrived(self, body: bytes) -> None:
        """Take one frame in. Raises ValueError for what no honest decoder says."""
        said = _DECODE(body)
        sink, numbers = self.sink, self.numbers
        self._said += 1
        if isinstance(said, Took):
            self._said -= 1
            self._moved_at = self._workshop.now()
            self._settled(self._feed.took(said.seq))
            if len(self._feed) or self._finish_by is not None:
                self._flush()
        elif isinstance(said, Chosen):
            n = numbers.frame(said.n, numbers.life)
            chosen = said if n == said.n or n is None else msgspec.structs.replace(said, n=n)
            sink.chosen(chosen)
            if (lost := self.pending.chosen(chosen, self._workshop.now())) is not None:
                sink.lost(lost)
        elif isinstance(said, Same):
            n = numbers.frame(said.n, numbers.life)
            sink.same(said if n == said.n or n is None else msgspec.structs.replace(said, n=n))
        elif isinstance(said, Heard):
            self.pending.heard(said)
            sink.heard(said)
        elif isinstance(said, Missed):
            sink.missed(said)
        elif isinstance(said, Opened):
            self._failed = ""
            self._restarts.opened()
            sink.opened(said)
        elif isinstance(said, Failed):
            cause = said.message.partition(":")[0]
            self._failed = cause if cause in _CAUSES else "damaged"
            sink.failed(said)
        else:
            self._ended(said)
        if self._said > _MOST_SAID:
            raise ValueError("says too much")

    def _ended(self, ended: Ended) -> None:
        """It decoded all there was: all that was fed, or all that belongs to its container."""
        self.sink.ended(ended)
        if self._finish_by is None:
            self._ended_early = True  # what comes after is for the next decoder
            return
        self._settled(self._feed.clear())  # all was sent before it was told to finish
        self._wait_for_answers()

    def _settled(self, pieces: list[Piece]) -> None:
        """Say of pieces that they wait no more."""
        size = sum(len(piece.data) for piece in pieces if not piece.free)
        if size:
            self.sink.took(Took(pieces[-1].seq, size))

    def _drop(self, pieces: list[Piece], cause: str) -> None:
        """Say of pieces that nobody examines them."""
        if not pieces:
            return
        after = self._feed.waiting_at
        start = min(piece.at for piece in pieces)
        self._missed(start, self._newest_at if after is None else after, cause)
        self._settled(pieces)

    def _missed(self, start: float, end: float, cause: str) -> None:
        if end > start:
            self.sink.missed(Missed("frames", start, end, cause))
            self.sink.missed(Missed("speech", start, end, cause))

    # -- the end -----------------------------------------------------------------------------------

    def _wait_for_answers(self) -> None:
        if self._settle_by is None:
            self._drop(self._feed.clear(), self._failed or "late")
            self._settle_by = self._workshop.now() + self._limits.settle_s

    def _give_up(self, cause: str) -> None:
        for lost in self.pending.unseen(cause):
            self.sink.lost(lost)
        for unheard in self.pending.unheard(cause):
            self.sink.listened(unheard)

    def _over(self, why: str) -> None:
        self._end_life("over")
        self.is_over = True
        self._workshop.over(self)
        self.sink.gone(why, False)
