"""Which signals nobody need look for before others are there, since alone they change nothing.

A condition like `pattern.offer and not pattern.caution` is false for every message without the
first: so the second may wait for it. Rules:

1. Of each condition we work out sets of signals without which it cannot hold ("one of these"); each
   is proven by `kleene`, whatever the other names are worth. The cheapest set *wakes* what else the
   condition reads.
2. What wakes a condition never waits, nor does what a condition reads that may hold without any.
3. A condition that is not understood makes all that it reads not wait.
4. A score too low to be anything to a condition is as good as none (`floors`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set

import msgspec

from seawall.policy.floors import floors
from seawall.policy.grammar import Complaint, parse
from seawall.policy.kleene import UNKNOWN, value_given
from seawall.policy.model import Policy
from seawall.policy.term import Every, Some, Term, names_in
from seawall.policy.translate import Translation
from seawall.policy.vocabulary import Vocabulary

__all__ = ["Wait", "needed", "waiting"]

_MOST = 16
"""Sets kept of one condition."""
_PATTERN = "pattern."

Names = frozenset[str]


class Wait(msgspec.Struct, frozen=True):
    """What waits, of one condition: it need not be looked for without any of `wakers`.

    Nor where all signals of one of `needs` are known to be missing. A signal below its floor, where
    it has one, is as good as missing.
    """

    wakers: Names
    needs: tuple[Names, ...]
    waits: Names
    floors: Mapping[str, float] = {}

    def counts(self, name: str, score: float) -> bool:
        """Say whether a signal that is there is anything to the condition."""
        return score >= self.floors.get(name, 0.0)


class _Condition(msgspec.Struct, frozen=True):
    """The signals a condition reads, and sets of which each must have one that is there."""

    reads: Names
    needs: tuple[Names, ...]
    floors: tuple[tuple[str, float], ...] = ()


def waiting(policy: Policy, may_wait: Set[str], cost: Mapping[str, float]) -> tuple[Wait, ...]:
    """Return what may wait and what wakes it.

    `may_wait` are signals that nobody but conditions reads; only those that some condition reads
    do wait. `cost` is what it costs to look for one on every message, against the others.
    """
    conditions = [each for each in _conditions(policy) if not may_wait.isdisjoint(each.reads)]
    early: set[str] = set()
    chosen: list[tuple[Names, _Condition]] = []
    # Those with little choice choose first: what they must have is free for the others.
    for condition in sorted(
        set(conditions), key=lambda each: (len(each.needs), sorted(each.reads))
    ):
        if not condition.needs:
            early |= condition.reads
            continue
        price = {name: cost.get(name, 0.0) for name in may_wait - early}

        def order(names: Names, price: dict[str, float] = price) -> tuple[float, int, list[str]]:
            return sum(price.get(name, 0.0) for name in names), len(names), sorted(names)

        wakers = min(condition.needs, key=order)
        early |= wakers
        chosen.append((wakers, condition))
    late = may_wait - early
    return tuple(
        Wait(wakers, condition.needs, waits, dict(condition.floors))
        for wakers, condition in chosen
        if wakers and (waits := condition.reads & late)
    )


def needed(term: Term) -> tuple[Names, ...]:
    """Return sets of signals: where all of one are 0 the term is False, whatever else is there."""
    match term:
        case Every(of):
            return _few({names for part in of for names in needed(part)})
        case Some(of):
            found: Set[Names] = {frozenset()}
            for part in of:
                found = set(_few({names | more for names in found for more in needed(part)}))
            return tuple(found)
        case _:
            signals = frozenset(name.signal for name in names_in(term) if name.signal is not None)
            alone = {one for each in signals if _is_false(term, one := frozenset({each}))}
            return _few(alone or ({signals} if _is_false(term, signals) else set()))


def _is_false(term: Term, without: Names) -> bool:
    return value_given(term, lambda name: 0.0 if name.signal in without else UNKNOWN) is False


def _few(sets: Set[Names]) -> tuple[Names, ...]:
    return tuple(sorted(sets, key=lambda names: (len(names), sorted(names)))[:_MOST])


def _conditions(policy: Policy) -> Iterator[_Condition]:
    policies = (policy, *policy.rooms.values())
    patterns = {pattern.name for pattern in policy.tables.patterns}
    read_by_rules = {name for one in policies for rule in one.rules for name in rule.signals}
    patterns |= {name.removeprefix(_PATTERN) for name in read_by_rules if _PATTERN in name}
    windows = {
        each.name: each for one in policies for some in one.windows.values() for each in some
    }
    vocabulary = Vocabulary(sorted(patterns), sorted(windows), policy.restrictions.newcomer_s)
    everything = frozenset(f"{_PATTERN}{name}" for name in patterns)
    known: dict[str, Term | None] = {}

    def read(text: str, reads: Names | None) -> _Condition:
        if text not in known:
            known[text] = _term(text, vocabulary)
        term = known[text]
        if term is None:
            return _Condition(reads if reads is not None else everything, ())
        signals = frozenset(name.signal for name in names_in(term) if name.signal is not None)
        if reads is not None and reads != signals:
            return _Condition(reads | signals, ())
        return _Condition(signals, needed(term), tuple(floors(term).items()))

    for one in policies:
        for rule in one.rules:
            yield read(rule.when, rule.signals)
        for asks in one.models.values():
            yield from (read(ask.condition, None) for ask in asks if ask.when is not None)
        for some in one.windows.values():
            yield from (read(each.condition, None) for each in some if each.when is not None)


def _term(text: str, vocabulary: Vocabulary) -> Term | None:
    """Return what was written as a term; None for what is no condition of a rule."""
    tree = parse(text)
    return None if isinstance(tree, Complaint) else Translation(vocabulary, "rule").condition(tree)
