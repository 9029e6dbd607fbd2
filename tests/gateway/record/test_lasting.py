"""Labels and strikes outlive their process: over restarts, on other nodes, through reverts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.chat.acted import Restored, acted
from gateway.chat.commands import Commands
from gateway.chat.reverts import Reverts
from gateway.chat.switches import Switches
from gateway.metrics import Metrics
from gateway.record.decisions import Decisions
from gateway.record.entry import Entry, StrikeRow
from gateway.record.holds import Decision, Outcome
from gateway.record.journal import Journal
from gateway.record.standing import Standing
from gateway.state.labels import Labels
from gateway.state.labelsync import LabelSync
from gateway.state.layers import rows_for
from seawall import wire
from seawall.actions import Action, Target
from seawall.ladder import Ladder, Step, decayed, penalty
from seawall.verdicts import Change

AT = 4_000_000_000.0
DAY_S = 86_400.0
USER = Target("user", "r", "u")


class Node:
    """The labels of one gateway on a record that others write as well."""

    def __init__(self, data: Path, journal: Journal) -> None:
        self.now = AT
        self.journal = journal
        self.labels = Labels(half_life_s=DAY_S)
        self.standing = Standing(data)
        self.decisions = Decisions(data)
        self.sync = LabelSync(self.labels, self.standing, wall=lambda: self.now)
        commands = Commands(60.0, Metrics(), lambda tenant, command, end: None)
        self.switches = Switches(self.labels, commands, journal, lambda tenant: None)
        self.reverts = Reverts(
            self.decisions,
            _no_hold,
            self.labels,
            commands,
            journal,
            Restored(),
            lambda tenant: None,
        )

    async def decides(self, event: str, strikes: int = 0, for_s: float | None = 600.0) -> None:
        until = None if for_s is None else self.now + for_s
        change = Change("user", "r", "u", "mute", until, "rule", "threat")
        rows = rows_for((change,), event, 0, "", self.now)
        entry = Entry(
            "verdict", "t", event, self.now, "block", 0, "r", "u", "chat",
            (Action(USER, "mute", for_s),), "rule", labels=rows, strikes=StrikeRow(strikes, "rule"),
        )  # fmt: skip
        await self.journal.record(entry, 5.0)
        self.labels.put("t", rows, self.now)
        self.labels.strike("t", "u", strikes, self.now, event)

    def muted(self) -> float | None:
        label = self.labels.facts("t", "r", "u", self.now).user.get("mute")
        return 0.0 if label is None else label.until

    def strikes(self) -> float:
        return self.labels.facts("t", "r", "u", self.now).strikes


async def _no_hold(
    tenant: str, ref: str, rev: int, outcome: Outcome, by: str, at: float
) -> Decision | None:
    return None


@asynccontextmanager
async def node(data: Path, journal: Journal) -> AsyncIterator[Node]:
    it = Node(data, journal)
    await it.sync.load()
    try:
        yield it
    finally:
        it.standing.close()
        it.decisions.close()


async def test_restrictions_in_force_and_strikes_survive_a_restart(
    data: Path, journal: Journal
) -> None:
    async with node(data, journal) as before:
        await before.decides("m1", strikes=2)
    async with node(data, journal) as after:
        assert after.muted() == AT + 600.0
        assert after.strikes() == 2.0


async def test_the_ladder_goes_on_where_it_was_and_fades_meanwhile(
    data: Path, journal: Journal
) -> None:
    ladder = Ladder((Step(2, "warn"), Step(4, "mute", 60.0), Step(6, "ban")), half_life_s=DAY_S)
    async with node(data, journal) as before:
        await before.decides("m1", strikes=2)
        before.now += DAY_S
        await before.decides("m2", strikes=3)
        kept = before.strikes()
        assert kept == pytest.approx(4.0)
    async with node(data, journal) as after:
        after.now = AT + DAY_S
        assert after.strikes() == pytest.approx(kept)
        assert penalty(ladder, after.strikes(), 2) == Step(6, "ban")
        after.now += DAY_S
        assert after.strikes() == pytest.approx(decayed(kept, DAY_S, DAY_S))
        assert penalty(ladder, after.strikes(), 2) == Step(4, "mute", 60.0)


async def test_what_one_node_decides_and_another_reverts_is_so_on_both(
    data: Path, journal: Journal
) -> None:
    async with node(data, journal) as one, node(data, journal) as two:
        await one.decides("m1", strikes=2)
        await one.decides("m2", strikes=1, for_s=60.0)
        await two.sync.poll()
        assert (two.muted(), two.strikes()) == (AT + 600.0, 3.0)
        done = await two.reverts.revert("t", "m1", 0, "moderator:ann", "why", AT + 1.0)
        assert done is not None
        assert Action(USER, "mute", 59.0) in done.commands
        await one.sync.poll()
        assert (one.muted(), one.strikes()) == (two.muted(), two.strikes()) == (AT + 60.0, 1.0)
        again = await one.reverts.revert("t", "m1", 0, "moderator:bob", "", AT + 2.0)
        assert again is not None
        assert (again.fresh, again.by, again.at) == (False, "moderator:ann", AT + 1.0)
    async with node(data, journal) as after:
        assert (after.muted(), after.strikes()) == (AT + 60.0, 1.0)


async def test_the_platforms_word_and_a_moderators_switch_reach_every_node(
    data: Path, journal: Journal
) -> None:
    async with node(data, journal) as one, node(data, journal) as two:
        await one.decides("m1", for_s=None)
        await two.sync.poll()
        assert two.muted() is None
        entry = acted(two.labels, "t", wire.Acted(USER, "unmute", "ola", 1.0), AT + 1.0)
        assert entry is not None
        await journal.record(entry, 5.0)
        await one.sync.poll()
        one.now = AT + 2.0
        assert one.muted() == 0.0
        await one.switches.turn("t", "r", "shield", False, None, "moderator:ann", AT + 3.0)
        await two.sync.poll()
        assert two.switches.of("t", "r", AT + 4.0) == one.switches.of("t", "r", AT + 4.0)
        assert "shield_off" in two.labels.facts("t", "r", "u", AT + 4.0).room
    async with node(data, journal) as after:
        assert after.muted() == 0.0
        assert "shield_off" in after.labels.facts("t", "r", "u", AT + 4.0).room
