"""What a term is worth while only some of its names are known, as far as that can be told.

Three-valued logic after Kleene: what is unknown stays so unless the rest decides it. `UNKNOWN and
False` is False; `UNKNOWN * 0` is unknown, since the arithmetic here must be what runs, to the last
bit.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any, Final, assert_never

from seawall.policy.term import (
    Arith,
    Choose,
    Compare,
    Constant,
    Every,
    Negative,
    Not,
    Operator,
    Pick,
    Positive,
    Read,
    Some,
    Sum,
    Term,
    Value,
)
from seawall.policy.vocabulary import Name

__all__ = ["UNKNOWN", "Assumption", "Unknown", "quiet_value", "value_given"]


class Unknown(Enum):
    """The third value."""

    UNKNOWN = "unknown"


UNKNOWN: Final = Unknown.UNKNOWN
Assumption = Callable[[Name], Value | Unknown]
"""What is taken for known about each name."""

# Any: the kinds of both sides were checked when the term was made.
_SUMS: dict[Sum, Callable[[Any, Any], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}
_OPERATORS: dict[Operator, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": lambda left, right: left in right,
    "not in": lambda left, right: left not in right,
}
_PICKS: dict[str, Callable[..., float]] = {"min": min, "max": max, "abs": abs}


def quiet_value(term: Term) -> Value | Unknown:
    """Return what the term is worth for every Env without signals, or UNKNOWN."""
    return value_given(term, lambda name: UNKNOWN if name.signal is None else 0.0)


def value_given(term: Term, assume: Assumption) -> Value | Unknown:
    """Return what the term is worth for every Env in which the names have the assumed values."""
    match term:
        case Constant(value):
            return value
        case Read(name):
            return assume(name)
        case Negative(of):
            return _applied(operator.neg, assume, of)
        case Positive(of):
            return _applied(lambda value: value > 0.0, assume, of)
        case Not(of):
            return _applied(operator.not_, assume, of)
        case Arith(sign, left, right):
            return _applied(_SUMS[sign], assume, left, right)
        case Compare(sign, left, right):
            return _applied(_OPERATORS[sign], assume, left, right)
        case Pick(function, of):
            return _applied(_PICKS[function], assume, *of)
        case Every(of):
            return _first(of, assume, decisive=False)
        case Some(of):
            return _first(of, assume, decisive=True)
        case Choose(test, yes, no):
            return _chosen(*(value_given(part, assume) for part in (test, yes, no)))
        case _:
            assert_never(term)


# Any: as above.
def _applied(function: Callable[..., Any], assume: Assumption, *terms: Term) -> Value | Unknown:
    values = [value_given(term, assume) for term in terms]
    if UNKNOWN in values:
        return UNKNOWN
    result: Value = function(*values)
    return result


def _first(terms: Iterable[Term], assume: Assumption, *, decisive: bool) -> Value | Unknown:
    values = [value_given(term, assume) for term in terms]
    if decisive in values:
        return decisive
    return UNKNOWN if UNKNOWN in values else not decisive


def _chosen(test: Value | Unknown, yes: Value | Unknown, no: Value | Unknown) -> Value | Unknown:
    if test is UNKNOWN:
        return yes if yes == no else UNKNOWN
    return yes if test else no
