"""What is said again of frames that look alike, and the still that they share."""

from __future__ import annotations

import msgspec

from gateway.stream.alike import FRAMES, Alike
from tests.gateway.chat.nodes import NOW, TENANT
from tests.gateway.stream.desk import Gate, Peer, read_text, saw
from workers.streams.reports import Saw
from workers.streams.units import Same


def test_a_still_is_kept_as_long_as_its_frame() -> None:
    said: list[Saw] = []
    alike = Alike(said.append)
    for n in range(FRAMES + 1):
        alike.saw(Saw(1, n, float(n), "frame", [], still=b"still %d" % n))
    assert [alike.still(n) for n in (0, 1, FRAMES)] == [b"", b"still 1", b"still %d" % FRAMES]
    alike.same(Same(1, 20.0, 20.0))
    assert [(each.n, each.at, each.still) for each in said] == [(1, 20.0, b"")]


async def test_a_picture_that_is_repeated_keeps_its_still_where_it_restricts(
    gate: Gate, peer: Peer
) -> None:
    live = gate.open(peer)
    frame = saw(live, NOW + 0.1, ("image.nudity", 0.9), still=b"JPEG")
    gate.judge.saw(live, frame)  # one is not enough: nothing is recorded
    gate.judge.same(live, Same(frame.n, NOW + 0.2, 0.2))
    (verdict,) = gate.entries("verdict")
    found = await gate.evidence.find((TENANT, verdict.event, verdict.rev))
    assert found is not None
    assert found.still == b"JPEG"


async def test_text_that_restricts_keeps_its_frames_still(gate: Gate, peer: Peer) -> None:
    live = gate.open(peer)
    frame = saw(live, NOW + 0.1, ("image.nudity", 0.9), still=b"JPEG")
    gate.judge.saw(live, frame)
    text = read_text(live, NOW + 0.1, "cutword")
    gate.judge.saw(live, msgspec.structs.replace(text, n=frame.n))
    (verdict,) = gate.entries("verdict")
    found = await gate.evidence.find((TENANT, verdict.event, 1))
    assert found is not None
    assert found.still == b"JPEG"
