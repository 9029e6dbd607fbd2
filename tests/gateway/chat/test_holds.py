"""A held message ends once, is recorded once, and every gateway's servers hear of it once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from itertools import count

import msgspec
import pytest

from gateway.chat.casework import hold_ended
from gateway.chat.holds import HoldDesk
from gateway.chat.lines import Receiver
from gateway.chat.outcomes import Outcomes
from gateway.metrics import Metrics
from gateway.policy.load import load_policy
from gateway.record.entry import Entry, HoldRow
from gateway.record.holds import Held, Holds
from gateway.record.where import Where
from seawall import wire
from seawall.errors import RecordUnavailable
from seawall.events import Deleted
from seawall.policy.model import Policy
from tests.gateway.chat.nodes import NOW, TENANT, Book, Clock, Wires
from tests.gateway.live import write_policy


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    return load_policy(write_policy(tmp_path_factory.mktemp("policy")))


class Ear:
    """A connection that serves some rooms and keeps what it hears."""

    def __init__(self, *rooms: str) -> None:
        self.heard: list[wire.Hold] = []
        self.receiver = Receiver(lambda room: room in rooms, self.take)

    def take(self, line: bytes) -> None:
        self.heard.append(msgspec.json.decode(line, type=wire.Hold))


class Desk:
    """One gateway's holds."""

    serials = count(1)

    def __init__(self, where: Where, clock: Clock, policy: Policy) -> None:
        self.clock = clock
        self.book = Book(where, f"desk{next(Desk.serials)}")
        self.table = Holds(where)
        self.told: list[tuple[str, str | None, wire.Hold]] = []
        self.wires = Wires()
        self.metrics = Metrics()
        self.holds = HoldDesk(
            self.table,
            self.book,
            lambda tenant, room: policy,
            self.tell,
            self.metrics,
            self.wires,
            clock,
        )
        self.poked = 0
        self.holds.case_opened = self.poke

    def poke(self) -> None:
        self.poked += 1

    def tell(self, tenant: str, room: str | None, line: bytes) -> None:
        self.told.append((tenant, room, msgspec.json.decode(line, type=wire.Hold)))

    def outcomes(self) -> list[tuple[str, str]]:
        return [(hold.id, hold.outcome) for _, _, hold in self.told]

    def hold(self, key: str, expires: float = NOW + 60.0, room: str = "r") -> None:
        held = HoldRow("the text", expires, "Some Body")
        entry = Entry("verdict", TENANT, key, self.clock.now, "hold", 0, room, "u", hold=held)
        self.book.append(entry, lambda problem: None)
        self.holds.opened(TENANT, key, 0)

    async def decide(self, key: str, by: str = "mod") -> bool:
        decision = await self.holds.decide(TENANT, key, 0, "approved", by, self.clock.now)
        assert decision is not None
        return decision.fresh

    async def told_at(self, key: str) -> float | None:
        held = await self.table.find(TENANT, key, 0)
        assert held is not None
        return held.told

    def ends(self) -> list[Entry]:
        return [entry for entry in self.book.entries if entry.kind == "hold"]

    def close(self) -> None:
        self.book.close()
        self.table.close()


Make = Callable[[], Desk]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def make(where: Where, clock: Clock, policy: Policy) -> AsyncIterator[Make]:
    desks: list[Desk] = []

    def made() -> Desk:
        desks.append(Desk(where, clock, policy))
        return desks[-1]

    yield made
    for desk in desks:
        desk.close()


async def test_a_decision_is_recorded_told_and_marked_in_one_entry(
    make: Make, clock: Clock
) -> None:
    desk = make()
    desk.hold("m")
    (held,) = await desk.holds.waiting(TENANT, 10)
    assert (held.text, held.name) == ("the text", "Some Body")
    assert await desk.decide("m")
    assert desk.outcomes() == [("m", "approved")]
    assert await desk.told_at("m") == clock.now
    (entry,) = desk.ends()
    assert (entry.action, entry.by, entry.event) == ("approved", "mod", "m")
    assert entry.cases == (hold_ended(TENANT, "m", 0, held.created, "approved"),)
    assert desk.poked == 1
    assert desk.holds.word(TENANT, "r") == "deny"
    assert desk.wires.published == [("holds", TENANT)]
    assert not await desk.decide("m", "another")
    assert len(desk.ends()) == len(desk.told) == 1


