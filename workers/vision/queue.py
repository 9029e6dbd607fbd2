"""Which frame is looked at next: one waiting frame a stream, the earliest deadline first.

1. A mailbox of one: a newer frame of a stream takes the place of the one that waits. No frame waits
   behind a newer one of its stream, and what waits is bounded by the number of streams.
2. Rounds: a stream that had its turn in this round yields to those that wait and had none, whatever
   deadlines it claims. Between two frames of a stream nobody else gets more than two.
3. Text has its own queue: the stream that was read longest ago first, each at most every so often.
4. Pure: the caller tells the time. What is given back as lost is told by the caller.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar

__all__ = ["FrameQueue", "TextQueue", "Waits"]


class Waits(Protocol):
    """What a queue needs to know of a frame. Times are monotonic."""

    @property
    def handle(self) -> int:
        """The stream."""

    @property
    def until(self) -> float:
        """Nobody wants to know what it shows after that."""

    @property
    def came(self) -> float:
        """When it arrived here."""

    @property
    def every_s(self) -> float:
        """How often its stream is read at most; 0 for as often as usual."""


F = TypeVar("F", bound=Waits)


class FrameQueue(Generic[F]):
    """Frames that wait for the image detectors, hashes and codes."""

    def __init__(self) -> None:
        self._waiting: dict[int, F] = {}
        self._had_turn: set[int] = set()

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, frame: F) -> F | None:
        """Let a frame wait; return the older one of its stream that it replaces."""
        older = self._waiting.get(frame.handle)
        self._waiting[frame.handle] = frame
        return older

    def take(self, most: int) -> list[F]:
        """Take the frames whose turn it is, at most so many, the most urgent first."""
        taken: list[F] = []
        while self._waiting and len(taken) < most:
            frame = min(self._due(), key=lambda each: (each.until, each.came, each.handle))
            del self._waiting[frame.handle]
            self._had_turn.add(frame.handle)
            taken.append(frame)
        return taken

    def late(self, now: float) -> list[F]:
        """Give up the frames nobody wants any more."""
        late = [frame for frame in self._waiting.values() if frame.until < now]
        for frame in late:
            del self._waiting[frame.handle]
        return late

    def forget(self, handle: int) -> F | None:
        """Forget a stream; return its frame that waited."""
        self._had_turn.discard(handle)
        return self._waiting.pop(handle, None)

    def _due(self) -> list[F]:
        due = [frame for frame in self._waiting.values() if frame.handle not in self._had_turn]
        if not due:
            self._had_turn.clear()
            due = list(self._waiting.values())
        return due


class TextQueue(Generic[F]):
    """Frames whose text waits to be read."""

    def __init__(self, every_s: float, wait_s: float) -> None:
        """A stream is read at most `every_s`; what waits `wait_s` beyond its turn is given up."""
        self._every_s = every_s
        self._wait_s = wait_s
        self._waiting: dict[int, F] = {}
        self._read_at: dict[int, float] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, frame: F) -> F | None:
        """Let a frame wait; return the older one of its stream that it replaces."""
        older = self._waiting.get(frame.handle)
        self._waiting[frame.handle] = frame
        return older

    def take(self, now: float) -> F | None:
        """Take the frame of the stream that was read longest ago; None where none has its turn."""
        ready = [frame for frame in self._waiting.values() if self._turn(frame) <= now]
        if not ready:
            return None
        never = float("-inf")
        frame = min(ready, key=lambda each: (self._read_at.get(each.handle, never), each.came))
        del self._waiting[frame.handle]
        self._read_at[frame.handle] = now
        return frame

    def late(self, now: float) -> list[F]:
        """Give up the frames that waited too long for their turn."""
        late = [each for each in self._waiting.values() if self._turn(each) + self._wait_s < now]
        for frame in late:
            del self._waiting[frame.handle]
        return late

    def next_at(self) -> float | None:
        """Return when the next frame has its turn; None where none waits."""
        return min(self._turns(), default=None)

    def forget(self, handle: int) -> F | None:
        """Forget a stream; return its frame that waited."""
        self._read_at.pop(handle, None)
        return self._waiting.pop(handle, None)

    def _turns(self) -> Iterator[float]:
        return (self._turn(frame) for frame in self._waiting.values())

    def _turn(self, frame: F) -> float:
        """Return from when on a frame may be read."""
        every_s = frame.every_s or self._every_s
        return max(frame.came, self._read_at.get(frame.handle, float("-inf")) + every_s)
