"""Live nukes: a phrase that is acted on wherever it is said, until its time or its cap is over.

Rules:
1. A nuke is one more rule, called `nuke.<id>`, laid over the policy in force: the same pure
   decision is made with it, so journal, notices, commands and undo are those of any verdict. A
   tenant without a live nuke pays one look into a dict.
2. What is kept from being shown anyway is left to the rule that does so; then a nuke adds only what
   it does to the user. Moderators, hosts and staff are exempt.
3. A nuke ends by itself at its time, and once it has hit `most`. Hits are added up over gateways
   once a second, so that N gateways may hit more: what the others did in that second.
4. The table is the truth, read each second and when woken; what is live survives a restart.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

import msgspec

from gateway.chat.outbox import Waker
from gateway.log import log
from gateway.record.nukes import CAP, NukeRow, Nukes as NukeTable
from seawall.decide import State, decide
from seawall.errors import RecordUnavailable
from seawall.events import PRIVILEGED_ROLES, Message
from seawall.fold import Folded, fold
from seawall.phrase import Phrase
from seawall.policy.model import Effect, Env, Policy, Rule
from seawall.signals import Signal, Signals, Span
from seawall.taxonomy import Severity
from seawall.verdicts import Verdict

__all__ = ["CATEGORY", "SURFACES", "LiveNuke", "Nukes", "effects_of", "rule_of", "unnuked"]

POLL_S = 1.0
LEAST_S = 0.05
CATEGORY = "flood"
SURFACES = frozenset({"chat", "post", "comment", "title"})
_AWAY = frozenset({"block", "hold", "remove"})
_DETECTOR = "nuke"
_OVERLAYS = 16


def rule_of(nuke: str) -> str:
    """Return the name of the rule that a nuke is."""
    return f"nuke.{nuke}"


def effects_of(action: str, for_s: float | None) -> tuple[Effect, ...]:
    """Return what a nuke does to a message that comes: it is not shown, its author may be muted."""
    unshown = Effect("message", "block")
    return (unshown,) if action == "remove" else (unshown, Effect("user", action, for_s))


class LiveNuke:
    """One nuke that acts on what comes. Raises ValueError for a phrase that cannot be seen."""

    __slots__ = ("fresh", "phrase", "row", "rule", "unshown")

    def __init__(self, row: NukeRow, fresh: int = 0) -> None:
        """`fresh` hits are ours and not yet in the row."""
        self.row = row
        self.fresh = fresh
        self.phrase = Phrase(row.phrase)
        effects = effects_of(row.action, row.for_s)
        self.rule = _rule(row.id, effects)
        others = tuple(effect for effect in effects if effect.track == "user")
        self.unshown = _rule(row.id, others) if others else None
        """The rule for what is not shown anyway."""

    @property
    def left(self) -> int:
        """Count the hits it may still make."""
        return self.row.most - self.row.hits - self.fresh

    def find(self, event: Message, folded: Folded) -> Span | None:
        """Return where the phrase stands in a message that this nuke is about."""
        row = self.row
        if event.at >= row.until or self.left <= 0 or (row.room and row.room != event.room):
            return None
        return self.phrase.find(folded)


class Nukes:
    """The live nukes of one gateway. `run` is the task that keeps them in step with the table."""

    def __init__(
        self,
        table: NukeTable,
        wake: Waker | None = None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.failing = False
        self.live: dict[str, list[LiveNuke]] = {}
        """By tenant, the newest first; a tenant without one is not here."""
        self._table = table
        self._wake = wake
        self._wall = wall
        self._overlays: dict[tuple[int, tuple[int, ...]], tuple[Policy, list[Rule], Policy]] = {}
        self._changes = 0
        self._full: set[tuple[str, str]] = set()
        self._woken = asyncio.Event()
        if wake is not None:
            wake.on("nukes", lambda _tenant: self._woken.set())

    # -- the way of a message -------------------------------------------------------------------

    def judge(
        self, event: Message, verdict: Verdict, signals: Signals, state: State, policy: Policy
    ) -> Verdict:
        """Return the verdict as live nukes make it; call it for tenants in `live` only."""
        if event.surface not in SURFACES or not event.user.roles.isdisjoint(PRIVILEGED_ROLES):
            return verdict
        folded = fold(event.text)
        away = verdict.action in _AWAY
        hit: list[tuple[LiveNuke, Rule, Span]] = []
        for nuke in self.live[event.tenant]:
            rule = nuke.unshown if away else nuke.rule
            if rule is None or (away and nuke.row.action in state.facts.user):
                continue
            span = nuke.find(event, folded)
            if span is not None:
                hit.append((nuke, rule, span))
        if not hit:
            return verdict
        for nuke, _, _ in hit:
            self._count(nuke)
        found = [
            Signal(rule.name, 1.0, _DETECTOR, CATEGORY, Severity.LOW, span) for _, rule, span in hit
        ]
        laid_over = self._overlay(policy, [rule for _, rule, _ in hit])
        return decide(event, signals.joined(found), state, laid_over)

    def _count(self, nuke: LiveNuke) -> None:
        nuke.fresh += 1
        if nuke.left <= 0:
            self._full.add((nuke.row.tenant, nuke.row.id))
            self._woken.set()

    def _overlay(self, policy: Policy, rules: list[Rule]) -> Policy:
        """Return the policy with rules more; its version stays: they are not of its content."""
        key = (id(policy), tuple(map(id, rules)))
        known = self._overlays.get(key)
        if known is None:
            if len(self._overlays) >= _OVERLAYS:
                self._overlays.clear()
            more = {rule.name: (rule,) for rule in rules}
            laid_over = msgspec.structs.replace(policy, by_signal={**policy.by_signal, **more})
            known = self._overlays[key] = (policy, rules, laid_over)  # kept: an id is used again
        return known[2]

    # -- in step with the table -----------------------------------------------------------------

    def put(self, row: NukeRow) -> None:
        """Take in a nuke that is durable, at once, and tell the other gateways."""
        self._changes += 1
        rest = [nuke for nuke in self.live.get(row.tenant, []) if nuke.row.id != row.id]
        self._set(row.tenant, [LiveNuke(row), *rest])
        if self._wake is not None:
            self._wake.publish("nukes", row.tenant)

    async def end(self, tenant: str, id: str, by: str) -> bool:
        """End a nuke, here at once and durably; say whether this did. Raises RecordUnavailable."""
        self._changes += 1
        ended = await self._table.end(tenant, id, by, self._wall())
        self._changes += 1
        await self._write_hits()
        self._set(tenant, [nuke for nuke in self.live.get(tenant, []) if nuke.row.id != id])
        if self._wake is not None:
            self._wake.publish("nukes", tenant)
        return ended

    async def load(self) -> None:
        """Read what is live, before the first message. Raises RecordUnavailable."""
        await self._look()

    async def run(self) -> None:
        """Keep in step with the table until cancelled."""
        while True:
            await self.attempt()
            await asyncio.sleep(LEAST_S)
            with suppress(TimeoutError):  # nobody woke us: it is time anyway
                async with asyncio.timeout(POLL_S):
                    await self._woken.wait()
            self._woken.clear()

    async def attempt(self) -> bool:
        """Write hits, end what is full, read what is live; False when the database is gone."""
        try:
            await self._write_hits()
            await self._end_full()
            await self._look()
        except RecordUnavailable as problem:
            if not self.failing:
                log.error("nukes cannot be read", extra={"fields": {"why": str(problem)}})
            self.failing = True
            return False
        self.failing = False
        return True

    async def close(self) -> None:
        """Write the hits that are not written yet."""
        with suppress(RecordUnavailable):  # then they are counted too few, and nothing else
            await self._write_hits()

    async def _write_hits(self) -> None:
        fresh = {(tenant, nuke.row.id): nuke for tenant, some in self.live.items() for nuke in some}
        counts = Counter({key: nuke.fresh for key, nuke in fresh.items() if nuke.fresh})
        if not counts:
            return
        for key, count in counts.items():  # first: two may be about to write
            _move(fresh[key], count)
        try:
            await self._table.count(counts)
        except BaseException:
            for key, count in counts.items():
                _move(fresh[key], -count)
            raise

    async def _end_full(self) -> None:
        for tenant, id in sorted(self._full):
            if await self._table.end(tenant, id, CAP, self._wall()):
                log.warning("nuke ended: it has hit its cap", extra={"fields": {"nuke": id}})
            self._changes += 1
            self._full.discard((tenant, id))
            if self._wake is not None:
                self._wake.publish("nukes", tenant)

    async def _look(self) -> None:
        changes = self._changes
        rows = await self._table.live(self._wall())
        if changes != self._changes:  # one was started or ended meanwhile: this is the past
            self._woken.set()
            return
        known = {(tenant, nuke.row.id): nuke for tenant, some in self.live.items() for nuke in some}
        fresh: dict[str, list[LiveNuke]] = {}
        for row in rows:
            nuke = known.get((row.tenant, row.id))
            if nuke is None:
                try:
                    nuke = LiveNuke(row)
                except ValueError:
                    log.error("a nuke's phrase is unknown", extra={"fields": {"nuke": row.id}})
                    continue
            nuke.row = row
            fresh.setdefault(row.tenant, []).append(nuke)
        for tenant in {*self.live, *fresh}:
            self._set(tenant, fresh.get(tenant, []))

    def _set(self, tenant: str, nukes: list[LiveNuke]) -> None:
        if nukes:
            self.live[tenant] = nukes
        else:
            self.live.pop(tenant, None)
            self._overlays.clear()


def unnuked(
    _event: Message, verdict: Verdict, _signals: Signals, _state: State, _policy: Policy
) -> Verdict:
    """Return the verdict as it is, where there are no nukes."""
    return verdict


def _rule(nuke: str, effects: tuple[Effect, ...]) -> Rule:
    name = rule_of(nuke)
    return Rule(
        name, CATEGORY, Severity.LOW, SURFACES, "", _always, frozenset({name}), True, effects,
        exempt=PRIVILEGED_ROLES, where="a moderator's nuke", braked=False,
    )  # fmt: skip


def _move(nuke: LiveNuke, count: int) -> None:
    """Reckon hits as the table's instead of ours alone."""
    nuke.fresh -= count
    nuke.row = msgspec.structs.replace(nuke.row, hits=nuke.row.hits + count)


def _always(_env: Env) -> bool:
    return True
