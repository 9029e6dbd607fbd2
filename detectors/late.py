"""Patterns that wait: looked for only once something is there that makes them count.

Most of what ordinary chat matches are patterns that only ever matter beside others: "how do I" is
no reason for anything, it is one against something. `seawall.policy.waiting` says which may wait
and what wakes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set

from detectors.gate import Gate
from detectors.rarity import chance
from detectors.required import EDGE, required
from detectors.text.patterns import Patterns
from seawall.fold import Folded
from seawall.policy.model import Pattern, Policy
from seawall.policy.waiting import Wait, waiting
from seawall.signals import Signal

__all__ = ["Late", "waits_of"]

_UNSEARCHABLE = 1.0


def waits_of(policy: Policy) -> tuple[Wait, ...]:
    """Return which patterns may wait for what.

    What has a category can be shown as a reason, and split over messages: it never waits.
    """
    cost: dict[str, float] = {}
    shown = set()
    for pattern in policy.tables.patterns:
        name = f"pattern.{pattern.name}"
        cost[name] = cost.get(name, 0.0) + _cost(pattern)
        if pattern.category is not None:
            shown.add(name)
    return waiting(policy, cost.keys() - shown, cost)


class Late:
    """Finds patterns that wait: the numbers of `waits`, among all patterns."""

    def __init__(self, patterns: Patterns, waits: tuple[Wait, ...]) -> None:
        self._patterns = patterns
        self._names = patterns.signals
        self._late = frozenset().union(*(wait.waits for wait in waits))
        self._by_waker: dict[str, list[Wait]] = {}
        self._by_need: dict[str, list[Wait]] = {}
        for wait in waits:
            for waker in wait.wakers:
                self._by_waker.setdefault(waker, []).append(wait)
            for name in frozenset().union(*wait.needs):
                self._by_need.setdefault(name, []).append(wait)
        early = frozenset(range(len(patterns.regexes))) - patterns.late
        self._pick = Gate(patterns.regexes, skip=early, told=patterns.told).pick

    def find(self, texts: Sequence[Folded], scores: Mapping[str, float]) -> list[dict[int, Signal]]:
        """Return what counts beside signals of these scores: by text, by pattern, a signal.

        Mostly nothing, and then nothing at all is returned.
        """
        awake = [
            wait
            for name in scores
            for wait in self._by_waker.get(name, ())
            if self._may_hold(wait, scores)
        ]
        if not awake:
            return []
        picked = [self._picked(text) for text in texts]
        there = {self._names[number] for some in picked for number in some}
        wanted: set[str] = set()
        for wait in awake:
            if all(not there.isdisjoint(n) or _any_of(n, wait, scores) for n in wait.needs):
                wanted |= wait.waits
        there.update(scores)
        return self._tried(texts, picked, wanted) if not wanted.isdisjoint(there) else []

    def stirs(self, more: Iterable[Signal], scores: Mapping[str, float]) -> bool:
        """Tell whether signals that came to these scores make anything count besides."""
        return any(
            self._may_hold(wait, scores)
            for name in {signal.name for signal in more}
            for wait in self._by_need.get(name, ())
            if wait.counts(name, scores[name])
        )

    def _may_hold(self, wait: Wait, scores: Mapping[str, float]) -> bool:
        """Tell whether it takes no more than patterns nobody has looked for yet."""
        late = self._late
        return all(_any_of(need, wait, scores) or not late.isdisjoint(need) for need in wait.needs)

    def find_all(self, texts: Sequence[Folded]) -> list[dict[int, Signal]]:
        """Return what matches, whatever else is there."""
        return self._tried(texts, [self._picked(text) for text in texts], set(self._names))

    def _picked(self, text: Folded) -> dict[int, int]:
        """Return what can match: as a gate picks it, by its number."""
        picked = self._pick(text.padded) | self._patterns.open_late
        return {each if each >= 0 else ~each: each for each in sorted(picked, reverse=True)}

    def _tried(
        self, texts: Sequence[Folded], picked: list[dict[int, int]], wanted: Set[str]
    ) -> list[dict[int, Signal]]:
        names = self._names
        return [
            self._patterns.tried(
                text, {each for number, each in some.items() if names[number] in wanted}
            )
            for text, some in zip(texts, picked, strict=True)
        ]


def _any_of(names: Set[str], wait: Wait, scores: Mapping[str, float]) -> bool:
    return any(name in scores and wait.counts(name, scores[name]) for name in names)


def _cost(pattern: Pattern) -> float:
    """Return about how often a pattern has to be tried."""
    ways = required(pattern.regex, plain=True)
    if ways is None:
        return _UNSEARCHABLE
    literals: Sequence[str] = [literal for way in ways for literal in way[0]]
    return sum(chance(literal.replace(EDGE, " ")) for literal in literals)
