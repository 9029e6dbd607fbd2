"""One call takes back all that a decision did, and nothing that anybody else did.

Rules:
1. What the decision did is read from the record, so it works after a restart and on any node.
2. Its labels (of users, rooms and streams) and strikes end. A server is told only what changes for
   it: nothing while another decision's or a person's restriction lasts as long, the time that is
   left where another decision's ends sooner, for_s 0 where none is left.
3. Its message is restored when the decision had kept it from being shown, and so are the parts it
   had removed; not what another decision, not reverted, removed as well.
4. A hold is approved first, because two people may decide it at once; all else becomes durable in
   one entry. Whoever stopped in between repeats the call.
5. A decision is reverted once; whoever asks again hears who did it and when.
6. What a person decided by hand is reverted likewise: a part of it is an event of its own. What a
   part of it had lifted is set again, by an entry of the event that had set it, so that reverting
   that one later still ends it.
7. A revert is taken back by `reinstate`: labels that are not over are set again, messages go away
   again. Strikes and holds stay as the revert left them.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

import msgspec

from gateway.chat.acted import Restored
from gateway.chat.reverting import Ahead, moved_back, put_back, set_again, target_of, undo_labels
from gateway.chat.switches import Orders, Record, See
from gateway.record.away import REINSTATE
from gateway.record.decisions import Decided, Key, SetLabel, SetStrikes
from gateway.record.entry import Entry, StrikeEnd
from gateway.record.holds import Decision, Outcome
from gateway.state.labels import Labels
from seawall.actions import Action, Target
from seawall.errors import SeawallError

__all__ = ["Found", "HoldDecider", "Reverted", "Reverts"]

RECORD_S = 1.0
RELABEL = "relabel"
"""What a `moderator` row says that sets a label of its event again which a person had lifted."""


class Found(Protocol):
    """Where decisions are read back."""

    async def find_all(self, tenant: str, keys: Sequence[Key]) -> dict[Key, Decided]:
        """Return those decisions that are recorded. Raises RecordUnavailable."""


class HoldDecider(Protocol):
    """Ends a hold and tells the servers."""

    async def __call__(
        self, tenant: str, ref: str, rev: int, outcome: Outcome, by: str, at: float
    ) -> Decision | None:
        """End it; None for an unknown one."""


class Reverted(msgspec.Struct, frozen=True):
    """A decision that is taken back. `fresh` is False when somebody had done it before.

    `commands` are what servers were told now, `labels` and `strikes` count what ended.
    """

    event: str
    rev: int
    by: str
    at: float
    reason: str
    fresh: bool
    hold: str | None = None
    commands: tuple[Action, ...] = ()
    labels: int = 0
    strikes: int = 0


class _Undoing(msgspec.Struct, frozen=True):
    """What one revert records, in this order, and what it will say once that is durable."""

    entries: tuple[Entry, ...]
    done: Reverted
    strikes: tuple[SetStrikes, ...]


class Reverts:
    """Takes decisions back, one call at a time."""

    def __init__(
        self,
        decisions: Found,
        decide_hold: HoldDecider,
        labels: Labels,
        orders: Orders,
        record: Record,
        restored: Restored,
        changed: Callable[[str], None],
        see: See | None = None,
    ) -> None:
        """`changed` is told the tenant whose labels have changed."""
        self._see = see
        self._decisions = decisions
        self._decide_hold = decide_hold
        self._labels = labels
        self._orders = orders
        self._record = record
        self._restored = restored
        self._changed = changed
        self._one = asyncio.Lock()

    async def revert(
        self, tenant: str, event: str, rev: int, by: str, reason: str, now: float
    ) -> Reverted | None:
        """Take a decision back; None when none is recorded for that event.

        Raises RecordUnavailable: then nothing but the hold has changed.
        """
        done = (await self.revert_all(tenant, [(event, rev)], by, reason, now))[event, rev]
        if isinstance(done, SeawallError):
            raise done
        return done

    async def revert_all(
        self, tenant: str, keys: Sequence[Key], by: str, reason: str, now: float
    ) -> dict[Key, Reverted | SeawallError | None]:
        """Take many decisions back, each by an entry of its own: some may fail, and say why.

        Raises RecordUnavailable when they cannot be looked up.
        """
        async with self._one:
            found = await self._decisions.find_all(tenant, keys)
            results: dict[Key, Reverted | SeawallError | None] = {}
            undoing: dict[Key, _Undoing] = {}
            ahead = Ahead(self._labels)
            plans: list[tuple[Key, Decided, str | None]] = []
            for key in dict.fromkeys(keys):
                decided = found.get(key)
                results[key] = None
                if decided is None:
                    continue
                if decided.undone is not None:
                    was = decided.undone
                    results[key] = Reverted(*key, was.by, was.at, was.reason, fresh=False)
                    continue
                plans.append((key, decided, await self._approve(tenant, key, decided, by, now)))
            await self._look(tenant, {key: decided for key, decided, _ in plans})
            for key, decided, hold in plans:
                undoing[key] = self._plan(tenant, key, decided, hold, by, reason, now, ahead)
            return {**results, **await self._do(tenant, undoing, now)}

    async def reinstate(
        self, tenant: str, event: str, rev: int, by: str, reason: str, now: float
    ) -> bool:
        """Take a revert back; False when there is none that stands.

        Raises RecordUnavailable: then nothing has changed.
        """
        key = (event, rev)
        async with self._one:
            found = (await self._decisions.find_all(tenant, [key])).get(key)
            if found is None or found.undone is None:
                return False
            reverted = found.undone.at
            at = max(now, reverted + 1e-6, *(label.set_at for label in found.ended))
            gone = [
                msgspec.structs.replace(label, by="")
                for label in found.ended
                if label.set_at == reverted
            ]
            rows, actions = set_again(self._labels, tenant, gone, at)
            actions = (*moved_back(event, rev, found), *actions)
            await self._see_all(tenant, actions)
            commands = self._orders.prepare(tenant, actions, REINSTATE, at)
            entry = Entry(
                "moderator", tenant, event, at, REINSTATE, rev, found.room, actions=actions,
                rule=reason, by=by, commands=commands, labels=rows,
            )  # fmt: skip
            await self._record.record(entry, RECORD_S)
            self._enforce(entry, now)
            self._changed(tenant)
            return True

    async def _approve(
        self, tenant: str, key: Key, found: Decided, by: str, now: float
    ) -> str | None:
        """Approve the hold that a verdict made; return how it ended, whoever ended it."""
        if found.action != "hold" or found.by_hand:
            return None
        decision = await self._decide_hold(tenant, *key, "approved", by, now)
        return None if decision is None else decision.held.outcome

    def _plan(
        self,
        tenant: str,
        key: Key,
        found: Decided,
        hold: str | None,
        by: str,
        reason: str,
        now: float,
        ahead: Ahead,
    ) -> _Undoing:
        mine = (*found.labels, *found.ended)
        at = max(now, *(label.set_at for label in mine), found.at)
        rows, actions = undo_labels(ahead, tenant, found.labels, by, at)
        ahead.put(tenant, rows, at)
        relabels: list[Entry] = []
        if found.by_hand:
            relabels = self._relabels(tenant, key, found, by, reason, at, ahead)
        actions = (*put_back(*key, found, hold), *actions)
        ends = tuple(StrikeEnd(each.user, *key) for each in found.strikes)
        users = [each.user for each in found.strikes]
        users += [each.id for each in mine if each.kind == "user"]
        entry = Entry(
            "revert", tenant, key[0], at, "revert", key[1], found.room, next(iter(users), ""),
            actions=actions, rule=reason, by=by,
            commands=self._orders.prepare(tenant, actions, "revert", at),
            labels=rows, strike_ends=ends,
        )  # fmt: skip
        told = (*actions, *(action for each in relabels for action in each.actions))
        strikes = sum(each.strikes for each in found.strikes)
        labels = len(rows) + sum(len(each.labels) for each in relabels)
        done = Reverted(*key, by, at, reason, True, hold, told, labels, strikes)
        return _Undoing((*relabels, entry), done, found.strikes)

    def _relabels(
        self,
        tenant: str,
        key: Key,
        found: Decided,
        by: str,
        reason: str,
        at: float,
        ahead: Ahead,
    ) -> list[Entry]:
        """Return entries that set again what a lift had ended, each of the event that had set it.

        So that reverting that one later ends it.
        """
        by_event: dict[Key, list[SetLabel]] = defaultdict(list)
        for label in found.ended:
            by_event[_event_of(label.label) or key].append(label)
        entries = []
        for (event, rev), labels in by_event.items():
            rows, actions = set_again(ahead, tenant, labels, at)
            ahead.put(tenant, rows, at)
            user = next((each.id for each in labels if each.kind == "user"), "")
            entry = Entry(
                "moderator", tenant, event, at, RELABEL, rev, found.room, user, actions=actions,
                rule=reason, by=by, ref=key[0],
                commands=self._orders.prepare(tenant, actions, "revert", at), labels=rows,
            )  # fmt: skip
            if rows:
                entries.append(entry)
        return entries

    async def _do(
        self, tenant: str, undoing: dict[Key, _Undoing], now: float
    ) -> dict[Key, Reverted | SeawallError]:
        """Record all of it, and let happen what became durable."""
        entries = [entry for each in undoing.values() for entry in each.entries]
        said = await asyncio.gather(
            *(self._record.record(entry, RECORD_S) for entry in entries), return_exceptions=True
        )
        problems: dict[int, SeawallError] = {}
        for entry, problem in zip(entries, said, strict=True):
            if isinstance(problem, SeawallError):
                problems[id(entry)] = problem
            elif problem is not None:
                raise problem
            else:
                self._enforce(entry, now)
        if len(problems) < len(entries):
            self._changed(tenant)
        results: dict[Key, Reverted | SeawallError] = {}
        for key, each in undoing.items():
            failed = [problems[id(entry)] for entry in each.entries if id(entry) in problems]
            results[key] = failed[0] if failed else each.done
            for struck in () if failed else each.strikes:
                self._labels.unstrike(tenant, struck.user, *key, struck.at)
        return results

    def _enforce(self, entry: Entry, now: float) -> None:
        """Put in force what is durable."""
        tenant = entry.tenant
        self._labels.put(tenant, entry.labels, entry.at)
        for action in entry.actions:
            if action.kind == "restore":
                self._restored.add(tenant, action.target.id or "", now)
            elif action.target.kind == "message":
                self._restored.remove(tenant, action.target.id or "")
        self._orders.send(tenant, entry.commands)

    async def _look(self, tenant: str, found: Mapping[Key, Decided]) -> None:
        """Learn of other gateways' commands for what these decisions were about."""
        if self._see is not None:
            targets = {
                target
                for (event, rev), each in found.items()
                for target in (
                    Target("message", each.room, event, rev),
                    *each.removed,
                    *each.restored,
                    *(target_of(label) for label in (*each.labels, *each.ended)),
                )
            }
            await self._see(tenant, targets)

    async def _see_all(self, tenant: str, actions: Iterable[Action]) -> None:
        if self._see is not None:
            await self._see(tenant, [action.target for action in actions])


def _event_of(label: str) -> Key | None:
    """Return the event whose decision set a row; None for a person's word without one."""
    _, decided, rest = label.partition(":")
    rev, _, event = rest.partition(":")
    return (event, int(rev)) if decided and event and rev.isdecimal() else None
