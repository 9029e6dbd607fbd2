"""Pieces in their order again: a bounded window for those that overtook others.

Rules:
1. What comes out has rising numbers (modulo 2**32), each at most once; `missing` says how many
   were given up before a piece.
2. A piece that is ahead waits for those before it: until they come, the window is full, or it has
   waited `wait_s`. Live media is never held back for longer.
3. What is a little behind is a repeat or too late: it is dropped and counted. What is far behind is
   a sender that began anew, and is taken as the next one; so is a run of late pieces that is longer
   than any repetition.
"""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

__all__ = ["Ordered", "Sequencer"]

T = TypeVar("T")
_MODULUS = 1 << 32
_HALF = 1 << 31
_BEHIND = 1024
"""Further back than this no piece is merely late."""
_RUN = 256
"""Nobody repeats so many pieces, one after the other."""


class Ordered(msgspec.Struct, Generic[T], frozen=True):
    """A piece in its turn. `missing` pieces before it never came (1 where nobody knows)."""

    seq: int
    item: T
    missing: int = 0


class _Held(msgspec.Struct, Generic[T], frozen=True):
    """A piece that waits, since when, and how many bytes it keeps."""

    item: T
    since: float
    size: int


class Sequencer(Generic[T]):
    """Puts one stream's pieces in order. `now` is in seconds of any clock that does not go back."""

    __slots__ = (
        "_held", "_next", "_run", "_run_at", "_size", "_unsure",
        "late", "most_bytes", "wait_s", "window",
    )  # fmt: skip

    def __init__(
        self, window: int = 32, wait_s: float = 0.5, most_bytes: int = 4 * 1024 * 1024
    ) -> None:
        self.window = window
        self.wait_s = wait_s
        self.most_bytes = most_bytes
        self.late = 0
        """Pieces dropped: repeated, or come after their place was given up."""
        self._next: int | None = None
        self._held: dict[int, _Held[T]] = {}
        self._size = 0
        self._unsure = False
        self._run = 0
        self._run_at = 0
        """How many late pieces came one after the other, and the number that would go on."""

    @property
    def held(self) -> int:
        """How many pieces wait."""
        return len(self._held)

    @property
    def expected(self) -> int | None:
        """The number that comes next; None before the first piece."""
        return self._next

    def push(self, seq: int, item: T, size: int, now: float) -> list[Ordered[T]]:
        """Take in a piece; return those whose turn it is."""
        if seq == self._next and not self._held and not self._unsure:  # as nearly all of them are
            self._next = (seq + 1) % _MODULUS
            return [Ordered(seq, item)]
        if self._next is None:
            self._next = seq
        ahead = (seq - self._next) % _MODULUS
        out: list[Ordered[T]] = []
        if ahead >= _HALF:
            if _MODULUS - ahead <= _BEHIND and not self._runs(seq):
                self.late += 1
                return self.overdue(now)
            out += self.flush()
            self._next, self._unsure = seq, True
        if seq in self._held:
            self.late += 1
            return self.overdue(now)
        self._held[seq] = _Held(item, now, size)
        self._size += size
        out += self._due()
        while len(self._held) > self.window or self._size > self.most_bytes:
            out += self._skip()
        return out + self.overdue(now)

    def is_behind(self, seq: int) -> bool:
        """Say whether a piece of that number would be a repeat or too late."""
        return self._next is not None and (seq - self._next) % _MODULUS >= _HALF

    def overdue(self, now: float) -> list[Ordered[T]]:
        """Return what has waited long enough; call it also when nothing comes."""
        out: list[Ordered[T]] = []
        while self._held and min(each.since for each in self._held.values()) <= now - self.wait_s:
            out += self._skip()
        return out

    def flush(self) -> list[Ordered[T]]:
        """Return all that waits, in order."""
        out: list[Ordered[T]] = []
        while self._held:
            out += self._skip()
        return out

    def restart(self) -> None:
        """Take the next piece for the first one, whatever its number: its sender began anew."""
        self.late += len(self._held)
        self._held.clear()
        self._size = 0
        self._unsure = self._next is not None
        self._next = None

    def _runs(self, seq: int) -> bool:
        """Count late pieces that follow one another; say whether these are a new beginning."""
        self._run = self._run + 1 if seq == self._run_at else 1
        self._run_at = (seq + 1) % _MODULUS
        return self._run > _RUN

    def _due(self) -> list[Ordered[T]]:
        out: list[Ordered[T]] = []
        while self._next is not None and self._next in self._held:
            out.append(self._out(self._next, 0))
        return out

    def _skip(self) -> list[Ordered[T]]:
        """Give up what is missing before the first piece that waits."""
        expected = self._next or 0
        seq = min(self._held, key=lambda held: (held - expected) % _MODULUS)
        return [self._out(seq, (seq - expected) % _MODULUS), *self._due()]

    def _out(self, seq: int, missing: int) -> Ordered[T]:
        held = self._held.pop(seq)
        self._size -= held.size
        self._next = (seq + 1) % _MODULUS
        if self._unsure:
            self._unsure, missing = False, max(missing, 1)
        return Ordered(seq, held.item, missing)