async def test_an_unknown_hold_is_none(make: Make) -> None:
    assert await make().holds.decide(TENANT, "nothing", 0, "denied", "mod", NOW) is None


async def test_every_gateways_servers_hear_of_it_once(make: Make) -> None:
    a, b = make(), make()
    for desk in (a, b):
        assert await desk.holds.attempt(NOW)
    a.hold("m")
    assert await a.decide("m")
    for _ in range(3):
        for desk in (a, b):
            assert await desk.holds.attempt(NOW + 1.0)
    assert a.outcomes() == b.outcomes() == [("m", "approved")]
    assert (len(a.ends()), len(b.ends())) == (1, 0)


async def test_only_one_gateway_ends_what_has_expired(make: Make, clock: Clock) -> None:
    a, b = make(), make()
    for number in range(5):
        a.hold(f"m{number}", NOW + 10.0)
    clock.now += 11.0
    await asyncio.gather(a.holds.attempt(clock.now), b.holds.attempt(clock.now))
    for desk in (a, b):
        await desk.holds.attempt(clock.now)
        assert sorted(desk.outcomes()) == [(f"m{number}", "expired") for number in range(5)]
    ends = a.ends() + b.ends()
    assert sorted(entry.event for entry in ends) == [f"m{number}" for number in range(5)]


async def test_what_a_dead_gateway_decided_and_never_told_is_told_by_another(
    make: Make, clock: Clock
) -> None:
    a, b = make(), make()
    a.hold("m")
    await a.table.decide(TENANT, "m", 0, "denied", by="mod", at=clock.now)  # and it dies
    await b.holds.attempt(clock.now)
    assert b.outcomes() == [("m", "denied")]
    assert b.ends() == []  # it may still do it
    clock.now += 6.0
    for _ in range(3):
        await b.holds.attempt(clock.now)
    assert [(entry.action, entry.by) for entry in b.ends()] == [("denied", "mod")]
    assert await b.told_at("m") == NOW
    assert len(b.told) == 1


async def test_a_full_journal_only_delays_the_record(make: Make, clock: Clock) -> None:
    desk = make()
    desk.hold("m")
    desk.book.full = True
    assert await desk.decide("m")
    assert desk.outcomes() == [("m", "approved")]
    assert desk.metrics.unchecked["hold", "journal"] == 1
    assert await desk.told_at("m") is None
    desk.book.full = False
    clock.now += 6.0
    await desk.holds.attempt(clock.now)
    assert await desk.told_at("m") is not None
    assert len(desk.told) == 1


async def test_who_resumes_hears_the_last_ten_minutes_of_its_rooms(
    make: Make, clock: Clock
) -> None:
    a, b = make(), make()
    a.hold("old")
    await a.decide("old")
    clock.now += 300.0
    a.hold("m")
    a.hold("elsewhere", clock.now + 60.0, room="x")
    await a.decide("m")
    await a.decide("elsewhere")
    early, late = Ear("r"), Ear("r")
    b.holds.resend(TENANT, early.receiver)  # it has only just started
    assert early.heard == []
    await b.holds.attempt(clock.now)
    assert [hold.id for hold in early.heard] == ["old", "m"]
    assert {hold.id for _, _, hold in b.told} == {"m", "elsewhere"}  # the old one had its time
    clock.now += 400.0
    await b.holds.attempt(clock.now)
    b.holds.resend(TENANT, late.receiver)
    b.holds.resend("other", late.receiver)
    assert [hold.id for hold in late.heard] == ["m"]


async def test_a_deleted_message_is_held_no_longer(make: Make) -> None:
    a, b = make(), make()
    for key in ("m", "n"):
        a.hold(key)
    a.holds.withdraw(Deleted(TENANT, "m", "r", "its author", NOW))
    b.holds.withdraw(Deleted(TENANT, "n", "r", "its author", NOW))  # it never heard of it
    b.holds.withdraw(Deleted(TENANT, "never-held", "r", "its author", NOW))
    assert await a.holds.attempt(NOW)
    assert await b.holds.attempt(NOW)
    assert a.outcomes() == [("m", "denied")]
    assert ("n", "denied") in b.outcomes()
    a.holds.withdraw(Deleted(TENANT, "m", "r", "its author", NOW))
    assert await a.holds.attempt(NOW)
    assert (len(a.ends()), len(b.ends())) == (1, 1)


