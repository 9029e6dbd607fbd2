"""Changes of what policy says of streams: rules over time, their ladder, how media is examined."""

from __future__ import annotations

from collections.abc import Iterator

from seawall.policy.diff_words import Change, Way, duration, told
from seawall.policy.model import Policy, Rule
from seawall.policy.streams import MediaPolicy, Nobody, Over, StreamLadder, Veto

__all__ = ["over_told", "step_told", "stream_changes", "time_changes", "veto_told"]

_NOBODY: dict[Nobody, int] = {"keep": 0, "case": 1, "cut": 2}


def time_changes(old: Rule, new: Rule) -> Iterator[tuple[str, Way]]:
    """Yield what is otherwise in when a rule acts on a stream."""
    if old.over != new.over:
        way = _way(_often(old.over), _often(new.over))
        yield f"over {told(over_told(old.over), over_told(new.over))}", way
    if old.flag != new.flag:
        yield f"flag {told(old.flag or 'none', new.flag or 'none')}", "changed"
    if old.cooldown_s != new.cooldown_s:
        text = told(duration(old.cooldown_s), duration(new.cooldown_s))
        yield f"cooldown {text}", _less(old.cooldown_s, new.cooldown_s)
    if (old.veto, old.at_once) != (new.veto, new.at_once):
        text = told(veto_told(old.veto, old.at_once), veto_told(new.veto, new.at_once))
        yield f"veto {text}", _vetoes(old, new)


def stream_changes(old: Policy, new: Policy) -> Iterator[Change]:
    """Yield what is otherwise in the ladder of streams and in how media is examined."""
    if old.stream_ladder != new.stream_ladder:
        text = told(_ladder_told(old.stream_ladder), _ladder_told(new.stream_ladder))
        yield Change("policy", "stream_ladder", text, "changed", True)
    yield from media_changes(old.media, new.media)


def media_changes(old: MediaPolicy, new: MediaPolicy) -> Iterator[Change]:
    """Yield what is otherwise in how media is examined; another veto may be dangerous."""
    for name in old.__struct_fields__:
        before, after = getattr(old, name), getattr(new, name)
        if before == after:
            continue
        text = told(_shown(before), _shown(after))
        way: Way = "changed"
        if isinstance(before, Veto) and isinstance(after, Veto):
            way = _way(_weight(before), _weight(after))
        yield Change("media", name, text, way, name == "veto" and way != "milder")


def over_told(over: Over | None) -> str:
    """Return how often a rule must be met, in words."""
    if over is None:
        return "every time"
    return f"{over.hits} of the last {over.of} within {duration(over.within_s)}"


def veto_told(veto: Veto | None, at_once: bool) -> str:
    """Return how long a cut waits, in words."""
    if at_once:
        return "none"
    return "as usual" if veto is None else f"{duration(veto.for_s)}, then {veto.nobody}"


def step_told(kind: str, for_s: float | None) -> str:
    """Return a step of the ladder, in words."""
    return kind if for_s is None else f"{kind} for {duration(for_s)}"


def _ladder_told(ladder: StreamLadder) -> str:
    if not ladder.steps:
        return "none"
    steps = ", ".join(step_told(step.kind, step.for_s) for step in ladder.steps)
    pause, memory = duration(ladder.pause_s), duration(ladder.memory_s)
    return f"{steps} (pause {pause}, memory {memory})"


def _often(over: Over | None) -> tuple[float, ...]:
    """Return how easily a rule acts, as numbers that all grow with it."""
    if over is None:
        return 0.0, 1e6, 1e6
    return -float(over.hits), float(over.of), over.within_s


def _weight(veto: Veto) -> tuple[float, ...]:
    return -veto.for_s, float(_NOBODY[veto.nobody])


def _vetoes(old: Rule, new: Rule) -> Way:
    if old.at_once != new.at_once:
        return "stricter" if new.at_once else "milder"
    if old.veto is None or new.veto is None:
        return "changed"
    return _way(_weight(old.veto), _weight(new.veto))


def _way(before: tuple[float, ...], after: tuple[float, ...]) -> Way:
    """Return which way all numbers go; `changed` where they do not agree."""
    pairs = list(zip(before, after, strict=True))
    if all(one <= two for one, two in pairs):
        return "stricter"
    return "milder" if all(one >= two for one, two in pairs) else "changed"


def _less(before: float, after: float) -> Way:
    return "stricter" if after < before else "milder"


def _shown(value: object) -> str:
    if isinstance(value, frozenset):
        return ", ".join(sorted(map(str, value))) or "nothing"
    if isinstance(value, Veto):
        return veto_told(value, False)
    return f"{value:g}" if isinstance(value, float) else str(value) or "none"
