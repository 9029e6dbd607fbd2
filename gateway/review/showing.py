"""A diff and a backtest as people read them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from gateway.review.backtest import Report
from seawall.policy.diff import Change
from seawall.policy.model import Policy

__all__ = ["diff_lines", "report_lines"]

_PLACES = 12


def diff_lines(old: Policy, new: Policy, changes: Iterable[Change]) -> Iterator[str]:
    """Yield a diff, one change a line; `!` marks what may take more from people by itself."""
    found = list(changes)
    yield f"{old.name} {old.version[:16]} -> {new.name} {new.version[:16]}"
    for change in found:
        mark = "!" if change.dangerous else " "
        where = f"room {change.room}: " if change.room else ""
        yield f"{mark} {change.way:<8}  {where}{change.kind} {change.name}: {change.told}"
    danger = sum(change.dangerous for change in found)
    yield f"{len(found)} changes, {danger} of them may take more from people by themselves"


def report_lines(report: Report) -> Iterator[str]:
    """Yield a backtest."""
    yield f"backtest of {report.old[:16]} -> {report.new[:16]}"
    yield f"judged {report.judged} messages; {report.unreadable} lines could not be read"
    share = f" ({report.changed / report.judged:.2%})" if report.judged else ""
    yield (
        f"{report.changed} verdicts change{share}: "
        f"{report.stricter} stricter, {report.milder} milder"
    )
    yield from _counts("change", report.changes)
    if report.rules:
        yield "rule or window                    before    after   gained     lost   in shadow"
    for name, counts in report.rules.items():
        shadow = f"{counts.shadow_before} -> {counts.shadow_after}"
        yield (
            f"  {name:<30} {counts.before:>7}  {counts.after:>7}  {counts.gained:>7}  "
            f"{counts.lost:>7}   {shadow}"
        )
    for what, table in (
        ("language", report.languages),
        ("room", report.rooms),
        ("surface", report.surfaces),
    ):
        yield from _counts(f"changes by {what}", table)
    for line in report.ran_away:
        yield f"it would run away: {line}"
    for change, samples in report.samples.items():
        yield f"{change}, for example"
        for sample in samples:
            rules = ", ".join(sample.rules_after or sample.rules_before)
            yield f"  {sample.id} in {sample.room or '-'} ({rules}): {sample.text}"


def _counts(what: str, table: Mapping[str, int]) -> Iterator[str]:
    if table:
        yield what
    for name, count in list(table.items())[:_PLACES]:
        yield f"  {name or '-':<30} {count:>8}"
    if len(table) > _PLACES:
        yield f"  and {len(table) - _PLACES} more"
