"""What people decide: offered, previewed, made durable as a whole, carried out, taken back.

Rules:
1. A decision's plan and its case's end become durable in one transaction; where the database is
   gone nothing has happened and whoever decided is told. What is planned is carried out, by this
   gateway or by another one after it.
2. No case is decided twice. Whoever comes later is told what stands; the same person who decides
   the same again is told the same decision.
3. What hits more than one event, bans or cuts needs a preview that showed just that.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from secrets import token_hex

from msgspec.structs import replace

from gateway.cases.claims import why_not_see
from gateway.deciding.archive import Archive
from gateway.deciding.byhand import by_hand, choice_of
from gateway.deciding.offering import Offering, Wish
from gateway.deciding.recipes import MOST_STEPS, Plan, Step
from gateway.deciding.rows import DecisionRow, shown
from gateway.deciding.searching import Asked
from gateway.deciding.store import DecisionStore, Grown
from gateway.deciding.working import Heard, Working
from gateway.refusal import Refused, conflict, forbidden
from gateway.roles import Actor
from gateway.shapes.cases import (
    BulkBody,
    BulkPreview,
    BulkPreviewBody,
    CaseLine,
    Choice,
    DecideBody,
    DecisionLine,
    DecisionPage,
    DecisionShown,
    Member,
    Part,
    Preview,
    UserView,
)
from gateway.shapes.rooms import ActBody
from seawall.errors import RecordUnavailable

__all__ = ["Deciding"]

_TRIES = 5

_Seen = tuple[Plan, Sequence[Member]]


class Deciding:
    """Decisions as people make them. Raises Refused and RecordUnavailable: nothing has happened."""

    def __init__(
        self,
        store: DecisionStore,
        offering: Offering,
        working: Working,
        archive: Archive,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._offering = offering
        self._working = working
        self._archive = archive
        self._wall = wall

    @property
    def heard(self) -> list[Heard]:
        """Who is told (tenant, decision) of each that was carried out or taken back."""
        return self._working.heard

    async def run(self) -> None:
        """Go on with what was left half-done, until cancelled."""
        await self._working.run()

    async def attempt(self) -> bool:
        """Look once for what was left half-done; False when the database is gone."""
        return await self._working.attempt()

    async def close(self) -> None:
        """End what is under way, which another gateway goes on with, and let the database go."""
        await self._working.close()
        self._store.close()

    # -- what may be decided --------------------------------------------------------------------

    def choices(self, actor: Actor, case: CaseLine, members: Sequence[Member]) -> list[Choice]:
        """Return what may be decided, counted from these events, the first choice first."""
        return self._offering.choices(actor, case, members)

    async def offer(self, actor: Actor, case: CaseLine) -> list[Choice]:
        """Return what may be decided, counted from all events of the case."""
        _, members = await asyncio.to_thread(self._store.case, actor.tenant, case.id)
        return self._offering.choices(actor, case, members)

    async def preview(self, actor: Actor, case: str, choice: str, for_s: float | None) -> Preview:
        """Say what a choice would hit."""
        line, members = await self._look(actor, case)
        seen = (self._offering.find(actor, line, members, choice, for_s), members)
        return self._offering.preview(actor, Wish((case,), choice, for_s), [seen])

    # -- deciding -------------------------------------------------------------------------------

    async def decide(self, actor: Actor, case: str, body: DecideBody) -> DecisionShown:
        """Decide a case; 409 with what stands where somebody was first."""
        for _ in range(_TRIES):
            line, members = await self._look(actor, case)
            if line.state == "decided":
                return await self._stands(actor, line, body.choice)
            made = self._offering.find(actor, line, members, body.choice, body.for_s)
            wish = Wish((case,), body.choice, body.for_s)
            if made.refused:
                fresh = self._offering.preview(actor, wish, [(made, members)])
                raise Refused(422, "refused", made.refused, fresh)
            if self._offering.confirms(line, made):
                fresh = self._offering.preview(actor, wish, [(made, members)])
                self._offering.check(actor, wish, made.steps, body.preview, fresh)
            try:
                return await self._settle(actor, line, made, body)
            except Grown:
                continue
        raise conflict("changed", "the case grows faster than it can be decided: try again")

    async def _settle(
        self, actor: Actor, line: CaseLine, made: Plan, body: DecideBody
    ) -> DecisionShown:
        """Make a plan durable, and carry it out."""
        row = self._row(actor, line.id, body.choice, body.reason, body.for_s, made.steps)
        try:
            settled = await asyncio.to_thread(
                self._store.settle, actor, line, row, made.steps, row.at
            )
        except Refused as refused:
            standing = refused.shown
            if refused.code == "already_decided" and isinstance(standing, CaseLine):
                return await self._stands(actor, standing, body.choice)
            raise
        self._working.changed(actor.tenant, settled)
        return await self._carry(row, _planned(made.steps), settled)

    async def _stands(self, actor: Actor, line: CaseLine, choice: str) -> DecisionShown:
        """Return what stands to whoever decided it just so; tell others who was first."""
        row, parts = await asyncio.to_thread(self._store.find, actor.tenant, line.decision)
        stands = DecisionShown(shown(row), parts, fresh=False)
        if (line.decided_by, line.choice) == (actor.name, choice):
            return stands
        told = f"{line.decided_by} was first and decided: {line.choice}"
        raise conflict("already_decided", told, stands)

    # -- many cases at once ---------------------------------------------------------------------

    async def preview_bulk(self, actor: Actor, body: BulkPreviewBody) -> BulkPreview:
        """Say what one choice would do to many cases, and in which it cannot be made."""
        seen, skipped = await self._bulk(actor, body.cases, body.choice, body.for_s)
        return self._bulk_shown(actor, body.cases, body.choice, body.for_s, seen, skipped)

    async def decide_bulk(self, actor: Actor, body: BulkBody) -> list[DecisionShown]:
        """Decide many cases, each by a decision of its own; those it cannot be made in are left."""
        seen, skipped = await self._bulk(actor, body.cases, body.choice, body.for_s)
        fresh = self._bulk_shown(actor, body.cases, body.choice, body.for_s, seen, skipped)
        if fresh.preview.refused:
            raise Refused(422, "refused", fresh.preview.refused, fresh)
        wish = Wish(tuple(body.cases), body.choice, body.for_s)
        steps = [step for made, _ in seen.values() for step in made.steps]
        self._offering.check(actor, wish, steps, body.preview, fresh)
        done = []
        one = DecideBody(body.choice, body.for_s, body.reason)
        for case, (made, members) in seen.items():
            try:
                line, now = await self._look(actor, case)
                if [each.event for each in now] != [each.event for each in members]:
                    continue  # it has grown meanwhile: nobody has seen that
                done.append(await self._settle(actor, line, made, one))
            except Grown:
                continue
            except Refused as refused:
                if isinstance(refused.shown, DecisionShown):
                    done.append(refused.shown)
            except RecordUnavailable:
                if not done:
                    raise
                break  # what is done is done, and told
        return done

    async def _bulk(
        self, actor: Actor, cases: Sequence[str], choice: str, for_s: float | None
    ) -> tuple[dict[str, _Seen], dict[str, str]]:
        """Return what a choice comes to in each case, and why it cannot be made in others."""
        seen: dict[str, _Seen] = {}
        skipped: dict[str, str] = {}
        for case in dict.fromkeys(cases):
            try:
                line, members = await self._look(actor, case)
                if not actor.may("cases.bulk", line.queue):
                    raise forbidden("cases.bulk", line.queue)
                made = self._offering.find(actor, line, members, choice, for_s)
            except Refused as refused:
                skipped[case] = refused.message
                continue
            if made.refused:
                skipped[case] = made.refused
            else:
                seen[case] = (made, members)
        return seen, skipped

    def _bulk_shown(
        self,
        actor: Actor,
        cases: Sequence[str],
        choice: str,
        for_s: float | None,
        seen: dict[str, _Seen],
        skipped: dict[str, str],
    ) -> BulkPreview:
        wish = Wish(tuple(cases), choice, for_s)
        preview = self._offering.preview(actor, wish, list(seen.values()))
        count = sum(len(made.steps) for made, _ in seen.values())
        if count > MOST_STEPS:
            most = f"it would do {count} things; {MOST_STEPS} at once is the most"
            preview = replace(preview, refused=most)
        return BulkPreview(preview.token, len(seen), preview, skipped)

    # -- back, and by hand ----------------------------------------------------------------------

    async def undo(self, actor: Actor, decision: str, reason: str = "") -> DecisionShown:
        """Take a decision back, exactly; whoever asks again is told who did."""
        row, parts, line = await self._archive.find(actor, decision, "decisions.undo")
        if row.state == "applying":
            stands = DecisionShown(shown(row), parts, fresh=False)
            raise conflict("state", "it is still being carried out", stands)
        if row.state == "applied":
            now, node, leased = self._wall(), self._working.node, self._working.leased()
            begun = await asyncio.to_thread(
                self._store.begin_undo, row, actor.name, reason, now, node, leased
            )
            if begun:
                undoing = replace(
                    row, state="undoing", undone_by=actor.name, undone=now, undo_reason=reason,
                    node=node, leased=leased,
                )  # fmt: skip
                return await self._carry(undoing, parts, line)
            row, parts = await asyncio.to_thread(self._store.find, actor.tenant, decision)
        return DecisionShown(shown(row), parts, fresh=False)

    async def act(self, actor: Actor, room: str, body: ActBody) -> DecisionShown:
        """Do something to a message or a user by hand."""
        if not actor.may("rooms.act"):
            raise forbidden("rooms.act")
        step = by_hand(room, body)
        row = self._row(actor, "", choice_of(body), body.reason, step.for_s, (step,))
        await asyncio.to_thread(self._store.add, row, (step,))
        return await self._carry(row, _planned((step,)), None)

    async def plan(
        self,
        actor: Actor,
        decision: str,
        choice: str,
        reason: str,
        for_s: float | None,
        steps: Sequence[Step],
    ) -> DecisionShown:
        """Make a plan durable that was checked elsewhere (a nuke's), and carry it out."""
        row = replace(self._row(actor, "", choice, reason, for_s, steps), id=decision)
        await asyncio.to_thread(self._store.add, row, steps)
        return await self._carry(row, _planned(steps), None)

    async def lines(self, tenant: str, decisions: Sequence[str]) -> dict[str, DecisionLine]:
        """Return how decisions stand; unknown ones are left out."""
        return await asyncio.to_thread(self._store.lines, tenant, decisions)

    # -- what was decided -----------------------------------------------------------------------

    async def find(self, actor: Actor, decision: str) -> DecisionShown:
        """Return a decision with its parts. Raises Refused 404."""
        row, parts, _ = await self._archive.find(actor, decision, "decisions.read")
        return DecisionShown(shown(row), parts)

    async def search(
        self,
        actor: Actor,
        *,
        q: str | None = None,
        user: str | None = None,
        room: str | None = None,
        rule: str | None = None,
        by: str | None = None,
        since: float | None = None,
        until: float | None = None,
        machine: bool | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> DecisionPage:
        """Return decisions of people and machines, the newest first."""
        asked = Asked(
            q or "", user or "", "", room or "", rule or "", by or "", since, until, machine
        )
        return await self._archive.search(actor, asked, cursor, limit)

    async def user(self, actor: Actor, user: str) -> UserView:
        """Return what is known of a user."""
        return await self._archive.user(actor, user)

    # -- inside ---------------------------------------------------------------------------------

    async def _look(self, actor: Actor, case: str) -> tuple[CaseLine, list[Member]]:
        line, members = await asyncio.to_thread(self._store.case, actor.tenant, case)
        refused = why_not_see(actor, line)
        if refused is not None:
            raise refused
        return line, self._offering.named(actor.tenant, members)

    def _row(
        self,
        actor: Actor,
        case: str,
        choice: str,
        reason: str,
        for_s: float | None,
        steps: Sequence[Step],
    ) -> DecisionRow:
        return DecisionRow(
            actor.tenant, f"d{token_hex(10)}", case, self._wall(), actor.name, choice, reason,
            for_s, "applying", len(steps), 0, 0, "", None, "", self._working.node,
            self._working.leased(),
        )  # fmt: skip

    async def _carry(
        self, row: DecisionRow, parts: list[Part], line: CaseLine | None
    ) -> DecisionShown:
        """Carry on what is durable; return how it stands then, as far as that can be read."""
        await self._working.work(row, parts, line)
        try:
            now, parts = await asyncio.to_thread(self._store.find, row.tenant, row.id)
        except RecordUnavailable:
            return DecisionShown(shown(row), parts)
        return DecisionShown(shown(now), parts)


def _planned(steps: Sequence[Step]) -> list[Part]:
    return [
        Part(
            n, each.kind, each.target_kind, each.room, each.target, each.rev, each.for_s,
            "planned", "",
        )
        for n, each in enumerate(steps, 1)
    ]  # fmt: skip
