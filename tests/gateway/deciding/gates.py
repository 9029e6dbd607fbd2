"""A gateway's deciding on a real record: machines' verdicts, cases, and people who decide."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import count
from typing import Any, NamedTuple

from gateway.cases.store import CaseStore
from gateway.chat.acted import Restored
from gateway.chat.commands import Commands
from gateway.chat.holds import HoldDesk
from gateway.chat.outbox import Courier
from gateway.chat.recorder import Recorder
from gateway.chat.reverts import Reverts
from gateway.deciding.setup import make_deciding
from gateway.log import RestrictionLog
from gateway.metrics import Metrics
from gateway.record.decisions import Decisions
from gateway.record.entry import CaseRow, Entry, Evidence, HoldRow, StrikeRow
from gateway.record.holds import Holds
from gateway.record.outbox import Outbox
from gateway.record.where import Where
from gateway.roles import DEFAULT_MATRIX, Actor, Rights, Role
from gateway.shapes.cases import CaseLine, DecisionShown
from gateway.state.labels import Labels
from gateway.state.layers import rows_for
from gateway.stream.moderating import Acted
from gateway.stream.veto import Countdown
from seawall import wire
from seawall.actions import Action, Target
from seawall.errors import RecordUnavailable, SeawallError
from seawall.policy.model import Policy
from seawall.verdicts import Change
from tests.gateway.chat.nodes import Book, Clock, Wires

__all__ = ["TENANT", "Gate", "person", "states"]

TENANT = "acme"


def person(name: str = "ann", *roles: Role, **changes: Any) -> Actor:  # any field of Actor
    """Return somebody with the rights of roles, a lead's unless told."""
    roles = roles or ("lead",)
    rights = Rights(frozenset(each for role in roles for each in DEFAULT_MATRIX[role]))
    fields: dict[str, Any] = {"tenant": TENANT, "rights": rights, "roles": roles}
    return Actor(name=name, pseudonym=f"mod-{name}", **(fields | changes))


class Chain(Book):
    """A journal that may be gone, and that tells how many entries it took before."""

    def __init__(self, where: Where, writer: str) -> None:
        super().__init__(where, writer)
        self.most: int | None = None

    def append(self, entry: Entry, done: Callable[[SeawallError | None], None]) -> None:
        if self.most is not None:
            if self.most == 0:
                done(RecordUnavailable("gone"))
                return
            self.most -= 1
        super().append(entry, done)

    async def record(self, entry: Entry, deadline_s: float) -> None:
        said: list[SeawallError | None] = []
        self.append(entry, said.append)
        if said[0] is not None:
            raise said[0]


class Told(NamedTuple):
    """What servers were told, when."""

    target: Target
    kind: str
    for_s: float | None
    at: float


class Stage:
    """Streams as a hand on them is felt."""

    def __init__(self) -> None:
        self.done: list[tuple[str, str, float | None]] = []
        self.waits: set[str] = set()

    async def act(
        self, tenant: str, stream: str, room: str, kind: Any, for_s: float | None, by: str,
        reason: str,
    ) -> Acted:  # fmt: skip
        self.done.append((stream, kind, for_s))
        return Acted(stream, by, 1.0, f"s{len(self.done)}.hand", ())

    async def veto(self, tenant: str, stream: str, by: str, reason: str) -> Countdown | None:
        if stream not in self.waits:
            return None
        self.waits.discard(stream)
        return Countdown(tenant, stream, "r", "u", "e", 0, "rule", "nudity", 1.0)


