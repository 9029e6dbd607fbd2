"""Restrictions of streams: expiring, reverted exactly, lifted by people, superseding each other."""

from __future__ import annotations

import msgspec

from gateway.chat.superseding import overrides
from seawall import wire
from seawall.actions import STREAM_ACTIONS, Target
from tests.gateway.chat.nodes import NOW, TENANT
from tests.gateway.stream.desk import Gate, Peer, read_text, saw


def nude(gate: Gate, at: float) -> None:
    live = gate.streams.lives[TENANT, "live"]
    gate.clock.now = at
    for offset in (0.0, 0.5):
        gate.judge.saw(live, saw(live, at + offset, ("image.nudity", 0.9)))


async def test_a_blur_ends_by_itself(gate: Gate, peer: Peer) -> None:
    live = gate.open(peer)
    gate.judge.saw(live, read_text(live, NOW, "blurword"))
    assert "blur" in gate.labels.of_stream(TENANT, "live", NOW + 59)
    assert "blur" not in gate.labels.of_stream(TENANT, "live", NOW + 61)


async def test_a_revert_takes_back_exactly_what_its_decision_did(gate: Gate, peer: Peer) -> None:
    live = gate.open(peer)
    gate.judge.saw(live, read_text(live, NOW, "blurword"))
    nude(gate, NOW + 10)
    first, longer = gate.entries("verdict")
    assert peer.kinds() == [("blur", 60.0), ("blur", 120.0)]
    done = await gate.revert(longer.event, longer.rev)
    assert done is not None
    assert done.fresh
    kind, left = peer.kinds()[-1]
    assert kind == "blur"
    assert left is not None
    assert 45 < left <= 50
    again = await gate.revert(longer.event, longer.rev)
    assert again is not None
    assert not again.fresh
    await gate.revert(first.event, first.rev)
    assert peer.kinds()[-1] == ("blur", 0.0)
    assert gate.labels.of_stream(TENANT, "live", NOW + 20) == {}
    assert not any(command.kind == "restore" for command in peer.commands)


async def test_a_revert_of_a_milder_one_changes_nothing_for_the_server(
    gate: Gate, peer: Peer
) -> None:
    live = gate.open(peer)
    gate.judge.saw(live, read_text(live, NOW, "blurword"))
    nude(gate, NOW + 10)
    first, _ = gate.entries("verdict")
    told = len(peer.commands)
    await gate.revert(first.event, first.rev)
    assert len(peer.commands) == told


async def test_people_lift_whatever_is_in_force(gate: Gate, peer: Peer) -> None:
    live = gate.open(peer)
    gate.judge.saw(live, read_text(live, NOW, "blurword"))
    by_hand = gate.hands.moderating
    await by_hand.act(TENANT, "live", "r", "mute_audio", None, "moderator:ann", "")
    shown = by_hand.find(TENANT, "live")
    assert shown is not None
    assert [each.kind for each in shown.restrictions] == ["blur", "mute_audio"]
    await by_hand.lift(TENANT, "live", "r", None, "moderator:ann", "")
    assert sorted(peer.kinds()[-2:]) == [("blur", 0.0), ("mute_audio", 0.0)]
    assert gate.labels.of_stream(TENANT, "live", NOW + 1) == {}
    gate.clock.now += 5
    gate.judge.saw(live, read_text(live, NOW + 5, "blurword"))
    assert peer.kinds()[-1] == ("blur", 60.0)


