"""A cut that waits: told, vetoed by people, or done when nobody did; over restarts too."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gateway.record.entry import Entry
from gateway.record.verify import verify
from gateway.record.where import Where
from gateway.stream.veto import case_of
from seawall.errors import RecordUnavailable
from tests.gateway.chat.nodes import NOW, TENANT, Clock
from tests.gateway.record.making import case_lines
from tests.gateway.stream.desk import Gate, Peer, read_text


async def cases(where: Where) -> list[tuple[str, str]]:
    return sorted((each.state, each.priority) for each in case_lines(where, TENANT))


async def test_nobody_vetoes_and_the_stream_is_cut(gate: Gate, peer: Peer, where: Where) -> None:
    live = gate.open(peer)
    gate.judge.saw(live, read_text(live, NOW, "slowcut"))
    (finding,) = peer.findings
    assert finding["action"] == "cut"
    assert peer.commands == []
    shown = gate.hands.moderating.find(TENANT, "live")
    assert shown is not None
    assert shown.pending is not None
    assert shown.pending.until == NOW + 10
    assert await cases(where) == [("open", "p0")]
    await gate.tick(9.9)
    assert peer.commands == []
    await gate.tick(0.2)
    assert peer.kinds() == [("cut", None)]
    assert gate.streams.ends == [("live", "cut")]
    assert await cases(where) == [("open", "p0"), ("resolved", "p0")]
    assert verify(where).whole


async def test_a_veto_keeps_the_stream(gate: Gate, peer: Peer, where: Where) -> None:
    live = gate.open(peer)
    gate.judge.saw(live, read_text(live, NOW, "slowcut"))
    found = await gate.hands.moderating.veto(TENANT, "live", "moderator:ann", "a joke")
    assert found is not None
    await gate.tick(20)
    assert peer.commands == []
    (entry,) = gate.entries("stream", "vetoed")
    assert (entry.by, entry.rule, entry.event) == ("moderator:ann", "a joke", found.event)
    assert await cases(where) == [("decided", "p0"), ("open", "p0")]
    assert await gate.hands.moderating.veto(TENANT, "live", "moderator:bob", "") is None


async def test_there_is_one_countdown_at_a_time(gate: Gate, peer: Peer) -> None:
    live = gate.open(peer)
    for second in (0, 3, 6):
        gate.clock.now = NOW + second
        gate.judge.saw(live, read_text(live, NOW + second, "slowcut"))
    assert gate.hands.numbers.cuts["pending"] == 1
    await gate.tick(4.1)
    assert peer.kinds() == [("cut", None)]


async def test_no_second_countdown_begins_while_the_first_is_recorded(
    gate: Gate, peer: Peer, where: Where
) -> None:
    live = gate.open(peer)
    gate.book.slow = True
    for second in (0.0, 0.1):
        gate.judge.saw(live, read_text(live, NOW + second, "slowcut"))
    gate.book.go_on()
    assert gate.hands.numbers.cuts["pending"] == 1
    assert await cases(where) == [("open", "p0")]
    await gate.hands.moderating.veto(TENANT, "live", "moderator:ann", "")
    gate.clock.now = NOW + 100
    gate.judge.saw(live, read_text(live, NOW + 100, "slowcut"))
    assert gate.hands.numbers.cuts["pending"] == 2


async def test_a_veto_that_is_being_recorded_holds_the_cut_back(gate: Gate, peer: Peer) -> None:
    live = gate.open(peer)
    gate.judge.saw(live, read_text(live, NOW, "slowcut"))
    found = gate.hands.vetoes.of(TENANT, "live")
    assert found is not None

    class Slow:
        async def record(self, entry: Entry, deadline_s: float) -> None:
            await gate.tick(11)
            assert not gate.hands.vetoes.busy
            gate.book.append(entry, lambda problem: None)

    vetoed = await gate.hands.vetoes.veto(TENANT, "live", "moderator:ann", "", Slow())
    assert vetoed is found
    await gate.tick(11)
    assert peer.commands == []


async def test_a_veto_that_cannot_be_recorded_lets_the_countdown_go_on(
    gate: Gate, peer: Peer
) -> None:
    live = gate.open(peer)
    gate.judge.saw(live, read_text(live, NOW, "slowcut"))
    gate.book.full = True
    with pytest.raises(RecordUnavailable):
        await gate.hands.moderating.veto(TENANT, "live", "moderator:ann", "")
    gate.book.full = False
    await gate.tick(11)
    assert peer.kinds() == [("cut", None)]


async def test_a_veto_ends_every_countdown_of_the_stream(
    gate: Gate, peer: Peer, where: Where, clock: Clock, policy: Path
) -> None:
    """Two gateways had the stream before either heard of the other's countdown."""
    other, late = Gate(second(where), clock, policy), Peer()
    await other.start()
    try:
        await other.connect(late)
        theirs = other.open(late)
        ours = gate.open(peer)
        gate.judge.saw(ours, read_text(ours, NOW, "slowcut"))
        other.judge.saw(theirs, read_text(theirs, NOW + 0.5, "slowcut"))
        await other.sync.load()
        assert await other.hands.moderating.veto(TENANT, "live", "moderator:ann", "") is not None
        assert sorted(await cases(where)) == [("decided", "p0")] * 2 + [("open", "p0")] * 2
        await gate.tick(11)
        await other.tick()
        assert peer.commands == []
        assert late.commands == []
    finally:
        await other.close()


