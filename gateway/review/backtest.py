"""What another policy would have made of yesterday's messages, verdict by verdict.

Both policies judge every message as `seawall judge` does, each with its own windows and labels, in
one pass and bounded memory. Same files, same answer: the samples are those whose ids hash lowest.
"""

from __future__ import annotations

from bisect import insort
from collections import Counter, defaultdict
from collections.abc import Iterable
from zlib import crc32

import msgspec

from gateway.judge.rows import Row, Unreadable
from gateway.judge.run import Judge
from gateway.policy.brake import Brakes
from gateway.policy.tally import Trip
from gateway.review.masking import masked
from seawall.actions import MESSAGE_ACTIONS
from seawall.policy.model import Policy
from seawall.verdicts import Verdict

__all__ = ["Backtest", "Report", "RuleCounts", "Sample"]

PLACES = 10_000
"""Rooms and languages that are counted by name; the rest are counted together."""
_OTHERS = "(others)"
_LONG_BEFORE_S = 400 * 86_400.0


class Sample(msgspec.Struct, frozen=True, omit_defaults=True):
    """A message whose verdict changed. `text` is masked."""

    id: str
    before: str
    after: str
    rules_before: tuple[str, ...]
    rules_after: tuple[str, ...]
    text: str
    lang: str = ""
    room: str = ""
    surface: str = "chat"


class RuleCounts(msgspec.Struct):
    """Messages that a rule or window was a reason for, with each policy."""

    before: int = 0
    after: int = 0
    gained: int = 0
    lost: int = 0
    shadow_before: int = 0
    shadow_after: int = 0


class Report(msgspec.Struct, frozen=True):
    """What a backtest found. `changes` are keyed "before -> after"."""

    old: str
    new: str
    judged: int
    unreadable: int
    changed: int
    stricter: int
    milder: int
    actions_before: dict[str, int]
    actions_after: dict[str, int]
    changes: dict[str, int]
    rules: dict[str, RuleCounts]
    languages: dict[str, int]
    rooms: dict[str, int]
    surfaces: dict[str, int]
    ran_away: list[str]
    samples: dict[str, list[Sample]]


class Backtest:
    """Compares two policies message by message."""

    def __init__(self, old: Policy, new: Policy, samples: int = 5) -> None:
        self._old, self._new = old, new
        self._judges = Judge(old), Judge(new)
        self._most = samples
        self._judged = self._unreadable = self._stricter = self._milder = 0
        self._actions: tuple[Counter[str], Counter[str]] = Counter(), Counter()
        self._changes: Counter[str] = Counter()
        self._rules: defaultdict[str, RuleCounts] = defaultdict(RuleCounts)
        self._languages: Counter[str] = Counter()
        self._rooms: Counter[str] = Counter()
        self._surfaces: Counter[str] = Counter()
        self._samples: defaultdict[str, list[tuple[int, str, Sample]]] = defaultdict(list)
        self._trips: list[Trip] = []
        self._brakes: Brakes | None = None

    def compare(self, rows: Iterable[Row | Unreadable]) -> None:
        """Judge rows, in their order."""
        for row in rows:
            if isinstance(row, Unreadable):
                self._unreadable += 1
            else:
                before, after = (judge.judge(row) for judge in self._judges)
                self._note(row, before, after)

    def report(self) -> Report:
        """Return what was found so far."""
        return Report(
            self._old.version,
            self._new.version,
            self._judged,
            self._unreadable,
            sum(self._changes.values()),
            self._stricter,
            self._milder,
            _ordered(self._actions[0]),
            _ordered(self._actions[1]),
            _ordered(self._changes),
            {name: self._rules[name] for name in sorted(self._rules)},
            _ordered(self._languages),
            _ordered(self._rooms),
            _ordered(self._surfaces),
            [trip.told() for trip in self._trips],
            {
                change: [sample for _, _, sample in found]
                for change, found in sorted(self._samples.items())
            },
        )

    def _note(self, row: Row, before: Verdict, after: Verdict) -> None:
        self._judged += 1
        self._watch(row, after)
        was, now = _said(before), _said(after)
        self._actions[0][was] += 1
        self._actions[1][now] += 1
        self._count_rules(before, after)
        if was == now:
            return
        message = row.message
        change = f"{was} -> {now}"
        self._changes[change] += 1
        self._stricter += _weight(after) > _weight(before)
        self._milder += _weight(after) < _weight(before)
        for table, name in (
            (self._languages, message.lang or "unknown"),
            (self._rooms, message.room),
            (self._surfaces, message.surface),
        ):
            table[name if name in table or len(table) < PLACES else _OTHERS] += 1
        sample = Sample(
            message.id,
            was,
            now,
            _names(before),
            _names(after),
            masked(message.text),
            message.lang or "",
            message.room,
            message.surface,
        )
        kept = self._samples[change]
        insort(kept, (crc32(message.id.encode()), message.id, sample), key=lambda each: each[:2])
        del kept[self._most :]

    def _count_rules(self, before: Verdict, after: Verdict) -> None:
        was, now = set(_names(before)), set(_names(after))
        for name in was | now:
            counts = self._rules[name]
            counts.before += name in was
            counts.after += name in now
            counts.gained += name in now and name not in was
            counts.lost += name in was and name not in now
        for finding in before.shadow:
            self._rules[finding.rule].shadow_before += 1
        for finding in after.shadow:
            self._rules[finding.rule].shadow_after += 1

    def _watch(self, row: Row, after: Verdict) -> None:
        """Note which rules of the new policy would run away; their verdicts stay as they are."""
        at = row.message.at
        if self._brakes is None:
            self._brakes = Brakes(self._trips.append)
            self._brakes.live(None, self._old, at - _LONG_BEFORE_S)
            self._brakes.live(None, self._new, at)  # what is the same is not fresh
        self._brakes.judged[row.message.tenant] += 1
        if after.reasons or after.shadow:
            self._brakes.note(row.message.tenant, after, at)


def _said(verdict: Verdict) -> str:
    """Return all that is done about a message, in words that can be compared."""
    words = [verdict.action if verdict.action != "allow" or not verdict.reasons else "flag"]
    if verdict.visibility is not None:
        words.append(verdict.visibility)
    words += sorted({action.kind for action in verdict.actions})
    return "+".join(words)


def _weight(verdict: Verdict) -> tuple[int, int]:
    flagged = bool(verdict.reasons)
    others = sum(1 for action in verdict.actions if action.kind != "care")
    return MESSAGE_ACTIONS.index(verdict.action) * 2 + flagged, others


def _names(verdict: Verdict) -> tuple[str, ...]:
    return tuple(dict.fromkeys(finding.rule for finding in verdict.reasons))


def _ordered(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
