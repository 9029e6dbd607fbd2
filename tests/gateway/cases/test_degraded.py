"""An outage is told once, after ten seconds, to each tenant, and resolved when it is over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from gateway.cases.degraded import Outages
from gateway.record.entry import Entry


class Gateway:
    """Dependencies that go down and come back, and a record that can be gone."""

    def __init__(self) -> None:
        self.down: set[str] = set()
        self.entries: list[Entry] = []
        self.recorded = True
        self.tenants = {"t"}
        self.now = 1000.0
        names = ("models", "windows")
        self.outages = Outages(
            {name: partial(self.is_down, name) for name in names},
            self.note,
            "node-a",
            lambda: self.tenants,
            lambda: self.now,
            lambda: self.now,
        )

    def is_down(self, name: str) -> bool:
        return name in self.down

    def note(self, entry: Entry, noted: Callable[[], None]) -> None:
        if self.recorded:
            self.entries.append(entry)
            noted()

    def look(self, seconds: int = 1) -> None:
        for _ in range(seconds):
            self.outages.look()
            self.now += 1.0

    def told(self) -> list[tuple[str, str, str]]:
        return [(e.tenant, e.ref, case.state) for e in self.entries for case in e.cases]


def test_an_outage_is_told_once_and_resolved_when_it_is_over() -> None:
    gateway = Gateway()
    gateway.down.add("models")
    gateway.look(10)
    assert gateway.told() == []
    gateway.look(60)
    assert gateway.told() == [("t", "models", "open")]
    gateway.down.clear()
    gateway.look(20)
    assert gateway.told() == [("t", "models", "open"), ("t", "models", "resolved")]
    assert len({case.id for entry in gateway.entries for case in entry.cases}) == 1
    assert "node-a" in gateway.entries[0].cases[0].because
    gateway.down.add("models")
    gateway.look(20)
    assert len({case.id for entry in gateway.entries for case in entry.cases}) == 2


def test_a_short_one_is_told_to_nobody_and_a_flickering_one_once() -> None:
    gateway = Gateway()
    for _ in range(5):
        gateway.down = {"windows"}
        gateway.look(8)
        gateway.down.clear()
        gateway.look(1)
    assert gateway.told() == []
    gateway.down = {"windows"}
    gateway.look(15)
    for _ in range(5):
        gateway.down.clear()
        gateway.look(2)
        gateway.down = {"windows"}
        gateway.look(2)
    assert gateway.told() == [("t", "windows", "open")]


def test_what_cannot_be_recorded_is_tried_again() -> None:
    gateway = Gateway()
    gateway.recorded = False
    gateway.down.add("models")
    gateway.look(15)
    gateway.recorded = True
    gateway.look(15)
    assert gateway.told() == [("t", "models", "open")]
    gateway.recorded = False
    gateway.down.clear()
    gateway.look(5)
    gateway.recorded = True
    gateway.look(30)
    assert gateway.told() == [("t", "models", "open"), ("t", "models", "resolved")]


def test_every_tenant_that_is_there_is_told() -> None:
    gateway = Gateway()
    gateway.tenants = set()
    gateway.down.add("models")
    gateway.look(20)
    gateway.tenants = {"t", "u"}
    gateway.look(5)
    gateway.down.clear()
    gateway.look(5)
    assert sorted(gateway.told()) == [
        (tenant, "models", state) for tenant in ("t", "u") for state in ("open", "resolved")
    ]


async def test_who_stops_resolves_what_is_open() -> None:
    gateway = Gateway()
    gateway.down.add("models")
    gateway.look(15)
    running = asyncio.create_task(gateway.outages.run())
    await asyncio.sleep(0)
    running.cancel()
    await asyncio.wait([running])
    assert [state for _, _, state in gateway.told()] == ["open", "resolved"]
    assert "stopped" in gateway.entries[1].cases[0].because
