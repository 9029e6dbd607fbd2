"""What policy says of a message that nobody examined whole: allow, hold or block.

Silence is never consent, so somebody has to say what happens then: the budget of the surface, by
what went wrong and by category. Where a detector that was left out could have found something of a
category with a word of its own, that word counts; the strictest of all does.
"""

from __future__ import annotations

from seawall.actions import strictest
from seawall.policy.model import Budget, Policy, Rule, Word
from seawall.shedding import MODEL_SIGNALS, shed_signals

__all__ = ["CAUSES", "unexamined", "unrecorded"]

CAUSES: dict[str, str] = {
    "detect": "detect",
    "model": "model",
    "timeout": "load",
    "lean": "load",
    "full": "load",
    "journal": "journal",
}
"""Why a message was not examined whole, and the cause that is told for it."""
_SHED = shed_signals()


def unexamined(policy: Policy, surface: str, cause: str) -> Word:
    """Return the word for a message that was not examined whole.

    `cause` is `detect` (a detector failed), `model` (one that is asked of every message did not
    answer in time), `timeout` (older than its budget before it was judged)
    or the state of load it was judged in, `lean` or `full`.
    """
    key = f"{surface} {cause}"
    known = policy.fallbacks.get(key)
    if known is None:
        known = policy.fallbacks[key] = _strictest(policy, surface, cause)
    return known


def unrecorded(policy: Policy, surface: str, category: str) -> Word:
    """Return the word for a restriction of a category that could not be recorded."""
    budget = policy.budgets[surface]
    return _own(budget, category) or budget.on_timeout


def _strictest(policy: Policy, surface: str, cause: str) -> Word:
    budget = policy.budgets[surface]
    base = budget.on_load.get(cause, budget.on_timeout)
    if cause == "full" and "full" not in budget.on_load:
        base = budget.on_load.get("lean", budget.on_timeout)
    if not budget.categories:
        return base
    missed = {rule.category for rule in policy.rules if _could_have_acted(rule, surface, cause)}
    words = [_own(budget, category) or base for category in sorted(missed)] or [base]
    found = words[0]
    for word in words[1:]:
        if strictest("message", found, word) != found:
            found = word
    return found


def _could_have_acted(rule: Rule, surface: str, cause: str) -> bool:
    if surface not in rule.on or rule.stage == "shadow":
        return False
    if all(effect.kind in ("allow", "care") for effect in rule.then):
        return False
    missed = MODEL_SIGNALS if cause == "model" else _SHED
    return cause == "detect" or any(name.startswith(missed) for name in rule.signals)


def _own(budget: Budget, category: str) -> Word | None:
    """Return a category's own word: its own, or that of what it is part of."""
    while category:
        word = budget.categories.get(category)
        if word is not None:
            return word
        category = category.rpartition(".")[0]
    return None
