"""A verdict as the wire shows it: the same for the gateway, `judge` and the bench."""

from __future__ import annotations

import msgspec

from seawall import wire
from seawall.actions import Action, Target
from seawall.verdicts import Finding, Verdict

__all__ = ["render"]


def render(verdict: Verdict, message: Target, ms: dict[str, float]) -> wire.Verdict:
    """Return the wire form of a verdict on `message` (its target, with id and rev).

    `reduced` and `self_only` stand among `actions`; shadow findings never among `reasons`.
    """
    actions = list(verdict.actions)
    if verdict.visibility is not None:
        actions.append(Action(message, verdict.visibility))
    return wire.Verdict(
        id=message.id or "",
        rev=message.rev or 0,
        action=verdict.action,
        actions=actions,
        reasons=[_reason(finding) for finding in verdict.reasons],
        text=msgspec.UNSET if verdict.text is None else verdict.text,
        shadow=[_reason(finding) for finding in verdict.shadow] or msgspec.UNSET,
        notice=msgspec.UNSET if verdict.notice is None else verdict.notice,
        until=msgspec.UNSET if verdict.until is None else verdict.until,
        late=verdict.late,
        ms=ms,
        policy=verdict.policy[:16],
    )


def _reason(finding: Finding) -> wire.Reason:
    return wire.Reason(
        finding.rule,
        finding.category,
        finding.severity.label,
        round(finding.score, 3),
        finding.span,
        finding.detector,
    )