async def test_whoever_opens_a_stream_anew_is_told_what_is_in_force(gate: Gate, peer: Peer) -> None:
    live = gate.open(peer)
    gate.judge.saw(live, read_text(live, NOW, "blurword"))
    by_hand = gate.hands.moderating
    await by_hand.act(TENANT, "live", "r", "mute_audio", None, "moderator:ann", "")
    gate.shut(live)
    gate.clock.now = NOW + 20
    told = len(peer.commands)
    gate.open(peer)
    assert peer.kinds()[told:] == [("blur", 40.0), ("mute_audio", None)]
    again = gate.entries("stream")[-2:]
    assert [(each.event[:6], each.action) for each in again] == [
        ("again-", "blur_again"),
        ("again-", "mute_audio_again"),
    ]
    in_force = gate.labels.of_stream(TENANT, "live", NOW + 59)
    assert sorted(in_force) == ["blur", "mute_audio"]
    assert "blur" not in gate.labels.of_stream(TENANT, "live", NOW + 61), "nothing lasts longer"


async def test_a_resumed_stream_is_told_anew_but_not_for_every_flap(gate: Gate, peer: Peer) -> None:
    live = gate.open(peer)
    gate.judge.saw(live, read_text(live, NOW, "blurword"))
    told = len(peer.commands)
    gate.clock.now = NOW + 10
    for _ in range(3):
        gate.judge.resumed(live)
    assert peer.kinds()[told:] == [("blur", 50.0)]
    gate.clock.now = NOW + 20
    gate.judge.resumed(live)
    assert peer.kinds()[told:] == [("blur", 50.0), ("blur", 40.0)]
    gate.clock.now = NOW + 59.5
    gate.judge.resumed(live)
    assert len(peer.commands) == told + 2, "it is over before it would be obeyed"


async def test_what_is_told_anew_is_taken_back_with_its_decision(gate: Gate, peer: Peer) -> None:
    live = gate.open(peer)
    gate.judge.saw(live, read_text(live, NOW, "blurword"))
    (first,) = gate.entries("verdict")
    gate.clock.now = NOW + 10
    gate.judge.resumed(live)
    await gate.revert(first.event, first.rev)
    assert peer.kinds()[-1] == ("blur", 0.0)
    assert gate.labels.of_stream(TENANT, "live", NOW + 11) == {}


async def test_the_platforms_own_cut_is_respected(gate: Gate, peer: Peer) -> None:
    from gateway.chat.acted import acted

    gate.open(peer)
    message = wire.Acted(Target("stream", "r", "live"), "cut", "mod-1", NOW)
    entry = acted(gate.labels, TENANT, message, NOW)
    assert entry is not None
    assert (entry.ref, entry.user) == ("live", "")
    gate.labels.put(TENANT, entry.labels, entry.at)
    await gate.tick()
    assert gate.streams.ends == [("live", "cut")]


def command(kind: str, seq: int, for_s: float | None = 60.0) -> wire.Command:
    target = Target("stream", "r", "live")
    return wire.Command(f"c{seq}", seq, kind, target, for_s, NOW + 60, None)


def test_on_a_stream_only_what_takes_the_same_away_is_overridden() -> None:
    """Whoever mutes the picture has not muted the sound."""
    expected = {
        ("mute_video", "blur"),
        *(("cut", older) for older in STREAM_ACTIONS),
        *((kind, kind) for kind in STREAM_ACTIONS),
    }
    found = {
        (newer, older)
        for newer in STREAM_ACTIONS
        for older in STREAM_ACTIONS
        if overrides(command(newer, 2, None), command(older, 1))
    }
    assert found == expected
    assert overrides(command("blur", 2, 0.0), command("blur", 1))
    assert not overrides(command("cut", 2, 0.0), command("blur", 1))


async def test_a_finding_is_what_the_wire_says(gate: Gate, peer: Peer) -> None:
    live = gate.open(peer)
    gate.judge.saw(live, read_text(live, NOW - 3, "mildword"))
    gate.judge.saw(live, saw(live, NOW - 3, ("image.nudity", 0.6)))
    lines = [msgspec.json.encode(each) for each in peer.findings]
    text, picture = (msgspec.json.decode(line, type=wire.Finding) for line in lines)
    assert not text.late  # reading takes its own time
    assert picture.late
    assert picture.reasons[0].detector == "nudity"