async def test_a_stream_that_ended_is_not_cut(gate: Gate, peer: Peer, where: Where) -> None:
    live = gate.open(peer)
    gate.judge.saw(live, read_text(live, NOW, "slowcut"))
    gate.shut(live)
    await gate.tick(11)
    assert peer.commands == []
    assert gate.hands.numbers.cuts["not_cut_ended"] == 1
    assert await cases(where) == [("open", "p0")]  # what it showed is the same: people look


async def test_a_countdowns_case_is_due_when_it_ends(gate: Gate, peer: Peer) -> None:
    live = gate.open(peer)
    live.viewers = 70
    gate.judge.saw(live, read_text(live, NOW, "slowcut"))
    (entry,) = gate.entries("verdict")
    (case,) = entry.cases
    assert (case.due, case.nobody, case.stream, case.viewers) == (NOW + 10, "cut", "live", 70)
    assert (case.rule, case.category, case.severity) == ("cut-phishing", "scam.phishing", "medium")
    assert case.name == "name of u"


async def test_what_is_left_to_people_stays_open(
    gate: Gate, peer: Peer, where: Where, policy: Path
) -> None:
    live = gate.open(peer)
    gate.judge.saw(live, read_text(live, NOW, "slowcut"))
    found = gate.hands.vetoes.of(TENANT, "live")
    assert found is not None
    found.nobody = "case"
    assert case_of(found, "open", "").nobody == "escalate"
    await gate.tick(11)
    assert peer.commands == []
    assert await cases(where) == [("open", "p0")]


async def test_an_unrecorded_countdown_never_began(gate: Gate, peer: Peer) -> None:
    live = gate.open(peer)
    gate.book.full = True
    gate.judge.saw(live, read_text(live, NOW, "slowcut"))
    gate.book.full = False
    await gate.tick(11)
    assert peer.commands == []
    assert [finding["action"] for finding in peer.findings] == ["allow"]


async def test_a_cut_that_cannot_be_recorded_is_tried_again(gate: Gate, peer: Peer) -> None:
    live = gate.open(peer)
    gate.judge.saw(live, read_text(live, NOW, "slowcut"))
    gate.book.full = True
    await gate.tick(11)
    assert peer.commands == []
    gate.book.full = False
    await gate.tick(1)
    assert peer.kinds() == [("cut", None)]


async def test_reverting_the_decision_ends_its_countdown(gate: Gate, peer: Peer) -> None:
    live = gate.open(peer)
    gate.judge.saw(live, read_text(live, NOW, "slowcut"))
    (entry,) = gate.entries("verdict")
    await gate.revert(entry.event, entry.rev)
    await gate.tick(11)
    assert peer.commands == []
    assert gate.hands.vetoes.of(TENANT, "live") is None


async def test_a_countdown_outlives_its_gateway(
    gate: Gate, peer: Peer, where: Where, clock: Clock, policy: Path
) -> None:
    """It goes on where the stream is opened again, also on another gateway of the same record."""
    live = gate.open(peer)
    gate.judge.saw(live, read_text(live, NOW, "slowcut"))
    gate.shut(live, "connection")
    other = Gate(second(where), clock, policy)
    await other.start()
    try:
        late = Peer()
        await other.connect(late)
        clock.now += 5
        again = other.open(late)
        assert other.hands.vetoes.of(TENANT, "live") is not None
        await other.tick(4)
        assert late.commands == []
        await other.tick(1.5)
        assert ("cut", None) in late.kinds()
        assert other.streams.ends == [("live", "cut")]
        assert again.user.id in {entry.user for entry in other.entries("stream", "cut")}
    finally:
        await other.close()


async def test_a_veto_counts_on_whatever_gateway_it_is_said(
    gate: Gate, peer: Peer, where: Where, clock: Clock, policy: Path
) -> None:
    live = gate.open(peer)
    gate.judge.saw(live, read_text(live, NOW, "slowcut"))
    other = Gate(second(where), clock, policy)
    await other.start()
    try:
        assert await other.hands.moderating.veto(TENANT, "live", "moderator:ann", "") is not None
    finally:
        await other.close()
    await gate.tick(11)  # nobody told this gateway: it looks at the record before it cuts
    assert peer.commands == []
    assert gate.hands.numbers.cuts["lapsed"] == 0


def second(where: Where) -> Where:
    """Return the folder of a second gateway on the same record."""
    data = where.data.with_name("second")
    data.mkdir()
    shutil.copy(where.data / "secret.key", data)
    assert where.file is not None
    return Where.of(data, f"sqlite:///{where.file.absolute()}")
