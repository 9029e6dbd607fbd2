"""Compiles the conditions of a pack's rules and windows, in the words that this pack knows."""

from __future__ import annotations

from collections.abc import Iterator

from seawall.policy.draft import Pack, Placed, WindowDraft
from seawall.policy.expression import Expression, check_expression
from seawall.policy.problems import Problems
from seawall.policy.vocabulary import Scope, Vocabulary

__all__ = ["compiled_conditions", "flag_of", "scope_of", "vocabulary_of"]


def vocabulary_of(pack: Pack) -> Vocabulary:
    """Return the vocabulary with the pack's own patterns and windows."""
    return Vocabulary(
        (pattern.value.name for pattern in pack.patterns if pattern.value.name),
        (window.name for window in pack.windows if window.name),
        pack.manifest.newcomer_s,
    )


def compiled_conditions(
    pack: Pack, vocabulary: Vocabulary, problems: Problems
) -> dict[str, Expression]:
    """Return the conditions that are sound, by the name of their rule or window."""
    found: dict[str, Expression] = {}
    for name, scope, when in _written(pack):
        if not when.value:
            continue  # a problem already
        checked = check_expression(when.value, vocabulary, scope, str(when.where))
        if not isinstance(checked, Expression):
            for complaint in checked:
                problems.add(when.where, complaint.message, complaint.suggestion)
            continue
        if checked.always is not None:
            word = "always" if checked.always else "never"
            problems.warn(when.where, f"the condition of {name!r} is {word} true")
        found[name] = checked
    return found


def scope_of(window: WindowDraft) -> Scope:
    """Say what a window's condition can know."""
    return "join" if "join" in window.on else "window"


def flag_of(rule: str) -> str:
    """Return what the weaker condition of a rule is filed under: nothing else has this name."""
    return f"flag of {rule}"


def _written(pack: Pack) -> Iterator[tuple[str, Scope, Placed[str]]]:
    for rule in pack.rules:
        yield rule.name, "rule", rule.when
        if rule.flag is not None:
            yield flag_of(rule.name), "rule", rule.flag
    for window in pack.windows:
        if window.when is not None:
            yield window.name, scope_of(window), window.when
    for ask in pack.asks:
        if ask.when is not None:
            yield ask.name, "window", ask.when
