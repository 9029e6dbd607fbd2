"""Which decisions share a clip, which have one of their own, and how far clips reach."""

from __future__ import annotations

import pytest

from tests.gateway.chat.nodes import NOW, TENANT
from tests.gateway.stream.clips import bytes_of, decision, kept, piece
from tests.gateway.stream.desk import Gate, Peer, read_text, saw


async def test_findings_close_together_share_a_clip(gate: Gate, peer: Peer) -> None:
    live = gate.open(peer)
    gate.bytes(live, piece(1))
    gate.judge.saw(live, read_text(live, NOW, "blurword"))
    gate.clock.now += 2
    for offset in (0.1, 0.2):
        gate.judge.saw(live, saw(live, NOW + offset, ("image.nudity", 0.9)))
    first, second = await kept(gate, 2)
    verdicts = gate.entries("verdict")
    told = {first.rule, second.rule}
    assert f"see {verdicts[0].event} rev 1" in told
    assert len({first.event, second.event}) == 2


@pytest.mark.parametrize("ends", [False, True])
async def test_a_clip_that_is_shared_grows_to_show_them_all(
    gate: Gate, peer: Peer, ends: bool
) -> None:
    live = gate.open(peer)
    gate.bytes(live, piece(0))
    gate.judge.saw(live, read_text(live, NOW, "blurword"))
    await kept(gate)
    sent = [piece(n) for n in range(1, 6)]
    for data in sent:
        gate.clock.now += 1.0
        gate.bytes(live, data)
    for offset in (0.1, 0.2):
        gate.judge.saw(live, saw(live, gate.clock.now + offset, ("image.nudity", 0.9)))
    if ends:
        gate.shut(live)
    await kept(gate, 2)
    assert bytes_of(gate, decision(gate))[1] == piece(0) + b"".join(sent)


async def test_a_cut_has_a_clip_of_its_own(gate: Gate, peer: Peer) -> None:
    live = gate.open(peer)
    gate.bytes(live, piece(1))
    gate.judge.saw(live, read_text(live, NOW, "blurword"))
    await kept(gate)
    gate.clock.now += 0.5
    gate.bytes(live, piece(2))
    gate.judge.saw(live, read_text(live, gate.clock.now, "cutword"))
    await kept(gate, 2)
    _, cut = gate.entries("verdict")
    assert cut.action == "cut"
    assert bytes_of(gate, (TENANT, cut.event, cut.rev))[1] == piece(1) + piece(2)


async def test_a_cut_by_hand_has_a_clip_of_its_own(gate: Gate, peer: Peer) -> None:
    live = gate.open(peer)
    gate.bytes(live, piece(1))
    gate.judge.saw(live, read_text(live, NOW, "blurword"))
    await kept(gate)
    by_hand = gate.hands.moderating
    done = await by_hand.act(TENANT, "live", "r", "cut", None, "moderator:ann", "enough")
    await kept(gate, 2)
    assert bytes_of(gate, (TENANT, done.event, 0))[1] == piece(1)


async def test_the_clip_of_a_cut_that_waited_reaches_up_to_the_cut(gate: Gate, peer: Peer) -> None:
    live = gate.open(peer)
    gate.bytes(live, piece(0))
    gate.judge.saw(live, read_text(live, NOW, "blurword"))
    await kept(gate)
    gate.bytes(live, piece(1))
    gate.judge.saw(live, read_text(live, NOW, "slowcut"))
    _, waits = await kept(gate, 2)
    _, cut = gate.entries("verdict")
    key = (TENANT, cut.event, cut.rev)
    assert bytes_of(gate, key)[1] == piece(0) + piece(1)
    sent = [piece(n) for n in range(2, 12)]
    for data in sent:
        gate.clock.now += 1.0
        gate.bytes(live, data)
    await gate.tick(0.1)
    assert peer.kinds() == [("blur", 60.0), ("cut", None)]
    *_, ordered = await kept(gate, 3)
    clip, data = bytes_of(gate, key)
    assert data == piece(0) + piece(1) + b"".join(sent)
    assert ordered.rule == f"sha256:{clip.sha256}" != waits.rule
    assert (clip.bytes, clip.to) == (len(data), NOW + 10)
    assert clip.offset == len(piece(0))
    assert gate.hands.evidence.writer.clipped == len(piece(0)) + len(data)
