"""The promises as figures: what must be 0 after any fault, and how long things may take."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bench.faults.fallback import Fallbacks
from bench.faults.policy import BUDGET_MS
from bench.faults.promises import Kept
from bench.faults.steady import Steady, p99
from bench.shapes.result import Figure

__all__ = ["BACK_S", "TOLD_S", "bar_of", "line_of", "longest_wait_s", "promised", "prompt", "shown"]

_WIDTH = 62
BACK_S = 2.0
"""How soon after what failed is back everything is as before."""
TOLD_S = 1.0
"""How soon a degraded gateway says that it is."""


def promised(kept: Kept, fell: Fallbacks) -> list[Figure]:
    """Return what holds whatever happens (DESIGN 5 and 6), with what it was tried on."""
    return [
        _none(
            "messages without one verdict, or allowed unsaid",
            {
                "without a verdict": kept.lost,
                "with two verdicts": kept.doubled,
                "with two verdicts in the journal": kept.recorded_twice,
                "restricted by policy, let through without a word": fell.passed,
                "late, and against the policy's word": fell.other,
            },
        ),
        _none(
            "restrictions nobody recorded, chains broken",
            {
                "told and recorded nowhere": kept.unrecorded,
                f"broken at {kept.broken}": int(bool(kept.broken)),
            },
        ),
        _none(
            "commands lost or carried out twice",
            {"without an end": kept.commands_lost, "carried out twice": kept.commands_twice},
        ),
        Figure("restrictions it was tried on", kept.restricted, bar=1, least=True),
        Figure("verdicts that say they are late", fell.late, why=_named(fell.causes)),
        Figure("decisions of two gateways, one of them a `repeat`", kept.repeats),
    ]


def _none(what: str, counts: Mapping[str, int]) -> Figure:
    """Return counts that must all be 0 as one figure that names those that are not."""
    return Figure(what, sum(counts.values()), bar=0, why=_named(counts))


def prompt(crowds: Sequence[Steady], began: float, ended: float, is_judged: bool = True) -> Figure:
    """Return how long verdicts took by their own count while something was broken.

    Where they took half a budget before, on a machine with other things to do, nothing is judged.
    """
    before = [ms for each in crowds for ms in each.totals(0.0, began)]
    totals = [ms for each in crowds for ms in each.totals(began, ended)]
    if not totals or not before:
        return Figure("verdicts meanwhile", len(totals), bar=1, least=True)
    calm = p99(before)
    busy = calm > BUDGET_MS / 2
    why = f"before it {calm:.3g} ms" + (": the machine is too busy to judge" if busy else "")
    bar = None if busy or not is_judged else BUDGET_MS
    return Figure("verdict p99 meanwhile, by the gateway", p99(totals), "ms", bar, why=why)


def longest_wait_s(crowds: Iterable[Steady], since: float, until: float) -> float:
    """Return the longest a server waited for a verdict on a message sent between two moments."""
    return max(
        (
            each.heard_at[ref] - at
            for each in crowds
            for ref, at in each.sent_at.items()
            if since <= at < until and ref in each.heard_at
        ),
        default=0.0,
    )


def _named(counts: Mapping[str, int]) -> str:
    return ", ".join(
        f"{many} {what or 'no cause'}" for what, many in sorted(counts.items()) if many
    )


def shown(figure: Figure) -> str:
    """Return a figure's value with its unit."""
    number = f"{figure.value:.0f}" if figure.unit in ("", "runs") else f"{figure.value:.3g}"
    return f"{number} {figure.unit}".rstrip()


def bar_of(figure: Figure) -> str:
    """Return what is promised of it, empty where nothing is."""
    return "" if figure.bar is None else f"{'≥' if figure.least else '≤'} {figure.bar:g}"


def line_of(figure: Figure) -> str:
    """Return it as a table shows it."""
    said = "" if figure.bar is None else "kept" if figure.met else "BROKEN"
    line = f"  {figure.what:<{_WIDTH}} {shown(figure):>10} {bar_of(figure):>8}  {said} {figure.why}"
    return line.rstrip()
