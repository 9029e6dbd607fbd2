"""From findings to one verdict: the strictest per track, what it means, and what follows.

The order in which findings arrive never matters: everything here is a maximum or sorted.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from seawall.actions import Action, Target, Track, strictness
from seawall.events import Joined, Message
from seawall.ladder import penalty
from seawall.notices import notice_for
from seawall.policy.model import CaseSpec, Effect, Facts, Policy
from seawall.restrictions import ROOM_LABELS, USER_LABELS
from seawall.signals import Span
from seawall.taxonomy import CATEGORIES
from seawall.verdicts import Change, Finding, Verdict, Vetoable

__all__ = ["Done", "conclude"]

_NON_PENAL = frozenset(category.name for category in CATEGORIES if not category.penal)
_REMEMBERED = USER_LABELS | ROOM_LABELS
_PACING = frozenset({"restriction.slow", "restriction.slow_all"})
_COMMANDED = frozenset({"slow", "mute", "read_only", "kick", "ban"})
Done = tuple[Effect, str, str]
"""An effect, the rule that wants it, and that rule's category."""


def conclude(
    event: Message | Joined,
    findings: Sequence[Finding],
    facts: Facts,
    policy: Policy,
    degraded: bool = False,
    streamed: Sequence[Done] | None = None,
    vetoable: tuple[Vetoable, ...] = (),
) -> Verdict:
    """Return the verdict that `findings` add up to.

    `streamed` is what is done to the stream, where that was worked out already: then the findings'
    own effects on streams do not count.
    """
    ranked = sorted(findings, key=_rank if streamed is None else _rank_in_stream, reverse=True)
    shadow = tuple(finding for finding in ranked if finding.stage == "shadow")
    acting = tuple(finding for finding in ranked if finding.stage != "shadow")
    strikes = max((f.strikes for f in acting if f.stage == "act"), default=0)
    strikes = 0 if degraded else strikes
    chosen = _strictest(acting, facts)
    if streamed is not None:
        chosen.pop("stream", None)
    step = penalty(policy.ladder, facts.strikes, strikes)
    if step is not None:
        _keep(chosen, Effect("user", step.kind, step.for_s), f"ladder.{step.kind}", "flood")
    message = chosen["message"][0].kind if "message" in chosen else "allow"
    visibility = chosen["visibility"][0].kind if "visibility" in chosen else None
    done = _done(event, chosen, streamed or ())
    actions = tuple(action for action, _, _ in done)
    cares = _care(acting, event, actions)
    commands = tuple(a for a in actions if a.target.kind != "user" or a.kind in _COMMANDED)
    return Verdict(
        policy.version,
        message,
        visibility,
        cares + actions,
        acting,
        shadow,
        _masked(event, acting) if message == "mask" else None,
        _notice(event, acting, policy) if message != "allow" or actions or cares else None,
        _until(event, message, acting, facts, policy),
        commands + _removals(event, acting),
        tuple(_change(event, *each) for each in done if _stays(each[0])),
        (),
        _case(acting),
        strikes,
        vetoable=vetoable,
    )


def _done(
    event: Message | Joined, chosen: Chosen, streamed: Sequence[Done]
) -> list[tuple[Action, str, str]]:
    """Return what falls on the user, the room and the stream, each with its rule and category."""
    done = [
        (Action(_target(track, event), effect.kind, effect.for_s), why, category)
        for track, (effect, why, category) in chosen.items()
        if track in ("user", "room", "stream")
    ]
    if streamed:
        target = _target("stream", event)
        done += [(Action(target, each.kind, each.for_s), rule, of) for each, rule, of in streamed]
    return done


def _stays(action: Action) -> bool:
    """Say whether an action is in force afterwards. Who was kicked for no time may come back."""
    return action.kind in _REMEMBERED and (action.kind != "kick" or action.for_s is not None)


def _change(event: Message | Joined, action: Action, why: str, category: str) -> Change:
    """Return the label that keeps a restriction in force."""
    of_room = action.target.kind == "room"
    return Change(
        "room" if of_room else "user",
        event.room,
        event.room if of_room else event.user.id,
        action.kind,
        None if action.for_s is None else event.at + action.for_s,
        why,
        category,
    )


def _effects(finding: Finding) -> list[Effect]:
    """Return a finding's effects as its stage allows: stage `hold` holds a message, no more."""
    if finding.stage == "act":
        return list(finding.effects)
    ceiling = strictness("message", "hold")
    return [
        Effect("message", "hold") if strictness("message", effect.kind) > ceiling else effect
        for effect in finding.effects
        if effect.track == "message"
    ]


