"""Nukes as people handle them: looked at first, started, stopped, taken back exactly.

Rules:
1. A nuke starts with the token of its preview. One token starts one nuke, however often it is sent:
   the nuke's id is made of it.
2. What was said already becomes the parts of one decision, whose id is the nuke's; what comes is
   judged by `gateway.chat.nukes`. Undo takes back both.
3. Nothing starts that would hit more than its cap, or too large a share of everything said: in all
   rooms together, or with a phrase so short that people say it anyway.
4. Only what is in this gateway's memory is hit of the past (`gateway.chat.recent`).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from gateway.chat.nukes import Nukes as LiveNukes
from gateway.chat.recent import Recent, Said
from gateway.deciding.recipes import Step
from gateway.deciding.tokens import Tokens
from gateway.deciding.unnuking import Unnuking
from gateway.log import log
from gateway.record.nukes import NukeRow, Nukes
from gateway.refusal import Refused, conflict, forbidden, unknown
from gateway.roles import Actor
from gateway.shapes.cases import ContextLine, DecisionLine, DecisionShown, Effect
from gateway.shapes.rooms import NukeBody, NukeList, NukePreview, NukeShown
from seawall.errors import RecordUnavailable, SeawallError
from seawall.fold import fold
from seawall.phrase import Phrase

__all__ = ["SHARE", "Nuking", "Plans"]

SHARE = 0.2
"""More than that of all messages is never meant."""
FEW = 20
"""So few messages are no large share of anything."""
SHOWN = 200
SAMPLE = 10
_FOLDS = 100
"""Texts folded before others have their turn."""
_RETRY_S = 10.0
_WAIT_S = 2.0
_STILL_SHOWN = frozenset({"allow", "mask", "reduced", "restore"})


class Plans(Protocol):
    """Who carries decisions out and takes them back: `gateway.deciding.deciding.Deciding`."""

    async def plan(
        self,
        actor: Actor,
        decision: str,
        choice: str,
        reason: str,
        for_s: float | None,
        steps: Sequence[Step],
    ) -> DecisionShown:
        """Make a plan durable, then begin with it."""

    async def undo(self, actor: Actor, decision: str, reason: str = "") -> DecisionShown:
        """Take a decision back; one that is taken back stays so. Raises Refused."""

    async def lines(self, tenant: str, decisions: Sequence[str]) -> Mapping[str, DecisionLine]:
        """Return how decisions stand."""


class _Look(Struct, frozen=True):
    """What a nuke would hit of what was said, and of how much."""

    hits: list[Said]
    exempt: int
    seen: int

    @property
    def share(self) -> float:
        return len(self.hits) / self.seen if self.seen else 0.0


class Nuking:
    """Nukes of all tenants, as people handle them."""

    def __init__(
        self,
        recent: Recent,
        live: LiveNukes,
        table: Nukes,
        tokens: Tokens,
        plans: Plans,
        unnuking: Unnuking,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.failing = False
        self._recent = recent
        self._live = live
        self._table = table
        self._tokens = tokens
        self._plans = plans
        self._unnuking = unnuking
        self._wall = wall
        self._starting = asyncio.Lock()
        self._undoing: dict[tuple[str, str], tuple[NukeRow, str, str]] = {}
        self._woken = asyncio.Event()
        self._undone = asyncio.Condition()

    async def preview(self, actor: Actor, body: NukeBody) -> NukePreview:
        """Return what would be hit, with the token that starts it."""
        _may(actor)
        phrase = _phrase(body)
        look = await self._look(actor.tenant, body, phrase, self._wall())
        users = {(said.room, said.user) for said in look.hits}
        refused = _refused(body, phrase, look)
        token = "" if refused else self._tokens.give(actor, _wish(body), (len(look.hits),))
        return NukePreview(
            token, _effects(body, look), len(look.hits), len({user for _, user in users}),
            len({room for room, _ in users}), look.exempt, round(look.share, 4),
            [_line(said) for said in _sample(look.hits)], refused,
        )  # fmt: skip

    async def start(self, actor: Actor, body: NukeBody) -> NukeShown:
        """Start what was previewed. Raises Refused, RecordUnavailable."""
        _may(actor)
        phrase, now = _phrase(body), self._wall()
        (shown,) = self._tokens.check(actor, _wish(body), body.preview)
        assert body.preview is not None
        id = f"nk{blake2b(body.preview.encode(), digest_size=10).hexdigest()}"
        async with self._starting:
            row = await self._table.find(actor.tenant, id)
            if row is None:
                row = await self._begin(actor, id, body, phrase, shown, now)
        return (await self._shown(actor.tenant, [row]))[0]

    async def _begin(
        self, actor: Actor, id: str, body: NukeBody, phrase: Phrase, shown: int, now: float
    ) -> NukeRow:
        look = await self._look(actor.tenant, body, phrase, now)
        refused = _refused(body, phrase, look)
        if refused:
            raise conflict("too_broad", refused)
        if len(look.hits) > 2 * shown + FEW:
            raise conflict("preview_changed", "it would hit far more by now: look at it anew")
        row = NukeRow(
            actor.tenant, id, body.room or "", body.phrase, body.action, body.for_s, now,
            now - body.back_s, now + body.ahead_s, body.most, len(look.hits), actor.name,
            body.reason, None, "", now,
        )  # fmt: skip
        await self._table.add(row)
        if row.is_live(now):
            self._live.put(row)
        hits = await self._rest(row, body, phrase, look)
        try:
            choice = f"nuke.{body.action}"
            await self._plans.plan(actor, id, choice, body.reason, body.for_s, _steps(body, hits))
        except (RecordUnavailable, Refused):
            await self._live.end(actor.tenant, id, actor.name)
            raise
        return await self._find(actor, id)

    async def stop(self, actor: Actor, id: str) -> NukeShown:
        """End a nuke; what it did stays done. One that is over stays as it is."""
        _may(actor)
        await self._find(actor, id)
        await self._live.end(actor.tenant, id, actor.name)
        return (await self._shown(actor.tenant, [await self._find(actor, id)]))[0]

    async def undo(self, actor: Actor, id: str, reason: str) -> NukeShown:
        """End a nuke and take back all it did; the rest of a long undo goes on by itself."""
        _may(actor)
        row = await self._find(actor, id)
        await self._live.end(actor.tenant, id, actor.name)
        try:
            await self._plans.undo(actor, id, reason)
        except Refused as refused:
            if refused.status != 404:  # else whoever started it died before its plan
                raise
        key = (actor.tenant, id)
        self._undoing[key] = (row, _by(actor.name), reason)
        self._woken.set()
        try:
            async with asyncio.timeout(_WAIT_S), self._undone:
                await self._undone.wait_for(lambda: key not in self._undoing)
        except TimeoutError:
            log.info("a nuke is being undone", extra={"fields": {"nuke": id}})
        return (await self._shown(actor.tenant, [await self._find(actor, id)]))[0]

    async def all(self, actor: Actor) -> NukeList:
        """Return the tenant's last nukes, the newest first."""
        if not actor.may("rooms.read"):
            raise forbidden("rooms.read")
        return NukeList(await self._shown(actor.tenant, await self._table.all(actor.tenant, SHOWN)))

    async def run(self) -> None:
        """Undo what is to be undone until cancelled; first what a restart left half-done."""
        resumed = False
        while True:
            try:
                if not resumed:
                    await self._resume()
                    resumed = True
                await self._undo_all()
                self.failing = False
            except SeawallError as problem:
                if not self.failing:
                    log.error("a nuke is not undone", extra={"fields": {"why": str(problem)}})
                self.failing = True
            try:
                async with asyncio.timeout(_RETRY_S if self._undoing or not resumed else None):
                    await self._woken.wait()
            except TimeoutError:
                continue
            self._woken.clear()

    async def _resume(self) -> None:
        for row, by, reason in await self._table.undone(self._wall()):
            self._undoing.setdefault((row.tenant, row.id), (row, _by(by), reason))

    async def _undo_all(self) -> None:
        for key, (row, by, reason) in list(self._undoing.items()):
            await self._unnuking.undo(row, by, reason, self._wall())
            async with self._undone:
                del self._undoing[key]
                self._undone.notify_all()

    async def _find(self, actor: Actor, id: str) -> NukeRow:
        row = await self._table.find(actor.tenant, id)
        if row is None:
            raise unknown("nuke")
        return row

    async def _look(self, tenant: str, body: NukeBody, phrase: Phrase, now: float) -> _Look:
        """Look through what was said. Others have their turn in between."""
        hits: list[Said] = []
        seen = exempt = 0
        for said in self._recent.since(tenant, now - body.back_s, body.room):
            seen += 1
            if seen % _FOLDS == 0:
                await asyncio.sleep(0)
            if body.action == "remove" and said.action not in _STILL_SHOWN:
                continue
            if phrase.find(fold(said.text)) is not None:
                exempt += said.exempt
                if not said.exempt:
                    hits.append(said)
        return _Look(hits, exempt, seen)

    async def _rest(self, row: NukeRow, body: NukeBody, phrase: Phrase, look: _Look) -> list[Said]:
        """Add what was said between the look and the start; never more than the cap."""
        known = {(said.event, said.rev) for said in look.hits}
        again = await self._look(row.tenant, body, phrase, row.at)
        more = [
            said
            for said in again.hits
            if (said.event, said.rev) not in known and said.action in _STILL_SHOWN
        ][: row.most - len(look.hits)]
        if more:
            await self._table.count({(row.tenant, row.id): len(more)})
        return [*look.hits, *more]

    async def _shown(self, tenant: str, rows: Sequence[NukeRow]) -> list[NukeShown]:
        lines = await self._plans.lines(tenant, [row.id for row in rows])
        return [_show(row, lines.get(row.id)) for row in rows]


