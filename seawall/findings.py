"""From broken rules to findings: which rules an event breaks, and what each finding may do."""

from __future__ import annotations

from hashlib import blake2b
from typing import Literal

import msgspec

from seawall.brake import eased
from seawall.events import Joined, Message
from seawall.fallback import CAUSES, unexamined
from seawall.policy.model import Effect, Env, Facts, Policy, Rule, Window
from seawall.signals import Signal, Signals
from seawall.state import State
from seawall.taxonomy import Severity
from seawall.verdicts import Finding, Idle

__all__ = [
    "allowed",
    "broken_rules",
    "env_of",
    "finding_of",
    "idle",
    "idle_rules",
    "in_canary",
    "met",
    "of_room",
    "over_windows",
    "tempered",
    "unchecked",
]

_BUCKETS = 1_000_000


def broken_rules(event: Message, signals: Signals, state: State, policy: Policy) -> list[Finding]:
    """Return what the rules that need no past of a stream find in a message."""
    always = policy.always.get(event.surface, ())
    if not always and not signals.scores:
        return []
    asked = list(always)
    for name, score in signals.scores.items():
        for rule in policy.by_signal.get(name, ()):
            if not rule.floors or score >= rule.floors.get(name, 0.0):
                asked.append(rule)
    if not asked:
        return []
    env = env_of(event, signals, state, policy)
    found = []
    for rule in {each.name: each for each in asked}.values() if len(asked) > 1 else asked:
        if event.surface not in rule.on or not event.user.roles.isdisjoint(rule.exempt):
            continue
        if rule.test(env) and not (event.stream and rule.timed):
            finding = allowed(finding_of(rule, signals), rule.percent, event.user.id, state)
            found.append(tempered(finding, rule, signals) if event.provisional else finding)
    return found


def env_of(event: Message, signals: Signals, state: State, policy: Policy) -> Env:
    """Return what conditions may look at."""
    counts = {
        window.name: abs(count)
        for window, count in zip(state.needs.windows, state.counts, strict=True)
    }
    return Env(event, signals.scores, of_room(state.facts, policy), counts)


def allowed(finding: Finding, percent: float, member: str, state: State) -> Finding:
    """Return a finding with what it may do: outside the canary nothing, eased where it ran away."""
    if (
        percent < 100.0
        and finding.stage != "shadow"
        and not in_canary(finding.rule, member, percent)
    ):
        return msgspec.structs.replace(finding, stage="shadow", eased="canary")
    ease = state.tripped.get(finding.rule) if state.tripped else None
    return finding if ease is None else eased(finding, ease)


def tempered(finding: Finding, rule: Rule, signals: Signals) -> Finding:
    """Return what a finding in text that may still change can do.

    What is severe acts, and strikes when the text is final; all else holds at most.
    """
    severe = finding.severity >= Severity.HIGH or any(
        item.name in rule.signals and item.severity is not None and item.severity >= Severity.HIGH
        for item in signals.items
    )
    if severe:
        return msgspec.structs.replace(finding, strikes=0)
    held = eased(finding, "hold")
    return msgspec.structs.replace(held, case=None, eased=finding.eased or "provisional")


def in_canary(name: str, member: str, percent: float) -> bool:
    """Say whether a user (or room) is among the `percent` that a rule is tried on.

    Who is in stays in when the percentage grows; two rules have different canaries.
    """
    text = f"{name}\0{member}".encode("utf-8", "surrogatepass")
    place = int.from_bytes(blake2b(text, digest_size=8).digest()) % _BUCKETS
    return place * 100.0 < percent * _BUCKETS


def of_room(facts: Facts, policy: Policy) -> Facts:
    """Return the facts with the mode and topic that policy gives a room nobody has told them of."""
    if not (policy.mode or policy.topic):
        return facts
    mode, topic = facts.mode or policy.mode, facts.topic or policy.topic
    return msgspec.structs.replace(facts, mode=mode, topic=topic)


def finding_of(rule: Rule, signals: Signals) -> Finding:
    """Return what a rule finds, with the signal that stands as its reason."""
    cited = _cited(rule, signals)
    return Finding(
        rule.name,
        rule.category,
        rule.severity,
        rule.then,
        cited.detector if cited else "rule",
        cited.score if cited else 1.0,
        cited.span if cited else None,
        cited.value if cited else "",
        cited.parts if cited else (),
        rule.stage,
        rule.strikes,
        rule.case,
        rule.notice,
    )


def _cited(rule: Rule, signals: Signals) -> Signal | None:
    """Choose the signal that stands as the reason: the highest score, one with a place first."""
    best: Signal | None = None
    for item in signals.items:
        if item.name in rule.signals and (
            best is None
            or (item.score, item.span is not None) > (best.score, best.span is not None)
        ):
            best = item
    return best


def over_windows(event: Message | Joined, state: State) -> list[Finding]:
    """Return what the windows find that are over their limit."""
    if not state.counts or min(state.counts) >= 0:
        return []
    found: list[Finding] = []
    for window, count in zip(state.needs.windows, state.counts, strict=True):
        if count < 0:
            effects = (Effect("message", window.message), *window.then)
            finding = Finding(
                window.name,
                window.category,
                window.severity,
                effects,
                "restriction" if window.name.startswith("restriction.") else "window",
                stage=window.stage,
                case=window.case,
                notice=window.notice,
            )
            found.append(allowed(finding, window.percent, _member(event, window), state))
    return found


def _member(event: Message | Joined, window: Window) -> str:
    """Return whose canary it is: the room's where a window counts a room's users together."""
    together = "room" in window.key and "user" not in window.key
    return event.room if together else event.user.id


def unchecked(event: Message, cause: str, policy: Policy) -> Finding:
    """Silence is never consent: what nobody examined gets what policy says of a timeout."""
    effects = (Effect("message", unexamined(policy, event.surface, cause)),)
    rule = f"unchecked.{CAUSES[cause]}"
    return Finding(rule, "flood", Severity.LOW, effects, "gateway", score=0.0)


def idle_rules(event: Message, signals: Signals, state: State, policy: Policy) -> list[Finding]:
    """Return what the rules over time find where there is no stream to act on: they only flag."""
    env = env_of(event, signals, state, policy)
    found = []
    for rule in policy.timed.get(event.surface, ()):
        if event.user.roles.isdisjoint(rule.exempt) and met(rule, env) is not None:
            finding = allowed(finding_of(rule, signals), rule.percent, event.user.id, state)
            found.append(idle(finding, "over"))
    return found


def met(rule: Rule, env: Env) -> Literal["act", "weak"] | None:
    """Say whether a rule's condition holds, or only its weaker `flag`."""
    if rule.triggered and rule.signals.isdisjoint(env.scores):
        return None
    if rule.test(env):
        return "act"
    return "weak" if rule.flagged is not None and rule.flagged(env) else None


def idle(finding: Finding, why: Idle) -> Finding:
    """Return a finding that does nothing but say what was found."""
    said = "canary" if finding.eased == "canary" else why
    return msgspec.structs.replace(finding, effects=(), strikes=0, case=None, eased=said)
