"""Whatever two gateways and a server do: no command is lost, doubled or mixed up.

The model is what was ordered. Everything else is real: the database, both couriers, the client's
ledger. At the end the server works and both gateways poll: then every command must have its end.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from gateway.chat.pending import LEASE_S, to_wire
from gateway.chat.superseding import overrides
from gateway.record.where import Where
from seawall import wire
from seawall.actions import REVERTS, Action, Target
from tests.gateway.chat.nodes import TENANT, Clock, Link, Node, Server

pytestmark = pytest.mark.timeout(240)

T = TypeVar("T")
EXPIRY_S = 30.0
ORDERS = [
    Action(Target("user", "r", "u"), "mute", 60.0),
    Action(Target("user", "r", "u"), "mute", 0.0),
    Action(Target("user", "r", "u"), "ban", None),
    Action(Target("message", "r", "m"), "remove"),
    Action(Target("message", "r", "m"), "restore"),
]
sides = st.integers(0, 1)


class TwoGateways(RuleBasedStateMachine):
    """Two gateways on one SQLite record, one server with connections to either."""

    template: Path

    @initialize()
    def begin(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.folder = Path(tempfile.mkdtemp(prefix="seawall-two-"))
        shutil.copytree(self.template, self.folder / "data")
        self.where = Where.of(self.folder / "data")
        self.clock = Clock()
        self.server = Server()
        self.ordered: dict[str, wire.Command] = {}
        self.failures: set[str] = set()
        self.ends: dict[str, str] = {}
        self.links: list[list[Link]] = [[], []]
        self.dead: list[Node] = []
        self.nodes: list[Node] = []
        for side in (0, 1):
            self.nodes.append(self.run(self.start()))
            self.connect(side, ())
            self.poll(side)

    async def start(self) -> Node:
        node = Node(self.where, self.clock, EXPIRY_S)
        await node.courier.load()
        return node

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    async def polled(self, side: int) -> None:
        assert await self.nodes[side].poll()

    # -- what happens ---------------------------------------------------------------------------

    @rule(side=sides, action=st.sampled_from(ORDERS), dies=st.booleans())
    def order(self, side: int, action: Action, dies: bool) -> None:
        async def work() -> None:
            node = self.nodes[side]
            rows = node.record(action)
            self.ordered.update({row.id: to_wire(row) for row in rows})
            if not dies:
                node.commands.send(TENANT, rows)

        self.run(work())
        if dies:
            self.crash(side)

    @rule(side=sides, rooms=st.sampled_from([(), ("r",)]))
    def connect(self, side: int, rooms: tuple[str, ...]) -> None:
        async def work() -> None:
            self.links[side].append(self.server.join(self.nodes[side], *rooms))

        if len(self.links[side]) < 3:
            self.run(work())

    @rule(side=sides)
    def poll(self, side: int) -> None:
        self.run(self.polled(side))

    @rule()
    def poll_both(self) -> None:
        for side in (0, 1):
            self.run(self.polled(side))

    @rule(side=sides, works=st.sampled_from([True, True, True, False]), pick=st.integers(0, 2))
    def read(self, side: int, works: bool, pick: int) -> None:
        async def work() -> None:
            if self.links[side]:
                link = self.links[side][pick % len(self.links[side])]
                if link.unread and not works:
                    self.failures.add(link.unread[0].id)
                link.read(works=works)

        self.run(work())

    @rule(side=sides, pick=st.integers(0, 2))
    def read_and_die(self, side: int, pick: int) -> None:
        """The command is carried out, and the connection breaks before anybody hears of it."""

        async def work() -> None:
            if self.links[side]:
                link = self.links[side].pop(pick % len(self.links[side]))
                if link.unread:
                    self.server.obey(link.unread[0], self.clock.now, True)
                link.cut()
                self.links[side].append(self.server.join(self.nodes[side], *link.rooms))

        self.run(work())

    @rule(side=sides, pick=st.integers(0, 2), resumes=st.booleans())
    def cut(self, side: int, pick: int, resumes: bool) -> None:
        async def work() -> None:
            if not self.links[side]:
                return
            link = self.links[side][pick % len(self.links[side])]
            self.links[side].remove(link)
            link.cut()
            if resumes:
                again = self.server.join(self.nodes[side], *link.rooms)
                again.resume()
                self.links[side].append(again)

        self.run(work())

    @rule(side=sides, pick=st.integers(0, 2))
    def resume(self, side: int, pick: int) -> None:
        async def work() -> None:
            if self.links[side]:
                self.links[side][pick % len(self.links[side])].resume()

        self.run(work())

    @precondition(lambda self: self.ordered)
    @rule(side=sides, pick=st.integers(0, 100))
    def lie(self, side: int, pick: int) -> None:
        async def work() -> None:
            key = list(self.ordered)[pick % len(self.ordered)]
            self.nodes[side].commands.done("another tenant", key, "liar")
            self.nodes[side].commands.failed("another tenant", key, "liar", "no")
            self.nodes[side].commands.done(TENANT, "c-made-up", "liar")

        self.run(work())

    @rule(side=sides)
    def crash(self, side: int) -> None:
        async def work() -> Node:
            for link in self.links[side]:
                link.unread.clear()
            self.links[side].clear()
            self.dead.append(self.nodes[side])
            return await self.start()

        self.nodes[side] = self.run(work())

    @rule(seconds=st.sampled_from([0.001, 0.5, 3.0, LEASE_S + 0.1, EXPIRY_S / 2]))
    def wait(self, seconds: float) -> None:
        self.clock.now += seconds

    # -- what must hold -------------------------------------------------------------------------

    @invariant()
    def nothing_is_carried_out_twice(self) -> None:
        done = [command.id for command in getattr(self, "server", Server()).carried_out]
        assert len(done) == len(set(done))

    @invariant()
    def each_connection_hears_each_kind_in_order(self) -> None:
        for link in [link for side in getattr(self, "links", []) for link in side]:
            assert len({command.id for command in link.told}) == len(link.told)
            newest: dict[tuple[Target, str], int] = {}
            for command in link.told:
                kinds = [command.kind, REVERTS.get(command.kind, command.kind)]
                for kind in kinds:
                    assert newest.get((command.target, kind), 0) < command.seq
                newest[command.target, command.kind] = command.seq

    async def look(self) -> None:
        """Read every end from the database: none may ever change."""
        for key in self.ordered:
            row = await self.nodes[0].table.find(TENANT, key)
            assert row is not None, "a recorded command is lost"
            assert row.outcome is not None or key not in self.ends
            if row.outcome is not None:
                assert self.ends.setdefault(key, row.outcome) == row.outcome

    async def finish(self) -> None:
        """Let everything work for as long as a command lives."""
        links = [self.server.join(node) for node in self.nodes]
        for _ in range(int(EXPIRY_S / 3) + 3):
            for side in (0, 1):
                await self.polled(side)
                for link in (links[side], *self.links[side]):
                    link.read_all()
            self.clock.now += 3.0
        await self.look()

    def teardown(self) -> None:
        if not hasattr(self, "nodes"):
            return
        try:
            self.run(self.look())
            self.run(self.finish())
            self.judge()
        finally:
            for node in (*self.nodes, *self.dead):
                node.close()
            self.run(self.loop.shutdown_default_executor())
            self.loop.close()
            shutil.rmtree(self.folder)

    def judge(self) -> None:
        """Hold every end against what happened."""
        assert set(self.ends) == set(self.ordered)
        done = {command.id: command for command in self.server.carried_out}
        for key, outcome in self.ends.items():
            command = self.ordered[key]
            others = [each for each in self.ordered.values() if each.target == command.target]
            match outcome:
                case "done":
                    newer = [each for each in done.values() if each.target == command.target]
                    assert key in done or any(each.seq > command.seq for each in newer)
                case "superseded":
                    later = [each for each in others if each.seq > command.seq]
                    reverted = command.kind == "restore"
                    assert any(overrides(each, command) or reverted for each in later)
                case "failed":
                    assert key in self.failures
                case _:
                    assert outcome == "expired"
        for node in (*self.nodes, *self.dead):
            ends = [key for key, _ in node.ends]
            assert len(ends) == len(set(ends)), "one gateway ended a command twice"


@pytest.fixture(scope="module", autouse=True)
def template(migrated: Path) -> None:
    TwoGateways.template = migrated


TestTwoGateways = TwoGateways.TestCase
TestTwoGateways.settings = settings(
    settings.get_profile("seawall"), max_examples=30, stateful_step_count=30
)
