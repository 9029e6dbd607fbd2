"""A stream is cut by itself for a known-bad hash only, or for what was seen several times or by two
detectors, and then after a person could say no."""

from __future__ import annotations

from collections.abc import Iterable

from seawall.policy.draft import Pack, RuleDraft
from seawall.policy.expression import Expression
from seawall.policy.kleene import UNKNOWN, Unknown, value_given
from seawall.policy.model import takes_step
from seawall.policy.problems import Problems
from seawall.policy.term import Value
from seawall.policy.vocabulary import Name

__all__ = ["cuts_are_sure"]

_LIST = "hash."
_ONE_DETECTOR = ("image.sexual", "image.graphic")
"""Two signals of one model."""


def cuts_are_sure(pack: Pack, problems: Problems) -> None:
    """Add a problem for each rule that would cut on too little."""
    for rule in pack.rules:
        expression = pack.expressions.get(rule.name)
        if rule.stage != "act" or expression is None or rule.sure or not _cuts(rule, pack):
            continue
        hashes = [name for name in expression.signals if name.startswith(_LIST)]
        if _is_false_without(expression, hashes):
            continue
        often = rule.over is not None and rule.over.hits >= 2
        if (often or _detectors(expression) >= 2) and not rule.at_once:
            continue
        problems.add(
            rule.where,
            f"{rule.name!r} cuts a stream by itself: that needs a known-bad hash, or `over` with 2 "
            "hits or more, or two detectors, and a veto besides; `sure: true` says it all the same",
        )
    for window in pack.windows:
        if window.stage == "act" and any(effect.kind == "cut" for effect in window.then):
            problems.add(window.where, f"a window cannot cut a stream, as {window.name!r} does")


def _cuts(rule: RuleDraft, pack: Pack) -> bool:
    if any(effect.kind == "cut" for effect in rule.then):
        return True
    steps = pack.manifest.stream_ladder.steps
    return takes_step(rule.then) and any(step.kind == "cut" for step in steps)


def _detectors(expression: Expression) -> int:
    """Count the detectors without whose signals the condition is known to be false."""
    found: dict[str, list[str]] = {}
    for signal in expression.signals:
        found.setdefault(_detector(signal), []).append(signal)
    return sum(_is_false_without(expression, signals) for signals in found.values())


def _detector(signal: str) -> str:
    """Return whose signal it is: a model's own name for classifiers of the operator's."""
    if signal in _ONE_DETECTOR:
        return "image"
    parts = signal.split(".")
    return ".".join(parts[:2]) if parts[0] in ("image", "onnx") else parts[0]


def _is_false_without(expression: Expression, signals: Iterable[str]) -> bool:
    silent = frozenset(signals)

    def assume(name: Name) -> Value | Unknown:
        return 0.0 if name.signal in silent else UNKNOWN

    return bool(silent) and value_given(expression.term, assume) is False
