"""A record and a server in memory: what is durable, and what a server was told and does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import count

from gateway.record.decisions import Decided, SetLabel, SetStrikes, Undone
from gateway.record.entry import CommandRow, Entry, LabelRow
from gateway.state.labels import Labels
from seawall.actions import Action, Target
from seawall.errors import RecordUnavailable

__all__ = ["Book"]

Key = tuple[str, int]


class Book:
    """Keeps entries as the tables do, and carries out commands as a server does."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.rows: dict[tuple[str, str, str, str], tuple[LabelRow, Entry]] = {}
        self.strikes: dict[tuple[str, int], SetStrikes] = {}
        self.full = False
        self.told: list[tuple[Action, float]] = []
        self.server: dict[tuple[Target, str], float] = {}
        self._numbers = count(1)
        self._at = 0.0

    async def record(self, entry: Entry, deadline_s: float) -> None:
        if self.full:
            raise RecordUnavailable("full")
        self.keep(entry)

    def keep(self, entry: Entry) -> None:
        self.entries.append(entry)
        self._at = entry.at
        for row in entry.labels:
            place = (row.kind, row.room, row.id, row.label)
            old = self.rows.get(place)
            if old is None or old[1].at <= entry.at:
                self.rows[place] = (row, entry)
        if entry.strikes is not None:
            struck = SetStrikes(entry.user, entry.strikes.strikes, entry.at)
            self.strikes.setdefault((entry.event, entry.rev), struck)
        for end in entry.strike_ends:
            self.strikes.pop((end.event, end.rev))

    async def find_all(self, tenant: str, keys: Sequence[Key]) -> dict[Key, Decided]:
        found = {key: self._find(tenant, *key) for key in keys}
        return {key: decided for key, decided in found.items() if decided is not None}

    def _find(self, tenant: str, event: str, rev: int) -> Decided | None:
        mine = [e for e in self.entries if (e.tenant, e.event, e.rev) == (tenant, event, rev)]
        verdict = next((entry for entry in mine if entry.kind == "verdict"), None)
        undone = next((entry for entry in mine if entry.kind == "revert"), None)
        if verdict is None:
            return None
        return Decided(
            verdict.room,
            verdict.action,
            next((a.kind for a in verdict.actions if a.target.kind == "message"), None),
            verdict.at,
            tuple(
                row.action.target
                for row in verdict.commands
                if row.action.target.kind == "message"
            ),
            frozenset(),
            tuple(
                SetLabel(row.kind, row.room, row.id, row.label, row.until, row.because,
                         row.category, row.by, entry.at)
                for row, entry in self.rows.values()
                if (entry.event, entry.rev) == (event, rev) and not row.ended
            ),
            tuple(s for key, s in self.strikes.items() if key == (event, rev)),
            None if undone is None else Undone(undone.by, undone.at, undone.rule),
        )  # fmt: skip

    def prepare(
        self, tenant: str, actions: Iterable[Action], because: str, now: float
    ) -> tuple[CommandRow, ...]:
        return tuple(
            CommandRow(f"c{n}", n, action, now + 60.0, because)
            for n, action in zip(self._numbers, actions, strict=False)
        )

    def send(self, tenant: str, rows: Iterable[CommandRow]) -> None:
        for row in rows:
            action = row.action
            self.told.append((action, self._at))
            ends = float("inf") if action.for_s is None else self._at + action.for_s
            self.server[action.target, action.kind] = ends

    def does(self, target: Target, kind: str, at: float) -> float | None:
        """Return until when a server restricts a target; None when it does not."""
        until = self.server.get((target, kind), 0.0)
        return until if until > at else None

    def memory(self) -> Labels:
        """Return what a node that starts now remembers."""
        labels = Labels()
        for row, entry in self.rows.values():
            labels.put(entry.tenant, (row,), entry.at)
        for (event, rev), struck in self.strikes.items():
            labels.strike("t", struck.user, struck.strikes, struck.at, event, rev)
        return labels
