"""Hands sound to the speech worker, an eighth of a second at a time; never waits for it.

What was written is `Heard`; what could not be is missed, `full` where the worker is behind by ten
seconds (then the oldest goes first) and `down` where it is not there.
"""

from __future__ import annotations

import select
import time
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from media.listening import Run
from media.sound import RATE_HZ
from workers.streams.line import Line
from workers.streams.missing import Tally
from workers.streams.units import Attach, Detach, Hearing, Sound
from workers.units import frame

__all__ = ["Sounding"]

_SAMPLES: Final = 2048
_MOST_BYTES: Final = 10 * RATE_HZ * 2
_END_S: Final = 2.0
_ENCODE: Final = msgspec.msgpack.Encoder().encode

_Stretch = tuple[float, float]


class Sounding:
    """One stream's sound on its way."""

    def __init__(self, path: str, handle: int, hearing: Hearing, tally: Tally) -> None:
        """Take the speech worker's address, and who counts what was heard and missed."""
        self.audio_s = 0.0
        """How much sound there was, handed over or not."""
        self._handle, self._hearing, self._tally = handle, hearing, tally
        self._line = Line[_Stretch](path, self._hello, self._sent, self._lost, _MOST_BYTES)
        self._held: list[NDArray[np.int16]] = []
        self._count = 0
        self._at = self._end = 0.0
        self._jump = True
        self._lives = 0

    def sound(self, run: Run) -> None:
        """Take samples; send them once there are enough."""
        if run.jump:
            self.flush()
            self._jump = True
        if not self._count:
            self._at = max(run.moment.at, self._end) if not run.jump else run.moment.at
        self._held.append(run.samples)
        self._count += run.samples.size
        self.audio_s += run.samples.size / RATE_HZ
        if self._count >= _SAMPLES:
            self.flush()

    def flush(self) -> None:
        """Send what is held."""
        if not self._count:
            return
        pcm = np.concatenate(self._held).astype("<i2", copy=False).tobytes()
        self._end = self._at + self._count / RATE_HZ
        stretch = self._at, self._end
        self._held.clear()
        self._count = 0
        self.turn(time.monotonic())
        body = frame(_ENCODE(Sound(self._at, pcm, self._jump)))
        # A lost piece leaves a hole before the next one.
        self._jump = False
        if not self._line.send(body, stretch):
            self._lost(stretch, "down")

    def turn(self, now: float) -> None:
        """Write what waits, connect where there is need."""
        self._line.turn(now)
        if self._line.lives != self._lives:
            self._lives = self._line.lives
            self._jump = True

    def descriptors(self) -> list[tuple[int, int]]:
        """Return what to wait for."""
        if not self._line.up:
            return []
        return [(self._line.fileno(), select.POLLIN | select.POLLOUT * self._line.waiting)]

    def close(self) -> None:
        """Send the rest, waiting a moment for it, and say that nothing more comes."""
        self.flush()
        self._line.send(frame(_ENCODE(Detach())), (self._end, self._end))
        until = time.monotonic() + _END_S
        while self._line.waiting and (left := until - time.monotonic()) > 0:
            poll = select.poll()
            poll.register(self._line.fileno(), select.POLLOUT)
            poll.poll(left * 1000)
            self._line.turn(time.monotonic())
        self._line.close()

    def _sent(self, stretch: _Stretch) -> None:
        if stretch[1] > stretch[0]:
            self._tally.hear(*stretch)

    def _lost(self, stretch: _Stretch, cause: str) -> None:
        self._jump = True
        if stretch[1] > stretch[0]:
            self._tally.miss("speech", *stretch, cause)

    def _hello(self) -> tuple[bytes, list[int]]:
        return frame(_ENCODE(Attach(self._handle, hearing=self._hearing))), []
