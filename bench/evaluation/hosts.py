"""Look-alike hosts, judged with every list switched off: a list scores 100 % on itself."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np

from bench.evaluation.cases import HOST_SETS, objects
from bench.evaluation.judging import without_lists
from bench.evaluation.measures import average_precision
from detectors.inline import InlineDetectors
from seawall.events import User
from seawall.fold import fold
from seawall.policy.model import Policy

__all__ = ["HostScore", "score_hosts"]

LEAST_FALSE = (0.005, 0.01, 0.05)
_LEVELS = (0.6, 0.8)
"""What the shipped rules ask for: held from 0.6 on, blocked for young accounts from 0.8 on."""
_VIEWER = User("viewer")


class HostScore(msgspec.Struct):
    """How look-alike scores tell bad hosts from the legitimate ones that look alike."""

    hosts: dict[str, int]
    legitimate: int
    average_precision: float | None
    recall_at_false: dict[str, float]
    at_level: dict[str, dict[str, float]]
    never_learned: dict[str, dict[str, float]]


def score_hosts(data: Path, policy: Policy) -> HostScore | None:
    """Score the lists of hosts; None where there are none."""
    bad: dict[str, list[float]] = {}
    good: list[float] = []
    detectors = InlineDetectors(without_lists(policy))
    for name in HOST_SETS:
        file = data / ("eval_only" if name.endswith("evalonly") else "text") / f"{name}.jsonl"
        for row in objects(file) if file.is_file() else ():
            text = row["text"] if "://" in row["text"] else f"https://{row['text']}/"
            signals = detectors.detect(fold(text), _VIEWER)
            score = signals.scores.get("link.lookalike", 0.0)
            if row["label"] == 1:
                bad.setdefault(name, []).append(score)
            else:
                good.append(score)
    if not bad or not good:
        return None
    learned = np.array(bad.get("phish_domains", []))
    harmless = np.array(good)
    scores = np.concatenate((learned, harmless))
    violating = np.arange(len(scores)) < len(learned)
    return HostScore(
        {name: len(found) for name, found in bad.items()},
        len(good),
        average_precision(scores, violating),
        {f"{share:.1%}": _recall(learned, harmless, share) for share in LEAST_FALSE},
        {f"{level:g}": _at(level, learned, harmless) for level in _LEVELS},
        {f"{level:g}": _at(level, np.array(bad.get("phish_domains_evalonly", [0.0])), harmless)
         for level in _LEVELS},
    )  # fmt: skip


def _recall(bad: np.ndarray, good: np.ndarray, share: float) -> float:
    """Return the recall at the lowest threshold that flags at most a share of the good hosts."""
    allowed = int(share * len(good))
    ranked = np.sort(good)[::-1]
    threshold = ranked[allowed] if allowed < len(ranked) else -1.0
    return float(np.mean(bad > threshold)) if len(bad) else 0.0


def _at(level: float, bad: np.ndarray, good: np.ndarray) -> dict[str, float]:
    return {"recall": float(np.mean(bad >= level)), "false": float(np.mean(good >= level))}
