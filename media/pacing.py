"""A file cut into the slices a stream server would send, each with the second it is due.

1. Bytes are due when the packet behind them begins: what is sent was captured whole.
2. Timestamps that jump, run backwards or are missing cost no time: the stream goes on.
3. Where a file cannot be read any further, the rest comes at the pace it had, or at 1 Mbit/s.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import av
import av.error
from av.packet import Packet

from media.containers import HEAD_BYTES, family, sniff

__all__ = ["SLICE_S", "Slice", "Timeline", "begins_with_media", "seconds_of", "slices"]

SLICE_S: Final = 0.1
"""How much of a stream goes out at once: what a browser's recorder is asked for."""
_SLICE_BYTES: Final = 256 * 1024
_JUMP_S: Final = 10.0
_STEP_S: Final = 0.04
_RATE: Final = 125_000.0


class Slice(NamedTuple):
    """Bytes of a container, due so many seconds after the first."""

    due: float
    data: bytes


class Timeline:
    """Turns timestamps into seconds from the first one that never run backwards."""

    def __init__(self) -> None:
        self.due = 0.0
        self._shift: float | None = None

    def place(self, at: float | None, lasts: float = 0.0) -> float:
        """Place a timestamp in seconds; None stands `lasts` after the one before."""
        if at is None:
            self.due += min(max(lasts, 0.0), 1.0)
            return self.due
        if self._shift is None:
            self._shift = self.due - at
        if abs(at + self._shift - self.due) > _JUMP_S:
            self._shift = self.due + _STEP_S - at
        self.due = max(self.due, at + self._shift)
        return self.due


def seconds_of(packet: Packet[Any]) -> tuple[float | None, float]:  # Any: of any stream
    """Return when a packet is decoded, None where it does not say, and how long it lasts."""
    base = packet.time_base
    if base is None:
        return None, 0.0
    stamp = packet.pts if packet.dts is None else packet.dts
    return None if stamp is None else float(stamp * base), float((packet.duration or 0) * base)


def slices(path: Path, rate: float = 0.0) -> Generator[Slice, None, None]:
    """Read a file's own bytes, in order, to the last one. Blocks. Raises OSError.

    `rate` is given, in bytes a second, where the file has no timestamps: raw samples.
    """
    sent, due = 0, 0.0
    with path.open("rb") as raw:
        for offset, at in () if rate else _marks(path):
            if offset - sent >= _SLICE_BYTES or (offset > sent and at - due >= SLICE_S):
                yield from _pieces(at, raw.read(offset - sent))
                sent, due = offset, at
        rate = rate or (sent / due if due >= 1.0 and sent else _RATE)
        part = max(1, min(_SLICE_BYTES, int(rate * SLICE_S)))
        while data := raw.read(part):
            due += len(data) / rate
            yield Slice(due, data)


def begins_with_media(head: bytes) -> str:
    """Return what to announce a file as, by its first bytes; `auto` where they do not tell."""
    name = sniff(head[:HEAD_BYTES])
    return family(name).name if name else "auto"


def _marks(path: Path) -> Iterator[tuple[int, float]]:
    """Tell the packets' offsets, ever rising, and when each is due; ends at what is damaged.

    Of what was read whole the end is told too: it is due with the last packet.
    """
    line, furthest = Timeline(), 0
    try:
        with av.open(str(path), metadata_errors="replace") as container:
            for packet in container.demux():
                due = line.place(*seconds_of(packet))
                if packet.pos is not None and packet.pos > furthest:
                    furthest = packet.pos
                    yield furthest, due
    except (av.error.FFmpegError, ValueError):
        return  # a damaged file is sent all the same: what follows has no marks
    if furthest:
        yield path.stat().st_size, line.due + SLICE_S


def _pieces(due: float, data: bytes) -> Generator[Slice, None, None]:
    for start in range(0, len(data), _SLICE_BYTES):
        yield Slice(due, data[start : start + _SLICE_BYTES])
