"""The checked subset of Python expressions that rules and windows are written in.

Text becomes a tree (`grammar`), the tree a checked term (`translate`), the term a function
(`emit`); `kleene` tells whether it can be true without any signal.
"""

from __future__ import annotations

from dataclasses import dataclass

from seawall.errors import PolicyError
from seawall.policy.emit import emit
from seawall.policy.grammar import Complaint, parse
from seawall.policy.kleene import quiet_value
from seawall.policy.model import Test
from seawall.policy.term import Term, names_in
from seawall.policy.translate import Translation
from seawall.policy.vocabulary import Name, Scope, Vocabulary

__all__ = ["Expression", "check_expression", "compile_expression"]


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression that was checked and compiled.

    `names` are all it reads, `signals` the signals among them. `triggered` says that it is known to
    be false for every Env that carries none of its signals; `always` that it is known to be the
    same, True or False, whatever the Env.
    """

    text: str
    term: Term
    test: Test
    names: tuple[Name, ...]
    signals: frozenset[str]
    triggered: bool
    always: bool | None


def check_expression(
    text: str, vocabulary: Vocabulary, scope: Scope = "rule", where: str = ""
) -> Expression | tuple[Complaint, ...]:
    """Return the expression, or everything that is wrong with it. Never raises."""
    tree = parse(text)
    if isinstance(tree, Complaint):
        return (tree,)
    translation = Translation(vocabulary, scope)
    term = translation.condition(tree)
    if term is None:
        return tuple(dict.fromkeys(translation.complaints))
    names = tuple({name.name: name for name in names_in(term)}.values())
    signals = frozenset(name.signal for name in names if name.signal is not None)
    quiet = quiet_value(term)
    return Expression(
        " ".join(text.split()),
        term,
        emit(term, vocabulary.newcomer_s, where or "expression"),
        names,
        signals,
        triggered=bool(signals) and quiet is False,
        always=bool(quiet) if not names else None,
    )


def compile_expression(
    text: str, vocabulary: Vocabulary, scope: Scope = "rule", where: str = ""
) -> Expression:
    """Return the expression; raise PolicyError with everything that is wrong with it."""
    checked = check_expression(text, vocabulary, scope, where)
    if isinstance(checked, Expression):
        return checked
    prefix = f"{where}: " if where else ""
    raise PolicyError(
        tuple(
            f"{prefix}{complaint.message}"
            + (f"; did you mean {complaint.suggestion!r}?" if complaint.suggestion else "")
            for complaint in checked
        )
    )
