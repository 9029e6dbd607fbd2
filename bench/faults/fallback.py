"""Whether silence was ever taken for consent: what a policy restricts and nobody examined.

A message that the policy restricts may pass only where its verdict says that it was not examined:
`late`, with the reason `unchecked.…`, and then it gets what the policy says for that case.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from bench.faults.crowd import Crowd, Line
from bench.faults.policy import WORDS

__all__ = ["Fallbacks", "fallbacks"]

_UNCHECKED = "unchecked."


class Fallbacks(msgspec.Struct):
    """How verdicts that were not fully examined looked. `passed` and `other` must be 0."""

    late: int = 0
    """Verdicts that say they are."""
    passed: int = 0
    """Messages the policy restricts that were allowed without a word about it."""
    other: int = 0
    """Late verdicts that did neither what the policy found nor what it says for the timeout."""
    causes: dict[str, int] = {}
    """Late verdicts by their first `unchecked` reason; "" for those that name none."""


def fallbacks(
    crowds: Iterable[Crowd], fallback: str = "allow", words: Mapping[str, str] = WORDS
) -> Fallbacks:
    """Hold every first verdict against what the policy does to such a message."""
    found = Fallbacks(causes={})
    for crowd in crowds:
        for ref, lines in crowd.verdicts.items():
            _look(found, lines[0], _due(crowd.sent[ref]["text"], words), fallback)
    return found


def _look(found: Fallbacks, verdict: Line, due: str, fallback: str) -> None:
    action = verdict["action"]
    rules = [reason["rule"] for reason in verdict["reasons"]]
    if verdict.get("late"):
        found.late += 1
        cause = next((rule for rule in rules if rule.startswith(_UNCHECKED)), "")
        found.causes[cause] = found.causes.get(cause, 0) + 1
        # A window or a mute may stand above both.
        found.other += action not in (due, fallback) and not set(rules) - {cause}
    elif action == "allow" and due != "allow":
        found.passed += 1


def _due(text: str, words: Mapping[str, str]) -> str:
    return next((words[word] for word in text.split() if word in words), "allow")
