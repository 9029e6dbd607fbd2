"""From a checked term to a Python function: written out as source, compiled once.

Only texts and numbers that the checker read are ever written into the source, by `repr`; the
function sees no builtins but the five named here.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, assert_never

from seawall.policy.measures import days, minutes, number
from seawall.policy.model import Test
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
)

__all__ = ["emit", "python_source"]

_CALLABLE = MappingProxyType(
    {
        "abs": abs,
        "days": days,
        "len": len,
        "max": max,
        "min": min,
        "minutes": minutes,
        "number": number,
    }
)


def emit(term: Term, newcomer_s: float, where: str) -> Test:
    """Return the function that answers the term for an Env; `where` shows in its tracebacks."""
    code = compile(f"lambda e: {python_source(term)}", f"<policy {where}>", "eval")
    # Any: eval is typed so; what comes out of this source is a Test.
    scope: dict[str, Any] = {"__builtins__": {}, "newcomer": newcomer_s / 60.0, **_CALLABLE}
    test: Test = eval(code, scope)
    return test


def python_source(term: Term) -> str:
    """Return the Python expression that reads an Env called ``e``."""
    match term:
        case Constant(value):
            # A set right of `in` is folded into a constant when the source is compiled.
            return f"{{{', '.join(map(repr, value))}}}" if isinstance(value, tuple) else repr(value)
        case Read(name):
            return name.read
        case Negative(of):
            return f"(-{python_source(of)})"
        case Arith(sign, left, right):
            return f"({_float(left)} {sign} {_float(right)})"
        case Pick(function, of):
            return f"{function}({', '.join(map(python_source, of))})"
        case Positive(of):
            return f"({python_source(of)} > 0.0)"
        case Not(of):
            return f"(not {python_source(of)})"
        case Every(of):
            return f"({' and '.join(map(python_source, of))})"
        case Some(of):
            return f"({' or '.join(map(python_source, of))})"
        case Compare(sign, left, right):
            return f"({python_source(left)} {sign} {python_source(right)})"
        case Choose(test, yes, no):
            return f"({python_source(yes)} if {python_source(test)} else {python_source(no)})"
        case _:
            assert_never(term)


def _float(term: Term) -> str:
    source = python_source(term)
    return f"number({source})" if _may_be_whole(term) else source


def _may_be_whole(term: Term) -> bool:
    """Say whether a number may come as an int, which may be too large to mix with a float."""
    match term:
        case Read(name):
            return name.whole
        case Negative(of):
            return _may_be_whole(of)
        case Pick(of=parts):
            return any(map(_may_be_whole, parts))
        case Choose(_, yes, no):
            return _may_be_whole(yes) or _may_be_whole(no)
        case _:
            return False
