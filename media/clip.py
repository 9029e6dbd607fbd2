"""Makes a playable file of kept bytes: the head of a stream and its last seconds, remuxed.

    python -P -m media.clip     one line of JSON, then the head and the rest, on standard input;
                                Matroska on standard output

Rules:
1. Nothing is decoded or encoded: pictures and sound come out as they were sent.
2. Where bytes are missing between head and rest, what a demuxer must know is taken from the head
   (`joined`), and the rest begins where it can be understood.
3. Runs as a short process with bounds of its own: the bytes are hostile.
"""

from __future__ import annotations

import io
import json
import re
import resource
import sys
from typing import Any, BinaryIO, Final

import av
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError

from media.boxes import Boxes, resume
from media.containers import FORMATS, Family, family, sniff, wanted
from media.faults import Unreadable

__all__ = ["joined", "main", "remux"]

_CLUSTER: Final = b"\x1f\x43\xb6\x75"
_MOST: Final = 512 << 20
_MEMORY: Final = 2 << 30
_CPU_S: Final = 20
_UNTIMED_S: Final = 0.04
"""How long a picture lasts in a container without times."""
_OGG_HEADERS: Final = 8
_TAGS: Final = frozenset((8, 9, 18))


def family_of(container: str, head: bytes) -> Family:
    """Return what a stream is, by its first bytes or else as it was announced.

    Raises Unreadable.
    """
    shown = sniff(head)
    said = wanted(container).family
    if said is not None and (said.name in ("pcm", "adts", "mp3") or not shown):
        return said
    if not shown:
        raise Unreadable("unsupported", "nobody knows what this stream is")
    return family(shown)


def joined(kind: str, head: bytes, rest: bytes, offset: int) -> tuple[bytes, int]:
    """Return the bytes a demuxer can read, and from where on in them the rest begins.

    `offset` is where in the stream the rest begins. Raises Unreadable where it cannot be
    understood.
    """
    if offset == len(head) or not rest:
        return head + rest, 0
    match kind:
        case "mp4":
            start = resume(rest, indexed=True)
            if start < 0:
                return _sparse(head, rest, offset), offset
            begin = _index_of(head)
        case "matroska":
            begin, start = head.find(_CLUSTER), rest.find(_CLUSTER)
        case "flv":
            opening, start = _flv_opening(head), _flv_start(rest)
            head, begin = opening, len(opening)
        case "ogg":
            begin, start = _ogg_opening(head), rest.find(b"OggS")
        case "wav":
            found = head.find(b"data")
            begin = found + 8 if found >= 0 else 44
            align = max(1, int.from_bytes(head[32:34], "little"))
            start = -(offset - begin) % align
        case _:
            begin, start = 0, 0
    if start < 0 or begin < 0:
        raise Unreadable("damaged", "its last seconds cannot be understood without the rest")
    return head[:begin] + rest[start:], 0


def remux(kind: Family, options: dict[str, str], data: bytes, since: int, to: BinaryIO) -> int:
    """Write the packets of `data` that lie behind `since` as Matroska; return how many.

    Raises Unreadable.
    """
    settings = {**options, "format_whitelist": FORMATS, "probesize": str(4 << 20)}
    try:
        source = av.open(
            io.BytesIO(data), "r", format=kind.format, options=settings, metadata_errors="ignore"
        )
        with source, av.open(to, "w", format="matroska") as target:
            return _copy(source, target, kind.timed, since)
    except (FFmpegError, ValueError) as error:
        raise Unreadable("damaged", str(error)) from error


