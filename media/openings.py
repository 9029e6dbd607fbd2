"""Cuts a stream's bytes where a demuxer must be opened anew; pure.

1. A stream may begin again in its middle: a browser that reconnects sends a new header, files are
   sent behind one another. What follows is another opening, with tracks of its own.
2. An MP4 needs its index (moov) first. One that comes last is waited for within `hold_bytes`, then
   the file is read as a whole; beyond that it is refused.
3. After a gap an MP4 goes on at its next fragment, opened with the index it began with.
4. What the first bytes are beats what was announced.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from media.boxes import MOST_TRACKS, Box, Boxes, crowded, encrypted, resume
from media.claims import claimed
from media.containers import HEAD_BYTES, SYNC, Family, Wanted, family, sniff
from media.faults import Unreadable
from media.programs import Programs, Tags

__all__ = ["Bit", "Openings"]

_FIRST_BYTES: Final = 8192
_MAGIC: Final = {"matroska": b"\x1a\x45\xdf\xa3", "flv": b"FLV\x01"}
_HEADER: Final = {"matroska": 72, "flv": 13}
_KEYED: Final = re.compile(rb"\x6d\x80.{1,24}?\x62\x40.{1,64}?\x50\x35", re.DOTALL)
"""ContentEncodings, ContentEncoding, ContentEncryption (matroska.org, element ids)."""
_MOST_TRIES: Final = 3
_TELLING: Final = frozenset({"matroska", "mp4", "flv", "wav", "avi"})
_CHANCE: Final = frozenset({"h264", "mp3", "adts", "mjpeg"})
"""Recognised by few bytes, that raw samples may show by chance."""
_TAGGED: Final = frozenset({"adts", "mp3", "flac", "aiff"})


class Bit(NamedTuple):
    """Bytes for the demuxer. `begins`: it must be opened anew for them."""

    data: bytes
    begins: bool = False
    whole: bool = False
    """Nothing belongs to this opening but what is here: it may be read in any order."""


class Openings:
    """One stream's bytes in, bits out. Everything may raise Unreadable; then nothing follows."""

    def __init__(self, wanted: Wanted, hold_bytes: int = 8 << 20) -> None:
        self.family: Family | None = wanted.family
        """What the stream is; None until its first bytes were seen, or where they tell nothing."""
        self._wanted = wanted
        self._hold = hold_bytes
        self._held = bytearray()
        self._settled = False
        self._first = bytearray()
        self._index: _Index | None = None
        self._tags = Tags()
        self._entering = False
        """Whether an opening is to begin at the next of an FLV's tags."""
        self._programs = Programs()
        self._claimed = self._came = 0
        self.torn = False
        """Whether the stream begins in the middle of a packet."""

    @property
    def short(self) -> bool:
        """Whether the stream says that it goes on where it ended."""
        if self._index is not None:
            return self._index.short
        return self._came < self._claimed

    @property
    def kinds(self) -> set[str]:
        """The kinds of tracks that came so far, where the container tells only on the way."""
        return self._tags.kinds

    def push(self, data: bytes, gap: bool = False) -> list[Bit]:
        """Take a piece; `gap` says that what came before it is missing."""
        if self._settled and (gap or sniff(data) in _TELLING):
            begun = sniff(data)
            if begun in _TELLING and self.family is not None and begun != self.family.name:
                self._settled = False
                self._held.clear()
        if not self._settled:
            self._held += data
            return self._settle() if len(self._held) >= HEAD_BYTES else []
        return self._pass(data, gap)

    def opened(self, well: bool) -> None:
        """Take note whether the demuxer could open what was given out."""
        if self._index is not None:
            self._index.opened(well)

    def anew(self, rest: bytes) -> list[Bit]:
        """Begin an opening in the middle of one; `rest` is what was given out and not read."""
        if self._index is not None:
            return self._index.gap(rest)
        if self.family is not None and self.family.name == "flv":
            rest = self._tags.resume(rest + bytes(self._held))
            self._held.clear()
            self._entering = not rest
        return [Bit(rest, begins=True)] if rest else []

    def finish(self) -> list[Bit]:
        """Give out what was held back: nothing more comes."""
        bits = [] if self._settled else self._settle()
        if self._index is not None:
            bits += self._index.finish()
        if self._held:
            bits.append(Bit(bytes(self._held)))
            self._held.clear()
        return bits

    def _settle(self) -> list[Bit]:
        """Decide what the stream is, by its first bytes."""
        data = bytes(self._held)
        self._held.clear()
        if not data:
            return []
        self._settled = True
        self._first.clear()
        shown, said = sniff(data), self._wanted.family
        if said is not None and (
            (said.name == "pcm" and shown in _CHANCE)
            or (said.name in _TAGGED and shown in _TAGGED)
            or (said.name == "mp3" and shown in _CHANCE)
        ):
            shown = ""
        if shown and (self.family is None or shown != self.family.name):
            self.family = family(shown)
        name = self.family.name if self.family is not None else ""
        self._claimed, self._came = claimed(name, data), 0
        self.torn = name == "mpegts" and data[0] != SYNC
        self._index = None
        if self.family is not None and self.family.name == "mp4":
            self._index = _Index(self._hold)
            return self._index.push(data)
        return self._pass(data, gap=False, first=True)

    def _pass(self, data: bytes, gap: bool, first: bool = False) -> list[Bit]:
        if self._index is not None:
            return self._index.gap(data) if gap else self._index.push(data)
        self._came += len(data)
        if gap:
            self._claimed = 0  # that bytes are missing was said
        name = self.family.name if self.family is not None else ""
        self._look(name, data)
        magic = _MAGIC.get(name)
        if magic is None:
            return self._tables(data, first) if name == "mpegts" else [Bit(data, begins=first)]
        return self._again(name, magic, bytes(self._held) + data, int(first))

    def _again(self, name: str, magic: bytes, data: bytes, skip: int) -> list[Bit]:
        """Cut where a header comes again; hold back what may be the beginning of one."""
        self._watch(name, data[len(self._held) :], skip > 0)
        self._held.clear()
        bits, at, begins = [], 0, skip > 0
        found = data.find(magic, skip)
        while found >= 0 and len(data) - found >= _HEADER[name]:
            if sniff(data[found : found + _HEADER[name]]) == name:
                bits.append(Bit(data[at:found], begins))
                at, begins, self._claimed = found, True, 0
                self._watch(name, data[found:], anew=True)
            found = data.find(magic, found + 1)
        keep = len(data) - found if found >= 0 else 0
        if not keep:
            keep = next((n for n in (3, 2, 1) if data[at:].endswith(magic[:n])), 0)
        last = Bit(data[at : len(data) - keep], begins)
        if self._entering and not begins:
            last = Bit(self._tags.resume(last.data), begins=True)
            self._entering = not last.data
        bits.append(last)
        self._held += data[len(data) - keep :]
        return [bit for bit in bits if bit.data]

    def _tables(self, data: bytes, begins: bool) -> list[Bit]:
        """Cut an MPEG-TS where its tracks become others."""
        data = bytes(self._held) + data
        self._held.clear()
        bits, at = [], 0
        for change in self._programs.feed(data):
            bits.append(Bit(data[at:change], begins))
            at, begins = change, True
        end = max(at, len(data) - Programs.HEAD)
        self._held += data[end:]
        return [bit for bit in [*bits, Bit(data[at:end], begins)] if bit.data]

    def _watch(self, name: str, data: bytes, anew: bool) -> None:
        """See an FLV's tags go by."""
        if name == "flv":
            if anew:
                self._tags, self._entering = Tags(), False
            self._tags.feed(data)

    def _look(self, name: str, data: bytes) -> None:
        """Look for a key among the first bytes: what is encrypted is said at once."""
        if len(self._first) >= _FIRST_BYTES:
            return
        self._first += data[: _FIRST_BYTES - len(self._first)]
        if (name == "matroska" and _KEYED.search(self._first)) or (
            name == "mpegts" and _scrambled(self._first)
        ):
            raise Unreadable("encrypted", "the media is encrypted")