def _by(name: str) -> str:
    return f"moderator:{name}"


def _may(actor: Actor) -> None:
    if not actor.may("rooms.nuke"):
        raise forbidden("rooms.nuke")


def _phrase(body: NukeBody) -> Phrase:
    try:
        return Phrase(body.phrase)
    except ValueError as problem:
        raise Refused(422, "phrase_unseen", str(problem)) from problem


def _wish(body: NukeBody) -> NukeBody:
    return replace(body, preview=None)


def _refused(body: NukeBody, phrase: Phrase, look: _Look) -> str:
    """Return why it may not be done at all."""
    if len(look.hits) > body.most:
        return f"it would hit {len(look.hits)} messages, and {body.most} is the most it may"
    broad = body.room is None or not phrase.is_telling
    if broad and look.share > SHARE and len(look.hits) > FEW:
        return f"it would hit {look.share:.0%} of everything that was said: that is too broad"
    return ""


def _effects(body: NukeBody, look: _Look) -> list[Effect]:
    shown = sum(said.action in _STILL_SHOWN for said in look.hits)
    users = {(said.room, said.user) for said in look.hits}
    effects = [Effect("remove", "message", shown)]
    if body.action != "remove":
        effects.append(Effect(body.action, "user", len(users), body.for_s))
    return effects


def _steps(body: NukeBody, hits: Sequence[Said]) -> list[Step]:
    steps = [
        Step("remove", "message", said.room, said.event, said.rev)
        for said in hits
        if said.action in _STILL_SHOWN
    ]
    if body.action != "remove":
        users = dict.fromkeys((said.room, said.user) for said in hits)
        steps += [Step(body.action, "user", room, user, None, body.for_s) for room, user in users]
    return steps


def _sample(hits: Sequence[Said]) -> list[Said]:
    """Return some of the hits, each text once as far as there are others."""
    first = {said.text: said for said in reversed(hits)}
    rest = [said for said in hits if first[said.text] is not said]
    return [*reversed(first.values()), *rest][:SAMPLE]


def _line(said: Said) -> ContextLine:
    return ContextLine(said.event, said.rev, said.at, said.user, said.name, said.text, said.action)


def _show(row: NukeRow, decision: DecisionLine | None) -> NukeShown:
    return NukeShown(
        row.id, row.room, row.phrase, row.action, row.for_s, row.at, row.since, row.until, row.most,
        row.hits, row.by, row.reason, row.ended, row.ended_by, decision,
    )  # fmt: skip
