"""What is enough to act is enough to flag: the weaker condition holds wherever the stronger does.

Tried at every threshold that stands in either condition, just below and just above it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, product

from seawall.policy.conditions import flag_of
from seawall.policy.draft import Pack
from seawall.policy.expression import Expression
from seawall.policy.kleene import UNKNOWN, Unknown, value_given
from seawall.policy.problems import Problems
from seawall.policy.term import (
    Arith,
    Choose,
    Compare,
    Constant,
    Every,
    Negative,
    Not,
    Pick,
    Positive,
    Read,
    Some,
    Term,
    Value,
)
from seawall.policy.vocabulary import Name

__all__ = ["TRIED", "acts_imply_flags"]

TRIED = 20_000
"""Cases tried for one rule; conditions with more have their first ones tried."""
_NEAR = 1e-6


def acts_imply_flags(pack: Pack, problems: Problems) -> None:
    """Add a problem for each rule that would act where it would not flag."""
    for rule in pack.rules:
        act, flag = pack.expressions.get(rule.name), pack.expressions.get(flag_of(rule.name))
        if rule.flag is None or act is None or flag is None:
            continue
        case = _counterexample(act, flag)
        if case is not None:
            told = ", ".join(f"{name} = {value:g}" for name, value in sorted(case.items()))
            problems.add(
                rule.flag.where,
                f"{rule.name!r} acts where it does not flag ({told}); "
                "`flag` must be the weaker condition",
            )


def _counterexample(act: Expression, flag: Expression) -> dict[str, float] | None:
    signals = sorted(act.signals | flag.signals)
    levels = sorted({0.0, 1.0, *_tried(act.term), *_tried(flag.term)})
    for values in islice(product(levels, repeat=len(signals)), TRIED):
        scores = dict(zip(signals, values, strict=True))

        def assume(name: Name, scores: dict[str, float] = scores) -> Value | Unknown:
            return UNKNOWN if name.signal is None else scores[name.signal]

        if value_given(act.term, assume) is True and value_given(flag.term, assume) is False:
            return scores
    return None


def _tried(term: Term) -> Iterator[float]:
    """Yield every number of a condition, and what lies right beside it."""
    for value in _numbers(term):
        for near in (value - _NEAR, value, value + _NEAR):
            if 0.0 <= near <= 1.0:
                yield near


def _numbers(term: Term) -> Iterator[float]:
    match term:
        case Constant(value):
            values = value if isinstance(value, tuple) else (value,)
            yield from (each for each in values if type(each) is float)
        case Read():
            return
        case Negative(of) | Positive(of) | Not(of):
            yield from _numbers(of)
        case Pick(of=parts) | Every(of=parts) | Some(of=parts):
            for part in parts:
                yield from _numbers(part)
        case Arith(left=left, right=right) | Compare(left=left, right=right):
            yield from _numbers(left)
            yield from _numbers(right)
        case Choose(test, yes, no):
            for part in (test, yes, no):
                yield from _numbers(part)
