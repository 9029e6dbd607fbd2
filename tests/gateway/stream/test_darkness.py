"""After a cut: does the stream go dark, how long did it take, and what if it does not?"""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.record.where import Where
from gateway.stream.numbers import Numbers, acting_metrics
from tests.gateway.chat.nodes import NOW, TENANT, Clock
from tests.gateway.stream.desk import Gate, Peer, read_text
from tests.gateway.stream.test_veto import second


def done(gate: Gate, peer: Peer) -> None:
    """Let the server say that it carried out what it was told last."""
    gate.node.commands.done(TENANT, peer.commands[-1].id, "s1", peer)


async def test_time_to_dark_is_recorded(gate: Gate, peer: Peer) -> None:
    live = gate.open(peer)
    gate.judge.saw(live, read_text(live, NOW - 0.4, "cutword"))
    assert peer.kinds() == [("cut", None)]
    await gate.tick(0.1)
    done(gate, peer)
    await gate.tick(0.2)
    gate.bytes(live, b"the last")
    for _ in range(6):
        await gate.tick(0.25)
    (entry,) = gate.entries("stream", "dark")
    (verdict,) = gate.entries("verdict")
    assert entry.event == verdict.event
    assert entry.ms_total == pytest.approx(700.0)
    assert entry.rule == "ordered 0.400 done 0.500 times 1"
    numbers = gate.hands.numbers
    assert numbers.dark_s == pytest.approx(0.7)
    assert gate.entries("stream", "cut_again") == []
    assert len(gate.hands.darkness) == 0


async def test_a_cut_that_is_not_obeyed_is_ordered_again_then_people_are_paged(
    gate: Gate, peer: Peer
) -> None:
    live = gate.open(peer)
    gate.judge.saw(live, read_text(live, NOW, "cutword"))
    for _ in range(40):
        gate.bytes(live, b"still here")
        await gate.tick(0.25)
    assert [kind for kind, _ in peer.kinds()] == ["cut"] * 3
    assert len({command.id for command in peer.commands}) == 3
    (paged,) = gate.entries("stream", "not_dark")
    (case,) = paged.cases
    assert (case.priority, case.state) == ("p0", "open")
    assert (case.stream, case.severity, case.rule) == ("live", "critical", "stream.not_dark")
    assert gate.hands.numbers.cuts["disobeyed"] == 1
    for _ in range(20):
        await gate.tick(0.25)
    (dark,) = gate.entries("stream", "dark")
    assert dark.cases[0].state == "resolved"
    assert dark.rule.endswith("times 3")


async def test_a_stream_that_sends_again_is_cut_again(gate: Gate, peer: Peer) -> None:
    live = gate.open(peer)
    gate.judge.saw(live, read_text(live, NOW, "cutword"))
    for _ in range(20):
        await gate.tick(0.25)
    assert len(gate.entries("stream", "dark")) == 1
    for _ in range(12):
        gate.bytes(live, b"here I am again")
        await gate.tick(0.25)
    assert peer.kinds() == [("cut", None)] * 2


async def test_a_server_that_closes_the_stream_has_made_it_dark(gate: Gate, peer: Peer) -> None:
    live = gate.open(peer)
    gate.judge.saw(live, read_text(live, NOW, "cutword"))
    gate.bytes(live, b"last")
    gate.shut(live)
    await gate.tick(0.25)
    assert len(gate.entries("stream", "dark")) == 1


async def test_a_cut_that_is_lifted_is_not_insisted_on(gate: Gate, peer: Peer) -> None:
    live = gate.open(peer)
    gate.judge.saw(live, read_text(live, NOW, "cutword"))
    assert "scam" not in (gate.hands.orders.refusal(TENANT, "live", NOW) or "")
    assert gate.hands.orders.refusal(TENANT, "live", NOW) is not None
    await gate.hands.moderating.lift(TENANT, "live", "r", "cut", "moderator:ann", "sorry")
    for _ in range(20):
        gate.bytes(live, b"on it goes")
        await gate.tick(0.25)
    assert peer.kinds() == [("cut", None), ("cut", 0.0)]
    assert gate.hands.orders.refusal(TENANT, "live", NOW) is None


async def test_a_cut_ordered_elsewhere_reaches_the_server_here_and_is_watched(
    gate: Gate, peer: Peer, where: Where, clock: Clock, policy: Path
) -> None:
    """A moderator's cut on a gateway that does not have the stream."""
    live = gate.open(peer)
    other = Gate(second(where), clock, policy)
    await other.start()
    try:
        done_ = await other.hands.moderating.act(
            TENANT, "live", "r", "cut", None, "moderator:ann", "enough"
        )
        assert [action.kind for action in done_.commands] == ["cut"]
        assert len(other.hands.darkness) == 0
    finally:
        await other.close()
    clock.now += 6  # whoever had leased it is gone
    assert await gate.node.poll()
    assert peer.kinds() == [("cut", None)]
    await gate.sync.poll()
    await gate.tick()
    assert gate.streams.ends == [("live", "cut")]
    gate.bytes(live, b"last")
    await gate.tick(4)
    assert len(gate.entries("stream", "dark")) == 1


def test_times_to_dark_are_a_histogram() -> None:
    numbers = Numbers()
    for seconds in (0.1, 1.5, 100.0):
        numbers.dark(seconds)
    (family,) = [
        each for each in acting_metrics(numbers) if each.name == "seawall_time_to_dark_seconds"
    ]
    buckets = {s.labels["le"]: s.value for s in family.samples if s.name.endswith("_bucket")}
    assert (buckets["0.25"], buckets["2.0"], buckets["64.0"], buckets["+Inf"]) == (1, 2, 2, 3)
