"""What a rule over time remembers of one stream: where it was met, when it acted, the ladder.

Rules:
1. Time is the capture time. A unit (a frame, an utterance) is examined at one time, however many
   findings it brings and in whatever order they come.
2. A rule acts in a unit that lies among the last `of` examined ones of any moment from then on,
   `hits` of which met it, none older than `within_s` at that moment. Units that led to an action
   are spent: they count for no other.
3. After acting a rule does not act again within its cooldown, nor ever in the same unit.
4. The ladder is climbed one step at a time, and forgets one step for every `memory_s`.
5. Memory is bounded, and the oldest to arrive goes first: no time, however wrong, stays for long.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from seawall.policy.model import Effect, Rule, StreamLadder
from seawall.verdicts import Idle

__all__ = [
    "ACTED",
    "NEVER",
    "NO_PAST",
    "REMEMBERED",
    "RULES",
    "Ran",
    "StreamState",
    "examined",
    "level_at",
    "next_step",
    "owing",
    "ran",
    "rested",
    "settled",
    "stepped_back",
    "units_of",
    "units_of_rule",
]

REMEMBERED = 128
"""Units remembered of each kind, and of each rule's hits: twice what `over.of` may be."""
ACTED = 16
"""Actions remembered of each rule."""
NEVER = -1e18
RULES = 512
"""Rules remembered of a stream."""
_PICTURED = ("image.", "hash.", "onnx.", "qr.", "barcode.", "audio.")
"""Signals of pictures and sounds; all others are of text."""


class Ran(msgspec.Struct, frozen=True):
    """What a rule did in a stream: units that met it, units it has spent, times it acted.

    `owed` are units whose text may still change, in which it acted: strikes count when it is final.
    """

    hits: tuple[float, ...] = ()
    spent: tuple[float, ...] = ()
    acted: tuple[float, ...] = ()
    owed: tuple[float, ...] = ()


class StreamState(msgspec.Struct, frozen=True):
    """What is remembered of one stream: kept by the gateway, in memory, while it is open.

    `units` are the times examined, by kind, in the order they came. `level` steps of the ladder
    were taken, the last at `stepped_at`.
    """

    units: Mapping[str, tuple[float, ...]] = {}
    rules: Mapping[str, Ran] = {}
    level: int = 0
    stepped_at: float = NEVER


NO_PAST = StreamState()
_NEW = Ran()


def units_of(surface: str, has_text: bool, names: Iterable[str]) -> frozenset[str]:
    """Return the kinds of units that an event examines: a picture, its text, or both."""
    pictured = not has_text or any(name.startswith(_PICTURED) for name in names)
    kinds = ([surface] if pictured else []) + ([f"{surface}.text"] if has_text else [])
    return frozenset(kinds)


def units_of_rule(rule: Rule, surface: str) -> tuple[str, ...]:
    """Return the kinds of units that a rule can be met in."""
    pictured = any(name.startswith(_PICTURED) for name in rule.signals)
    texts = any(not name.startswith(_PICTURED) for name in rule.signals)
    return ((surface,) if pictured else ()) + ((f"{surface}.text",) if texts else ())


def examined(
    past: StreamState, surface: str, has_text: bool, names: Iterable[str], at: float
) -> StreamState:
    """Return the past with one more unit: one with text has been read, one without looked at."""
    units = dict(past.units)
    for kind in units_of(surface, has_text, names):
        times = units.get(kind, ())
        if at not in times:
            units[kind] = (*times, at)[-REMEMBERED:]
    return msgspec.structs.replace(past, units=units)


