"""Entries in, rows out: each gets its place in the chain and loses what that must not hold."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from gateway.record.chain import FORM, Head, Row, link
from gateway.record.entry import CommandRow, Entry
from gateway.record.secret import Pseudonyms
from seawall.actions import Action, Target

__all__ = ["Batch", "Ledger", "Value"]

Value = str | int | float | bytes | None
_JSON = msgspec.json.Encoder().encode


@dataclass(slots=True)
class Batch:
    """The rows of one commit, column by column as the schema has them. `n` is its last entry."""

    writer: str
    n: int
    head: Head
    journal: list[tuple[Value, ...]] = field(default_factory=list)
    evidence: list[tuple[Value, ...]] = field(default_factory=list)
    holds: list[tuple[Value, ...]] = field(default_factory=list)
    commands: list[tuple[Value, ...]] = field(default_factory=list)
    ends: list[tuple[Value, ...]] = field(default_factory=list)


class Ledger:
    """One writer's chain as it grows. Not moved by a batch until that is `settled`."""

    def __init__(self, writer: str, head: Head, n: int, pseudonyms: Pseudonyms) -> None:
        self.writer = writer
        self.head = head
        self.n = n
        self._pseudonyms = pseudonyms

    def batch(self, entries: list[tuple[int, Entry]]) -> Batch:
        """Turn numbered entries into rows behind the head; entries already written are left out."""
        seq, prev, last = self.head.seq, self.head.hash, self.n
        batch = Batch(self.writer, last, self.head)
        for n, entry in entries:
            if n <= last:
                continue
            last, seq = n, seq + 1
            row = self._row(seq, n, entry)
            digest = link(prev, row)
            batch.journal.append((*msgspec.structs.astuple(row), prev, digest))
            prev = digest
            self._beside(batch, entry, row.user)
        batch.n, batch.head = last, Head(seq, prev)
        return batch

    def settled(self, batch: Batch) -> None:
        """Go on from a batch that is durable."""
        self.head, self.n = batch.head, batch.n

    def _row(self, seq: int, n: int, entry: Entry) -> Row:
        tenant = entry.tenant
        return Row(
            form=FORM,
            writer=self.writer,
            seq=seq,
            n=n,
            # A column may lose the sign of a negative zero, and the hash would tell.
            at=entry.at + 0.0,
            kind=entry.kind,
            tenant=tenant,
            event=entry.event,
            rev=entry.rev,
            room=entry.room,
            user=self._pseudonyms.subject(tenant, entry.user),
            surface=entry.surface,
            action=entry.action,
            actions=self._actions(tenant, entry.actions),
            rule=entry.rule,
            category=entry.category,
            severity=entry.severity,
            detector=entry.detector,
            score=entry.score + 0.0,
            policy=entry.policy,
            stage=entry.stage,
            ms_total=entry.ms_total + 0.0,
            count=entry.count,
            by=entry.by,
            ref=entry.ref,
            content=self._pseudonyms.content(entry.evidence.text) if entry.evidence else "",
        )

    def _actions(self, tenant: str, actions: tuple[Action, ...]) -> str:
        if not actions:
            return "[]"
        return _JSON([self._without_user(tenant, action) for action in actions]).decode()

    def _without_user(self, tenant: str, action: Action) -> Action:
        target = action.target
        if target.kind != "user" or target.id is None:
            return action
        subject = self._pseudonyms.subject(tenant, target.id)
        return Action(Target("user", target.room, subject, target.rev), action.kind, action.for_s)

    def _beside(self, batch: Batch, entry: Entry, subject: str) -> None:
        """Add the rows that stand in other tables."""
        key = (entry.tenant, entry.event, entry.rev)
        if (kept := entry.evidence) is not None:
            until = entry.at + kept.keep_s
            batch.evidence.append(
                (*key, subject, kept.name, kept.text, entry.at, until, int(kept.legal_hold))
            )
        if (held := entry.hold) is not None:
            who = (entry.room, entry.user, held.name, held.text)
            times = (entry.at, held.expires)
            batch.holds.append((*key, *who, entry.rule, entry.category, *times, None, None, None))
        for ordered in entry.commands:
            batch.commands.append(_command(entry, ordered))
        for end in entry.ends:
            batch.ends.append((end.outcome, end.by, end.reason, entry.at, entry.tenant, end.id))


def _command(entry: Entry, row: CommandRow) -> tuple[Value, ...]:
    action, target = row.action, row.action.target
    where = (target.kind, target.room or "", target.id or "", target.rev)
    why = (entry.event, row.because, entry.at, row.expires)
    ended = (None, None, None, None)
    return (row.id, entry.tenant, row.seq, action.kind, *where, action.for_s, *why, *ended)
