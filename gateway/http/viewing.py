"""A case as somebody may see it: its events with what is kept of them, and the room around.

Rules:
1. Whoever may not view evidence in the case's queue sees no text, no pictures and no room. What is
   sealed (the case, or evidence that may endanger minors) takes `evidence.sealed` besides.
2. A text that is gone, or was changed since it was sealed, is not there (`kept` False).
3. While a second opinion is asked for, whoever is to give it is told so (`blind`): the desk leaves
   out of the notes what the asker thinks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from gateway.chat.recent import Said
from gateway.http.endpoint import Call
from gateway.http.parts import here
from gateway.record.clips import Key
from gateway.record.kept import Kept
from gateway.roles import Actor
from gateway.shapes.cases import (
    CaseLine,
    CaseView,
    ContextLine,
    Member,
    MemberPage,
    Span,
    UserView,
)
from seawall import wire
from seawall.errors import ConfigError

__all__ = ["context_line", "is_sealed", "may_open", "shown_members", "view"]

MEMBERS = 50
_SEALED = "minor_safety"
_TOLD = msgspec.json.Decoder(wire.Verdict | wire.Finding)

Told = wire.Verdict | wire.Finding
Opened = dict[Key, Kept]


def is_sealed(category: str) -> bool:
    """Say whether what was found may endanger minors: then few may see it."""
    return category.startswith(_SEALED)


def may_open(actor: Actor, queue: str | None, sealed: bool) -> bool:
    """Say whether somebody may see evidence, in a queue where one is named."""
    if sealed and not actor.may("evidence.sealed", queue):
        return False
    return actor.may("evidence.view", queue)


async def view(call: Call, case: str) -> CaseView:
    """Return all of a case. Raises Refused 403, 404."""
    actor, desk, deciding = call.actor, here(call.parts.desk), here(call.parts.deciding)
    line = await desk.find(actor, case)
    rows, after = await desk.members(call.tenant, case, None, MEMBERS)
    kept = await _evidence(call, line, rows)
    members = await _filled(call, line, rows, kept)
    told = [_told(each) for each in kept.values()]
    blind = line.state == "second" and line.asked_by not in ("", actor.name)
    return CaseView(
        line,
        await deciding.offer(actor, line),
        MemberPage(members, after),
        await _context(call, line, members),
        list(await desk.notes(call.tenant, case, actor.name)),
        await _who(call, line),
        next((each.notice for each in told if isinstance(each, wire.Verdict) and each.notice), None)
        or None,
        sorted({reason.detector for each in told if each for reason in each.reasons} - {""}),
        _veto_until(call, line),
        blind,
    )


async def shown_members(call: Call, case: CaseLine, cursor: str | None, limit: int) -> MemberPage:
    """Return a page of a case's events with their evidence, where the asker may see it."""
    desk = here(call.parts.desk)
    rows, after = await desk.members(call.tenant, case.id, cursor, limit)
    return MemberPage(await _filled(call, case, rows, await _evidence(call, case, rows)), after)


def context_line(said: Said, mine: bool = False) -> ContextLine:
    """Return a message of a room as it is shown."""
    return ContextLine(
        said.event, said.rev, said.at, said.user, said.name, said.text, said.action, mine
    )


async def _evidence(call: Call, case: CaseLine, rows: Sequence[Member]) -> Opened:
    """Read what is kept of some events, in the events' order."""
    if not rows or not may_open(call.actor, case.queue, case.sealed):
        return {}
    keys = [(call.tenant, row.event, row.rev) for row in rows]
    found = await here(call.parts.evidence).some(keys)
    seals = may_open(call.actor, case.queue, sealed=True)
    return {
        key: found[key]
        for key in keys
        if key in found and (seals or not is_sealed(found[key].category))
    }


async def _filled(call: Call, case: CaseLine, rows: Sequence[Member], kept: Opened) -> list[Member]:
    clips = await asyncio.to_thread(_clips, call, rows) if kept else set()
    filled = []
    for row in rows:
        key = (call.tenant, row.event, row.rev)
        found = kept.get(key)
        if found is None:
            filled.append(replace(row, text=None, spans=[], kept=False, still=False, clip=False))
            continue
        told, has = _told(found), bool(found.still)
        spans = [] if told is None else _spans(told)
        row = replace(row, text=found.text, spans=spans, kept=True, still=has, clip=key in clips)
        filled.append(row)
    return filled


def _clips(call: Call, rows: Sequence[Member]) -> set[Key]:
    """Return those events of streams that have a clip at this gateway."""
    player = call.parts.player
    if player is None:
        return set()
    found = set()
    for row in rows:
        key = (call.tenant, row.event, row.rev)
        try:
            if row.stream and player.clips.find(key) is not None:
                found.add(key)
        except ConfigError:
            found.add(key)  # whoever asks for it is told that it was changed
    return found


def _told(kept: Kept) -> Told | None:
    """Return what was answered; None where it is of a form that this version does not know."""
    try:
        return _TOLD.decode(kept.verdict) if kept.verdict else None
    except msgspec.DecodeError:
        return None


def _spans(told: Told) -> list[Span]:
    return [
        Span(*reason.span, reason.rule, reason.category)
        for reason in told.reasons
        if reason.span is not None
    ]


async def _context(call: Call, case: CaseLine, members: Sequence[Member]) -> list[ContextLine]:
    """Return what was said around the newest event."""
    if not members or not case.room or not may_open(call.actor, case.queue, case.sealed):
        return []
    if call.parts.around is not None:
        return list(await call.parts.around.context(call.tenant, case, members))
    if call.parts.talk is None:
        return []
    own = {member.event for member in members}
    said = call.parts.talk.around(call.tenant, members[0].room or case.room, members[0].at)
    return [context_line(each, each.event in own) for each in said]


async def _who(call: Call, case: CaseLine) -> UserView | None:
    if not case.user or case.users > 1:
        return None
    return await here(call.parts.deciding).user(call.actor, case.user)


def _veto_until(call: Call, case: CaseLine) -> float | None:
    access = call.context.streams
    if access is None or not case.stream:
        return None
    stream = access.moderating.find(call.tenant, case.stream)
    return None if stream is None or stream.pending is None else stream.pending.until
