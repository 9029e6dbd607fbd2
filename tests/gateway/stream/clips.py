"""What became of a stream's clips, for tests."""

from __future__ import annotations

from gateway.record.clips import Clip, Key
from gateway.record.entry import Entry
from tests.gateway.chat.nodes import TENANT
from tests.gateway.record.making import eventually
from tests.gateway.stream.desk import Gate

__all__ = ["bytes_of", "decision", "kept", "piece", "written"]


def piece(n: int, size: int = 10_000) -> bytes:
    return f"piece {n} ".encode().ljust(size, b".")


async def written(gate: Gate) -> None:
    """Wait until nothing waits to be written."""
    known: list[list[Key]] = []
    gate.hands.evidence.writer.known(known.append)
    await eventually(lambda: bool(known))


async def kept(gate: Gate, count: int = 1) -> list[Entry]:
    """Wait for what became of clips."""
    actions = ("clip", "no_clip")
    await eventually(lambda: sum(e.action in actions for e in gate.entries("stream")) >= count)
    return [each for each in gate.entries("stream") if each.action in actions]


def decision(gate: Gate) -> Key:
    """Return which decision was recorded first."""
    first = gate.entries("verdict")[0]
    return TENANT, first.event, first.rev


def bytes_of(gate: Gate, key: Key) -> tuple[Clip, bytes]:
    clips = gate.hands.evidence.clips
    clip = clips.find(key)
    assert clip is not None
    return clip, b"".join(data for _, data in clips.read(clip))
