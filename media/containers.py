"""The containers a stream may come in: their names, what the demuxer must know, and how they begin.

1. A name outside this list is refused; `auto` looks at the first bytes.
2. What the first bytes say beats what was announced, where they say it beyond doubt (`sniff`).
3. Nothing here may open anything else: playlists and concatenations are not in the list, and
   `FORMATS` is the demuxer's whole whitelist.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from media.faults import Unreadable

__all__ = [
    "FORMATS",
    "HEAD_BYTES",
    "NAMES",
    "SYNC",
    "Family",
    "Wanted",
    "family",
    "sniff",
    "wanted",
]

HEAD_BYTES: Final = 4 * 188 + 64
"""So many first bytes settle what a stream is."""
SYNC: Final = 0x47
"""Each packet of an MPEG-TS begins with it."""


class Family(NamedTuple):
    """Containers that one demuxer reads."""

    name: str
    format: str
    timed: bool = True
    """Whether it has timestamps of its own."""
    wrap_s: float = 0.0
    """After so long its timestamps begin anew."""
    options: tuple[tuple[str, str], ...] = ()


class Wanted(NamedTuple):
    """What a stream was announced as. `family` is None for `auto`."""

    family: Family | None
    options: dict[str, str]


_FAMILIES: Final = (
    Family("mp4", "mov"),
    Family("matroska", "matroska"),
    # 33 and 32 bits of timestamp (ISO 13818-1 2.4.3.7, Adobe's FLV specification 10.1 E.4.1)
    Family("mpegts", "mpegts", wrap_s=(1 << 33) / 90_000),
    Family("flv", "flv", wrap_s=(1 << 32) / 1000),
    Family("ogg", "ogg"),
    Family("adts", "aac"),
    Family("wav", "wav", options=(("ignore_length", "1"),)),
    Family("mp3", "mp3"),
    Family("flac", "flac"),
    Family("aiff", "aiff"),
    Family("avi", "avi"),
    Family("h264", "h264", timed=False),
    Family("mjpeg", "mjpeg", timed=False),
)
_BY_NAME: Final = {family.name: family for family in _FAMILIES}
_ALIASES: Final = {
    "fmp4": "mp4", "mov": "mp4", "m4a": "mp4", "webm": "matroska", "mkv": "matroska",
    "ts": "mpegts", "opus": "ogg", "aac": "adts", "annexb": "h264", "jpeg": "mjpeg",
}  # fmt: skip
_PCM: Final = {
    "pcm_s16le": "s16le", "pcm_s16be": "s16be", "pcm_s24le": "s24le", "pcm_s32le": "s32le",
    "pcm_f32le": "f32le", "pcm_u8": "u8", "pcm_mulaw": "mulaw", "pcm_alaw": "alaw",
}  # fmt: skip
_RATES: Final = range(4_000, 192_001)
_CHANNELS: Final = range(1, 9)

NAMES: Final = (*sorted([*_BY_NAME, *_ALIASES, *_PCM]), "auto")
"""Every name `stream.open` may carry; the `pcm_` ones with `;rate=…;channels=…` behind them."""

FORMATS: Final = ",".join(
    ["mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", *(f.format for f in _FAMILIES), *_PCM.values()]
)


def family(name: str) -> Family:
    """Return a family by its name."""
    return _BY_NAME[name]


def wanted(container: str) -> Wanted:
    """Understand a name of `stream.open`. Raises Unreadable."""
    name, *rest = (part.strip() for part in container.lower().split(";"))
    if name in ("auto", ""):
        return Wanted(None, {})
    if name in _PCM:
        return _pcm(name, rest)
    found = _BY_NAME.get(_ALIASES.get(name, name))
    if found is None:
        raise Unreadable("unsupported", f"{container[:64]!r} is not one of {', '.join(NAMES)}")
    return Wanted(found, dict(found.options))


def _pcm(name: str, rest: list[str]) -> Wanted:
    told = dict(part.split("=", 1) for part in rest if "=" in part)
    try:
        rate, channels = int(told.get("rate", "16000")), int(told.get("channels", "1"))
    except ValueError as error:
        raise Unreadable("unsupported", "rate and channels are numbers") from error
    if rate not in _RATES or channels not in _CHANNELS or told.keys() - {"rate", "channels"}:
        raise Unreadable("limit", "raw sound has rate=4000…192000 and channels=1…8")
    options = {"sample_rate": str(rate), "ch_layout": f"{channels}c"}
    return Wanted(Family("pcm", _PCM[name]), options)


_EBML: Final = re.compile(rb"\x1a\x45\xdf\xa3.{1,64}?\x42\x82.(?:webm|matroska)", re.DOTALL)
_BOX: Final = re.compile(rb"\0..[\x08-\xff](?:ftyp|styp|moov|moof|sidx)", re.DOTALL)
_FLV: Final = re.compile(rb"FLV\x01[\0\x01\x04\x05]\0\0\0\x09")
_JPEG: Final = re.compile(rb"\xff\xd8\xff[\xc0-\xfe]")
_STARTS: Final = (
    (_EBML, "matroska"),
    (_BOX, "mp4"),
    (_FLV, "flv"),
    (re.compile(rb"OggS\0"), "ogg"),
    (re.compile(rb"RIFF....WAVE", re.DOTALL), "wav"),
    (re.compile(rb"RIFF....AVI ", re.DOTALL), "avi"),
    (re.compile(rb"FORM....AIF[FC]", re.DOTALL), "aiff"),
    (re.compile(rb"fLaC[\0\x80]"), "flac"),
    (re.compile(rb"ID3[\x02-\x04]"), "mp3"),
    (_JPEG, "mjpeg"),
    # An access unit delimiter or a sequence parameter set opens an Annex B stream.
    (re.compile(rb"\0?\0\0\x01[\x09\x67\x27\x47]"), "h264"),
)


def sniff(head: bytes) -> str:
    """Return the family that a stream's first bytes show beyond doubt, "" where they do not."""
    for pattern, name in _STARTS:
        if pattern.match(head):
            return name
    if _synced(head):
        return "mpegts"
    return _frames(head)


def _synced(head: bytes) -> bool:
    """Tell an MPEG-TS by its sync bytes, also where it starts in the middle of a packet."""
    end = min(188, len(head) - 3 * 188)
    return any(head[at] == head[at + 188] == head[at + 376] == head[at + 564] == SYNC
               for at in range(end))  # fmt: skip


def _frames(head: bytes) -> str:
    """Tell ADTS and MP3 by two frames behind one another."""
    if len(head) < 8 or head[0] != 0xFF:
        return ""
    if head[1] & 0xF6 == 0xF0:
        size = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
        following = head[size : size + 2]
        if size > 7 and len(following) == 2 and following[0] == 0xFF and following[1] == head[1]:
            return "adts"
    return ""
