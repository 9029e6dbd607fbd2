"""Hands frames to the vision worker: through the shared memory, told over a line.

A frame is announced to the gateway (`Chosen`) before the worker hears of it: what the worker says
of it must not overtake that. There is no waiting: no free slot is `full`, nobody there is `down`.
"""

from __future__ import annotations

import select
import time
from collections.abc import Callable
from typing import Final

import msgspec
from av import FFmpegError

from media.alike import Gate
from media.pictures import Painter
from media.watching import Look
from workers.streams.line import Line
from workers.streams.mailbox import Mailbox
from workers.streams.units import Attach, Chosen, Detach, Freed, Same, Sampling, Shown
from workers.units import frame

__all__ = ["SEEN_S", "Showing"]

SEEN_S: Final = 0.5
"""A frame is to be seen within this, or counts as lost."""
_ENCODE: Final = msgspec.msgpack.Encoder().encode
_SLOT_S: Final = 0.05
"""So long a frame waits for a slot; then it is told `full`."""
_FREED: Final = msgspec.msgpack.Decoder(Freed).decode


class Showing:
    """One stream's frames on their way."""

    def __init__(
        self,
        path: str,
        handle: int,
        sampling: Sampling,
        say: Callable[[Chosen | Same], None],
        seen_s: float = SEEN_S,
    ) -> None:
        """Take the vision worker's address, and who hears what was chosen."""
        self.chosen = self.same = 0
        """How many frames were handed over, and how many look like one that was."""
        self._say, self._handle, self._seen_s = say, handle, seen_s
        self._sampling = sampling
        self.painter = Painter(sampling.side)
        self._gate = self._blank()
        self._mailbox: Mailbox | None = None
        self._line = Line[None](path, self._hello, _done, _gone) if path else None
        self._lives = 0
        self._missed = self._returned = False

    def show(self, look: Look) -> str:
        """Hand a frame over; return "", or the cause it could not be for."""
        t, at, pace = look.moment.t, look.moment.at, look.moment.pace
        like = self._gate.same(look.small, pace)
        if like is not None:
            self.same += 1
            self._say(Same(like, at, t))
            return ""
        line, now = self._line, time.monotonic()
        if line is None:
            return "down"
        self.turn(now)
        mailbox = self._mailbox
        if not line.up or mailbox is None:
            self._missed = True
            return "down"
        slot = mailbox.take()
        if slot is None:
            slot = self._awaited_slot(line)
            mailbox = self._mailbox
        if slot is None or mailbox is None:
            return "full"
        try:
            painted = self.painter.paint(look.frame)
            painted.copy_to(mailbox.rows(slot, painted.width, painted.height))
        except (FFmpegError, ValueError, MemoryError):
            mailbox.free(slot)
            return "unsupported"
        self.chosen += 1
        n = self.chosen
        changed = self._gate.show(n, look.small, pace)
        self._say(Chosen(n, at, t, look.why, look.changed))
        size = painted.width, painted.height
        until, closer = time.monotonic() + self._seen_s, look.why == "promoted"
        shown = Shown(n, at, slot, *size, until, changed, closer)
        line.send(frame(_ENCODE(shown)), None)
        return ""

    def _awaited_slot(self, line: Line[None]) -> int | None:
        """Wait a moment for a slot: frames may come in a burst, and nothing else is to be done."""
        until = time.monotonic() + _SLOT_S
        while line.up and (left_s := until - time.monotonic()) > 0:
            poll = select.poll()
            poll.register(line.fileno(), select.POLLIN | select.POLLOUT * line.waiting)
            poll.poll(left_s * 1000)
            self.turn(time.monotonic())
            if self._mailbox is not None and (slot := self._mailbox.take()) is not None:
                return slot
        return None

    def turn(self, now: float) -> None:
        """Take slots back, connect where there is need."""
        if self._line is None:
            return
        bodies = self._line.turn(now)
        mailbox = self._mailbox
        if self._line.lives != self._lives and mailbox is not None:
            self._returned |= self._missed or self._lives > 0
            self._missed = False
            self._lives = self._line.lives
            mailbox.reset()
            self._gate = self._blank()
        for body in bodies:
            if mailbox is not None:
                mailbox.free(_FREED(body).slot)

    def returned(self) -> bool:
        """Tell, once, that somebody looks again, and that frames were missed before."""
        returned, self._returned = self._returned, False
        return returned

    def descriptors(self) -> list[tuple[int, int]]:
        """Return what to wait for."""
        if self._line is None or not self._line.up:
            return []
        return [(self._line.fileno(), select.POLLIN | select.POLLOUT * self._line.waiting)]

    def close(self) -> None:
        """Say that nothing more comes, as far as that can be said at once."""
        if self._line is not None:
            self._line.send(frame(_ENCODE(Detach())), None)
            self._line.close()

    def _blank(self) -> Gate:
        """Begin anew: whoever looks now has seen nothing of what was shown before."""
        return Gate(self._sampling.alike, self._sampling.max_gap_s)

    def _hello(self) -> tuple[bytes, list[int]]:
        # A new reader gets new memory: the old one may still be looking at the old.
        if self._mailbox is not None:
            self._mailbox.close()
        self._mailbox = box = Mailbox(self._sampling.side**2 * 3)
        every_s = self._sampling.read_every_s
        attach = Attach(self._handle, box.slots, box.slot_bytes, read_every_s=every_s)
        return frame(_ENCODE(attach)), [box.fd]


def _done(_: None) -> None:
    """Nothing hangs on it: what is shown and never seen the gateway counts."""


def _gone(_: None, _cause: str) -> None:
    """Nothing hangs on it, as above."""