def _scrambled(data: bytes | bytearray) -> bool:
    """Tell whether most packets of an MPEG-TS are scrambled (ISO 13818-1, 2.4.3.3)."""
    packets = [data[at : at + 4] for at in range(0, len(data) - 3, 188) if data[at] == 0x47]
    return len(packets) > 4 and sum(p[3] & 0xC0 != 0 for p in packets) * 2 > len(packets)


class _Index:
    """What an MP4 needs: its index before its media, and a fragment to go on at after a gap."""

    def __init__(self, hold_bytes: int) -> None:
        self._most = hold_bytes
        self._boxes = Boxes()
        self._held = bytearray()
        self._begun = 0
        """The offset in the walker's count where what is held begins."""
        self._moov: Box | None = None
        self._media = False
        self._init = b""
        self._tail = b""
        """A box's head that has not ended: whose opening it belongs to is not known yet."""
        self._state = "index"
        self._tries = 0
        """How often the index could not be opened; -1 once it could."""

    @property
    def short(self) -> bool:
        """Whether a box has begun that did not end."""
        return self._state in ("media", "whole") and self._boxes.short

    def push(self, data: bytes) -> list[Bit]:
        if self._state == "lost":
            return self._find(data)
        bits: list[Bit] = []
        boxes = self._boxes
        at = boxes.offset - len(self._tail)
        found = boxes.feed(data)
        data = self._tail + data
        end = len(data) - boxes.pending
        data, self._tail = data[:end], data[end:]
        for box in found:
            again = box.kind == b"ftyp" or (box.kind == b"moov" and self._moov is not None)
            if again and self._init and self._media:
                cut = max(0, box.start - at)
                bits += self._take(data[:cut], box.start)
                data, at = data[cut:], at + cut
                self._renew()
                self._held.clear()
                self._begun = box.start
            if box.kind == b"moov" and self._moov is None:
                self._moov = box
            elif box.kind in (b"moof", b"mdat"):
                self._media = True
        bits += self._take(data, boxes.offset - len(self._tail))
        if boxes.lost:
            bits += self._lose()
        return bits

    def opened(self, well: bool) -> None:
        """Take note whether the index is good for anything; one that never was is forgotten."""
        self._tries = -1 if well or self._tries < 0 else self._tries + 1
        if self._tries >= _MOST_TRIES:
            self._init = b""

    def gap(self, data: bytes) -> list[Bit]:
        """Go on after a gap."""
        if self._state == "index":
            self._init = b""
        self._state = "lost"
        self._held.clear()
        self._tail = b""
        return self._find(data)

    def finish(self) -> list[Bit]:
        """Give out the rest. Raises Unreadable where the index never came."""
        if self._state == "index" and self._held:
            raise Unreadable("damaged", "the MP4 ended before its index (moov) did")
        return [Bit(self._tail)] if self._state == "media" and self._tail else []

    def _take(self, data: bytes, end: int) -> list[Bit]:
        """Hand on, or hold until the index is there. `end` is where the data ends."""
        if self._state == "media":
            return [Bit(data)] if data else []
        if self._state != "index":
            return []
        self._held += data
        moov = self._moov
        if moov is None or moov.start + moov.size > end:
            if len(self._held) > self._most:
                what = "comes after its media" if self._media else "is too large"
                message = f"the MP4's index (moov) {what}: send fragments, or the index first"
                raise Unreadable("unsupported", message)
            return []
        index = bytes(self._held[moov.start - self._begun :][: moov.size])
        if encrypted(index):
            raise Unreadable("encrypted", "the media is encrypted")
        if crowded(index):
            raise Unreadable("limit", f"the MP4 has more than {MOST_TRACKS} tracks")
        held = bytes(self._held)
        self._held.clear()
        self._init = held[: moov.start - self._begun + moov.size]
        if self._late(moov):
            self._state = "whole"
            return [Bit(held, begins=True, whole=True)]
        self._state = "media"
        return [Bit(held, begins=True)]

    def _late(self, moov: Box) -> bool:
        """Tell whether media came before the index."""
        walker = Boxes()
        boxes = walker.feed(self._init)
        return any(box.kind in (b"mdat", b"moof") and box.start < moov.start for box in boxes)

    def _renew(self) -> None:
        """Wait for another index."""
        self._state, self._moov, self._init = "index", None, b""
        self._media, self._tries = False, 0

    def _lose(self) -> list[Bit]:
        if self._state == "index":
            raise Unreadable("damaged", "these are not the boxes of an MP4")
        self._state = "lost"
        return []

    def _find(self, data: bytes) -> list[Bit]:
        """Look for the next fragment; open anew there, with the index of before."""
        self._held += data
        found = resume(bytes(self._held), bool(self._init))
        if found < 0:
            del self._held[:-24]
            return []
        rest = bytes(self._held[found:])
        self._held.clear()
        self._boxes, self._tail = Boxes(), b""
        self._media, self._begun = True, 0
        if rest[4:8] == b"ftyp":
            self._renew()
            return self.push(rest)
        self._state = "media"
        bits = self.push(rest)
        return [Bit(self._init, begins=True), *bits] if bits else []
