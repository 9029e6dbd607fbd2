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
from seawall.policy.waiting import waiting
from seawall.signals import Signal

__all__ = ["Late", "late_patterns"]

_UNSEARCHABLE = 1.0
_NOBODY: frozenset[int] = frozenset()


def late_patterns(policy: Policy) -> dict[str, frozenset[int]]:
    """Return the numbers of the patterns that may wait, by each signal that wakes them.

    What has a category can be shown as a reason, and split over messages: it never waits.
    """
    patterns = policy.tables.patterns
    numbers: dict[str, list[int]] = {}
    for number, pattern in enumerate(patterns):
        numbers.setdefault(f"pattern.{pattern.name}", []).append(number)
    shown = {f"pattern.{each.name}" for each in patterns if each.category is not None}
    cost = {name: sum(_cost(patterns[at]) for at in own) for name, own in numbers.items()}
    return {
        waker: frozenset(number for name in names for number in numbers[name])
        for waker, names in waiting(policy, numbers.keys() - shown, cost).items()
    }


class Late:
    """Finds patterns that wait, `woken` being the numbers of those each signal wakes."""

    def __init__(self, patterns: Patterns, woken: dict[str, frozenset[int]]) -> None:
        self._woken = woken
        self._patterns = patterns
        self.numbers: frozenset[int] = frozenset().union(*woken.values())
        early = frozenset(range(len(patterns.regexes))) - self.numbers
        self._pick = Gate(patterns.regexes, skip=early).pick

    def woken(self, names: Iterable[str]) -> Set[int]:
        """Return the numbers of those that signals of these names wake."""
        woken = [self._woken[name] for name in names if name in self._woken]
        return frozenset().union(*woken) if woken else _NOBODY

    def find(self, text: Folded, woken: Set[int]) -> dict[int, Signal]:
        """Return a signal by number for each of these patterns that matches."""
        picked = (self._pick(text.padded) | self._patterns.open_late) & woken
        return self._patterns.tried(text, picked) if picked else {}


def _cost(pattern: Pattern) -> float:
    """Return about how often a pattern has to be tried."""
    ways = required(pattern.regex, plain=True)
    if ways is None:
        return _UNSEARCHABLE
    literals: Sequence[str] = [literal for way in ways for literal in way[0]]
    return sum(chance(literal.replace(EDGE, " ")) for literal in literals)
