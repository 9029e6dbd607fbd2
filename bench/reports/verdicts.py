"""How a run ended: passed or not, what was missed, what may not be used and what was broken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from bench.reports.words import bar_of
from bench.shapes.result import Figure, FlowFound, Ratio, Result, Window

__all__ = [
    "Verdict",
    "balance",
    "broken_promises",
    "left_out",
    "missed",
    "quiet",
    "remarks",
    "verdict",
]

Verdict = Literal["passed", "bars missed", "failed"]
NOISY_OTHERS = 0.10
NOISY_STEAL = 0.02


def verdict(result: Result) -> Verdict:
    """Say how a run ended. A missed bar fails a run only where the command says so."""
    if not result.passed:
        return "failed"
    return "bars missed" if missed(result) else "passed"


def missed(result: Result) -> int:
    """Count the bars that were not reached."""
    return sum(not promise.met for promise in _promises(result))


def balance(result: Result) -> str:
    """Say how many bars were met, and how many windows may not be used."""
    bars = sum(bool(bar_of(promise)) for promise in _promises(result))
    invalid = sum(bool(window.invalid) for window in result.windows)
    told = [f"{bars - missed(result)} of {bars} bars met"] if bars else []
    if result.windows:
        told.append(f"{invalid or 'none'} of {len(result.windows)} windows invalid")
    return ", ".join(told)


def left_out(windows: Sequence[Window]) -> list[str]:
    """Say which windows are not counted and why, a line for each system and load."""
    found: dict[str, list[str]] = {}
    for window in windows:
        if window.invalid:
            found.setdefault(f"{window.system}, {window.label}", []).append(window.invalid)
    return [
        f"{name}: not counted, {whys[0]}"
        + (f" (and {len(whys) - 1} more like it)" if len(whys) > 1 else "")
        for name, whys in found.items()
    ]


def remarks(result: Result) -> list[str]:
    """Return the notes, each once, without those that `left_out` tells anyway."""
    told = {f"{window.system}, {window.label}: {window.invalid}" for window in result.windows}
    return [note for note in dict.fromkeys(result.notes) if note not in told]


def quiet(window: Window) -> bool:
    """Tell whether a window had the machine as good as to itself."""
    return window.noise.others <= NOISY_OTHERS and window.noise.steal <= NOISY_STEAL


def broken_promises(flow: FlowFound) -> str:
    """Say which messages got no answer, two, or one that nobody asked for; empty for none."""
    found = (
        (flow.unanswered, "unanswered"),
        (flow.doubled, "answered twice"),
        (flow.unknown, "answers to nothing that was sent"),
    )
    return ", ".join(f"{count:,} {what}" for count, what in found if count)


def _promises(result: Result) -> list[Ratio | Figure]:
    return [*result.ratios, *result.figures]
