"""Changes of rules and windows, key by key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import inf
from typing import TypeVar

from seawall.actions import ACTIONS, Track, is_restriction, strictness
from seawall.policy.danger import danger_of
from seawall.policy.diff_streams import time_changes
from seawall.policy.diff_words import Change, Way, duration, effect_told, told
from seawall.policy.model import CaseSpec, Effect, Rule, Stage, Window

__all__ = ["acts", "effects_of", "entry_changes"]

Entry = TypeVar("Entry", Rule, Window)
_STAGES: dict[Stage, int] = {"shadow": 0, "hold": 1, "act": 2}
Said = tuple[str, Way]


def entry_changes(
    kind: str, old: Mapping[str, Entry], new: Mapping[str, Entry]
) -> Iterator[Change]:
    """Yield the changes from rules (or windows) to others, by name."""
    for name in sorted({*old, *new}):
        before, after = old.get(name), new.get(name)
        if before is after:
            continue
        if before is None and after is not None:
            yield Change(kind, name, f"new: {_does(after)}", "stricter", acts(after))
        elif after is None and before is not None:
            yield Change(kind, name, f"gone: {_does(before)}", "milder")
        elif before is not None and after is not None:
            dangerous = acts(after)
            for text, way in _differences(before, after):
                yield Change(kind, name, text, way, dangerous and way != "milder")


def acts(entry: Rule | Window) -> bool:
    """Say whether a rule or window takes anything from anybody by itself."""
    strikes = isinstance(entry, Rule) and entry.strikes > 0 and entry.stage == "act"
    return strikes or bool(danger_of(effects_of(entry), entry.stage))


def effects_of(entry: Rule | Window) -> tuple[Effect, ...]:
    """Return everything that an entry does."""
    if isinstance(entry, Rule):
        return entry.then
    return (Effect("message", entry.message), *entry.then)


def _does(entry: Rule | Window) -> str:
    does = ", ".join(map(effect_told, effects_of(entry))) or "nothing"
    share = f" for {entry.percent:g} % of users" if entry.percent < 100 else ""
    return f"{does} in stage {entry.stage}{share}"


def _differences(old: Rule | Window, new: Rule | Window) -> Iterator[Said]:
    yield from _effects(effects_of(old), effects_of(new))
    if old.stage != new.stage:
        yield (
            f"stage {told(old.stage, new.stage)}",
            _more(_STAGES[old.stage], _STAGES[new.stage]),
        )
    if old.percent != new.percent:
        text = told(f"{old.percent:g} %", f"{new.percent:g} %")
        yield f"percent {text}", _more(old.percent, new.percent)
    if old.per_day != new.per_day:
        was, now = old.per_day or inf, new.per_day or inf
        text = told(old.per_day or "none", new.per_day or "none")
        yield f"quota per day {text}", _more(was, now)
    if old.braked != new.braked:
        yield "emergency brake " + ("on" if new.braked else "off"), _more(new.braked, old.braked)
    yield from _sets("on", old.on, new.on, grows="stricter")
    yield from _sets("exempt", old.exempt, new.exempt, grows="milder")
    for name in ("category", "notice", "owner"):
        was_text, now_text = getattr(old, name) or "none", getattr(new, name) or "none"
        if was_text != now_text:
            yield f"{name} {told(was_text, now_text)}", "changed"
    if old.severity != new.severity:
        yield f"severity {told(old.severity.label, new.severity.label)}", "changed"
    if old.case != new.case:
        yield f"case {told(_case(old.case), _case(new.case))}", "changed"
    if isinstance(old, Rule) and isinstance(new, Rule):
        yield from _of_rules(old, new)
    elif isinstance(old, Window) and isinstance(new, Window):
        yield from _of_windows(old, new)


def _case(case: CaseSpec | None) -> str:
    if case is None:
        return "none"
    due = "" if case.due_s is None else f" due {duration(case.due_s)} then {case.nobody}"
    return f"{case.queue} {case.priority}{due}"


def _of_rules(old: Rule, new: Rule) -> Iterator[Said]:
    if old.when != new.when:
        yield f"when {told(f'`{old.when}`', f'`{new.when}`')}", "changed"
    if old.strikes != new.strikes:
        yield f"strikes {told(old.strikes, new.strikes)}", _more(old.strikes, new.strikes)
    yield from time_changes(old, new)


def _of_windows(old: Window, new: Window) -> Iterator[Said]:
    if old.condition != new.condition:
        before, after = old.condition or "always", new.condition or "always"
        yield f"when {told(f'`{before}`', f'`{after}`')}", "changed"
    if (old.key, old.member, old.spec.mode) != (new.key, new.member, new.spec.mode):
        yield "counts something else", "changed"
    if old.spec.limit != new.spec.limit:
        yield (
            f"limit {told(old.spec.limit, new.spec.limit)}",
            _more(new.spec.limit, old.spec.limit),
        )
    if old.spec.per_ms != new.spec.per_ms:
        before, after = duration(old.spec.per_ms / 1000), duration(new.spec.per_ms / 1000)
        yield f"per {told(before, after)}", _more(old.spec.per_ms, new.spec.per_ms)


def _effects(old: tuple[Effect, ...], new: tuple[Effect, ...]) -> Iterator[Said]:
    """Compare what is done, track by track: the strictest there, and for how long."""
    for track in ACTIONS:
        before, after = _strictest(old, track), _strictest(new, track)
        if before == after:
            continue
        text = told(
            effect_told(before) if before else "nothing",
            effect_told(after) if after else "nothing",
        )
        yield f"{track} {text}", _more(_weight(before), _weight(after))
    care = [any(effect.kind == "care" for effect in each) for each in (old, new)]
    if care[0] != care[1]:
        yield "care " + ("is given" if care[1] else "is not given any more"), "changed"


def _strictest(effects: tuple[Effect, ...], track: Track) -> Effect | None:
    found = [effect for effect in effects if effect.track == track and effect.kind != "care"]
    return max(found, key=_weight, default=None)


def _weight(effect: Effect | None) -> tuple[int, float]:
    if effect is None or not is_restriction(effect.kind):
        return -1, 0.0
    return strictness(effect.track, effect.kind), inf if effect.for_s is None else effect.for_s


def _sets(name: str, old: frozenset[str], new: frozenset[str], grows: Way) -> Iterator[Said]:
    shrinks: Way = "milder" if grows == "stricter" else "stricter"
    if new - old:
        yield f"{name} also {', '.join(sorted(new - old))}", grows
    if old - new:
        yield f"{name} no more {', '.join(sorted(old - new))}", shrinks


def _more(before: float | tuple[int, float], after: float | tuple[int, float]) -> Way:
    """Return that more is taken where `after` is more than `before`; both are of one kind."""
    if before == after:
        return "changed"
    pair = (before, after)
    return "stricter" if max(pair) == after else "milder"
