"""Whether pictures are missing or torn, told by their packets' outside: nothing is decoded for it.

1. H.264 counts its reference pictures (`frame_num`): one that is skipped was lost on the way.
2. In MP4, Matroska and FLV, the units of an H.264 or HEVC packet say how long they are: together
   they must fill the packet.
3. What nothing is built upon is not counted, and other codecs count nothing: what was lost of those
   shows only when they are decoded.

Sources: ISO 14496-10, 7.3.1 to 7.3.3, 7.4.3 (`frame_num`); 14496-15, 5.3.3 and 8.3.3 (avcC, hvcC).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

__all__ = ["Intact"]

_HEAD_BYTES: Final = 2048
_SLICE_BYTES: Final = 32
_MOST_UNITS: Final = 512
_HIGH: Final = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
"""Profiles whose parameters say how colour is stored."""
_SLICE, _IDR, _PARAMETERS = 1, 5, 7
_START: Final = b"\0\0\x01"


class _Count(NamedTuple):
    """How a stream counts its pictures."""

    bits: int
    planes: bool
    """Whether colours come as pictures of their own."""
    gaps: bool
    """Whether the sender may leave numbers out."""


class Intact:
    """Looks at the packets of one video track, all of them, in the order they come."""

    def __init__(self, codec: str, extradata: bytes | None) -> None:
        """Take the codec's name, and what its container says of it."""
        self._counts = codec == "h264"
        self._length = 0
        self._count: _Count | None = None
        self._last: int | None = None
        told = extradata or b""
        if codec == "h264" and len(told) > 8 and told[0] == 1:
            self._length = (told[4] & 3) + 1
            self._learn(told[8 : 8 + int.from_bytes(told[6:8], "big")])
        elif codec == "hevc" and len(told) > 22 and told[0] == 1:
            self._length = (told[21] & 3) + 1
        elif self._counts:
            for unit in _starts(told):
                self._learn(unit)

    def forget(self) -> None:
        """Take note that packets are known to be missing: that is not to be told again."""
        self._last = None

    def broken(self, packet: memoryview) -> bool:
        """Tell whether a packet is torn, or pictures right before it are missing."""
        if not self._length and not self._counts:
            return False
        if self._length and bytes(packet[:4]) != b"\0" + _START:
            units, torn = self._measured(packet)
        else:
            units, torn = _starts(bytes(packet[:_HEAD_BYTES])), False
        return (self._counts and self._skipped(units)) or torn

    def _measured(self, packet: memoryview) -> tuple[Iterator[bytes], bool]:
        """Cut a packet by the lengths in it; tell whether they cannot be."""
        found: list[bytes] = []
        at, end = 0, len(packet)
        while at + self._length <= end and len(found) < _MOST_UNITS:
            size = int.from_bytes(packet[at : at + self._length], "big")
            at += self._length
            if size > end - at or (size and packet[at] & 0x80):
                return iter(found), True
            if size:
                found.append(bytes(packet[at : at + min(size, _HEAD_BYTES)]))
            at += size
        return iter(found), False

    def _skipped(self, units: Iterator[bytes]) -> bool:
        """Tell whether the first slice of a picture does not follow the picture before."""
        for unit in units:
            kind = unit[0] & 31
            if kind == _PARAMETERS:
                self._learn(unit)
            if kind not in (_SLICE, _IDR) or self._count is None:
                continue
            try:
                number = _number(unit, self._count)
            except EOFError:
                return True
            if kind == _IDR and number:
                self._count = None  # it starts at zero: what we know of the count is out of date
                return False
            before, most = self._last, 1 << self._count.bits
            if unit[0] & 0x60 or before is None:
                self._last = number
            odd = before is not None and number not in (before, (before + 1) % most)
            return odd and kind != _IDR and not self._count.gaps
        return False

    def _learn(self, unit: bytes) -> None:
        """Read how pictures are counted; where that changes, count anew."""
        try:
            count = _read(unit)
        except EOFError:
            count = None
        if count != self._count:
            self._count, self._last = count, None


class _Bits:
    """The bits of a unit, without what was put in so that no start code shows."""

    def __init__(self, unit: bytes) -> None:
        data = unit.replace(b"\0\0\x03", b"\0\0")
        self._value, self._left = int.from_bytes(data, "big"), len(data) * 8

    def take(self, count: int) -> int:
        """Return so many bits. Raises EOFError."""
        if count > self._left:
            raise EOFError
        self._left -= count
        return self._value >> self._left & ((1 << count) - 1)

    def golomb(self) -> int:
        """Return a number of as many bits as it needs (ue(v), 9.1). Raises EOFError."""
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > 31:
                raise EOFError
        return (1 << zeros) - 1 + self.take(zeros)


def _starts(data: bytes) -> Iterator[bytes]:
    """Cut bytes at their start codes."""
    for unit in data.split(_START)[1 : _MOST_UNITS + 1]:
        if unit:
            yield unit


def _number(unit: bytes, count: _Count) -> int:
    """Return a slice's `frame_num`. Raises EOFError."""
    bits = _Bits(unit[1:_SLICE_BYTES])
    for _ in ("first macroblock", "type", "picture parameters"):
        bits.golomb()
    bits.take(2 * count.planes)
    return bits.take(count.bits)


def _read(unit: bytes) -> _Count:
    """Read a sequence parameter set as far as the count. Raises EOFError."""
    bits = _Bits(unit[1:])
    profile = bits.take(8)
    bits.take(16)
    bits.golomb()
    planes = False
    if profile in _HIGH:
        chroma = bits.golomb()
        planes = chroma == 3 and bool(bits.take(1))
        bits.golomb()
        bits.golomb()
        bits.take(1)
        if bits.take(1):
            _pass_lists(bits, 12 if chroma == 3 else 8)
    number = bits.golomb() + 4
    order = bits.golomb()
    if order == 0:
        bits.golomb()
    elif order == 1:
        bits.take(1)
        bits.golomb()
        bits.golomb()
        for _ in range(min(bits.golomb(), 255)):
            bits.golomb()
    bits.golomb()
    if number > 16:
        raise EOFError
    return _Count(number, planes, bool(bits.take(1)))


def _pass_lists(bits: _Bits, lists: int) -> None:
    """Pass over the scaling lists (7.3.2.1.1.1)."""
    for n in range(lists):
        if not bits.take(1):
            continue
        last = following = 8
        for _ in range(16 if n < 6 else 64):
            if following:
                coded = bits.golomb()
                delta = (coded + 1) // 2 if coded % 2 else -(coded // 2)
                following = (last + delta) % 256
            last = following or last
