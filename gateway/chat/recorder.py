"""What must be durable before a restriction exists, and what follows once it is.

One entry carries the verdict's journal row, its evidence, its hold and its commands, so they become
durable together or not at all. Only then are labels set, commands sent and the verdict let go.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from gateway.chat.commands import Commands
from gateway.log import RestrictionLog, log
from gateway.metrics import Metrics
from gateway.record.entry import CommandEnd, CommandRow, Entry, Evidence, HoldRow
from gateway.state.labels import Labels
from seawall import wire
from seawall.errors import SeawallError
from seawall.events import Joined, Message
from seawall.verdicts import Verdict

__all__ = ["HoldOpened", "JournalWriter", "Recorder", "Timer"]

HoldOpened = Callable[[str, str, int], None]
"""Called with tenant, id and rev of a message that is now held."""
Done = Callable[[SeawallError | None], None]


class JournalWriter(Protocol):
    """Where entries become durable."""

    def append(self, entry: Entry, done: Done) -> None:
        """Record an entry; `done` gets None once it is durable, or why it never will be."""


class Timer(Protocol):
    """Calls back after seconds, and can be told not to: `loop.call_later`."""

    def __call__(self, delay: float, callback: Callable[[], None]) -> Cancels:
        """Start the timer."""


class Cancels(Protocol):
    """A started timer."""

    def cancel(self) -> None:
        """Stop the timer."""


class Timed(Protocol):
    """The part of a job that recording needs: when its frame was read, monotonic seconds."""

    read: float
    decided: float


J = TypeVar("J", bound=Timed)


class Recorder:
    """Journals restrictions, then lets them happen."""

    def __init__(
        self,
        journal: JournalWriter,
        labels: Labels,
        commands: Commands,
        hold_opened: HoldOpened,
        metrics: Metrics,
        after: Timer,
        lines: RestrictionLog,
        evidence_s: float,
        log_text: bool,
    ) -> None:
        self._lines = lines
        self._journal = journal
        self._labels = labels
        self._commands = commands
        self._hold_opened = hold_opened
        self._metrics = metrics
        self._after = after
        self._evidence_s = evidence_s
        self._log_text = log_text

    def record(
        self,
        job: J,
        event: Message,
        verdict: Verdict,
        budget_ms: float,
        recorded: Callable[[J, Message, Verdict], None],
        unrecorded: Callable[[J, Message], None],
    ) -> None:
        """Make a restriction durable, then apply it and call `recorded`.

        When that takes longer than the budget, counted from the read of the frame, or cannot be
        done at all, `unrecorded` is called instead and nothing is applied.
        """
        ms_total = (job.decided - job.read) * 1000
        rows = self._commands.prepare(event.tenant, verdict.commands, _because(verdict), event.at)
        entry = self._entry(event, verdict, rows, ms_total)
        waiting = True

        def late() -> None:
            nonlocal waiting
            waiting = False
            unrecorded(job, event)

        timer = self._after(max(0.0, (budget_ms - ms_total) / 1000), late)

        def done(problem: SeawallError | None) -> None:
            nonlocal waiting
            if not waiting:  # too late: what became durable all the same is taken back
                if problem is None:
                    self._supersede(event, rows)
                return
            waiting = False
            timer.cancel()
            if problem is not None:
                log.error("unrecorded", extra={"fields": {"why": str(problem)}})
                unrecorded(job, event)
                return
            self._apply(event, verdict, rows)
            recorded(job, event, verdict)

        try:
            self._journal.append(entry, done)
        except SeawallError as problem:
            done(problem)

    def follow(self, event: Joined, verdict: Verdict) -> None:
        """Make durable what follows from an event nobody waits for an answer to, then apply it."""
        rows = self._commands.prepare(event.tenant, verdict.commands, _because(verdict), event.at)

        def done(problem: SeawallError | None) -> None:
            if problem is None:
                self._apply(event, verdict, rows)
            else:
                self._metrics.unchecked["join", "journal"] += 1

        try:
            self._journal.append(self._entry(event, verdict, rows, 0.0), done)
        except SeawallError as problem:
            done(problem)

    def _supersede(self, event: Message, rows: tuple[CommandRow, ...]) -> None:
        """End commands that were recorded but, their verdict being too late, will never be sent."""
        for row in rows:
            target, kind = row.action.target, row.action.kind
            end = CommandEnd(row.id, "superseded", reason="the verdict came too late")
            entry = Entry("command", event.tenant, target.id or "", event.at, kind, ends=(end,))
            self.note(entry, _nothing)

    def note(self, entry: Entry, noted: Callable[[], None]) -> None:
        """Make something said to us durable, then call `noted`; when it cannot be, say nothing.

        Whoever waits for an `ack` sends it again.
        """

        def done(problem: SeawallError | None) -> None:
            if problem is None:
                noted()
            else:
                self._metrics.unchecked[entry.kind, "journal"] += 1

        try:
            self._journal.append(entry, done)
        except SeawallError as problem:
            done(problem)

    def ended(self, tenant: str, command: wire.Command, end: CommandEnd, at: float) -> None:
        """Record how a command ended."""
        entry = Entry(
            "command",
            tenant,
            command.target.id or "",
            at,
            command.kind,
            room=command.target.room or "",
            by=end.by,
            ref=end.id,
            ends=(end,),
        )

        self.note(entry, _nothing)

    def _apply(
        self, event: Message | Joined, verdict: Verdict, rows: tuple[CommandRow, ...]
    ) -> None:
        for change in verdict.changes:
            self._labels.apply(event.tenant, change, event.at)
        if verdict.strikes:
            self._labels.strike(event.tenant, event.user.id, verdict.strikes, event.at)
        if rows:
            self._commands.send(event.tenant, rows)
        if verdict.action == "hold" and isinstance(event, Message):
            self._hold_opened(event.tenant, event.id, event.rev)
        self._log(event, verdict)

    def _entry(
        self,
        event: Message | Joined,
        verdict: Verdict,
        rows: tuple[CommandRow, ...],
        ms_total: float,
    ) -> Entry:
        first = verdict.reasons[0] if verdict.reasons else None
        message = isinstance(event, Message)
        hold = None
        evidence = None
        if isinstance(event, Message):
            evidence = Evidence(event.text, event.user.name, self._evidence_s)
            if verdict.action == "hold" and verdict.until is not None:
                hold = HoldRow(event.text, verdict.until, event.user.name)
        return Entry(
            "verdict",
            event.tenant,
            event.id if isinstance(event, Message) else "",
            event.at,
            verdict.action,
            event.rev if isinstance(event, Message) else 0,
            event.room,
            event.user.id,
            event.surface if isinstance(event, Message) else "join",
            verdict.actions,
            first.rule if first else "",
            first.category if first else "",
            first.severity.label if first else "",
            first.detector if first else "",
            first.score if first else 0.0,
            verdict.policy,
            first.stage if first else "",
            round(ms_total, 3) if message else 0.0,
            evidence=evidence,
            hold=hold,
            commands=rows,
        )

    def _log(self, event: Message | Joined, verdict: Verdict) -> None:
        fields: dict[str, object] = {
            "tenant": event.tenant,
            "room": event.room,
            "user": event.user.id,
            "action": verdict.action,
            "actions": [action.kind for action in verdict.actions],
            "rule": _because(verdict),
        }
        if isinstance(event, Message):
            fields.update(id=event.id, rev=event.rev, surface=event.surface)
            if self._log_text:
                fields["text"] = event.text
        self._lines.add(fields)


def _because(verdict: Verdict) -> str:
    return verdict.reasons[0].rule if verdict.reasons else ""


def _nothing() -> None:
    """Do nothing more: the row itself was the point."""
