"""What to do about an event: two pure functions.

Rules:
1. Same inputs, same verdict, any day. No clock, no chance: the event carries its time, a canary is
   a hash of rule and user.
2. `needs` says once which windows to ask; `decide` gets their counts and looks at nothing else.
3. The strictest effect per track wins, whatever the order of rules. Care is given besides.
4. A shadow rule is reported and does nothing; a rule in stage `hold` can at most hold a message
   and strikes nobody. Whoever is not in a rule's canary gets its finding in shadow. What ran away
   is told by the state, and eased (`seawall.brake`).
5. A match spread over several messages removes the earlier ones by command.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Literal, assert_never

import msgspec

from seawall.brake import eased
from seawall.events import (
    Acted,
    Answered,
    Decided,
    Deleted,
    Event,
    Joined,
    Left,
    Message,
    Reported,
    TimedOut,
)
from seawall.fallback import CAUSES, unexamined
from seawall.fold import Folded
from seawall.outcome import conclude
from seawall.policy.model import Effect, Env, Facts, Policy, Rule, Window
from seawall.restrictions import pacing, restricted, silenced
from seawall.signals import Signal, Signals
from seawall.taxonomy import Severity
from seawall.verdicts import Ease, Finding, Verdict
from seawall.windowkeys import Ask, asker
from seawall.windows import Check

__all__ = ["NO_NEEDS", "NO_STATE", "Needs", "State", "decide", "in_canary", "needs"]

_NO_WINDOWS: dict[str, int] = {}
_BUCKETS = 1_000_000
_PLAIN = "plain"
"""Under this name `Policy.asks`, otherwise by surface, keeps the verdict for no reason."""


class Needs(msgspec.Struct, frozen=True, gc=False):
    """Windows to ask about one event, in order, and the checks to ask them with."""

    windows: Sequence[Window] = ()
    checks: Sequence[Check] = ()


class State(msgspec.Struct, frozen=True, gc=False):
    """What was known when the event was judged.

    `counts` answer `needs.checks` in order: n >= 0 within the limit, n < 0 over it. `degraded` says
    that they are this process's own counts only: then nothing strikes. `unchecked` names why the
    text was not examined whole, one of `fallback.CAUSES`; empty when it was. `tripped` says what is
    left of rules and windows that ran away, by name.
    """

    needs: Needs = Needs()
    counts: Sequence[int] = ()
    facts: Facts = Facts()
    degraded: bool = False
    unchecked: str = ""
    tripped: Mapping[str, Ease] = {}


NO_NEEDS = Needs()
NO_STATE = State()


def needs(event: Event, signals: Signals, facts: Facts, policy: Policy, folded: Folded) -> Needs:
    """Return the windows to read for an event, each with its check. Costs about a µs a window.

    `folded` is the event's folded text (the empty fold for a join). Events that are not judged for
    the first time read no window.
    """
    if isinstance(event, Message):
        if facts.user and silenced(facts):
            return NO_NEEDS
        asks = policy.asks.get(event.surface)
        if asks is None:
            asks = _prepare(policy, event.surface)
        if facts.user or facts.room:
            asks = (*asks, *((window, asker(window)) for window in pacing(facts, policy)))
    elif isinstance(event, Joined):
        asks = policy.asks.get("join")
        if asks is None:
            asks = _prepare(policy, "join")
    else:
        return NO_NEEDS
    asked: list[Window] = []
    checks: list[Check] = []
    roles = event.user.roles
    env: Env | None = None
    for window, ask in asks:
        if roles and not roles.isdisjoint(window.exempt):
            continue
        when = window.when
        if when is not None:
            if env is None:
                env = Env(event, signals.scores, _of_room(facts, policy), _NO_WINDOWS)
            if not when(env):
                continue
        check = ask(event, folded)
        if check is not None:
            asked.append(window)
            checks.append(check)
    return Needs(asked, checks) if asked else NO_NEEDS


def decide(event: Event, signals: Signals, state: State, policy: Policy) -> Verdict:
    """Return the verdict on an event. Never raises on any event, signals or state."""
    if not signals.scores and type(event) is Message and _is_quiet(event, state, policy):
        return _plain(policy)
    match event:
        case Message() | Joined():
            findings = _over_windows(event, state)
            if isinstance(event, Message):
                if state.facts.user or state.facts.room:
                    findings += restricted(event, signals, state.facts, policy)
                findings += _broken_rules(event, signals, state, policy)
                if state.unchecked:
                    findings.append(_unexamined(event, state.unchecked, policy))
            if not findings:
                return _plain(policy)
            verdict = conclude(event, findings, state.facts, policy, state.degraded)
            return msgspec.structs.replace(verdict, late=True) if state.unchecked else verdict
        case Decided(outcome=outcome):
            return Verdict(policy.version, outcome=outcome)
        case TimedOut():
            kept: Literal["approved", "expired"] = (
                "approved" if policy.hold_expiry == "approved" else "expired"
            )
            return Verdict(policy.version, outcome=kept)
        case Deleted() | Left() | Reported() | Acted() | Answered():
            return Verdict(policy.version)
        case _:
            assert_never(event)


def _is_quiet(event: Message, state: State, policy: Policy) -> bool:
    """Tell whether a message without signals gets no finding, as most do."""
    counts, facts = state.counts, state.facts
    return not (
        facts.user
        or facts.room
        or state.unchecked
        or (counts and min(counts) < 0)
        or (policy.always and policy.always.get(event.surface))
    )


def _plain(policy: Policy) -> Verdict:
    """Return the verdict that allows for no reason, made once for each policy."""
    verdict: Verdict | None = policy.asks.get(_PLAIN)
    if verdict is None:
        verdict = policy.asks[_PLAIN] = Verdict(policy.version)
    return verdict


def _prepare(policy: Policy, surface: str) -> tuple[tuple[Window, Ask], ...]:
    """Prepare the questions of a surface's windows, once for each policy."""
    asks = tuple((window, asker(window)) for window in policy.windows.get(surface, ()))
    policy.asks[surface] = asks
    return asks


