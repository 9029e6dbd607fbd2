"""Entries in, rows out: each gets its place in the chain and loses what that must not hold.

Users become keyed hashes here, and what people wrote is sealed. U+0000 is legal in our ids and not
in PostgreSQL's text: it becomes U+2400 (its picture) before anything is hashed, so that a chain is
the same in any database.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from gateway.record.chain import FORM, Head, Row, link
from gateway.record.entry import PLATFORM, TOO_LATE, CaseRow, CommandRow, Entry, LabelRow
from gateway.record.seal import Content, Seal
from gateway.record.secret import Pseudonyms
from seawall.actions import Action, Target

__all__ = ["Batch", "Ledger", "Unwanted", "Value", "certain"]

Value = str | int | float | bytes | None
_JSON = msgspec.json.Encoder().encode
_NUL, _NUL_PICTURE = "\0", "\u2400"


class Unwanted(Exception):
    """Whoever waited for a batch has been refused meanwhile: it must not become durable."""


def certain() -> None:
    """Let a batch be committed whatever happens."""


@dataclass(slots=True)
class Batch:
    """The rows of one commit, column by column as the schema has them. `n` is its last entry.

    `ends` are (outcome, by, reason, ended, tenant, id) of commands; `hold_ends` are (outcome, by,
    at, told, tenant, id, rev); `strike_ends` are (changed, tenant, user, event, rev). `fallen` are
    (changed, tenant, user, id, rev) of decisions that were taken back as too late: what earlier
    commits kept beside them goes before anything of this batch is written.
    """

    writer: str
    n: int
    head: Head
    journal: list[tuple[Value, ...]] = field(default_factory=list)
    evidence: list[tuple[Value, ...]] = field(default_factory=list)
    holds: list[tuple[Value, ...]] = field(default_factory=list)
    commands: list[tuple[Value, ...]] = field(default_factory=list)
    ends: list[tuple[Value, ...]] = field(default_factory=list)
    labels: list[tuple[Value, ...]] = field(default_factory=list)
    strikes: list[tuple[Value, ...]] = field(default_factory=list)
    strike_ends: list[tuple[Value, ...]] = field(default_factory=list)
    case_lines: list[tuple[Value, ...]] = field(default_factory=list)
    hold_ends: list[tuple[Value, ...]] = field(default_factory=list)
    fallen: list[tuple[Value, ...]] = field(default_factory=list)


class Ledger:
    """One writer's chain as it grows. Not moved by a batch until that is `settled`."""

    def __init__(self, writer: str, head: Head, n: int, pseudonyms: Pseudonyms, seal: Seal) -> None:
        self.writer = writer
        self.head = head
        self.n = n
        self._pseudonyms = pseudonyms
        self._seal = seal

    def batch(self, entries: list[tuple[int, Entry]], now: float = 0.0) -> Batch:
        """Turn numbered entries into rows behind the head; entries already written are left out.

        `now` is the wall time of writing: what others poll by time of change is marked with it,
        for an entry may have lain in the spill for long.
        """
        seq, prev, last = self.head.seq, self.head.hash, self.n
        batch = Batch(self.writer, last, self.head)
        for n, given in entries:
            if n <= last:
                continue
            last, seq = n, seq + 1
            entry = _without_nul(given)
            row = self._row(seq, n, entry)
            digest = link(prev, row)
            batch.journal.append((*msgspec.structs.astuple(row), prev, digest))
            prev = digest
            self._content(batch, entry, row.user)
            _standing(batch, entry, max(entry.at, now))
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
            user=self._pseudonyms.subject(tenant, entry.user) or entry.subject,
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
            by=self._by(tenant, entry.by),
            # Whom or what a report is about only the platform knows: it may be a user.
            ref=self._pseudonyms.subject(tenant, entry.ref)
            if entry.kind == "report"
            else entry.ref,
            content=self._pseudonyms.content(entry.evidence.text) if entry.evidence else "",
        )

    def _by(self, tenant: str, by: str) -> str:
        if not by.startswith(PLATFORM):
            return by
        return PLATFORM + self._pseudonyms.subject(tenant, by.removeprefix(PLATFORM))

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

    def _content(self, batch: Batch, entry: Entry, subject: str) -> None:
        """Add what was written, sealed."""
        key = (entry.tenant, entry.event, entry.rev)
        if (kept := entry.evidence) is not None:
            content = Content(kept.text, kept.name, kept.verdict, kept.still)
            sealed = self._seal.seal(content, key)
            times = (entry.at, entry.at + kept.keep_s)
            batch.evidence.append((*key, subject, sealed, *times, kept.legal_hold))
        if (held := entry.hold) is not None:
            sealed = self._seal.seal(Content(held.text, held.name), key)
            why = (entry.rule, entry.category, entry.at, held.expires)
            open_ = (None, None, None, None)
            batch.holds.append((*key, entry.room, entry.user, sealed, *why, *open_))


