"""What must be true after any fault: nothing lost, nothing doubled, nothing unrecorded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

import msgspec
from sqlalchemy import func, select

from bench.faults.crowd import Crowd, Line
from gateway.chat.runs import RUN_S
from gateway.record import schema
from gateway.record.database import open_engine, reading
from gateway.record.entry import TOO_LATE
from gateway.record.secret import Pseudonyms, load_secret
from gateway.record.verify import verify
from gateway.record.where import Where

__all__ = ["Kept", "kept"]

SLACK_S = 2.0
"""How much later than it was decided a verdict may be heard."""


class _Told(NamedTuple):
    message: Line
    verdict: Line
    heard_at: float


class Kept(msgspec.Struct):
    """How far the promises were kept. All counts but `restricted`, `rows`, `repeats` must be 0."""

    restricted: int = 0
    rows: int = 0
    lost: int = 0
    """Accepted messages that never got a verdict."""
    doubled: int = 0
    """Messages for which two verdicts were heard."""
    recorded_twice: int = 0
    """Messages on which two verdicts of the journal stand; one taken back as too late does not."""
    repeats: int = 0
    """Decisions that were recorded when another gateway's verdict stood already."""
    unrecorded: int = 0
    """Restrictions that were told and that no journal row stands for."""
    commands_lost: int = 0
    """Commands recorded whose end is not."""
    commands_twice: int = 0
    """Commands that a server which keeps the rules carried out twice."""
    broken: str = ""
    """Where a chain breaks; empty when all are whole."""

    @property
    def promises(self) -> bool:
        """Whether every one was kept."""
        return not (
            self.lost
            + self.doubled
            + self.recorded_twice
            + self.unrecorded
            + self.commands_lost
            + self.commands_twice
            or self.broken
        )


def kept(where: Where, crowds: Iterable[Crowd], sent: int, tenant: str = "t") -> Kept:
    """Hold what the crowds heard against the record. `sent` is how many messages were sent."""
    found = Kept()
    told: dict[str, _Told] = {}
    verdicts: Counter[str] = Counter()
    for crowd in crowds:
        for ref, lines in crowd.verdicts.items():
            verdicts[ref] += len(lines)
            told.setdefault(ref, _Told(crowd.sent[ref], lines[0], crowd.heard_at[ref]))
        found.commands_twice += sum(count > 1 for count in crowd.applied.values())
    found.lost = sent - len(told)
    found.doubled = sum(count > 1 for count in verdicts.values())
    _hold_against(where, tenant, told, found)
    report = verify(where)
    if report.broken is not None:
        found.broken = f"{report.broken.writer}/{report.broken.seq}: {report.broken.why}"
    return found


def _hold_against(where: Where, tenant: str, told: dict[str, _Told], found: Kept) -> None:
    journal, commands = schema.journal.c, schema.commands.c
    columns = (
        journal.event, journal.action, journal.room, journal.user, journal.rule, journal.at,
        journal.writer,
    )  # fmt: skip
    engine = open_engine(where)
    try:
        with reading(engine) as connection:
            rows = connection.execute(select(*columns).where(journal.kind == "verdict")).all()
            again = select(func.count()).where(journal.kind == "repeat")
            found.repeats = connection.execute(again).scalar_one()
            late = (journal.kind == "revert") & (journal.rule == TOO_LATE)
            fallen = connection.execute(select(journal.event, journal.writer).where(late)).all()
            undone = select(commands.id).where(commands.outcome.is_(None))
            found.commands_lost = len(connection.execute(undone).all())
    finally:
        engine.dispose()
    pseudonyms = Pseudonyms(load_secret(where.data))
    standing = Counter((row.event, row.writer) for row in rows if row.event)
    by_event: Counter[str] = Counter()
    for (event, _), many in (standing - Counter((row.event, row.writer) for row in fallen)).items():
        by_event[event] += many
    runs: dict[tuple[str, ...], list[float]] = {}
    for row in rows:
        runs.setdefault((row.room, row.user, row.rule, row.action), []).append(row.at)
    found.rows = len(rows)
    found.recorded_twice = sum(count > 1 for count in by_event.values())
    for ref, each in told.items():
        verdict = each.verdict
        if verdict["action"] == "allow":
            continue
        found.restricted += 1
        user = pseudonyms.subject(tenant, each.message["user"]["id"])
        place = (each.message["room"], user, verdict["reasons"][0]["rule"], verdict["action"])
        if ref not in by_event and not _in_a_run(each, runs.get(place, [])):
            found.unrecorded += 1


def _in_a_run(told: _Told, starts: list[float]) -> bool:
    """Say whether a window's verdict stands on the row that opened its run."""
    if any(r["detector"] not in ("window", "restriction") for r in told.verdict["reasons"]):
        return False
    return any(at <= told.heard_at <= at + RUN_S + SLACK_S for at in starts)