def _unexamined(event: Message, cause: str, policy: Policy) -> Finding:
    """Silence is never consent: what nobody examined gets what policy says of a timeout."""
    effects = (Effect("message", unexamined(policy, event.surface, cause)),)
    rule = f"unchecked.{CAUSES[cause]}"
    return Finding(rule, "flood", Severity.LOW, effects, "gateway", score=0.0)


def _over_windows(event: Message | Joined, state: State) -> list[Finding]:
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
            found.append(_allowed(finding, window.percent, _member(event, window), state))
    return found


def _broken_rules(event: Message, signals: Signals, state: State, policy: Policy) -> list[Finding]:
    always = policy.always.get(event.surface, ())
    if not always and not signals.scores:
        return []
    asked = list(always)
    for name in signals.scores:
        asked += policy.by_signal.get(name, ())
    if not asked:
        return []
    counts = {
        window.name: abs(count)
        for window, count in zip(state.needs.windows, state.counts, strict=True)
    }
    env = Env(event, signals.scores, _of_room(state.facts, policy), counts)
    found = []
    for rule in {each.name: each for each in asked}.values() if len(asked) > 1 else asked:
        if event.surface not in rule.on or not event.user.roles.isdisjoint(rule.exempt):
            continue
        if rule.test(env):
            finding = _finding(rule, signals)
            found.append(_allowed(finding, rule.percent, event.user.id, state))
    return found


def _allowed(finding: Finding, percent: float, member: str, state: State) -> Finding:
    """Return a finding with what it may do: outside the canary nothing, eased where it ran away."""
    if (
        percent < 100.0
        and finding.stage != "shadow"
        and not in_canary(finding.rule, member, percent)
    ):
        return msgspec.structs.replace(finding, stage="shadow", eased="canary")
    ease = state.tripped.get(finding.rule) if state.tripped else None
    return finding if ease is None else eased(finding, ease)


def in_canary(name: str, member: str, percent: float) -> bool:
    """Say whether a user (or room) is among the `percent` that a rule is tried on.

    Who is in stays in when the percentage grows; two rules have different canaries.
    """
    text = f"{name}\0{member}".encode("utf-8", "surrogatepass")
    place = int.from_bytes(blake2b(text, digest_size=8).digest()) % _BUCKETS
    return place * 100.0 < percent * _BUCKETS


def _member(event: Message | Joined, window: Window) -> str:
    """Return whose canary it is: the room's where a window counts a room's users together."""
    together = "room" in window.key and "user" not in window.key
    return event.room if together else event.user.id


def _of_room(facts: Facts, policy: Policy) -> Facts:
    """Return the facts with the mode and topic that policy gives a room nobody has told them of."""
    if not (policy.mode or policy.topic):
        return facts
    mode, topic = facts.mode or policy.mode, facts.topic or policy.topic
    return msgspec.structs.replace(facts, mode=mode, topic=topic)


def _finding(rule: Rule, signals: Signals) -> Finding:
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