def gone(*_: object) -> None:
    raise RecordUnavailable("gone")


async def test_what_the_platform_said_waits_for_the_database(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = make()
    desk.hold("m")
    with monkeypatch.context() as away:
        away.setattr("gateway.record.holds.reading", gone)
        desk.holds.settle(TENANT, "m", None, "denied", "platform:ola", NOW)
        desk.holds.settle(TENANT, "m", 0, "approved", "platform:ola", NOW)  # its last word counts
        assert not await desk.holds.attempt(NOW)
        assert desk.outcomes() == []
    assert await desk.holds.attempt(NOW)
    assert desk.outcomes() == [("m", "approved")]


async def test_what_the_platform_said_long_ago_is_heard_everywhere(make: Make) -> None:
    """The database was away for a minute between the word and its being carried out."""
    a, b = make(), make()
    a.hold("m")
    await b.holds.attempt(NOW)
    a.holds.settle(TENANT, "m", None, "denied", "platform:ola", NOW)
    for desk in (b, a, b):
        assert await desk.holds.attempt(NOW + 30.0)
    assert a.outcomes() == b.outcomes() == [("m", "denied")]


async def test_more_ends_than_one_look_takes_are_all_told(
    make: Make, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.chat.holds._PAGE", 3)
    monkeypatch.setattr("gateway.chat.holds._PAGES", 2)
    a, b = make(), make()
    await b.holds.attempt(clock.now)
    names = [f"m{number:02}" for number in range(20)]
    for name in names:
        a.hold(name, NOW + 600.0)
        clock.now += 5.0
        assert await a.decide(name)
    clock.now += 60.0
    for _ in range(20):
        assert await b.holds.attempt(clock.now)
    assert b.outcomes() == [(name, "approved") for name in names]


async def test_a_hold_that_is_not_in_the_table_yet_is_ended_when_it_is(make: Make) -> None:
    """Its row may lie in the spill."""
    desk = make()
    desk.holds.opened(TENANT, "m", 0)
    desk.holds.settle(TENANT, "m", None, "denied", "platform:ola", NOW)
    assert await desk.holds.attempt(NOW)
    desk.hold("m")
    assert await desk.holds.attempt(NOW)
    assert desk.outcomes() == [("m", "denied")]


async def test_a_hold_ended_elsewhere_is_not_waited_for_here(make: Make) -> None:
    a, b = make(), make()
    await a.holds.attempt(NOW)
    a.hold("m")
    await b.decide("m")
    await a.holds.attempt(NOW)
    a.holds.withdraw(Deleted(TENANT, "m", "r", "its author", NOW))
    await a.holds.attempt(NOW)
    assert (a.holds.owed, len(a.ends())) == (0, 0)


async def test_the_database_being_gone_is_told_and_passes(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = make()
    with monkeypatch.context() as broken:
        broken.setattr("gateway.record.holds.reading", gone)
        assert not await desk.holds.attempt(NOW)
        assert desk.metrics.degraded["holds"]()
    assert await desk.holds.attempt(NOW)
    assert not desk.metrics.degraded["holds"]()


async def test_the_task_looks_when_woken_and_by_itself(make: Make) -> None:
    a, b = make(), make()
    running = asyncio.create_task(b.holds.run())
    try:
        async with asyncio.timeout(5.0):
            for key in ("m", "n"):
                a.hold(key)
                await a.decide(key)
                if key == "m":
                    b.wires.listeners["holds"][0](TENANT)
                while (key, "approved") not in b.outcomes():  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
    finally:
        running.cancel()
        await asyncio.wait([running])
        await asyncio.get_running_loop().shutdown_default_executor()  # a query may be under way


def test_outcomes_are_bounded_and_forgotten() -> None:
    outcomes = Outcomes(most=2)
    for number in range(3):
        held = Held(
            *("t", f"m{number}", 0, "r", "u", "", "", "", ""),
            *(NOW, NOW, "approved", "mod", NOW + number),
        )
        assert outcomes.add(held) is not None
        assert outcomes.add(held) is None
    assert outcomes.add(msgspec.structs.replace(held, id="open", outcome=None)) is None
    assert len(outcomes) == 2
    outcomes.forget(NOW + 2.0)
    assert len(outcomes) == 1
