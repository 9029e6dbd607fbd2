"""Handles and numbers of a stream over the lives of its decoders: none is ever used twice.

Towards the workers each life has a handle of its own; towards the gateway the stream has one, and
frames and utterances are numbered on.
"""

from __future__ import annotations

from collections import OrderedDict

__all__ = ["Numbers", "stream_of"]

_LIFE = 40
_STREAM = (1 << _LIFE) - 1
_KEPT = 4
"""Answers for lives before so many are nobody's any more."""


def stream_of(handle: int) -> int:
    """Return the stream's handle of a life's."""
    return handle & _STREAM


class Numbers:
    """The numbers of one stream."""

    __slots__ = ("_bases", "_frames", "_utterances", "handle", "life")

    def __init__(self, handle: int) -> None:
        """Take the stream's handle. Raises ValueError for what is none."""
        if not 0 <= handle <= _STREAM:
            raise ValueError(f"no handle: {handle}")
        self.handle = handle
        """The stream's; that of its first life, too."""
        self.life = handle
        """What the workers call it now."""
        self._bases: OrderedDict[int, tuple[int, int]] = OrderedDict({handle: (0, 0)})
        self._frames = 0
        self._utterances = 0

    def revive(self) -> None:
        """Begin a new life."""
        self.life += 1 << _LIFE
        self._bases[self.life] = self._frames, self._utterances
        if len(self._bases) > _KEPT:
            self._bases.popitem(last=False)

    def frame(self, n: int, life: int) -> int | None:
        """Return the stream's number of a frame; None for a life long gone. Raises ValueError."""
        base = self._bases.get(life)
        if base is None:
            return None
        number = base[0] + _natural(n)
        if life == self.life and number >= self._frames:
            self._frames = number + 1
        return number

    def utterance(self, n: int, life: int) -> int | None:
        """Return the stream's number of an utterance; None for a life long gone."""
        base = self._bases.get(life)
        if base is None:
            return None
        number = base[1] + _natural(n)
        if life == self.life and number >= self._utterances:
            self._utterances = number + 1
        return number

    def find(self, utterance: int) -> tuple[int, int] | None:
        """Return the life and the number there of an utterance of the stream."""
        for life, (_, base) in reversed(self._bases.items()):
            if utterance >= base:
                return life, utterance - base
        return None


def _natural(n: int) -> int:
    if not 0 <= n < 1 << 31:
        raise ValueError(f"no number: {n}")
    return n
