"""What must be durable before a restriction exists, and what follows once it is.

One entry carries the verdict's journal row, its evidence, its hold and its commands, so they become
durable together or not at all. Only then are labels set, commands sent and the verdict let go.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

import msgspec

from gateway.chat.acted import Restored
from gateway.chat.casework import HOLD_CASE, Waves, case_of_verdict, is_held
from gateway.chat.commands import Commands
from gateway.chat.endings import ending
from gateway.chat.entries import because, entry_of_join, entry_of_message, entry_of_taking_back
from gateway.chat.patience import Timer
from gateway.chat.runs import Runs, is_run
from gateway.chat.shield import Shield
from gateway.log import RestrictionLog, log
from gateway.metrics import Metrics
from gateway.record.entry import CaseRow, CommandEnd, Entry
from gateway.state.labels import Labels
from seawall import wire
from seawall.errors import OurFault, RecordBusy, Repeated, SeawallError
from seawall.events import Joined, Message
from seawall.policy.model import Facts, Window
from seawall.verdicts import Verdict

__all__ = ["HoldOpened", "JournalWriter", "Recorder"]

HoldOpened = Callable[[str, str, int], None]
"""Called with tenant, id and rev of a message that is now held."""
Done = Callable[[SeawallError | None], None]


class JournalWriter(Protocol):
    """Where entries become durable."""

    def append(self, entry: Entry, done: Done) -> None:
        """Record an entry; `done` gets None once it is durable, or why it never will be."""


class Timed(Protocol):
    """The part of a job that recording needs: when its frame was read, monotonic seconds."""

    read: float
    decided: float


TELL_S = 1.0
AGAIN_S = 0.5
"""After this long what could not be taken back is tried again."""
Key = tuple[str, str, int]

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
        restored: Restored | None = None,
        changed: Callable[[str], None] = lambda tenant: None,
    ) -> None:
        """`changed` is told the tenant whose labels or strikes changed."""
        self.shield = Shield()
        self.runs = Runs(journal.append)
        self.case_opened: Callable[[], None] = _nothing
        """Called when lines of cases have become durable here: whoever settles them looks now."""
        self.hold_word: Callable[[str, str], str] = lambda tenant, room: "deny"
        """What becomes of a message held in a room when nobody decides: `approve` or `deny`."""
        self.falling: set[Key] = set()
        """Messages (tenant, id, rev) whose verdict came too late and may still become durable, or
        is not taken back yet: one sent again is not decided before that has ended."""
        self._waves = Waves()
        self._untold = 0
        self._restored = restored or Restored()
        self._changed = changed
        self._lines = lines
        self._journal = journal
        self._labels = labels
        self._commands = commands
        self._hold_opened = hold_opened
        self._metrics = metrics
        self._after = after
        self._evidence_s = evidence_s
        self._log_text = log_text

    def news(self, event: Message | Joined, verdict: Verdict, facts: Facts) -> Verdict:
        """Return the verdict without what changes nothing; `record` or `follow` it if it restricts.

        Call it once for each verdict with changes or commands.
        """
        if isinstance(event, Message):
            commands = self._restored.without(event.tenant, event.id, verdict.commands, event.at)
            if len(commands) != len(verdict.commands):
                verdict = msgspec.structs.replace(verdict, commands=commands)
        return self.shield.news(event, verdict, facts)

    def wave(
        self,
        event: Message | Joined,
        windows: Sequence[Window],
        counts: Sequence[int],
        facts: Facts,
        policy: str,
    ) -> None:
        """Keep a room's restriction up while the wave that raised it goes on."""
        verdict = self.shield.wave(event, windows, counts, facts, policy)
        if verdict is not None:
            self.follow(Joined(event.tenant, event.room, event.user, event.at), verdict)

    def record(
        self,
        job: J,
        event: Message,
        verdict: Verdict,
        budget_ms: float,
        recorded: Callable[[J, Message, Verdict], None],
        unrecorded: Callable[[J, Message, bool], None],
        repeated: Callable[[J, Message], None],
    ) -> None:
        """Make a restriction durable, then apply it and call `recorded`.

        A verdict that only repeats the one before it stands on that one's row (`runs`). When it
        takes longer than the budget, counted from the read of the frame, or cannot be done at all,
        `unrecorded` is called instead and nothing is applied; it says whether to ask again: late,
        or the journal has too much to do. Nor is anything where `repeated` is: another's was first.
        """
        if self._joins_a_run(event, verdict):
            recorded(job, event, verdict)
            return
        ms_total = (job.decided - job.read) * 1000
        entry = self._entry(event, verdict, ms_total)
        waiting = True

        def late() -> None:
            nonlocal waiting
            waiting = False
            self.falling.add((event.tenant, event.id, event.rev))
            unrecorded(job, event, True)

        timer = self._after(max(0.0, (budget_ms - ms_total) / 1000), late)

        def done(problem: SeawallError | None) -> None:
            nonlocal waiting
            self.shield.settled(event.tenant, verdict.changes)
            if not waiting:
                self._too_late(event, entry, problem)
                return
            waiting = False
            timer.cancel()
            if problem is None:
                self._apply(event, verdict, entry)
                recorded(job, event, verdict)
            elif isinstance(problem, Repeated):
                repeated(job, event)
            else:
                self._unrecorded(problem)
                unrecorded(job, event, isinstance(problem, RecordBusy))

        self._append(entry, done)

    def _entry(self, event: Message, verdict: Verdict, ms_total: float) -> Entry:
        rows = self._commands.prepare(event.tenant, verdict.commands, because(verdict), event.at)
        cases = self._cases(event, verdict)
        return entry_of_message(event, verdict, rows, ms_total, self._evidence_s, cases)

    def _append(self, entry: Entry, done: Done) -> None:
        try:
            self._journal.append(entry, done)
        except SeawallError as problem:
            done(problem)

    def _unrecorded(self, problem: SeawallError) -> None:
        """Tell it once a second: without a record every restriction meets the same."""
        self._untold += 1
        if self._untold == 1:
            self._after(TELL_S, self._tell_unrecorded)
            log.error("unrecorded", extra={"fields": {"why": str(problem)}})

    def _tell_unrecorded(self) -> None:
        more, self._untold = self._untold - 1, 0
        if more:
            log.error("unrecorded", extra={"fields": {"more": more, "in_s": TELL_S}})

    def _joins_a_run(self, event: Message, verdict: Verdict) -> bool:
        if verdict.changes or verdict.commands or not is_run(verdict):
            return False
        if not self.runs.join(event, verdict):
            return False
        self._log(event, verdict)
        return True

    def follow(self, event: Joined, verdict: Verdict) -> None:
        """Make durable what follows from an event nobody waits for an answer to, then apply it."""
        rows = self._commands.prepare(event.tenant, verdict.commands, because(verdict), event.at)
        cases = self._cases(event, verdict)
        if not (cases or verdict.restricts or verdict.changes):
            return
        entry = entry_of_join(event, verdict, rows, cases)

        def done(problem: SeawallError | None) -> None:
            self.shield.settled(event.tenant, verdict.changes)
            if problem is None:
                self._apply(event, verdict, entry)
            else:
                self._metrics.unchecked["join", "journal"] += 1

        self._append(entry, done)

    def find_late(self, event: Message, verdict: Verdict) -> None:
        """Make durable what was found after a message's verdict, then send its command.

        What cannot be recorded does not happen; it is counted.
        """
        if verdict.case is None and verdict.visibility is not None:  # it is left to people
            verdict = msgspec.structs.replace(verdict, case=HOLD_CASE)
        entry = self._entry(event, verdict, 0.0)

        def done(problem: SeawallError | None) -> None:
            if problem is None:
                self._apply(event, verdict, entry)
            elif not isinstance(problem, Repeated):
                self._metrics.unchecked["verdict", "journal"] += 1

        self._append(entry, done)

    def flag(self, event: Message, verdict: Verdict) -> None:
        """Make a verdict durable that restricts nothing and asks for people; its answer has left.

        It strikes nobody and changes nothing: what allows never did.
        """
        cases = self._cases(event, verdict)
        if cases:
            said = msgspec.structs.replace(verdict, strikes=0, changes=(), commands=())
            self.note(entry_of_message(event, said, (), 0.0, self._evidence_s, cases), _nothing)

    def _cases(self, event: Message | Joined, verdict: Verdict) -> tuple[CaseRow, ...]:
        held = is_held(event, verdict)
        if verdict.case is None and not held:
            return ()
        tenant, room = event.tenant, event.room
        facts = self._labels.facts(tenant, room, event.user.id, event.at)
        word = self.hold_word(tenant, room) if held else ""
        rows = case_of_verdict(event, verdict, facts.viewers, word)
        if held or not rows or self._waves.has_room(tenant, rows[0].alike, event.at):
            return rows
        self._metrics.unchecked["case", "full"] += 1
        return ()

    def _too_late(self, event: Message, late: Entry, problem: SeawallError | None) -> None:
        """Undo what became durable with a verdict that came too late: it never happened."""
        if problem is not None:
            self.falling.discard((event.tenant, event.id, event.rev))
            return
        entry = entry_of_taking_back(event, late)
        self._labels.put(event.tenant, entry.labels, event.at)
        if late.strikes:
            self._labels.unstrike(event.tenant, event.user.id, event.id, event.rev, event.at)
        self._fall((event.tenant, event.id, event.rev), entry)

    def _fall(self, key: Key, entry: Entry) -> None:
        """Record a taking back, however often it takes: until then the verdict stands."""

        def done(problem: SeawallError | None) -> None:
            if problem is None:
                self._tell_desk(entry)
            else:
                self._metrics.unchecked[entry.kind, "journal"] += 1
            if problem is None or isinstance(problem, OurFault):
                self.falling.discard(key)
            else:
                self._after(AGAIN_S, lambda: self._fall(key, entry))

        self._append(entry, done)

    def note(self, entry: Entry, noted: Callable[[], None]) -> None:
        """Make something said to us durable, then call `noted`; when it cannot be, say nothing.

        Whoever waits for an `ack` sends it again.
        """

        def done(problem: SeawallError | None) -> None:
            if problem is None:
                self._tell_desk(entry)
                noted()
            elif not isinstance(problem, Repeated):
                self._metrics.unchecked[entry.kind, "journal"] += 1

        self._append(entry, done)

    def enact(self, entry: Entry, done: Done) -> None:
        """Make an entry durable, then put in force what it holds and send its commands.

        `done` hears None after that, or why nothing happened, which is counted.
        """

        def recorded(problem: SeawallError | None) -> None:
            if problem is None:
                self._put_in_force(entry)
                self._log_entry(entry)
            else:
                self._metrics.unchecked[entry.kind, "journal"] += 1
            done(problem)

        try:
            self._journal.append(entry, recorded)
        except SeawallError as problem:
            recorded(problem)

    def ended(self, tenant: str, command: wire.Command, end: CommandEnd, at: float) -> None:
        """Record how a command ended; one that nobody carried out opens a case."""
        self.note(ending(tenant, command, end, at), _nothing)

    def _apply(self, event: Message | Joined, verdict: Verdict, entry: Entry) -> None:
        self._put_in_force(entry)
        if verdict.action == "hold" and isinstance(event, Message):
            self._hold_opened(event.tenant, event.id, event.rev)
        if isinstance(event, Message) and is_run(verdict):
            self.runs.opened(event, verdict, entry)
        if verdict.restricts or verdict.changes:
            self._log(event, verdict)

    def _tell_desk(self, entry: Entry) -> None:
        if entry.cases:
            self.case_opened()

    def _put_in_force(self, entry: Entry) -> None:
        tenant = entry.tenant
        self._tell_desk(entry)
        self._labels.put(tenant, entry.labels, entry.at)
        if entry.strikes is not None:
            strikes = entry.strikes.strikes
            self._labels.strike(tenant, entry.user, strikes, entry.at, entry.event, entry.rev)
        for back in entry.strike_ends:
            self._labels.unstrike(tenant, back.user, back.event, back.rev, entry.at)
        if entry.labels or entry.strikes or entry.strike_ends:
            self._changed(tenant)
        if entry.commands:
            self._commands.send(tenant, entry.commands)

    def _log_entry(self, entry: Entry) -> None:
        self._lines.add(
            {
                "tenant": entry.tenant,
                "room": entry.room,
                "user": entry.user,
                "action": entry.action,
                "actions": [action.kind for action in entry.actions],
                "rule": entry.rule,
                "id": entry.event,
                "rev": entry.rev,
                "surface": entry.surface,
                "about": entry.ref,
            }
        )

    def _log(self, event: Message | Joined, verdict: Verdict) -> None:
        fields: dict[str, object] = {
            "tenant": event.tenant,
            "room": event.room,
            "user": event.user.id,
            "action": verdict.action,
            "actions": [action.kind for action in verdict.actions],
            "rule": because(verdict),
        }
        if isinstance(event, Message):
            fields.update(id=event.id, rev=event.rev, surface=event.surface)
            if self._log_text:
                fields["text"] = event.text
        self._lines.add(fields)


def _nothing() -> None:
    """Do nothing more: the row itself was the point."""