def _standing(batch: Batch, entry: Entry, changed: float) -> None:
    """Add the rows of what stands from now on, and of what has ended."""
    tenant, at = entry.tenant, entry.at
    key = (tenant, entry.event, entry.rev)
    if entry.kind == "revert" and entry.rule == TOO_LATE:
        _fall(batch, key)
        batch.fallen.append((changed, tenant, entry.user, entry.event, entry.rev))
    for ordered in entry.commands:
        batch.commands.append(_command(entry, ordered))
    for end in entry.ends:
        batch.ends.append((end.outcome, end.by, end.reason, at, tenant, end.id))
    for label in entry.labels:
        batch.labels.append(_label(entry, label, changed))
    if (struck := entry.strikes) is not None:
        who = (tenant, entry.user, entry.event, entry.rev)
        batch.strikes.append((*who, at, struck.strikes, struck.rule, False, changed))
    for back in entry.strike_ends:
        batch.strike_ends.append((changed, tenant, back.user, back.event, back.rev))
    for case in entry.cases:
        batch.case_lines.append(_case(entry, case))
    if (ended := entry.hold_end) is not None:
        batch.hold_ends.append((ended.outcome, ended.by, at, at, *key))


def _fall(batch: Batch, key: tuple[str, str, int]) -> None:
    """Forget what a decision of this same batch would have kept beside its row.

    Nobody was told of it; the same message may be decided again, further down.
    """
    batch.evidence = [row for row in batch.evidence if row[:3] != key]
    batch.holds = [row for row in batch.holds if row[:3] != key]
    batch.strikes = [row for row in batch.strikes if (row[0], *row[2:4]) != key]


def _command(entry: Entry, row: CommandRow) -> tuple[Value, ...]:
    action, target = row.action, row.action.target
    where = (target.kind, target.room or "", target.id or "", target.rev)
    why = (entry.event, row.because, entry.at, row.expires)
    ended = (None, None, None, None)
    lease = (row.node, row.leased, None)
    head = (row.id, entry.tenant, row.seq, action.kind)
    return (*head, *where, action.for_s, *why, *ended, *lease)


def _case(entry: Entry, case: CaseRow) -> tuple[Value, ...]:
    head = (case.id, case.state, entry.tenant, entry.at, case.queue, case.priority)
    where = (case.about, case.ref, entry.room, case.because, entry.event, entry.rev)
    user = entry.user if case.user is None else case.user
    who = (user, case.name, entry.surface, case.stream, entry.action)
    why = (entry.rule, entry.category, entry.severity, entry.score)
    if case.rule:
        why = (case.rule, case.category, case.severity, case.score)
    return (
        *head,
        *where,
        *who,
        *why,
        case.alike,
        case.lang,
        case.viewers,
        case.due,
        case.nobody,
        "",
    )


def _label(entry: Entry, row: LabelRow, changed: float) -> tuple[Value, ...]:
    key = (entry.tenant, row.kind, row.room, row.id, row.label)
    why = (row.because, row.category, row.by, entry.event, entry.rev)
    return (*key, row.until, *why, entry.at, row.ended, changed)


def _without_nul(entry: Entry) -> Entry:
    """Replace U+0000 in every text that becomes a column; content stays as it was written."""
    flat = f"{entry.tenant}{entry.event}{entry.room}{entry.user}{entry.surface}{entry.action}"
    why = f"{entry.rule}{entry.category}{entry.severity}{entry.detector}{entry.policy}"
    rest = f"{entry.stage}{entry.by}{entry.ref}{entry.subject}"
    beside = (entry.commands, entry.ends, entry.labels, entry.strike_ends, entry.cases)
    clean = _NUL not in flat and _NUL not in why and _NUL not in rest
    if clean and not (any(beside) or entry.strikes or entry.hold_end):
        return entry
    bare = msgspec.structs.replace(entry, evidence=None, hold=None)
    if b"\\u0000" not in _JSON(bare):
        return entry
    cleaned = msgspec.convert(_replaced(msgspec.to_builtins(bare)), Entry)
    return msgspec.structs.replace(cleaned, evidence=entry.evidence, hold=entry.hold)


def _replaced(value: object) -> object:
    if isinstance(value, str):
        return value.replace(_NUL, _NUL_PICTURE)
    if isinstance(value, (list, tuple)):
        return [_replaced(each) for each in value]
    if isinstance(value, dict):
        return {_replaced(key): _replaced(each) for key, each in value.items()}
    return value
