"""What was found in a stream, as its server hears it and as the record keeps it."""

from __future__ import annotations

import msgspec

from gateway.chat.casework import finding_of_case, sealing
from gateway.record.entry import CaseRow, Entry, Evidence
from gateway.state.layers import rows_for
from seawall import wire
from seawall.actions import Action, Target, is_restriction, strictness
from seawall.alike import alike, named
from seawall.events import Message
from seawall.render import render
from seawall.verdicts import Finding, Verdict

__all__ = ["Moment", "entry_of_finding", "finding_of", "said_action", "stream_target"]

CASE_S = 60.0
"""So often at most a stream's rule asks people again; what it says meanwhile is one incident."""
STILL_BYTES = 128 * 1024
"""A larger still would not fit into an entry of the journal; workers make none."""
_encode = msgspec.json.Encoder().encode


class Moment(msgspec.Struct, frozen=True):
    """Where in a stream something stands. `from_` and `to` are capture times of the server's clock.

    `captured_at` is when its end was captured, by our clock; `still` a JPEG, empty without one.
    `twin` is the still of a frame that looks like this one, or of this one's other part.
    """

    from_: float
    to: float
    captured_at: float
    still: bytes = b""
    late: bool = False
    twin: bytes = b""


def stream_target(event: Message) -> Target:
    """Return a stream as the target of an action."""
    return Target("stream", event.room, event.stream)


def said_action(verdict: Verdict, cuts: bool) -> str:
    """Return the one action that a finding says: the strictest on the stream, or the message's.

    `cuts` says that a cut waits for a veto.
    """
    kinds = [each.kind for each in verdict.actions if each.target.kind == "stream"]
    if cuts:
        return "cut"
    if kinds:
        return max(kinds, key=lambda kind: strictness("stream", kind))
    return verdict.action


def finding_of(
    event: Message, verdict: Verdict, moment: Moment, action: str, until: float = 0.0
) -> wire.Finding:
    """Return what the stream's server is told. `until`: when a waiting cut is due, 0 for none."""
    return wire.Finding(
        stream=event.stream,
        surface=event.surface,
        from_=moment.from_,
        to_=moment.to,
        action=action,
        reasons=render(verdict, stream_target(event), {}).reasons,
        late=moment.late or verdict.late,
        id=event.id,
        until=until or msgspec.UNSET,
    )


def entry_of_finding(
    event: Message,
    verdict: Verdict,
    moment: Moment,
    action: str,
    now: float,
    evidence_s: float,
    viewers: int = 0,
) -> Entry:
    """Return what a verdict on a part of a stream makes durable, without its commands.

    `now` is by our clock; the event's own time is the capture's. `viewers` are the stream's.
    """
    first = verdict.reasons[0] if verdict.reasons else None
    told = _encode(finding_of(event, verdict, moment, action))
    later = now - event.at
    still = moment.still if len(moment.still) <= STILL_BYTES else b""
    changes = [
        msgspec.structs.replace(each, until=None if each.until is None else each.until + later)
        for each in verdict.changes
    ]
    return Entry(
        "verdict",
        event.tenant,
        event.id,
        now,
        action,
        event.rev,
        event.room,
        event.user.id,
        event.surface,
        _told_only(verdict),
        *_reason(first, verdict.policy),
        ms_total=round((now - moment.captured_at) * 1000, 3),
        ref=event.stream,
        evidence=Evidence(event.text, event.user.name, evidence_s, False, told, still),
        labels=rows_for(changes, event.id, event.rev, "", now),
        strikes=None,
        cases=_cases(event, verdict, now, viewers),
    )


def _told_only(verdict: Verdict) -> tuple[Action, ...]:
    """Return the actions that are no commands, those that restrict: the entry's others are."""
    rest = [each for each in verdict.actions if each not in verdict.commands]
    return tuple(each for each in rest if is_restriction(each.kind) and each.target.kind == "user")


def _cases(event: Message, verdict: Verdict, now: float, viewers: int) -> tuple[CaseRow, ...]:
    """Return the case that the verdict asks for: one a minute for each stream and rule.

    The rule is the one whose case it is, which need not be the one that decided.
    """
    spec, finding = verdict.case, finding_of_case(verdict)
    if spec is None or finding is None:
        return ()
    opened = event.id.partition(".")[0]
    minute = str(int(now // CASE_S))
    return (
        CaseRow(
            named("stream", event.tenant, opened, event.stream, finding.rule, minute),
            "open",
            spec.queue,
            spec.priority,
            "verdict",
            event.id,
            finding.rule,
            event.user.name,
            event.stream,
            alike(event, finding),
            event.lang or "",
            viewers,
            None if spec.due_s is None else now + spec.due_s,
            spec.nobody,
            finding.rule,
            sealing(verdict, finding),
            finding.severity.label,
            finding.score,
        ),
    )


def _reason(first: Finding | None, policy: str) -> tuple[str, str, str, str, float, str, str]:
    """Return rule, category, severity, detector, score, policy and stage."""
    if first is None:
        return "", "", "", "", 0.0, policy, ""
    return (
        first.rule,
        first.category,
        first.severity.label,
        first.detector,
        first.score,
        policy,
        first.stage,
    )
