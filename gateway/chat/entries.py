"""A verdict as one entry: its row, its evidence, its hold, commands, labels and strikes."""

from __future__ import annotations

import msgspec

from gateway.record.entry import (
    TOO_LATE,
    CaseRow,
    CommandEnd,
    CommandRow,
    Entry,
    Evidence,
    HoldRow,
    StrikeRow,
)
from gateway.state.layers import rows_for
from seawall.actions import Action, Target
from seawall.events import Joined, Message
from seawall.render import render
from seawall.verdicts import Finding, Verdict

__all__ = ["because", "entry_of_join", "entry_of_message", "entry_of_taking_back"]

_encode = msgspec.json.Encoder().encode


def because(verdict: Verdict) -> str:
    """Return the rule that has the word in a verdict."""
    return verdict.reasons[0].rule if verdict.reasons else ""


def entry_of_message(
    event: Message,
    verdict: Verdict,
    commands: tuple[CommandRow, ...],
    ms_total: float,
    evidence_s: float,
    cases: tuple[CaseRow, ...] = (),
) -> Entry:
    """Return what a verdict on a message makes durable. `evidence_s`: how long content is kept."""
    target = Target("message", event.room, event.id, event.rev)
    line = _encode(render(verdict, target, {}))
    actions = verdict.actions
    if verdict.visibility is not None:  # a revert must know it
        actions = (*actions, Action(target, verdict.visibility))
    hold = None
    if verdict.action == "hold" and verdict.until is not None:
        hold = HoldRow(event.text, verdict.until, event.user.name)
    return Entry(
        "verdict",
        event.tenant,
        event.id,
        event.at,
        verdict.action,
        event.rev,
        event.room,
        event.user.id,
        event.surface,
        actions,
        *_reason(verdict),
        ms_total=round(ms_total, 3),
        evidence=Evidence(event.text, event.user.name, evidence_s, verdict=line),
        hold=hold,
        commands=commands,
        labels=rows_for(verdict.changes, event.id, event.rev, "", event.at),
        strikes=StrikeRow(verdict.strikes, because(verdict)) if verdict.strikes else None,
        cases=cases,
    )


def entry_of_join(
    event: Joined,
    verdict: Verdict,
    commands: tuple[CommandRow, ...],
    cases: tuple[CaseRow, ...] = (),
) -> Entry:
    """Return what follows from a join. A join has no id: each sets labels of its own."""
    decided = f"join {event.user.id} {event.at}"
    return Entry(
        "verdict",
        event.tenant,
        "",
        event.at,
        verdict.action,
        0,
        event.room,
        event.user.id,
        "join",
        verdict.actions,
        *_reason(verdict),
        commands=commands,
        labels=rows_for(verdict.changes, decided, 0, "", event.at),
        cases=cases,
    )


def entry_of_taking_back(event: Message, late: Entry) -> Entry:
    """Return what takes back all of an entry that became durable after its message was answered.

    What was answered then is not what that entry says, so the record must say that it fell. Its
    evidence, hold and strikes go by that word alone (`ledger`): the message may be decided again.
    """
    return Entry(
        "revert",
        event.tenant,
        event.id,
        event.at,
        "superseded",
        event.rev,
        event.room,
        event.user.id,
        rule=TOO_LATE,
        by="gateway",
        ends=tuple(CommandEnd(row.id, "superseded", reason=TOO_LATE) for row in late.commands),
        labels=tuple(msgspec.structs.replace(row, ended=True) for row in late.labels),
        cases=tuple(
            msgspec.structs.replace(row, state="resolved", because=TOO_LATE) for row in late.cases
        ),
    )


def _reason(verdict: Verdict) -> tuple[str, str, str, str, float, str, str]:
    """Return rule, category, severity, detector, score, policy and stage."""
    if not verdict.reasons:
        return "", "", "", "", 0.0, verdict.policy, ""
    first: Finding = verdict.reasons[0]
    return (
        first.rule,
        first.category,
        first.severity.label,
        first.detector,
        first.score,
        verdict.policy,
        first.stage,
    )
