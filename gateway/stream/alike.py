"""What was seen of a stream's last frames, said again of those that look like them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

import msgspec

from workers.streams.reports import Saw
from workers.streams.units import Same

__all__ = ["Alike"]

FRAMES = 8
_WAITING = 32


class Alike:
    """The last frames of one stream that were looked at. `say` gets a `Saw` of a like frame's time.

    It has the number of the frame that was looked at, and no still: who needs one asks for that
    frame's. Not every repetition shall be kept with the same picture.
    """

    __slots__ = ("_say", "_seen", "_stills", "_waiting")

    def __init__(self, say: Callable[[Saw], None]) -> None:
        self._say = say
        self._seen: OrderedDict[int, dict[str, Saw]] = OrderedDict()
        self._stills: dict[int, bytes] = {}
        self._waiting: list[Same] = []

    def saw(self, saw: Saw) -> None:
        """Keep what a frame shows; say it of those that came before the answer."""
        kept = self._seen.setdefault(saw.n, {})
        kept[saw.unit] = msgspec.structs.replace(saw, still=b"")
        if saw.still:
            self._stills[saw.n] = saw.still
        if len(self._seen) > FRAMES:
            self._stills.pop(self._seen.popitem(last=False)[0], None)
        for same in self._waiting:
            if same.n == saw.n:
                self._say(msgspec.structs.replace(kept[saw.unit], at=same.at))
        oldest = next(iter(self._seen))
        self._waiting = [same for same in self._waiting if same.n >= oldest]

    def still(self, n: int) -> bytes:
        """Return the still of frame `n`, a JPEG; empty where it has none, or no longer."""
        return self._stills.get(n, b"")

    def same(self, same: Same) -> None:
        """Say of a frame what was seen of the one it looks like, now and once more is known."""
        for saw in self._seen.get(same.n, {}).values():
            self._say(msgspec.structs.replace(saw, at=same.at))
        self._waiting.append(same)  # its text is read later
        del self._waiting[:-_WAITING]
