"""What a container must begin with, taken off a stream's first bytes, for who joins in its middle.

A WebM's header ends at its first cluster (matroska.org, element 0x1F43B675), a fragmented MP4's at
its first `moof`. The other containers say what they must again and again, or cannot be joined.
"""

from __future__ import annotations

from typing import Final

from media.boxes import Boxes
from media.containers import HEAD_BYTES, sniff

__all__ = ["Head"]

_MOST: Final = 256 * 1024
_CLUSTER: Final = b"\x1f\x43\xb6\x75"


class Head:
    """Collects a stream's beginning until it is known, or known to be none."""

    def __init__(self) -> None:
        self.found = b""
        """What to begin with; "" while it is not known, and where nothing is needed."""
        self._held = bytearray()
        self._over = False

    def feed(self, data: bytes) -> bool:
        """Take bytes as they are sent; say whether `found` became known by them."""
        if self._over:
            return False
        self._held += data
        if len(self._held) < HEAD_BYTES:
            return False
        end = self._end(bytes(self._held))
        self._over = end >= 0 or len(self._held) > _MOST
        if end > 0:
            self.found = bytes(self._held[:end])
        if self._over:
            self._held.clear()
        return end > 0

    @staticmethod
    def _end(held: bytes) -> int:
        """Return where the beginning ends, 0 where nothing is needed, -1 while nobody knows."""
        match sniff(held[:HEAD_BYTES]):
            case "matroska":
                return held.find(_CLUSTER)
            case "mp4":
                kinds = {box.kind: box.start for box in reversed(Boxes().feed(held))}
                return 0 if b"mdat" in kinds and b"moof" not in kinds else kinds.get(b"moof", -1)
            case _:
                return 0
