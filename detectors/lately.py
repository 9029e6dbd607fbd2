"""What was worked out about texts lately, by the text itself: chat says the same again and again.

1. A text is kept the second time it is met within some thousand: what is said once, or as rarely,
   would only push others out, of this memory and of the processor's. Of the first time a table
   keeps one byte of its hash, and is emptied now and then.
2. Texts are kept in two halves: when one is full the older is dropped. That is cheaper than to note
   every use, and forgets nothing that is said again and again.
"""

from __future__ import annotations

from typing import Final, Generic, TypeVar

__all__ = ["Lately"]

_TEXTS: Final = 512
"""In each half. With what was found a text takes about 1 KB, at most 3 KB."""
_MOST_CHARS: Final = 200
_MEMORY: Final = 4
"""How many times as many texts are remembered to have been met once."""
_MET: Final = 8192
_SLOT: Final = _MET.bit_length() - 1

T = TypeVar("T")


class Lately(Generic[T]):
    """What is known of the last few hundred texts; long ones are not kept."""

    __slots__ = ("_met", "_newer", "_older", "_texts", "_unmet")

    def __init__(self, texts: int = _TEXTS) -> None:
        self._texts = texts
        self._met = bytearray(_MET)
        self._unmet = 0
        self._newer: dict[str, T] = {}
        self._older: dict[str, T] = {}

    def find(self, text: str) -> T | None:
        """Return what is known of a text, None if nothing is."""
        known = self._newer.get(text)
        if known is None:
            known = self._older.get(text)
            if known is not None:
                self._keep(text, known)
        return known

    def keep(self, text: str, known: T) -> None:
        """Keep what was worked out about a text, if it is not the first time."""
        if len(text) > _MOST_CHARS:
            return
        code = hash(text)
        slot, tag = code % _MET, (code >> _SLOT) % 256
        if self._met[slot] == tag:
            self._keep(text, known)
        else:
            self._met[slot] = tag
            self._unmet += 1
            if self._unmet > _MEMORY * self._texts:
                self._met = bytearray(_MET)
                self._unmet = 0

    def _keep(self, text: str, known: T) -> None:
        if len(self._newer) >= self._texts:
            self._newer, self._older = {}, self._newer
        self._newer[text] = known