def ran(
    past: StreamState, rule: Rule, surface: str, at: float, paused: bool
) -> tuple[StreamState, Idle | None]:
    """Return the past after a unit that met a rule, and why it does not act there; None: it acts.

    `paused` says that what it does is not possible now.
    """
    had = past.rules.get(rule.name, _NEW)
    hits = had.hits
    if at not in hits and at not in had.spent:
        hits = (*hits, at)[-REMEMBERED:]
    why: Idle | None = None
    if paused or _rests(had, rule.cooldown_s, at):
        why = "cooldown"
    elif not _often(past, rule, surface, hits, at):
        why = "over"
    if why is None:
        spent = (*had.spent, *hits)[-REMEMBERED:]
        acted = (*had.acted, at)[-ACTED:]
        now = msgspec.structs.replace(had, hits=(), spent=spent, acted=acted)
    else:
        now = msgspec.structs.replace(had, hits=hits)
    return _remembering(past, rule.name, now), why


def rested(past: StreamState, name: str, cooldown_s: float, at: float) -> tuple[StreamState, bool]:
    """Return the past after a rule that needs no past was met, and whether it may act again."""
    had = past.rules.get(name, _NEW)
    if _rests(had, cooldown_s, at):
        return past, False
    now = msgspec.structs.replace(had, acted=(*had.acted, at)[-ACTED:])
    return _remembering(past, name, now), True


def owing(past: StreamState, name: str, at: float) -> StreamState:
    """Return the past in which a rule owes its strikes: it acted on text that may still change."""
    had = past.rules.get(name, _NEW)
    now = msgspec.structs.replace(had, owed=(*had.owed, at)[-ACTED:])
    return _remembering(past, name, now)


def settled(past: StreamState, name: str, at: float) -> tuple[StreamState, bool]:
    """Return the past in which nothing is owed for a unit, and whether strikes were."""
    had = past.rules.get(name, _NEW)
    if at not in had.owed:
        return past, False
    left = tuple(time for time in had.owed if time != at)
    return _remembering(past, name, msgspec.structs.replace(had, owed=left)), True


def _rests(had: Ran, cooldown_s: float, at: float) -> bool:
    return any(time == at or abs(at - time) < cooldown_s for time in had.acted)


def _remembering(past: StreamState, name: str, now: Ran) -> StreamState:
    """Keep what a rule did; of too many rules the one that was met longest ago is forgotten."""
    rules = {other: each for other, each in past.rules.items() if other != name}
    if len(rules) >= RULES:
        del rules[next(iter(rules))]
    rules[name] = now
    return msgspec.structs.replace(past, rules=rules)


def _often(past: StreamState, rule: Rule, surface: str, hits: tuple[float, ...], at: float) -> bool:
    over = rule.over
    if over is None:
        return True
    if at not in hits:
        return False
    kinds = units_of_rule(rule, surface)
    times = sorted({at, *(time for kind in kinds for time in past.units.get(kind, ()))})
    met = frozenset(hits)
    for place in range(times.index(at), len(times)):
        end = times[place]
        window = times[max(0, place + 1 - over.of) : place + 1]
        if window[0] > at or end - at > over.within_s:
            return False
        if sum(time in met and end - time <= over.within_s for time in window) >= over.hits:
            return True
    return False


def level_at(past: StreamState, ladder: StreamLadder, at: float) -> int:
    """Return how many steps of the ladder are in force; time that runs back forgets nothing."""
    forgotten = max(0.0, at - past.stepped_at) // ladder.memory_s if past.level else 0.0
    return past.level - int(forgotten) if forgotten < past.level else 0


def next_step(past: StreamState, ladder: StreamLadder, at: float) -> tuple[StreamState, Effect]:
    """Return the past with one step more, and what that step does; the last one repeats.

    The ladder must have steps.
    """
    level = min(level_at(past, ladder, at) + 1, len(ladder.steps))
    step = ladder.steps[level - 1]
    taken = msgspec.structs.replace(past, level=level, stepped_at=at)
    return taken, Effect("stream", step.kind, step.for_s)


def stepped_back(past: StreamState) -> StreamState:
    """Return the past without its last step: a human took it back, or vetoed it."""
    return msgspec.structs.replace(past, level=max(0, past.level - 1))
