"""What to do about a frame or an utterance of a live stream: `decide`, with the stream's past.

Rules:
1. Same inputs, same verdict. The past is a value: `judge` returns the next one.
2. Every examined unit is judged, the clean ones too: the last `of` frames are not only bad ones.
3. The order of rules does not matter: each remembers its own hits, and however many ask for the
   next step of the ladder in one unit, one is taken.
4. Whoever showed or said something once is not acted on for every frame of it: a rule without a
   `cooldown` of its own rests too, and only flags meanwhile.
5. Of what acting rules want, a cut leaves nothing else; otherwise each kind happens, for the
   longest time wanted. A cut that waits for a veto is not done: the rest happens meanwhile.
6. Labels of chat (mute, slow, a locked room) say nothing about a stream.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from seawall.actions import NEXT, Action, Target, strictness
from seawall.decide import needs as needs_of
from seawall.events import Message
from seawall.findings import (
    allowed,
    broken_rules,
    env_of,
    finding_of,
    idle,
    met,
    over_windows,
    tempered,
    unchecked,
)
from seawall.fold import Folded
from seawall.outcome import Done, conclude
from seawall.overtime import (
    NO_PAST,
    StreamState,
    examined,
    next_step,
    owing,
    ran,
    rested,
    settled,
    stepped_back,
)
from seawall.policy.model import Effect, Env, Facts, Policy, Rule, Veto, takes_step
from seawall.policy.streams import Nobody
from seawall.signals import Signals
from seawall.state import Needs, State
from seawall.verdicts import Finding, Idle, Verdict, Vetoable

__all__ = ["NO_PAST", "RESTS_S", "StreamState", "judge", "needs", "stepped_back"]

RESTS_S = 30.0
"""How long a rule rests on a stream that says nothing of a cooldown."""
_NOBODY: dict[Nobody, int] = {"keep": 0, "case": 1, "cut": 2}


def needs(event: Message, signals: Signals, facts: Facts, policy: Policy, folded: Folded) -> Needs:
    """Return the windows to read for what was seen or heard; chat's restrictions count nothing."""
    if facts.user or facts.room:
        facts = msgspec.structs.replace(facts, user={}, room={})
    return needs_of(event, signals, facts, policy, folded)


def judge(
    event: Message, signals: Signals, state: State, policy: Policy, past: StreamState
) -> tuple[Verdict, StreamState]:
    """Return the verdict on a unit of a stream, and the stream's past with it.

    `event.stream` names the stream and `event.at` is the capture time. Never raises.
    """
    past = examined(past, event.surface, bool(event.text), signals.scores, event.at)
    found = over_windows(event, state)
    for finding in broken_rules(event, signals, state, policy):
        kept, past = _resting(finding, event, past)
        found.append(kept)
    if state.unchecked:
        found.append(unchecked(event, state.unchecked, policy))
    timed, past = _timed(event, signals, state, policy, past)
    found += [finding for finding, _ in timed]
    if not found:
        return Verdict(policy.version), past
    vetoes = {rule.name: _veto(rule, policy) for _, rule in timed}
    streamed, vetoable = _on_stream(event, found, vetoes, policy.media.veto)
    verdict = conclude(event, found, state.facts, policy, state.degraded, streamed, vetoable)
    return (msgspec.structs.replace(verdict, late=True) if state.unchecked else verdict), past


def _timed(
    event: Message, signals: Signals, state: State, policy: Policy, past: StreamState
) -> tuple[list[tuple[Finding, Rule]], StreamState]:
    """Return what the rules over time find, those that act with what they do, and the new past."""
    rules = policy.timed.get(event.surface, ())
    if not rules:
        return [], past
    env = env_of(event, signals, state, policy)
    ladder = policy.stream_ladder
    paused = abs(event.at - past.stepped_at) < ladder.pause_s
    climbed, step = next_step(past, ladder, event.at) if ladder.steps else (past, None)
    found: list[tuple[Finding, Rule]] = []
    climbs = False
    for rule in rules:
        finding, past = _asked(rule, event, env, signals, state, paused, past)
        if finding is None:
            continue
        if takes_step(finding.effects):
            climbs = climbs or finding.stage == "act"
            finding = _stepping(finding, step)
        found.append((finding, rule))
    if climbs:
        past = msgspec.structs.replace(past, level=climbed.level, stepped_at=climbed.stepped_at)
    return found, past


