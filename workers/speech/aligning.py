"""Exact times of words, measured for the few utterances somebody asks about."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Sequence

import msgspec

from workers.speech.transcribing import Piece, Text
from workers.streams.reports import Aligned, Word

__all__ = ["Aligning", "Kept"]

_FOR_S = 10.0
_MOST = 64
_ASKED = 64


class Aligning(msgspec.Struct, frozen=True):
    """An utterance whose words are to be aligned."""

    piece: Piece
    text: Text
    asked_n: int

    def told(self, words: Sequence[tuple[str, float, float]]) -> Aligned:
        """Return what is told: the words with the times they were captured at."""
        at = self.piece.at
        aligned = [Word(text, at + from_s, at + to_s) for text, from_s, to_s in words]
        return Aligned(self.piece.handle, self.asked_n, aligned)


class Kept:
    """What can still be aligned: the last utterance of each stream, for ten seconds."""

    def __init__(self) -> None:
        self._last: OrderedDict[int, tuple[float, Aligning]] = OrderedDict()
        self._asked: deque[Aligning] = deque()
        self._clock = 0.0

    def keep(self, piece: Piece, text: Text) -> None:
        """Keep an utterance that was heard, in place of its stream's last one."""
        self._last.pop(piece.handle, None)
        self._last[piece.handle] = self._clock, Aligning(piece, text, piece.n)
        while len(self._last) > _MOST:
            self._last.popitem(last=False)

    def ask(self, handle: int, n: int, now: float) -> list[Aligned]:
        """Note that an utterance is asked about; return the answer where it is too late."""
        self.forget(now)
        kept = self._last.get(handle)
        if kept is None or kept[1].piece.n != n or len(self._asked) >= _ASKED:
            return [Aligned(handle, n, [])]
        self._asked.append(kept[1])
        return []

    def take(self, now: float) -> Aligning | None:
        """Return what is to be aligned next."""
        self._clock = now
        return self._asked.popleft() if self._asked else None

    def forget(self, now: float) -> None:
        """Forget what nobody asked about in time."""
        self._clock = now
        while self._last:
            handle, (since, _) = next(iter(self._last.items()))
            if now - since <= _FOR_S:
                break
            del self._last[handle]
