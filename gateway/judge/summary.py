"""What `judge` found, for people: how many, what was done, by which rules, and what was skipped."""

from __future__ import annotations

from collections import Counter

from gateway.judge.rows import Row, Unreadable
from gateway.judge.spread import SPREAD_S
from seawall.policy.model import Policy
from seawall.verdicts import Verdict

__all__ = ["Summary"]

SHOWN = 12


class Summary:
    """Counts over one run."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self.count = 0
        self._untimed = 0
        self._bad: list[Unreadable] = []
        self._bad_count = 0
        self._actions: Counter[str] = Counter()
        self._flagged = 0
        self._rules: Counter[tuple[str, str, str]] = Counter()
        self._examples: dict[tuple[str, str], str] = {}
        self._others: Counter[str] = Counter()

    def unreadable(self, row: Unreadable) -> None:
        """Count a line that was no message."""
        self._bad_count += 1
        if len(self._bad) < 3:
            self._bad.append(row)

    def judged(self, row: Row, verdict: Verdict) -> None:
        """Count a verdict."""
        self.count += 1
        self._untimed += not row.timed
        self._actions[verdict.action] += 1
        self._flagged += verdict.action == "allow" and bool(verdict.reasons)
        for action in verdict.actions:
            self._others[action.kind] += 1
        for finding in verdict.reasons[:1]:
            self._rules[finding.rule, finding.category, verdict.action] += 1
            self._examples.setdefault((finding.rule, verdict.action), row.message.id)

    def text(self, cpu_s: float, breaks: int, spread: int = 0) -> str:
        """Return the summary: `cpu_s` of processor time, time ran back at `breaks` places.

        `spread` messages bore the same time as another one.
        """
        each = f", {cpu_s / self.count * 1e6:.0f} µs CPU each" if self.count else ""
        lines = [
            f"judged {self.count} messages with policy {self._policy.name} "
            f"{self._policy.version[:16]} in {cpu_s:.1f} s CPU{each}",
        ]
        for action, count in self._actions.most_common():
            lines.append(f"  {action:<8} {count:>8}  {count / self.count:7.2%}")
        if self._flagged:
            lines.append(f"  of the allowed, {self._flagged} were flagged (allowed with reasons)")
        if self._others:
            told = ", ".join(f"{kind} {count}" for kind, count in self._others.most_common())
            lines.append(f"  besides: {told}")
        lines += self._leading("rules that restrict", restricting=True)
        lines += self._leading("rules that flag", restricting=False)
        if self._untimed:
            lines.append(
                f"windows skipped for {self._untimed} messages that name no user or no usable time"
            )
        if spread:
            lines.append(
                f"{spread} messages bore the same time as another: "
                f"spread up to the next time, over {SPREAD_S:.0f} s at most"
            )
        if breaks:
            lines.append(f"time ran back at {breaks} places; each was taken to go on from there")
        if self._bad_count:
            lines.append(f"{self._bad_count} lines could not be judged")
            lines += [f"  line {bad.line}: {bad.why}" for bad in self._bad]
            if self._bad_count > len(self._bad):
                lines.append(f"  … and {self._bad_count - len(self._bad)} more")
        return "\n".join(lines)

    def _leading(self, title: str, *, restricting: bool) -> list[str]:
        """List the rules that lead most verdicts; few restrict, and many flags would hide them."""
        found = [
            (names, count)
            for names, count in self._rules.most_common()
            if (names[2] != "allow") == restricting
        ]
        lines = [title] if found else []
        for (rule, category, action), count in found[:SHOWN]:
            example = self._examples[rule, action]
            lines.append(f"  {count:>7}  {rule:<34} {category:<22} {action:<6} e.g. {example}")
        if len(found) > SHOWN:
            lines.append(f"  … and {len(found) - SHOWN} more")
        return lines