class Gate:
    """One gateway. Make it in a running loop; `close` it."""

    serials = count(1)

    def __init__(self, where: Where, clock: Clock, policy: Policy, **changes: Any) -> None:
        self.id = f"gate{next(Gate.serials)}"
        self.where, self.clock = where, clock
        self.book = Chain(where, self.id)
        self.labels = Labels()
        self.metrics = Metrics()
        self.stage = Stage()
        self.restored = Restored()
        self.outbox, self.table = Outbox(where), Holds(where)
        self.decisions, self.cases = Decisions(where), CaseStore(where)
        self.told: list[Action] = []
        self.commands_told: list[Told] = []
        self.holds_told: list[bytes] = []
        self.told_of: list[CaseLine] = []
        self.commands = Commands(60.0, self.metrics, lambda tenant, command, end: None)
        self.commands.heard.append(self._ordered)
        courier = Courier(self.outbox, self.commands, Wires(), self.metrics, clock)
        loop = asyncio.get_running_loop()
        self.recorder = Recorder(
            self.book, self.labels, self.commands, lambda tenant, ref, rev: None, self.metrics,
            loop.call_later, RestrictionLog(loop.call_soon), 60.0, False, self.restored,
        )  # fmt: skip
        self.holds = HoldDesk(
            self.table, self.book, lambda tenant, room: policy,
            lambda tenant, room, line: self.holds_told.append(line), self.metrics, None, clock,
        )  # fmt: skip
        self.reverts = Reverts(
            self.decisions, self.holds.decide, self.labels, self.commands, self.book,
            self.restored, lambda tenant: None, courier.see,
        )  # fmt: skip
        self.deciding = make_deciding(
            where, self.metrics, self.labels, self.recorder, self.commands, self.restored,
            self.holds, self.reverts, see=courier.see, streams=self.stage, desk=self, wall=clock,
            **changes,
        )  # fmt: skip

    def _ordered(self, tenant: str, command: wire.Command) -> None:
        self.told.append(Action(command.target, command.kind, command.for_s))
        at = self.clock.now
        self.commands_told.append(Told(command.target, command.kind, command.for_s, at))

    async def close(self) -> None:
        await self.deciding.close()
        for each in (self.outbox, self.table, self.decisions, self.cases, self.book):
            each.close()

    # -- what machines do -----------------------------------------------------------------------

    def judged(
        self,
        event: str,
        user: str = "u",
        action: str = "block",
        mute: float | None = None,
        *,
        room: str = "r",
        alike: str = "",
        strikes: int = 0,
        held: bool = False,
        stream: str = "",
        category: str = "spam",
    ) -> None:
        """Decide about a message, with a case."""
        at = self.clock.now
        actions: tuple[Action, ...] = ()
        changes: tuple[Change, ...] = ()
        if mute is not None:
            actions = (Action(Target("user", room, user), "mute", mute),)
            changes = (Change("user", room, user, "mute", at + mute, "rule", "spam"),)
        standing = self.force(room, user).get("mute", 0.0)
        told = actions if standing is not None and standing < at + (mute or 0.0) else ()
        case = CaseRow(
            f"case-{event}", "open", "fraud", "p2", "hold" if held else "verdict", event, "rule",
            f"Name {user}", stream, alike or event,
        )  # fmt: skip
        entry = Entry(
            "verdict", TENANT, event, at, action, 0, room, user,
            "frame" if stream else "chat", actions, "rule", category, "medium", score=0.5,
            commands=self.commands.prepare(TENANT, told, "rule", at),
            labels=rows_for(changes, event, 0, "", at),
            strikes=StrikeRow(strikes, "rule") if strikes else None,
            hold=HoldRow("hello", at + 600.0) if held else None,
            cases=(case,), evidence=Evidence("hello", f"Name {user}", keep_s=1e10),
        )  # fmt: skip
        said: list[SeawallError | None] = []
        self.recorder.enact(entry, said.append)
        assert said == [None]

    def case(self) -> CaseLine:
        """Return the one case that all there is has become."""
        lines: dict[str, CaseLine] = {}
        while True:
            taken = self.cases.take(self.clock.now)
            lines.update({change.line.id: change.line for change in taken.changes})
            if not taken.more:
                break
        (line,) = lines.values()
        return line

    def find(self, line: CaseLine) -> CaseLine:
        return self.cases.find(TENANT, line.id)

    # -- what is seen ---------------------------------------------------------------------------

    def changed(self, tenant: str, lines: list[CaseLine]) -> None:
        self.told_of += lines

    def force(self, room: str = "r", user: str = "u") -> dict[str, float | None]:
        """Return what is in force on a user here, by kind."""
        found = self.labels.facts(TENANT, room, user, self.clock.now).user
        return {name: label.until for name, label in found.items()}

    def since(self, number: int) -> list[tuple[str, str | None, float | None]]:
        """Return what servers were told since then."""
        return [(each.kind, each.target.id, each.for_s) for each in self.told[number:]]


def states(shown: DecisionShown) -> list[str]:
    """Return the states of a decision's parts."""
    return [part.state for part in shown.items]
