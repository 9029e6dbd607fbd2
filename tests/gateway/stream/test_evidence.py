"""What streams showed of late: bounded, sealed, attached to decisions, and gone when they go."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.record.clips import Key
from gateway.record.secret import load_secret
from gateway.record.subject import erase, export, legal_hold
from gateway.record.verify import verify
from gateway.record.where import Where
from gateway.stream.evidence import GRACE_S, Evidence, sweep_left
from gateway.stream.ring import HEAD_BYTES
from gateway.stream.ringwriter import RingLimits
from tests.gateway.chat.nodes import NOW, TENANT, Clock
from tests.gateway.record.making import change, eventually
from tests.gateway.stream.clips import bytes_of, decision, kept, piece, written
from tests.gateway.stream.desk import Gate, Peer, read_text, saw

SMALL = RingLimits(stream=1 << 20, rings=3 << 20, clips=4 << 20, waiting=1 << 20)


@pytest.fixture
async def small(where: Where, clock: Clock, policy: Path) -> AsyncIterator[Gate]:
    gate = Gate(where, clock, policy, SMALL)
    await gate.start()
    try:
        yield gate
    finally:
        await gate.close()


async def test_a_decision_keeps_the_head_and_the_last_seconds(gate: Gate, peer: Peer) -> None:
    live = gate.open(peer)
    sent = []
    for n in range(100):
        sent.append(piece(n))
        gate.bytes(live, sent[-1])
        gate.clock.now += 1.0
    at = gate.clock.now
    gate.judge.saw(live, read_text(live, at, "blurword"))
    (entry,) = await kept(gate)
    key = decision(gate)
    clip, data = bytes_of(gate, key)
    assert entry.rule == f"sha256:{hashlib.sha256(data).hexdigest()}"
    head = HEAD_BYTES // len(sent[0])
    assert data.startswith(b"".join(sent[:head]))
    assert data.endswith(b"".join(sent[-30:]))
    assert b"piece 50 " not in data
    assert data == b"".join(sent[:head] + sent[clip.offset // 10_000 :])
    assert (clip.stream, clip.container, clip.bytes) == ("live", "fmp4", len(data))
    assert at - 34 <= clip.from_ <= at - 30 <= clip.to


async def test_nothing_on_disk_can_be_read(gate: Gate, peer: Peer, where: Where) -> None:
    live = gate.open(peer)
    for n in range(20):
        gate.bytes(live, piece(n))
    gate.judge.saw(live, read_text(live, NOW, "blurword"))
    await kept(gate)
    files = [path for path in (where.data / "evidence").rglob("*") if path.is_file()]
    assert len(files) >= 3
    assert not any(b"piece" in path.read_bytes() for path in files)


async def test_what_comes_after_a_decision_is_not_in_its_clip(gate: Gate, peer: Peer) -> None:
    live = gate.open(peer)
    gate.bytes(live, piece(1))
    gate.judge.saw(live, read_text(live, NOW, "blurword"))
    await kept(gate)
    gate.bytes(live, piece(2))
    await written(gate)
    assert bytes_of(gate, decision(gate))[1] == piece(1)


async def test_a_changed_clip_is_found_out(gate: Gate, peer: Peer, where: Where) -> None:
    live = gate.open(peer)
    gate.bytes(live, piece(1))
    gate.judge.saw(live, read_text(live, NOW, "blurword"))
    await kept(gate)
    (path,) = (where.data / "evidence" / "clips").glob("*/*.seg")
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(Exception, match="changed since"):
        bytes_of(gate, decision(gate))


async def test_rings_and_clips_are_bounded(small: Gate, peer: Peer) -> None:
    lives = [small.open(Peer(), f"live{n}", user=f"u{n}") for n in range(6)]
    writer = small.hands.evidence.writer
    for n in range(150):
        for live in lives:
            small.bytes(live, piece(n, 8_000))
        small.clock.now += 0.1
        await written(small)
    assert writer.stored <= SMALL.rings + 10_000
    assert writer.counts["evicted"] > 0
    for number, live in enumerate(lives):
        small.clock.now += 20
        small.judge.saw(live, read_text(live, small.clock.now, "blurword"))
        await kept(small, number + 1)
    assert writer.clipped <= SMALL.clips
    await written(small)


async def test_clips_that_find_no_room_are_refused_aloud(
    where: Where, clock: Clock, policy: Path
) -> None:
    gate = Gate(where, clock, policy, RingLimits(1 << 20, 1 << 20, clips=10_000))
    await gate.start()
    try:
        live = gate.open(Peer())
        gate.bytes(live, piece(1, 20_000))
        gate.judge.saw(live, read_text(live, NOW, "blurword"))
        (entry,) = await kept(gate)
        assert (entry.action, "no room" in entry.rule) == ("no_clip", True)
        assert gate.hands.evidence.writer.counts["refused"] == 1
    finally:
        await gate.close()


async def test_a_flood_is_dropped_and_counted_and_never_waited_for(small: Gate, peer: Peer) -> None:
    live = small.open(peer)
    for n in range(300):  # in one breath: the thread has had no turn yet
        small.bytes(live, piece(n, 16_000))
    writer = small.hands.evidence.writer
    assert writer.counts["dropped"] > 0
    assert writer.waiting <= SMALL.waiting
    await written(small)
    small.hands.evidence.look()


async def test_a_disk_that_fails_costs_evidence_and_no_verdict(
    gate: Gate, peer: Peer, where: Where
) -> None:
    live = gate.open(peer)
    gate.bytes(live, piece(1))
    await written(gate)
    shutil.rmtree(where.data / "evidence")
    (where.data / "evidence").write_text("in the way")
    for second in range(4):
        gate.clock.now = NOW + second * 3
        gate.bytes(live, piece(second))
    gate.judge.saw(live, read_text(live, NOW, "blurword"))
    assert peer.kinds() == [("blur", 60.0)]
    (entry,) = await kept(gate)
    assert entry.action == "no_clip"
    gate.bytes(live, piece(9))
    await written(gate)
    writer = gate.hands.evidence.writer
    assert (writer.counts["refused"], writer.counts["failed"]) == (1, 1)
    assert writer.trouble == "Not a directory"
    gate.hands.evidence.look()
    gate.shut(live)
    await written(gate)


async def test_a_closed_streams_ring_is_deleted_and_its_clip_stays(
    gate: Gate, peer: Peer, where: Where
) -> None:
    live = gate.open(peer)
    gate.bytes(live, piece(1))
    gate.judge.saw(live, read_text(live, NOW, "blurword"))
    await kept(gate)
    gate.shut(live)
    await written(gate)
    assert list((where.data / "evidence" / "streams").iterdir()) == []
    assert bytes_of(gate, decision(gate))[1] == piece(1)


async def test_what_a_person_restricts_keeps_a_clip_too(gate: Gate, peer: Peer) -> None:
    live = gate.open(peer)
    gate.bytes(live, piece(1))
    by_hand = gate.hands.moderating
    done = await by_hand.act(TENANT, "live", "r", "blur", 60.0, "moderator:ann", "look at that")
    (entry,) = await kept(gate)
    assert (entry.event, entry.action) == (done.event, "clip")
    found = await gate.evidence.find((TENANT, done.event, 0))
    assert found is not None
    assert found.ref == "live"
    await by_hand.lift(TENANT, "live", "r", "blur", "moderator:ann", "")
    assert len(gate.entries("stream")) == 1


async def test_who_is_erased_has_no_clip_and_no_still_left(
    gate: Gate, peer: Peer, where: Where
) -> None:
    live = gate.open(peer)
    gate.bytes(live, piece(1))
    for at in (1.0, 2.0):
        gate.judge.saw(live, saw(live, NOW + at, ("image.nudity", 0.9), still=b"JPEG"))
    await kept(gate)
    found = await asyncio.to_thread(export, where, TENANT, "u")
    (row,) = found["evidence"]
    assert row["still"] == b"JPEG"
    folder = where.data / "evidence" / "clips"
    assert [str(path) for path in folder.iterdir()] == [row["clip"]["folder"]]
    assert row["clip"]["stream"] == "live"
    done = await asyncio.to_thread(erase, where, TENANT, "u", "boss")
    assert (done.evidence, done.clips) == (1, 1)
    assert list(folder.iterdir()) == []
    assert (await asyncio.to_thread(export, where, TENANT, "u"))["evidence"] == []
    assert verify(where).whole


async def test_a_legal_hold_keeps_a_clip_through_erasure_and_sweep(
    gate: Gate, peer: Peer, where: Where
) -> None:
    live = gate.open(peer)
    gate.bytes(live, piece(1))
    gate.judge.saw(live, read_text(live, NOW, "blurword"))
    await kept(gate)
    assert legal_hold(where, TENANT, user="u", on=True, by="court") == 1
    done = await asyncio.to_thread(erase, where, TENANT, "u", "boss")
    assert (done.evidence, done.kept_by_law, done.clips) == (0, 1, 0)
    gate.clock.now += GRACE_S
    await gate.hands.evidence.sweep()
    assert bytes_of(gate, decision(gate))[1] == piece(1)


async def test_a_clip_goes_when_its_row_has_gone(gate: Gate, peer: Peer, where: Where) -> None:
    live = gate.open(peer)
    gate.bytes(live, piece(1))
    gate.judge.saw(live, read_text(live, NOW, "blurword"))
    await kept(gate)
    change(where, "DELETE FROM evidence")
    await gate.hands.evidence.sweep()
    await written(gate)
    key = decision(gate)
    assert gate.hands.evidence.clips.find(key) is not None  # its row may lie in the spill
    gate.clock.now += GRACE_S
    await gate.hands.evidence.sweep()
    await written(gate)
    assert gate.hands.evidence.clips.find(key) is None
    assert gate.hands.evidence.writer.clipped == 0


async def test_a_clip_goes_with_its_row_where_streams_are_taken_in_no_more(
    gate: Gate, peer: Peer, where: Where
) -> None:
    live = gate.open(peer)
    gate.bytes(live, piece(1))
    gate.judge.saw(live, read_text(live, NOW, "blurword"))
    await kept(gate)
    clips, key, spilled = gate.hands.evidence.clips, decision(gate), [1]
    gate.hands.evidence.freeze(live, (TENANT, "no row", 0), "frame", cuts=True)
    await kept(gate, 2)
    asked: list[int] = []

    def waiting() -> int:
        asked.append(spilled[0])
        return spilled[0]

    sweeping = asyncio.create_task(sweep_left(clips, gate.evidence, waiting, every_s=0.001))
    await eventually(lambda: len(asked) > 1)
    assert clips.find((TENANT, "no row", 0)) is not None  # its row may lie in the spill
    spilled[0] = 0
    await eventually(lambda: clips.find((TENANT, "no row", 0)) is None)
    assert clips.find(key) is not None
    change(where, "DELETE FROM evidence")
    await eventually(lambda: clips.find(key) is None)
    sweeping.cancel()


async def test_clips_outlive_a_restart_and_rings_do_not(
    gate: Gate, peer: Peer, where: Where, clock: Clock
) -> None:
    live = gate.open(peer)
    gate.bytes(live, piece(1))
    gate.judge.saw(live, read_text(live, NOW, "blurword"))
    await kept(gate)
    await gate.hands.evidence.stop()
    gate.started = False
    (where.data / "evidence" / "streams" / "left").mkdir()
    (where.data / "evidence" / "clips" / "draft-x").mkdir()
    again = Evidence(where.data, load_secret(where.data), gate.evidence, lambda e: None, wall=clock)
    again.start()
    known: list[list[Key]] = []
    again.writer.known(known.append)
    await eventually(lambda: bool(known))
    assert known == [[decision(gate)]]
    assert again.writer.clipped == len(piece(1))
    assert list((where.data / "evidence" / "streams").iterdir()) == []
    assert len(list((where.data / "evidence" / "clips").iterdir())) == 1
    await again.stop()
