"""A source that cannot be sent as it is, put into a container that can: packets copied, not coded.

An MP4 with its index at the end becomes a fragmented one; what is read from an address becomes
MPEG-TS where its codecs allow it, Matroska elsewhere.
"""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any, Final, NamedTuple

import av
import av.error
from av.container import InputContainer, OutputContainer
from av.stream import Stream

from media.boxes import Boxes
from media.pacing import SLICE_S, Slice, Timeline, seconds_of
from seawall.errors import NetworksFault

__all__ = ["Remuxed", "index_is_last", "remux"]

_IN_TS: Final = frozenset({"h264", "hevc", "aac", "mp3", "mp2", "mpeg2video", "ac3"})
_OPTIONS: Final = {
    "mp4": {
        "movflags": "frag_keyframe+empty_moov+default_base_moof",
        "frag_duration": "500000",
        "flush_packets": "1",
    },
    "matroska": {"live": "1", "cluster_time_limit": "500", "flush_packets": "1"},
    "mpegts": {"flush_packets": "1"},
}
_READ: Final = 1 << 20
_OPEN_S: Final = 15.0
_SILENT_S: Final = 15.0


class Remuxed(NamedTuple):
    """What a source became: the container's name, and its slices."""

    container: str
    slices: Generator[Slice, None, None]


def index_is_last(path: Path) -> bool:
    """Tell an MP4 whose media comes before its index; others are none of it. Raises OSError."""
    boxes = Boxes()
    with path.open("rb") as raw:
        while data := raw.read(_READ):
            for box in boxes.feed(data):
                if box.kind in (b"moov", b"moof"):
                    return False
                if box.kind == b"mdat":
                    return True
            if boxes.lost:
                return False
    return False


def remux(source: str, container: str = "") -> Remuxed:
    """Open a file or address; `container` is chosen by its codecs unless given.

    Blocks, up to 15 s where the other side is silent. Raises NetworksFault.
    """
    try:
        opened = av.open(source, timeout=(_OPEN_S, _SILENT_S), metadata_errors="replace")
    except (av.error.FFmpegError, ValueError) as error:
        raise NetworksFault(f"{source} cannot be opened: {_said(error)}") from error
    kept = [each for each in opened.streams if each.type in ("video", "audio")]
    if not kept:
        opened.close()
        raise NetworksFault(f"{source} has neither picture nor sound")
    name = container or _fitting(kept)
    return Remuxed(name, _copied(source, opened, kept, name))


def _fitting(kept: list[Stream]) -> str:
    codecs = {each.codec_context.name for each in kept if each.codec_context is not None}
    return "mpegts" if codecs <= _IN_TS else "matroska"


class _Sink:
    """A file without a seat that keeps what is written until it is taken."""

    def __init__(self) -> None:
        self._held = bytearray()

    def __len__(self) -> int:
        return len(self._held)

    def write(self, data: Any) -> int:  # Any: whatever buffer the muxer hands over
        self._held += data
        return len(data)

    def take(self) -> bytes:
        data = bytes(self._held)
        self._held.clear()
        return data


def _copied(
    source: str, opened: InputContainer, kept: list[Stream], name: str
) -> Generator[Slice, None, None]:
    sink, line, due = _Sink(), Timeline(), 0.0
    with opened, av.open(sink, "w", format=name, options=_OPTIONS[name]) as out:
        copies = _streams(source, out, kept)
        try:
            for packet in opened.demux(*kept):
                if packet.dts is None:
                    continue
                at = line.place(*seconds_of(packet))
                packet.stream = copies[packet.stream.index]
                out.mux(packet)
                if len(sink) and at - due >= SLICE_S:
                    yield Slice(due := at, sink.take())
        except (av.error.FFmpegError, ValueError) as error:
            raise NetworksFault(f"{source} broke off: {_said(error)}") from error
        finally:
            out.close()
    yield Slice(line.due, sink.take())


def _streams(source: str, out: OutputContainer, kept: list[Stream]) -> dict[int, Stream]:
    try:
        return {each.index: out.add_stream_from_template(each) for each in kept}
    except (av.error.FFmpegError, ValueError) as error:
        raise NetworksFault(f"{source} cannot be put into another container: {error}") from error


def _said(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
