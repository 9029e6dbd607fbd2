"""What goes over the socket between the gateway and a worker.

Frames are a length (four bytes, little endian) and MessagePack. Towards the worker: one `Load`,
then `Asked` after `Asked`. Towards the gateway: one `Greeting`, then `Told` after `Told`. Deadlines
are seconds of the system's monotonic clock, which both processes share.
"""

from __future__ import annotations

import struct
from typing import Annotated, Any

import msgspec

from detectors.models.unit import Unit
from seawall.signals import Signal
from seawall.taxonomy import Severity

__all__ = [
    "LENGTH",
    "MOST_BYTES",
    "Asked",
    "Greeting",
    "Load",
    "Option",
    "Said",
    "Told",
    "cut",
    "frame",
    "said",
    "signal",
]

LENGTH = struct.Struct("<I")
MOST_BYTES = 32 << 20
"""A frame that claims more is no frame of ours."""

Option = str | int | float | bool | list["Option"] | dict[str, "Option"] | None
"""What a model may be told at its start; what JSON and TOML can say."""

_Id = Annotated[int, msgspec.Meta(ge=0, lt=1 << 62)]
_Ids = list[_Id]


class Load(msgspec.Struct, frozen=True, array_like=True):
    """Become this model: `module:Class`, its keyword arguments, and how large a batch may be."""

    where: str
    options: dict[str, Any]  # `Option`, which msgspec cannot follow into itself
    batch: int


class Greeting(msgspec.Struct, frozen=True, array_like=True):
    """I am this model, or `problem` says why I never will be."""

    name: Annotated[str, msgspec.Meta(max_length=100)] = ""
    version: Annotated[str, msgspec.Meta(max_length=100)] = ""
    problem: Annotated[str, msgspec.Meta(max_length=500)] = ""


class Asked(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Judge these, each until its moment. A frame without units asks for a sign of life."""

    n: int
    units: list[Unit]
    until: list[float]


class Said(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A signal on its way; its detector is the model that says it."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    score: Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
    category: Annotated[str, msgspec.Meta(max_length=40)] | None = None
    severity: Severity | None = None
    span: tuple[_Id, _Id] | None = None
    value: Annotated[str, msgspec.Meta(max_length=256)] = ""


class Told(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What became of some units, by their ids.

    `n` is the last frame of which everything has been answered with this. `quiet` units were judged
    and nothing is to be said of them, `overdue` ones came too late, `failed` ones could not be
    judged. `took_us` is how long the batch was judged.
    """

    n: int
    quiet: _Ids = []
    spoke: list[tuple[_Id, Annotated[list[Said], msgspec.Meta(max_length=64)]]] = []
    overdue: _Ids = []
    failed: _Ids = []
    took_us: int = 0


def frame(body: bytes) -> bytes:
    """Return a body with its length before it."""
    return LENGTH.pack(len(body)) + body


def cut(buffer: bytearray) -> list[bytes]:
    """Take the whole frames off the front of a buffer.

    Raises ValueError for a length that nobody sends.
    """
    frames, start, size = [], 0, len(buffer)
    while size - start >= LENGTH.size:
        (length,) = LENGTH.unpack_from(buffer, start)
        if length > MOST_BYTES:
            raise ValueError(f"a frame claims {length} bytes")
        end = start + LENGTH.size + length
        if end > size:
            break
        frames.append(bytes(buffer[start + LENGTH.size : end]))
        start = end
    if start:
        del buffer[:start]
    return frames


def said(found: Signal) -> Said:
    """Return a signal as it travels."""
    return Said(
        found.name[:80],
        min(1.0, max(0.0, float(found.score))),
        found.category,
        found.severity,
        found.span,
        found.value[:256],
    )


def signal(heard: Said, detector: str) -> Signal:
    """Return what travelled as the signal it was."""
    return Signal(
        heard.name,
        heard.score,
        detector,
        heard.category,
        heard.severity,
        heard.span,
        heard.value,
    )
