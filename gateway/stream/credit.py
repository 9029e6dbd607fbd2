"""A stream's credit, as arithmetic: what its server may send, and what it is told.

At any time: what the server may still send + what it sent and still waits here + what waits no more
and was not told yet = the whole. Below zero is what it sent over its credit.
"""

from __future__ import annotations

__all__ = ["Credit"]


class Credit:
    """The credit of one stream, in bytes of its container."""

    __slots__ = ("_most", "over", "untold", "waiting")

    def __init__(self, most: int) -> None:
        self._most = most
        self.waiting = 0
        """Bytes that came and wait."""
        self.untold = 0
        """Bytes that wait no more, of which the server was not told."""
        self.over = 0
        """Bytes that came over the credit, so far."""

    @property
    def left(self) -> int:
        """What the server may send now, by what it was told; below 0 where it sent more."""
        return self._most - self.waiting - self.untold

    def came(self, size: int) -> bool:
        """Note bytes; say whether they were within the credit."""
        left = self.left
        self.waiting += size
        if size <= left:
            return True
        self.over += size - max(0, left)
        return False

    def settled(self, size: int) -> None:
        """Note bytes that wait no more. Raises ValueError for more than did."""
        if size > self.waiting:
            raise ValueError(f"{size} bytes settled, {self.waiting} waited")
        self.waiting -= size
        self.untold += size

    def tell(self, least: int = 1) -> int:
        """Return how much credit to give back now; 0 where it would be less than `least`."""
        if self.untold < least:
            return 0
        told, self.untold = self.untold, 0
        return told

    def anew(self) -> int:
        """Return what a server that begins again may send at first."""
        self.untold = 0
        return max(0, self.left)