def _copy(source: InputContainer, target: OutputContainer, timed: bool, since: int) -> int:
    outs = {
        stream.index: target.add_stream_from_template(stream)
        for stream in (*source.streams.video, *source.streams.audio)
    }
    waiting = {stream.index for stream in source.streams.video}
    last: dict[int, int] = {}
    first: float | None = None
    count = 0
    for packet in _packets(source):
        out = outs.get(packet.stream_index)
        base = packet.time_base
        if out is None or base is None or not packet.size or (packet.pos or 0) < since:
            continue
        if packet.stream_index in waiting:  # pictures begin with one that needs no other
            if not packet.is_keyframe:
                continue
            waiting.discard(packet.stream_index)
        if not timed:
            packet.dts = packet.pts = int(count * _UNTIMED_S / base)
        if packet.dts is None or packet.dts <= last.get(packet.stream_index, packet.dts - 1):
            continue
        last[packet.stream_index] = packet.dts
        if first is None:
            first = float(packet.dts * base)
        packet.dts -= int(first / base)
        if packet.pts is not None:
            packet.pts -= int(first / base)
        packet.stream = out
        target.mux(packet)
        count += 1
    return count


def _packets(source: InputContainer) -> Any:  # packets of every kind of stream
    """Yield packets until the end, or until nothing more can be read."""
    packets = source.demux()
    while True:
        try:
            yield next(packets)
        except StopIteration:
            return
        except FFmpegError:
            return  # the last bytes of a live stream are seldom whole


def _sparse(head: bytes, rest: bytes, offset: int) -> bytes:
    """Put the rest where it stood: a file whose index came first names places in it."""
    if offset + len(rest) > _MOST or b"moov" not in head:
        raise Unreadable("damaged", "its last seconds cannot be understood without the rest")
    return head + bytes(offset - len(head)) + rest


def _index_of(head: bytes) -> int:
    """Return where the index of a fragmented file ends: at its first fragment."""
    for box in Boxes().feed(head):
        if box.kind in (b"moof", b"mdat", b"sidx", b"styp"):
            return box.start
    return len(head)


def _flv_opening(head: bytes) -> bytes:
    """Return the header of an FLV, its metadata and the setup of its codecs (Adobe's E.4)."""
    found, at = head[:13], 13
    while at + 11 <= len(head):
        kind, size = head[at] & 0x1F, int.from_bytes(head[at + 1 : at + 4], "big")
        tag = head[at : at + 11 + size + 4]
        setup = len(tag) > 12 and (
            kind == 18 or (tag[12] == 0 and (tag[11] & 0x0F == 7 or tag[11] >> 4 == 10))
        )
        if setup and len(tag) == size + 15:
            found += tag
        at += size + 15
    return found


def _flv_start(rest: bytes) -> int:
    """Return where a whole tag begins: one whose size is said again behind it."""
    for at in range(min(len(rest) - 15, 1 << 21)):
        if rest[at] in _TAGS and rest[at + 8 : at + 11] == b"\0\0\0":
            size = int.from_bytes(rest[at + 1 : at + 4], "big") + 11
            if int.from_bytes(rest[at + size : at + size + 4], "big") == size:
                return at
    return -1


def _ogg_opening(head: bytes) -> int:
    """Return where the header pages of an Ogg end: the first page that carries time."""
    pages = [found.start() for found in re.finditer(rb"OggS\0", head)]
    for page in pages[: _OGG_HEADERS * 4]:
        if head[page + 6 : page + 14] not in (bytes(8), b"\xff" * 8):
            return page
    return len(head)


def main() -> int:
    """Remux what comes on standard input; return the exit status."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_S, _CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    given = sys.stdin.buffer
    told: dict[str, Any] = json.loads(given.readline())  # written by our own gateway
    head = given.read(told["head"])
    rest = given.read()
    try:
        kind = family_of(told["container"], head or rest[:4096])
        options = wanted(told["container"]).options or dict(kind.options)
        data, since = joined(kind.name, head, rest, told["offset"])
        count = remux(kind, options, data, since, sys.stdout.buffer)
    except Unreadable as problem:
        print(problem, file=sys.stderr)
        return 2
    return 0 if count else 3


if __name__ == "__main__":
    sys.exit(main())
