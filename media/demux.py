"""Opens what a source reads and gives its packets, in order, whatever is wrong with some of them.

1. Opening reads at most `PROBE_BYTES` more than it needs: never `nobuffer`, that loses frames.
2. Only the demuxers of `media.containers` may open, and nothing may open anything else: a stream
   that is a playlist reads no file and no address.
3. One video track and one sound track are decoded, the first of each that a decoder is there for.
   The others are counted (`left_out`).
4. An error of one packet costs that packet. Bytes without any packet cost the opening.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import av
from av import AudioCodecContext, AudioStream, FFmpegError, Packet, VideoStream
from av.container import InputContainer
from av.stream import Disposition

from media.containers import FORMATS, Wanted
from media.faults import Unreadable
from media.source import Source

__all__ = ["MOST_BARREN_BYTES", "PROBE_BYTES", "Opening", "Unit", "open_next"]

PROBE_BYTES: Final = 65_536
_OPEN_BYTES: Final = 16 << 20
MOST_BARREN_BYTES: Final = 4 << 20
"""So many bytes without a packet, and what follows is probed anew."""
_MOST_ERRORS: Final = 64
_BUFFER_BYTES: Final = 32_768


class Unit(NamedTuple):
    """A packet of a track that is decoded. Times in seconds of the container."""

    track: int
    packet: Packet[Any]
    pts: float | None
    lasts: float
    seen: float
    """When its bytes were captured."""
    gaps: int
    """How many gaps there were in the bytes before it."""
    torn: bool = False
    """Whether the demuxer saw that a part of it is missing."""


class Opening:
    """A container that is open: its tracks, then its packets, once."""

    def __init__(self, container: InputContainer, source: Source, most_tracks: int) -> None:
        """Choose the tracks. Raises Unreadable where there is nothing to decode."""
        self.name = container.format.name
        self.errors = 0
        """How many packets could not be read so far."""
        self._container, self._source = container, source
        streams = list(container.streams)
        self.left_out = [stream.type for stream in streams[most_tracks:]]
        """The kinds of the tracks that nobody looks at."""
        self.unknown: list[str] = []
        """The kinds of the tracks that no decoder is there for."""
        self.video: VideoStream | None = None
        self.audio: AudioStream | None = None
        for stream in streams[:most_tracks]:
            if isinstance(stream, VideoStream) and _decodes(stream):
                if stream.disposition & Disposition.attached_pic:
                    continue
                self.left_out += ["video"] if self.video else []
                self.video = self.video or stream
            elif isinstance(stream, AudioStream) and _decodes(stream):
                self.left_out += ["audio"] if self.audio else []
                self.audio = self.audio or stream
            elif isinstance(stream, VideoStream | AudioStream):
                self.unknown.append(stream.type)
        if self.video is None and self.audio is None:
            kinds = ", ".join(sorted({stream.type for stream in streams})) or "nothing"
            raise Unreadable("unsupported", f"no track that can be decoded: {kinds} in {self.name}")

    def units(self) -> Iterator[Unit]:
        """Give the packets until the opening ends. What cannot be read is counted in `errors`."""
        chosen = [stream for stream in (self.video, self.audio) if stream is not None]
        source, last, failed_at = self._source, self._source.taken, -1
        while True:
            try:
                for packet in self._container.demux(*chosen):
                    if packet.size:
                        last = source.taken
                        yield self._unit(packet)
                    if self._others():
                        return source.again(packet.pos)
                    if source.taken - last > MOST_BARREN_BYTES:
                        break
                else:
                    return
                self.errors += 1
                return source.again()
            except IndexError:
                # PyAV, flushing at the end, counts the tracks that came after it had opened.
                return
            except FFmpegError:
                self.errors += 1
                if source.taken == failed_at or self.errors > _MOST_ERRORS:
                    return source.again()
                failed_at = source.taken

    def _others(self) -> bool:
        """Tell whether a track came that was not there when this was opened."""
        had = {"video": self.video, "audio": self.audio}
        late = next((kind for kind in self._source.openings.kinds if had[kind] is None), None)
        return late is not None and self._source.retry(late)

    def close(self) -> None:
        """Give back what libav holds."""
        self._container.close()

    def _unit(self, packet: Packet[Any]) -> Unit:
        base = packet.time_base
        stamp = packet.pts if packet.pts is not None else packet.dts
        pts = float(stamp * base) if stamp is not None and base else None
        lasts = float(packet.duration * base) if packet.duration and base else 0.0
        if not lasts and self.audio is not None and packet.stream_index == self.audio.index:
            lasts = _frame_s(self.audio.codec_context)
        source = self._source
        seen = source.captured(packet.pos)
        # A WAV's last packet is short in any case: what is missing of it `media.claims` tells.
        torn = packet.is_corrupt and self.name != "wav"
        return Unit(packet.stream_index, packet, pts, lasts, seen, source.gaps, torn)


def open_next(source: Source, wanted: Wanted, most_tracks: int = 32) -> Opening | None:
    """Open what comes next; None where nothing follows. Raises Unreadable."""
    if not source.next():
        return None
    family = source.openings.family
    options = {"probesize": str(PROBE_BYTES), "analyzeduration": "500000", "fpsprobesize": "0",
               "format_whitelist": FORMATS, "max_streams": str(max(most_tracks * 4, 64)),
               }  # fmt: skip
    if family is not None:
        options |= wanted.options if family == wanted.family else dict(family.options)
    source.limit = _OPEN_BYTES
    try:
        container = av.open(
            source.file(), "r", format=family.format if family else None, options=options,
            metadata_errors="ignore", buffer_size=_BUFFER_BYTES, io_open=_refuse,
        )  # fmt: skip
    except (FFmpegError, ValueError) as error:
        source.openings.opened(well=False)
        raise Unreadable("damaged", f"cannot be opened: {_say(error)}") from error
    finally:
        source.limit = 0
    source.openings.opened(well=True)
    try:
        return Opening(container, source, most_tracks)
    except Unreadable:
        container.close()
        raise


def _frame_s(context: AudioCodecContext) -> float:
    """Return how long a packet lasts that does not say so: the later ones of a TS's PES packet."""
    return context.frame_size / context.sample_rate if context.sample_rate else 0.0


def _decodes(stream: VideoStream | AudioStream) -> bool:
    return stream.codec_context is not None


def _refuse(*_: object) -> object:
    raise ValueError("a stream may not open anything")


def _say(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or type(error).__name__)
