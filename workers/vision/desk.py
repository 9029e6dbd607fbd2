"""Where the threads meet: frames that wait, answers that go out, slots that can be given back.

The thread that talks (I/O) puts frames in and fetches what goes out; two threads look, one at
frames, one at text. Everything here takes one lock for a moment, never while a detector computes.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Sequence
from threading import Condition

from workers.streams.reports import Lost
from workers.vision.frames import FRAME, OCR, Frame, Unit
from workers.vision.looking import Told
from workers.vision.queue import FrameQueue, TextQueue
from workers.vision.shedding import Shedding

__all__ = ["Counts", "Desk"]

_SUPERSEDED, _LATE, _LOAD = "superseded", "late", "load"


class Counts:
    """What became of frames since the start."""

    def __init__(self) -> None:
        self.done: dict[str, int] = {}
        self.lost: dict[str, int] = {}
        self.busy_s = 0.0
        self.lag_s = 0.0
        """How long the text that was read last had waited."""

    def count(self, told: Told) -> None:
        """Count one answer."""
        if isinstance(told, Lost):
            name = f"{told.unit}.{told.cause}"
            self.lost[name] = self.lost.get(name, 0) + 1
            return
        self.done[told.unit] = self.done.get(told.unit, 0) + 1
        if told.unchecked:
            name = f"{told.unit}.{told.unchecked}"
            self.lost[name] = self.lost.get(name, 0) + 1


class Desk:
    """The frames of all streams between the threads. `now` is a monotonic clock."""

    def __init__(
        self, now: Callable[[], float], ocr_every_s: float, ocr_wait_s: float, reads: bool
    ) -> None:
        """`reads` says whether there is anybody to read text."""
        self._now = now
        self._reads = reads
        self._lock = Condition()
        self._frames: FrameQueue[Frame] = FrameQueue()
        self._texts: TextQueue[Frame] = TextQueue(ocr_every_s, ocr_wait_s)
        self._shedding = Shedding()
        self._told: deque[Told] = deque()
        self._released: deque[tuple[Frame, Unit]] = deque()
        self._busy_since: dict[Unit, float] = {}
        self._woken = False
        self.wake, self._waker = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        """`wake` can be read when something is to be fetched."""
        self.counts = Counts()

    # -- the thread that talks ---------------------------------------------------------------------

    def put(self, frame: Frame, changed: bool) -> None:
        """Let a frame wait for those who look."""
        with self._lock:
            frame.holds.add(FRAME)
            self._give_up(FRAME, _SUPERSEDED, self._frames.put(frame))
            if changed and self._reads:
                frame.holds.add(OCR)
                self._give_up(OCR, _SUPERSEDED, self._texts.put(frame))
            self._lock.notify_all()

    def forget(self, handle: int) -> None:
        """Drop what waits of a stream that lied."""
        with self._lock:
            self._give_up(FRAME, "error", self._frames.forget(handle))
            self._give_up(OCR, "error", self._texts.forget(handle))
            self._shedding.forget(handle)

    def fetch(self) -> tuple[list[Told], list[tuple[Frame, Unit]]]:
        """Return what is to be said, and which frames no longer need their slot for what."""
        with self._lock:
            self._woken = False
            try:
                os.read(self.wake, 64)
            except BlockingIOError:  # nobody woke us; we looked by ourselves
                self._woken = False
            self._sweep(self._now())
            told, released = list(self._told), list(self._released)
            self._told.clear()
            self._released.clear()
            for each in told:
                self.counts.count(each)
            return told, released

    def depth(self) -> dict[str, int]:
        """Return how many frames wait, by unit."""
        with self._lock:
            return {FRAME: len(self._frames), OCR: len(self._texts)}

    def stuck_s(self) -> float:
        """Return how long the longest call into the detectors has lasted."""
        with self._lock:
            now = self._now()
            return max((now - since for since in self._busy_since.values()), default=0.0)

    # -- those who look ----------------------------------------------------------------------------

    def next_frames(self, most: int, wait_s: float) -> tuple[list[Frame], list[bool]]:
        """Wait for frames; return them, and at which of them the image models look, too."""
        with self._lock:
            if not len(self._frames):
                self._lock.wait(wait_s)
            now = self._now()
            self._sweep(now)
            frames = self._frames.take(most)
            if frames:
                self._busy_since[FRAME] = now
            return frames, self._shedding.heavy(frames, now, len(self._frames))

    def next_text(self, wait_s: float) -> Frame | None:
        """Wait for a frame whose text may be read now."""
        with self._lock:
            now = self._now()
            turn = self._texts.next_at()
            if turn is None or max(turn, self._shedding.text_from) > now:
                until = min(wait_s, max(0.01, (turn or now + wait_s) - now))
                self._lock.wait(until)
                now = self._now()
            self._sweep(now)
            if not self._shedding.text(now):
                return None
            frame = self._texts.take(now)
            if frame is not None:
                self._busy_since[OCR] = now
            return frame

    def release(self, unit: Unit, frames: Sequence[Frame]) -> None:
        """Note that these frames were copied: as far as this unit goes, their slots are free."""
        with self._lock:
            self._released.extend((frame, unit) for frame in frames)
            self._rouse()

    def say(self, unit: Unit, told: Sequence[Told], began: float) -> None:
        """Note what was seen in what `next_frames` or `next_text` gave at `began`."""
        with self._lock:
            self._busy_since.pop(unit, None)
            self.counts.busy_s += self._now() - began
            self._told.extend(told)
            self._rouse()

    def learn(self, light_s: float, heavy_s: float | None) -> None:
        """Note what a frame cost."""
        with self._lock:
            self._shedding.cost(light_s, heavy_s)

    def lagged(self, lag_s: float) -> None:
        """Note how old the text was that was read last."""
        with self._lock:
            self.counts.lag_s = lag_s

    # -- within ------------------------------------------------------------------------------------

    def _sweep(self, now: float) -> None:
        for frame in self._frames.late(now):
            self._give_up(FRAME, _LATE, frame)
        for frame in self._texts.late(now):
            self._give_up(OCR, _LOAD, frame)

    def _give_up(self, unit: Unit, cause: str, frame: Frame | None) -> None:
        if frame is not None:
            self._told.append(frame.lost(unit, cause))
            self._released.append((frame, unit))
            self._rouse()

    def _rouse(self) -> None:
        if not self._woken:
            self._woken = True
            os.write(self._waker, b"!")
