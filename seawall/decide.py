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
6. What is seen and heard in streams goes through `streams.judge`, which knows their past; here a
   rule over time only flags. Text that may still change is counted by no window.
"""

from __future__ import annotations

from typing import Literal, assert_never

import msgspec

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
from seawall.findings import (
    broken_rules,
    idle_rules,
    in_canary,
    of_room,
    over_windows,
    unchecked,
)
from seawall.fold import Folded
from seawall.outcome import conclude
from seawall.policy.model import Env, Facts, Policy, Window
from seawall.restrictions import pacing, restricted, silenced
from seawall.signals import Signals
from seawall.state import NO_NEEDS, NO_STATE, Needs, State
from seawall.verdicts import Verdict
from seawall.windowkeys import Ask, asker
from seawall.windows import Check

__all__ = ["NO_NEEDS", "NO_STATE", "Needs", "State", "decide", "in_canary", "is_plain", "needs"]

_NO_WINDOWS: dict[str, int] = {}
_PLAIN = "plain"
"""Under this name `Policy.asks`, otherwise by surface, keeps the verdict for no reason."""


def needs(event: Event, signals: Signals, facts: Facts, policy: Policy, folded: Folded) -> Needs:
    """Return the windows to read for an event, each with its check. Costs about a µs a window.

    `folded` is the event's folded text (the empty fold for a join). Events that are not judged for
    the first time read no window.
    """
    if isinstance(event, Message):
        if event.provisional or (facts.user and silenced(facts)):
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
                env = Env(event, signals.scores, of_room(facts, policy), _NO_WINDOWS)
            if not when(env):
                continue
        check = ask(event, folded)
        if check is not None:
            asked.append(window)
            checks.append(check)
    return Needs(asked, checks) if asked else NO_NEEDS


def decide(event: Event, signals: Signals, state: State, policy: Policy) -> Verdict:
    """Return the verdict on an event. Never raises on any event, signals or state."""
    if (
        type(event) is Message
        and is_plain(event, signals, state.facts, policy)
        and not state.unchecked
        and not (state.counts and min(state.counts) < 0)
    ):
        return _plain(policy)
    match event:
        case Message() | Joined():
            findings = over_windows(event, state)
            if isinstance(event, Message):
                if state.facts.user or state.facts.room:
                    findings += restricted(event, signals, state.facts, policy)
                findings += broken_rules(event, signals, state, policy)
                if event.surface in policy.timed and not event.stream:
                    findings += idle_rules(event, signals, state, policy)
                if state.unchecked:
                    findings.append(unchecked(event, state.unchecked, policy))
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


def is_plain(event: Message, signals: Signals, facts: Facts, policy: Policy) -> bool:
    """Say whether a message gets no finding unless a window is over its limit, as most do.

    Whatever else is known of it, `decide` then says the same of all of them: `allow`, no reasons.
    """
    return not (
        signals.scores
        or facts.user
        or facts.room
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
    emotes = policy.emote_words
    windows = policy.windows.get(surface, ())
    asks = tuple((window, asker(window, emotes)) for window in windows)
    policy.asks[surface] = asks
    return asks
