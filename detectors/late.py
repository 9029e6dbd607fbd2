"""Patterns that wait: looked for only once something is there that makes them count.

Most of what ordinary chat matches are patterns that only ever matter beside others: "how do I" is
no reason for anything, it is one against something. `seawall.policy.waiting` says which may wait
and what wakes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set

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
        self._by_waker: dict[str, list[Wait]] = {}
        for wait in waits:
            for waker in wait.wakers:
                self._by_waker.setdefault(waker, []).append(wait)
        early = frozenset(range(len(patterns.regexes))) - patterns.late
        self._pick = Gate(patterns.regexes, skip=early, told=patterns.told).pick

    def find(self, texts: Sequence[Folded], names: Iterable[str]) -> list[dict[int, Signal]]:
        """Return what counts beside signals of these names: by text, by pattern, a signal.

        Mostly nothing, and then nothing at all is returned.
        """
        awake = [wait for name in names for wait in self._by_waker.get(name, ())]
        if not awake:
            return []
        picked = [self._picked(text) for text in texts]
        there = {self._names[number] for some in picked for number in some}
        there.update(names)
        wanted: set[str] = set()
        for wait in awake:
            for need in wait.needs:
                if there.isdisjoint(need):
                    break
            else:
                wanted |= wait.waits
        return self._tried(texts, picked, wanted) if not wanted.isdisjoint(there) else []

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


def _cost(pattern: Pattern) -> float:
    """Return about how often a pattern has to be tried."""
    ways = required(pattern.regex, plain=True)
    if ways is None:
        return _UNSEARCHABLE
    literals: Sequence[str] = [literal for way in ways for literal in way[0]]
    return sum(chance(literal.replace(EDGE, " ")) for literal in literals)