def _rank_in_stream(finding: Finding) -> tuple[int, tuple[int, int, float, str, str, Span]]:
    """Rank by what is done to the stream first: that is what a verdict on it is about."""
    effects = finding.effects if finding.stage == "act" else ()
    ranks = [strictness("stream", effect.kind) for effect in effects if effect.track == "stream"]
    return max(ranks, default=-1), _rank(finding)


def _rank(finding: Finding) -> tuple[int, int, float, str, str, Span]:
    effects = [e for e in _effects(finding) if e.track == "message"]
    strict = max((strictness("message", e.kind) for e in effects), default=0)
    return (
        strict,
        int(finding.severity),
        finding.score,
        finding.rule,
        finding.value,
        finding.span or (-1, -1),
    )


Chosen = dict[Track, Done]


def _strictest(findings: Sequence[Finding], facts: Facts) -> Chosen:
    chosen: Chosen = {}
    for finding in findings:
        for effect in _effects(finding):
            if effect.kind == "care" or finding.category in _NON_PENAL:
                continue
            if effect.track == "room" and f"{effect.kind}_off" in facts.room:
                continue  # a human has switched it off
            _keep(chosen, effect, finding.rule, finding.category)
    return chosen


def _keep(chosen: Chosen, effect: Effect, why: str, category: str) -> None:
    held = chosen.get(effect.track)
    if held is None or _weight(effect, why) > _weight(held[0], held[1]):
        chosen[effect.track] = (effect, why, category)


def _weight(effect: Effect, why: str) -> tuple[int, float, str]:
    for_s = float("inf") if effect.for_s is None else effect.for_s
    return strictness(effect.track, effect.kind), for_s, why


def _target(track: Track, event: Message | Joined) -> Target:
    match track:
        case "user":
            return Target("user", event.room, event.user.id)
        case "room":
            return Target("room", event.room)
        case "stream":
            stream = event.stream if isinstance(event, Message) else ""
            return Target("stream", event.room, stream or None)
        case _:
            assert isinstance(event, Message)
            return Target("message", event.room, event.id, event.rev)


def _care(
    findings: Sequence[Finding], event: Message | Joined, actions: tuple[Action, ...]
) -> tuple[Action, ...]:
    """Care is given besides whatever else happens, and never replaces nor is replaced by it."""
    for finding in findings:
        if any(effect.kind == "care" for effect in finding.effects):
            return (Action(Target("user", event.room, event.user.id), "care"),)
    return ()


def _removals(event: Message | Joined, findings: Sequence[Finding]) -> tuple[Action, ...]:
    kinds: dict[str, str] = {}
    for finding in findings:
        strict = max(
            (strictness("message", e.kind) for e in _effects(finding) if e.track == "message"),
            default=0,
        )
        for part in finding.parts:
            if strict >= strictness("message", "block"):
                kinds[part] = "remove"
            elif strict == strictness("message", "hold"):
                kinds.setdefault(part, "self_only")
    return tuple(
        Action(Target("message", event.room, part), kind) for part, kind in sorted(kinds.items())
    )


def _masked(event: Message | Joined, findings: Sequence[Finding]) -> str | None:
    if not isinstance(event, Message):
        return None
    letters = list(event.text)
    for finding in findings:
        if any(effect.kind == "mask" for effect in _effects(finding)):
            start, end = finding.span or (0, len(letters))
            letters[start:end] = "*" * (min(end, len(letters)) - start)
    return "".join(letters)


def _notice(event: Message | Joined, findings: Sequence[Finding], policy: Policy) -> str | None:
    lang = event.lang if isinstance(event, Message) else None
    for finding in findings:
        text = notice_for(policy.notices, (finding.notice, finding.rule, _told_by(finding)), lang)
        if text is not None:
            return text
    return None


def _told_by(finding: Finding) -> str | None:
    """Return the category whose text is true of a finding.

    What is in force, or was not examined, counts as a flood; its sender need not have sent one.
    """
    rule = finding.rule
    if rule.startswith(("restriction.", "unchecked.")) and rule not in _PACING:
        return None
    return finding.category


def _until(
    event: Message | Joined,
    message: str,
    findings: Sequence[Finding],
    facts: Facts,
    policy: Policy,
) -> float | None:
    if message == "hold":
        return event.at + policy.hold_s
    for finding in findings:
        _, _, name = finding.rule.partition("restriction.")
        label = facts.user.get(name) or facts.room.get(name)
        if label is not None:
            return label.until
    return None


def _case(findings: Sequence[Finding]) -> CaseSpec | None:
    cases = [finding.case for finding in findings if finding.case is not None]
    return min(cases, key=_urgency) if cases else None


def _urgency(case: CaseSpec) -> tuple[str, str, float, str]:
    return case.priority, case.queue, inf if case.due_s is None else case.due_s, case.nobody
