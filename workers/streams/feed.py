"""Pieces of one stream on their way to its decoder: waiting here, under way, or settled.

1. At most `window_bytes` are under way (or one piece): what is under way cannot be taken back.
2. At most `most_bytes` are waiting and under way together, and nothing waits longer than `stale_s`:
   the oldest that waits is dropped, and the piece after it says that something is missing.
3. What a decoder cannot do without (`keep`) is dropped last.
4. Every piece put in is given out exactly once: as taken, as dropped, or as lost with its decoder.
"""

from __future__ import annotations

from collections import deque

import msgspec

__all__ = ["Feed", "Piece"]


class Piece(msgspec.Struct, gc=False):
    """A piece of the container. `at`: when it was captured; `came`: when it was put in, monotonic.

    `gap` says that what came before it is missing, `free` that it is no sender's: fed once more.
    """

    seq: int
    at: float
    data: bytes
    gap: bool = False
    came: float = 0.0
    keep: bool = False
    free: bool = False


class Feed:
    """The pieces of one stream between gateway and decoder."""

    __slots__ = ("_flight", "_gap", "_waiting", "flight_bytes", "limits", "sent", "waiting_bytes")

    def __init__(self, window_bytes: int, most_bytes: int, stale_s: float) -> None:
        self.limits = (window_bytes, most_bytes, stale_s)
        self.waiting_bytes = 0
        self.flight_bytes = 0
        self.sent = 0
        """How many pieces left for this decoder; the next one has this number plus one."""
        self._waiting: deque[Piece] = deque()
        self._flight: deque[tuple[int, Piece]] = deque()
        self._gap = False

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def under_way(self) -> int:
        """How many pieces the decoder has not taken."""
        return len(self._flight)

    @property
    def owed(self) -> bool:
        """Whether a sender's piece waits."""
        return any(not piece.free for piece in self._waiting)

    @property
    def waiting_at(self) -> float | None:
        """When the oldest sender's piece that waits was captured; None where none does."""
        return next((piece.at for piece in self._waiting if not piece.free), None)

    @property
    def oldest_at(self) -> float | None:
        """When the oldest piece that is not taken was captured; None where there is none."""
        if self._flight:
            return self._flight[0][1].at
        return self._waiting[0].at if self._waiting else None

    def put(self, piece: Piece) -> list[Piece]:
        """Have a piece wait; return what was dropped to make room, itself perhaps."""
        if self._gap:
            piece.gap = True
            self._gap = False
        self._waiting.append(piece)
        self.waiting_bytes += len(piece.data)
        dropped: list[Piece] = []
        while self.waiting_bytes + self.flight_bytes > self.limits[1] and self._waiting:
            dropped.append(self._drop(self._spare()))
        return dropped

    def stale(self, now: float) -> list[Piece]:
        """Take out what has waited too long. `now` is monotonic."""
        dropped = []
        before = now - self.limits[2]
        while (place := self._first()) is not None and self._waiting[place].came < before:
            dropped.append(self._drop(place))
        return dropped

    def next(self) -> tuple[int, Piece] | None:
        """Return the next piece to send with its number; None while enough is under way."""
        if not self._waiting:
            return None
        size = len(self._waiting[0].data)
        if self._flight and self.flight_bytes + size > self.limits[0]:
            return None
        piece = self._waiting.popleft()
        self.waiting_bytes -= size
        self.flight_bytes += size
        self.sent += 1
        self._flight.append((self.sent, piece))
        return self._flight[-1]

    def took(self, number: int) -> list[Piece]:
        """Return the pieces up to this number, which the decoder has read. Raises ValueError."""
        if number > self.sent:
            raise ValueError("took a piece that was not sent")
        taken = []
        while self._flight and self._flight[0][0] <= number:
            piece = self._flight.popleft()[1]
            self.flight_bytes -= len(piece.data)
            taken.append(piece)
        return taken

    def restart(self, head: bytes, whole: bool, at: float, now: float) -> list[Piece]:
        """Begin with a new decoder: return what was meant for the old one, which is lost.

        `head` is what the new one must read first; `whole` says that it misses nothing, so that
        what waits does not go on where it ends. What waits goes to the new decoder after it.
        """
        if not self.sent:
            return []
        lost = [piece for _, piece in self._flight]
        lost += [piece for piece in self._waiting if piece.keep]
        waiting = deque(piece for piece in self._waiting if not piece.keep)
        self._flight.clear()
        self.flight_bytes = 0
        self.sent = 0
        follows = bool(head) and not whole
        self._gap = not follows and not waiting
        if waiting and not follows:
            waiting[0].gap = True
        if head:
            waiting.appendleft(Piece(0, at, head, False, now, keep=True, free=True))
        self._waiting = waiting
        self.waiting_bytes = sum(len(piece.data) for piece in waiting)
        return lost

    def flush(self) -> list[Piece]:
        """Return the senders' pieces that wait, and have the next one say that they are missing."""
        left = [piece for piece in self._waiting if not piece.free]
        self._waiting = deque(piece for piece in self._waiting if piece.free)
        self.waiting_bytes = sum(len(piece.data) for piece in self._waiting)
        self._gap = self._gap or bool(left)
        return left

    def clear(self) -> list[Piece]:
        """Return everything that is not taken, and hold nothing."""
        left = [piece for _, piece in self._flight] + list(self._waiting)
        self._flight.clear()
        self._waiting.clear()
        self.flight_bytes = self.waiting_bytes = 0
        return left

    def _first(self) -> int | None:
        """Return the place of the oldest piece that may go."""
        for place, piece in enumerate(self._waiting):
            if not piece.keep:
                return place
        return None

    def _spare(self) -> int:
        """Return the place of what is dropped for want of room: the newest where all is needed."""
        place = self._first()
        return len(self._waiting) - 1 if place is None else place

    def _drop(self, place: int) -> Piece:
        waiting = self._waiting
        piece = waiting[place]
        del waiting[place]
        self.waiting_bytes -= len(piece.data)
        if place < len(waiting):
            waiting[place].gap = True
        else:
            self._gap = True
        return piece
