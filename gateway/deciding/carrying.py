"""Decisions are carried out part by part, and taken back part by part, whoever began it.

Rules:
1. A part whose event is in the journal is done: it is not done again, whichever gateway goes on.
2. Parts go in groups; after each its states are written and the lease is renewed. Whoever finds
   that another gateway has taken the decision over stops.
3. What cannot be recorded now stays planned and the decision under way: `run` goes on with it.
   What can never be done is `failed`, with the reason, and keeps nothing else from being done.
4. A hold cannot be decided again: undoing its part removes or restores the message instead, as an
   event `<decision>.<n>.undo`. A veto stays, and what was only said stays said.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Literal, cast

from msgspec.structs import replace

from gateway.chat.reverts import Reverted
from gateway.deciding.enacting import Context, Enactor, Wanted
from gateway.deciding.ports import Holds, Reverting, Streams
from gateway.deciding.rows import DecisionRow, Settled, part_event
from gateway.deciding.store import DecisionStore
from gateway.record.decisions import Key
from gateway.shapes.cases import CaseLine, Part
from gateway.stream.moderating import Kind
from seawall.actions import Target
from seawall.errors import OurFault, RecordUnavailable, SeawallError

__all__ = ["LEASE_S", "Carrying", "Left"]

LEASE_S = 15.0
"""How long a node has for one group of parts before another goes on with the decision."""
GROUP = 100
SPILLED_S = 60.0
"""How long a part that is done may be missing in the journal before that counts as never."""
_UNSAID = {
    "warn": "a warning was said, and stays said",
    "verify": "it was asked, and stays asked",
    "kick": "a kick is over at once: they may come back",
}
_AS = "recorded as "


class Left(Exception):
    """Parts are left to do: the record did not take them now, or another node goes on."""


class Carrying:
    """Carries decisions out and back. `streams` None: this gateway takes in no streams."""

    def __init__(
        self,
        store: DecisionStore,
        enactor: Enactor,
        holds: Holds,
        reverts: Reverting,
        streams: Streams | None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._enactor = enactor
        self._holds = holds
        self._reverts = reverts
        self._streams = streams
        self._wall = wall

    async def apply(
        self, row: DecisionRow, parts: Sequence[Part], line: CaseLine | None, *, again: bool
    ) -> None:
        """Do what is planned. `again`: somebody may have done some of it, and died.

        Raises Left, or RecordUnavailable.
        """
        context = _context(row, line, f"moderator:{row.by}")
        done = {part.n: part.state for part in parts}
        for group in _groups([part for part in parts if part.state == "planned"]):
            settled = await self._do(context, row, group, again)
            await self._write(row, parts, done, settled)
            if len(settled) < len(group):
                raise Left
        if not await asyncio.to_thread(self._store.applied, row):
            raise Left

    async def undo(
        self, row: DecisionRow, parts: Sequence[Part], line: CaseLine | None
    ) -> CaseLine | None:
        """Take back what was done, the last first; return the case if it waits again.

        Raises Left, or RecordUnavailable.
        """
        context = _context(row, line, f"moderator:{row.undone_by}")
        done = {part.n: part.state for part in parts}
        rest = [part for part in reversed(parts) if part.state in ("done", "planned")]
        for group in _groups(rest):
            settled = await self._undo(context, row, group)
            await self._write(row, parts, done, settled)
            if len(settled) < len(group):
                raise Left
        return await asyncio.to_thread(self._store.undone, row, self._wall())

    async def _write(
        self,
        row: DecisionRow,
        parts: Sequence[Part],
        states: dict[int, str],
        settled: Sequence[Settled],
    ) -> None:
        states.update({each.n: each.state for each in settled})
        counts = [states[part.n] for part in parts]
        told = (counts.count("done"), counts.count("failed"))
        leased = self._wall() + LEASE_S
        if not await asyncio.to_thread(self._store.note, row, settled, leased, told):
            raise Left

    # -- forward --------------------------------------------------------------------------------

    async def _do(
        self, context: Context, row: DecisionRow, group: Sequence[Part], again: bool
    ) -> list[Settled]:
        """Do some parts; what is left out could not be recorded now."""
        events = {part.n: part_event(row.id, part.n) for part in group}
        known: set[str] = set()
        if again:
            known = await asyncio.to_thread(self._store.recorded, row.tenant, list(events.values()))
        settled: list[Settled] = []
        wanted: dict[int, Wanted] = {}
        reverts: dict[int, Key] = {}
        for part in group:
            event = events[part.n]
            if event in known or self._enactor.made(row.tenant, event):
                settled.append(Settled(part.n, "done"))
            elif part.kind == "revert":
                reverts[part.n] = (part.id, part.rev or 0)
            elif part.kind in ("approve", "deny"):
                settled += await self._hold(context, part, again)
            elif part.target == "stream":
                settled += await self._stream(context, row, part)
            else:
                target = Target(part.target, part.room, part.id, part.rev)
                wanted[part.n] = Wanted(event, part.kind, target, part.for_s)
        settled += await self._enact(context, wanted)
        settled += await self._revert(context, row, reverts, again)
        return settled

    async def _enact(self, context: Context, wanted: dict[int, Wanted]) -> list[Settled]:
        if not wanted:
            return []
        said = await self._enactor.enact(context, list(wanted.values()), self._wall())
        settled = []
        for n, each in wanted.items():
            problem = said.get(each.event, RecordUnavailable("not durable in time"))
            if problem is None:
                settled.append(Settled(n, "done"))
            elif isinstance(problem, OurFault):
                settled.append(Settled(n, "failed", str(problem)))
        return settled

    async def _hold(self, context: Context, part: Part, again: bool) -> list[Settled]:
        outcome: Literal["approved", "denied"] = "approved" if part.kind == "approve" else "denied"
        rev = part.rev or 0
        decision = await self._holds.decide(
            context.tenant, part.id, rev, outcome, context.by, self._wall()
        )
        if decision is None:
            return [Settled(part.n, "failed", "it is not held any more")]
        held = decision.held
        ours = again and held.by == context.by and held.outcome == outcome
        if decision.fresh or ours:
            return [Settled(part.n, "done")]
        return [Settled(part.n, "failed", f"{held.by} was first: {held.outcome}")]

    async def _stream(self, context: Context, row: DecisionRow, part: Part) -> list[Settled]:
        if self._streams is None:
            return [Settled(part.n, "failed", "this gateway takes in no streams")]
        if part.kind == "veto":
            reason = row.reason
            found = await self._streams.veto(context.tenant, part.id, context.by, reason)
            why = "" if found is not None else "no cut waits any more"
            return [Settled(part.n, "failed" if why else "done", why)]
        try:
            acted = await self._streams.act(
                context.tenant, part.id, part.room, cast(Kind, part.kind), part.for_s, context.by,
                context.rule or row.reason,
            )  # fmt: skip
        except OurFault as problem:
            return [Settled(part.n, "failed", str(problem))]
        return [Settled(part.n, "done", f"{_AS}{acted.event}")]

    async def _revert(
        self, context: Context, row: DecisionRow, keys: dict[int, Key], again: bool
    ) -> list[Settled]:
        if not keys:
            return []
        reason = row.reason or row.choice
        found = await self._reverts.revert_all(
            context.tenant, list(keys.values()), context.by, reason, self._wall()
        )
        settled = []
        for n, key in keys.items():
            state = _reverted(found.get(key), context.by if again else "")
            if state is not None:
                settled.append(replace(state, n=n))
        return settled

    # -- backward -------------------------------------------------------------------------------

    async def _undo(
        self, context: Context, row: DecisionRow, group: Sequence[Part]
    ) -> list[Settled]:
        """Take some parts back; what is left out could not be recorded now."""
        settled: list[Settled] = []
        keys: dict[int, Key] = {}
        whys: dict[int, str] = {}
        opposite: dict[int, Wanted] = {}
        for part in group:
            event = part_event(row.id, part.n)
            if part.state == "planned":
                settled.append(Settled(part.n, "undone", "it had not been done"))
            elif part.kind == "veto":
                settled.append(Settled(part.n, "failed", "a veto stays: cut by hand if need be"))
            elif part.kind in ("approve", "deny"):
                back = "remove" if part.kind == "approve" else "restore"
                target = Target("message", part.room, part.id, part.rev)
                opposite[part.n] = Wanted(f"{event}.undo", back, target)
            elif part.kind == "revert":
                settled += await self._reinstate(context, row, part)
            else:
                keys[part.n] = (event, 0)
                if part.target == "stream":
                    keys[part.n] = (part.why.removeprefix(_AS), 0)
                whys[part.n] = "" if part.for_s else _UNSAID.get(part.kind, "")
        settled += await self._take_back(context, row, keys, whys)
        return settled + await self._oppose(context, opposite)

    async def _reinstate(self, context: Context, row: DecisionRow, part: Part) -> list[Settled]:
        why = row.undo_reason or f"undo of {row.id}"
        now = self._wall()
        key = (part.id, part.rev or 0)
        if await self._reverts.reinstate(context.tenant, *key, context.by, why, now):
            return [Settled(part.n, "undone", "its strikes stay taken back")]
        return [Settled(part.n, "undone", "its revert did not stand any more")]

    async def _take_back(
        self, context: Context, row: DecisionRow, keys: dict[int, Key], whys: dict[int, str]
    ) -> list[Settled]:
        if not keys:
            return []
        why = row.undo_reason or f"undo of {row.id}"
        found = await self._reverts.revert_all(
            context.tenant, list(keys.values()), context.by, why, self._wall()
        )
        settled = []
        for n, key in keys.items():
            said = found.get(key)
            if isinstance(said, OurFault):
                settled.append(Settled(n, "failed", str(said)))
            elif said is None:
                # It may lie in a spill that is not in the database yet: then later.
                late = self._wall() - (row.undone or 0.0) > SPILLED_S
                if late and not self._enactor.made(context.tenant, key[0]):
                    settled.append(Settled(n, "failed", "nothing of it is recorded"))
            elif isinstance(said, Reverted):
                settled.append(Settled(n, "undone", whys[n]))
        return settled

    async def _oppose(self, context: Context, opposite: dict[int, Wanted]) -> list[Settled]:
        if not opposite:
            return []
        events = [each.event for each in opposite.values()]
        known = await asyncio.to_thread(self._store.recorded, context.tenant, events)
        rest = {n: each for n, each in opposite.items() if each.event not in known}
        said = await self._enact(context, rest)
        done = opposite.keys() - rest.keys() | {each.n for each in said if each.state == "done"}
        whys = {n: f"a hold ends once: {opposite[n].kind} instead" for n in sorted(done)}
        failed = [each for each in said if each.state != "done"]
        return [*(Settled(n, "undone", why) for n, why in whys.items()), *failed]


def _reverted(said: Reverted | SeawallError | None, by: str) -> Settled | None:
    """Return what became of a part that takes a decision back; None: not now."""
    if said is None:
        return Settled(0, "failed", "no decision is recorded for it")
    if isinstance(said, OurFault):
        return Settled(0, "failed", str(said))
    if isinstance(said, SeawallError):
        return None
    if said.fresh or (by and said.by == by):
        return Settled(0, "done")
    return Settled(0, "failed", f"{said.by} was first and took it back")


def _context(row: DecisionRow, line: CaseLine | None, by: str) -> Context:
    if line is None:
        return Context(row.tenant, by)
    return Context(row.tenant, by, line.id, line.rule, line.category or "flood", line.severity)


def _groups(parts: Sequence[Part]) -> Iterator[Sequence[Part]]:
    return (parts[start : start + GROUP] for start in range(0, len(parts), GROUP))
