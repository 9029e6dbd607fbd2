"""Large tables in a few flat pieces: a hundred thousand small objects would take ten times as much.

1. What is packed never changes, and holds no object but its own few: it is carried to another
   process as it lies, in no time, and the collector has nothing to look through.
2. Looking something up makes its object anew; who asks for the same again and again keeps it.
"""

from __future__ import annotations

from array import array
from binascii import crc32
from collections.abc import Iterable, Iterator, Mapping, Sequence

__all__ = ["Rows", "Strings", "Table", "narrow", "offsets"]

_BEGIN, _VALUE = b"\xff", b"\xfe"
"""What UTF-8 never holds: no text is mistaken for the end of one entry and the start of another."""


class Table:
    """A mapping from texts to texts, neither with lone surrogates.

    Each entry lies in the bucket that its checksum names; a bucket holds about one.
    """

    __slots__ = ("_blob", "_mask", "_starts")

    def __init__(self, entries: Mapping[str, str]) -> None:
        size = 1 << max(len(entries) - 1, 1).bit_length()
        self._mask = size - 1
        buckets: list[list[bytes]] = [[] for _ in range(size)]
        for key, value in entries.items():
            told = key.encode()
            entry = b"".join((_BEGIN, told, _VALUE, value.encode()))
            buckets[crc32(told) & self._mask].append(entry)
        self._starts = offsets(sum(map(len, bucket)) for bucket in buckets)
        self._blob = b"".join(entry for bucket in buckets for entry in bucket)

    def find(self, key: bytes) -> str | None:
        """Return the value of a key in UTF-8, None where there is none."""
        bucket = crc32(key) & self._mask
        starts = self._starts
        first, last = starts[bucket], starts[bucket + 1]
        if first == last:
            return None
        blob = self._blob
        at = blob.find(b"\xff%b\xfe" % key, first, last)
        if at < 0:
            return None
        at += len(key) + 2
        end = blob.find(_BEGIN, at, last)
        return blob[at : last if end < 0 else end].decode()

    def __contains__(self, key: bytes) -> bool:
        bucket = crc32(key) & self._mask
        starts = self._starts
        first, last = starts[bucket], starts[bucket + 1]
        return first != last and self._blob.find(b"\xff%b\xfe" % key, first, last) >= 0


class Rows:
    """Rows of numbers by their place: those of row n are `numbers[starts[n]:starts[n + 1]]`."""

    __slots__ = ("numbers", "starts")

    def __init__(self, rows: Sequence[Sequence[int]]) -> None:
        self.starts = offsets(map(len, rows))
        self.numbers = narrow(number for row in rows for number in row)

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, place: int) -> array[int]:
        return self.numbers[self.starts[place] : self.starts[place + 1]]


class Strings:
    """Strings of bytes by their place."""

    __slots__ = ("_blob", "_starts")

    def __init__(self, strings: Sequence[bytes]) -> None:
        self._starts = offsets(map(len, strings))
        self._blob = b"".join(strings)

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __getitem__(self, place: int) -> bytes:
        return self._blob[self._starts[place] : self._starts[place + 1]]


def narrow(numbers: Iterable[int]) -> array[int]:
    """Return numbers of at most 32 bits in two bytes each, or in four where one needs them."""
    wide = array("i", numbers)
    is_narrow = not wide or (min(wide) >= -(1 << 15) and max(wide) < 1 << 15)
    return array("h", wide) if is_narrow else wide


def offsets(sizes: Iterable[int]) -> array[int]:
    """Return where pieces of such sizes begin, and last where the last ends."""
    return array("I", _sums(sizes))


def _sums(sizes: Iterable[int]) -> Iterator[int]:
    total = 0
    yield total
    for size in sizes:
        total += size
        yield total
