"""A checked expression: the few things one may say, each with its kind.

Everything after the checker works on these: the meaning is here, Python is only how it is written
and how it is run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, assert_never

from seawall.policy.vocabulary import Kind, Name

__all__ = [
    "Arith",
    "Choose",
    "Compare",
    "Constant",
    "Every",
    "Negative",
    "Not",
    "Operator",
    "Pick",
    "Positive",
    "Read",
    "Some",
    "Sum",
    "Term",
    "Value",
    "names_in",
    "parts_of",
]

Value = bool | float | str | tuple[float, ...] | tuple[str, ...]
"""What an expression computes with; whole numbers are floats too."""
Sum = Literal["+", "-", "*", "/"]
Operator = Literal["==", "!=", "<", "<=", ">", ">=", "in", "not in"]


@dataclass(frozen=True, slots=True)
class Constant:
    """A value written down."""

    value: Value
    kind: Kind


@dataclass(frozen=True, slots=True)
class Read:
    """A name of the vocabulary."""

    name: Name

    @property
    def kind(self) -> Kind:
        """The name's kind."""
        return self.name.kind


@dataclass(frozen=True, slots=True)
class Negative:
    """A number with its sign turned."""

    of: Term
    kind: Kind = Kind.NUMBER


@dataclass(frozen=True, slots=True)
class Arith:
    """Two numbers made into one; what follows ``/`` is a constant other than 0."""

    sign: Sum
    left: Term
    right: Term
    kind: Kind = Kind.NUMBER


@dataclass(frozen=True, slots=True)
class Pick:
    """The smallest or largest of several numbers, or one without its sign."""

    function: Literal["min", "max", "abs"]
    of: tuple[Term, ...]
    kind: Kind = Kind.NUMBER


@dataclass(frozen=True, slots=True)
class Positive:
    """A number taken for a condition: it is over 0."""

    of: Term
    kind: Kind = Kind.YES_NO


@dataclass(frozen=True, slots=True)
class Not:
    """A condition turned round."""

    of: Term
    kind: Kind = Kind.YES_NO


@dataclass(frozen=True, slots=True)
class Every:
    """All of the conditions hold; they are tried in order."""

    of: tuple[Term, ...]
    kind: Kind = Kind.YES_NO


@dataclass(frozen=True, slots=True)
class Some:
    """One of the conditions holds; they are tried in order."""

    of: tuple[Term, ...]
    kind: Kind = Kind.YES_NO


@dataclass(frozen=True, slots=True)
class Compare:
    """Two values compared."""

    operator: Operator
    left: Term
    right: Term
    kind: Kind = Kind.YES_NO


@dataclass(frozen=True, slots=True)
class Choose:
    """One of two values of the same kind."""

    test: Term
    yes: Term
    no: Term
    kind: Kind


Term = Constant | Read | Negative | Arith | Pick | Positive | Not | Every | Some | Compare | Choose


def parts_of(term: Term) -> tuple[Term, ...]:
    """Return the terms that a term is made of, in the order written."""
    match term:
        case Constant() | Read():
            return ()
        case Negative(of) | Positive(of) | Not(of):
            return (of,)
        case Pick(of=parts) | Every(of=parts) | Some(of=parts):
            return parts
        case Arith(left=left, right=right) | Compare(left=left, right=right):
            return (left, right)
        case Choose(test, yes, no):
            return (test, yes, no)
        case _:
            assert_never(term)


def names_in(term: Term) -> Iterator[Name]:
    """Go through the names a term reads, as often as it reads them."""
    if isinstance(term, Read):
        yield term.name
    for part in parts_of(term):
        yield from names_in(part)