def _asked(
    rule: Rule,
    event: Message,
    env: Env,
    signals: Signals,
    state: State,
    paused: bool,
    past: StreamState,
) -> tuple[Finding | None, StreamState]:
    """Return what one rule finds, None for nothing."""
    if not event.user.roles.isdisjoint(rule.exempt):
        return None, past
    how = met(rule, env)
    if how is None:
        return None, past
    finding = allowed(finding_of(rule, signals), rule.percent, event.user.id, state)
    if how == "weak":
        return idle(finding, "weak"), past
    strikes = finding.strikes
    if event.provisional:
        finding = tempered(finding, rule, signals)
        if finding.eased == "provisional":
            return finding, past  # counts when it is final
    past, why = ran(past, rule, event.surface, event.at, paused and takes_step(finding.effects))
    return _after(finding, event, past, why, strikes)


def _resting(finding: Finding, event: Message, past: StreamState) -> tuple[Finding, StreamState]:
    """Return what a rule that knows no past finds, less often than at every frame."""
    does = any(effect.kind != "allow" for effect in finding.effects)
    acts = does or finding.strikes or finding.case is not None
    if not acts or finding.eased == "provisional":
        return finding, past
    past, may = rested(past, finding.rule, RESTS_S, event.at)
    return _after(finding, event, past, None if may else "cooldown", finding.strikes)


def _after(
    finding: Finding, event: Message, past: StreamState, why: Idle | None, strikes: int
) -> tuple[Finding, StreamState]:
    """Return a finding as it acts; what it struck for in text that could change counts at the end.

    A rule cannot know before what the final text would strike for: that text says it again.
    """
    if why is None:
        return finding, owing(past, finding.rule, event.at) if event.provisional else past
    quiet = idle(finding, why)
    if why == "cooldown" and strikes and not event.provisional:
        past, owed = settled(past, finding.rule, event.at)
        quiet = msgspec.structs.replace(quiet, strikes=strikes if owed else 0)
    return quiet, past


def _stepping(finding: Finding, step: Effect | None) -> Finding:
    """Return a finding with the ladder's step in the place of `next`."""
    others = tuple(effect for effect in finding.effects if effect.kind != NEXT)
    known = [effect for effect in others if effect.track == "stream" and effect == step]
    if step is None or known:
        return msgspec.structs.replace(finding, effects=others)
    return msgspec.structs.replace(finding, effects=(*others, step))


def _veto(rule: Rule, policy: Policy) -> Veto | None:
    return None if rule.at_once else rule.veto or policy.media.veto


def _on_stream(
    event: Message, found: Sequence[Finding], vetoes: Mapping[str, Veto | None], usual: Veto
) -> tuple[list[Done], tuple[Vetoable, ...]]:
    """Return what is done to the stream now, strictest first, and what waits for a veto."""
    wanted: list[Done] = [
        (effect, finding.rule, finding.category)
        for finding in found
        for effect in (finding.effects if finding.stage == "act" else ())
        if effect.track == "stream"
    ]
    cuts = [(why, category) for effect, why, category in wanted if effect.kind == "cut"]
    at_once = sorted((why, category) for why, category in cuts if vetoes.get(why, usual) is None)
    if at_once:
        return [(Effect("stream", "cut"), *at_once[0])], ()
    longest: dict[str, Done] = {}
    for done in wanted:
        kind = done[0].kind
        if kind != "cut" and (kind not in longest or _weight(done) > _weight(longest[kind])):
            longest[kind] = done
    dark, blurred = longest.get("mute_video"), longest.get("blur")
    if dark is not None and blurred is not None and _weight(dark)[0] >= _weight(blurred)[0]:
        del longest["blur"]
    kinds = sorted(longest, key=lambda kind: -strictness("stream", kind))
    return [longest[kind] for kind in kinds], _waiting(event, cuts, vetoes, usual)


def _weight(done: Done) -> tuple[float, str]:
    effect, why, _ = done
    return (float("inf") if effect.for_s is None else effect.for_s), why


def _waiting(
    event: Message,
    cuts: Sequence[tuple[str, str]],
    vetoes: Mapping[str, Veto | None],
    usual: Veto,
) -> tuple[Vetoable, ...]:
    """Return the cut that waits the shortest; one is enough."""
    action = Action(Target("stream", event.room, event.stream or None), "cut")
    asked = [
        Vetoable(action, veto.for_s, veto.nobody, why, category)
        for why, category in cuts
        if (veto := vetoes.get(why, usual)) is not None
    ]
    asked.sort(key=lambda each: (each.wait_s, -_NOBODY[each.nobody], each.rule))
    return tuple(asked[:1])
