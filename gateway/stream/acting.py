"""From a verdict on a part of a stream to what happens: recorded, ordered, told, kept as evidence.

Rules:
1. What restricts is recorded first, with its evidence; commands, labels, the clip and the finding
   follow. What cannot be recorded does not happen, and its server hears a late `allow` with the
   reason `unchecked.journal`.
2. What only flags is told at once; it is recorded where policy wants a case. Of equal findings
   that change nothing one is recorded every ten seconds.
3. A cut that waits for a veto is told as `cut`; the rest happens meanwhile. A stream that is cut
   already, or waits for it, gets no second countdown.
4. A finding in speech waits for its words' measured times, two seconds at most; commands do not.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

import msgspec

from gateway.chat.casework import sealing
from gateway.chat.entries import because
from gateway.metrics import Metrics
from gateway.record.clips import Key
from gateway.record.entry import Entry, StrikeRow
from gateway.stream.findings import Moment, entry_of_finding, finding_of, said_action
from gateway.stream.numbers import Numbers
from gateway.stream.orders import StreamOrders
from gateway.stream.ports import Live
from gateway.stream.recently import Recently
from gateway.stream.veto import Countdown, Vetoes, case_of, pending_row
from seawall import wire
from seawall.actions import Action, Target
from seawall.errors import SeawallError
from seawall.events import Message
from seawall.taxonomy import Severity
from seawall.verdicts import Finding, Verdict, Vetoable

__all__ = ["Acting", "Freezing", "Telling", "Timing"]

ROW_S = 10.0
REPEAT_S = 10.0
"""A picture that stands still says what it says so often."""
_UNRECORDED = (Finding("unchecked.journal", "flood", Severity.LOW, (), "gateway", score=0.0),)
_encode = msgspec.json.Encoder().encode

Timing = Callable[[Callable[[Moment], None]], None]
"""Calls back once with the moment as it was measured, or as it was estimated."""
Telling = Callable[[wire.Finding], None]
"""Hears of what a stream's server was told."""


class Freezing(Protocol):
    """Keeps what a stream showed of late: `gateway.stream.evidence.Evidence`."""

    def freeze(self, live: Live, key: Key, surface: str, cuts: bool = False) -> None:
        """Keep it as the clip of a decision, of its own where that `cuts`."""


class Acting:
    """Lets verdicts on streams happen. Times are seconds since the epoch."""

    def __init__(
        self,
        orders: StreamOrders,
        vetoes: Vetoes,
        evidence: Freezing,
        metrics: Metrics,
        numbers: Numbers,
        told: Callable[[Live, wire.Finding], None] = lambda live, finding: None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """`told` hears of every finding that was sent."""
        self._orders = orders
        self._vetoes = vetoes
        self._evidence = evidence
        self._metrics = metrics
        self._numbers = numbers
        self._told = told
        self._wall = wall
        self._rows = Recently(ROW_S)
        self._repeats = Recently(REPEAT_S)

    def act(
        self,
        live: Live,
        event: Message,
        verdict: Verdict,
        moment: Moment,
        keep_s: float,
        timing: Timing | None = None,
        settled: Callable[[bool], None] = lambda recorded: None,
    ) -> None:
        """Let a verdict with findings happen. `keep_s` is how long its evidence is kept.

        `settled` is told whether what it changes is in force, or never will be.
        """
        now = self._wall()
        commands = self._orders.news(event.tenant, verdict.commands, now)
        waits = self._countdown(live, event, verdict, moment, now)
        action = said_action(verdict, waits is not None)
        changes = bool(commands or verdict.changes or verdict.strikes or waits)
        if not changes and not self._is_new(event, verdict, action, now):
            settled(True)
            if verdict.reasons and not self._repeats_itself(event, verdict, action, now):
                self._tell_timed(live, event, verdict, moment, action, timing)
            return
        if (commands or verdict.changes or waits) and not moment.still:
            moment = msgspec.structs.replace(moment, still=moment.twin)
        cuts = waits is not None or any(each.kind == "cut" for each in commands)
        entry = entry_of_finding(event, verdict, moment, action, now, keep_s, live.viewers)
        if verdict.strikes:
            entry = msgspec.structs.replace(
                entry, strikes=StrikeRow(verdict.strikes, because(verdict))
            )
        if waits is not None:
            entry = _with_countdown(entry, waits, verdict, live)

        def done(problem: SeawallError | None) -> None:
            settled(problem is None)
            if problem is not None:
                if waits is not None:
                    self._vetoes.forgo(waits)
                self._unrecorded(live, event, verdict, moment)
                return
            if waits is not None:
                self._vetoes.begin(waits)
            if verdict.reasons:
                key = (event.tenant, event.id, event.rev)
                self._evidence.freeze(live, key, event.surface, cuts)
                self._tell_timed(live, event, verdict, moment, action, timing)

        self._orders.restrict(entry, commands, done, moment.captured_at)

    def strike(self, live: Live, event: Message, verdict: Verdict, moment: Moment) -> None:
        """Record nothing but strikes: what they are for was told and done before."""
        now = self._wall()
        entry = entry_of_finding(event, verdict, moment, "allow", now, 0.0)
        strikes = StrikeRow(verdict.strikes, because(verdict))
        entry = msgspec.structs.replace(entry, strikes=strikes, evidence=None, cases=())
        self._orders.restrict(entry, (), lambda problem: None)

    def _repeats_itself(self, event: Message, verdict: Verdict, action: str, now: float) -> bool:
        """Say whether a picture that stands still says only what it said a moment ago."""
        if event.surface != "frame":
            return False
        rules = tuple(sorted({each.rule for each in verdict.reasons}))
        return not self._repeats.first((event.tenant, event.stream, action, rules), now)

    def _is_new(self, event: Message, verdict: Verdict, action: str, now: float) -> bool:
        """Say whether a verdict that changes nothing is worth a row: of equal ones, each 10 s one.

        What only flags is recorded where policy wants a case.
        """
        if verdict.action == "allow" and verdict.case is None:
            return False
        return self._rows.first((event.tenant, event.stream, because(verdict), action), now)

    def _countdown(
        self, live: Live, event: Message, verdict: Verdict, moment: Moment, now: float
    ) -> Countdown | None:
        """Return the countdown that a verdict begins, None for none."""
        if not verdict.vetoable or self._vetoes.taken(event.tenant, event.stream):
            return None
        first: Vetoable = verdict.vetoable[0]
        if not self._orders.news(event.tenant, (first.action,), now):
            return None
        countdown = Countdown(
            event.tenant,
            event.stream,
            event.room,
            event.user.id,
            event.id,
            event.rev,
            first.rule,
            first.category,
            now + first.wait_s,
            first.action.for_s,
            first.nobody,
            moment.captured_at,
        )
        self._vetoes.reserve(countdown)
        return countdown

    def _unrecorded(self, live: Live, event: Message, verdict: Verdict, moment: Moment) -> None:
        nothing = Verdict(verdict.policy, reasons=_UNRECORDED, late=True)
        self._tell(live, event, nothing, moment, "allow")

    def _tell_timed(
        self,
        live: Live,
        event: Message,
        verdict: Verdict,
        moment: Moment,
        action: str,
        timing: Timing | None,
    ) -> None:
        if timing is None:
            self._tell(live, event, verdict, moment, action)
        else:
            timing(lambda measured: self._tell(live, event, verdict, measured, action))

    def _tell(
        self, live: Live, event: Message, verdict: Verdict, moment: Moment, action: str
    ) -> None:
        waits = self._vetoes.of(event.tenant, event.stream) if verdict.vetoable else None
        until = 0.0 if waits is None else waits.until
        finding = finding_of(event, verdict, moment, action, until)
        self._metrics.verdicts[action, because(verdict)] += 1
        self._numbers.findings[event.surface, action] += 1
        if live.connected:
            live.send(_encode(finding))
        self._told(live, finding)


def _with_countdown(entry: Entry, waits: Countdown, verdict: Verdict, live: Live) -> Entry:
    """Return an entry with the label and the case of a countdown."""
    until = waits.until - entry.at
    case = case_of(waits, "open", f"{waits.rule}: a cut waits {until:.0f} s for a veto")
    case = msgspec.structs.replace(case, name=live.user.name or "", viewers=live.viewers)
    for finding in verdict.reasons:
        if finding.rule == waits.rule:
            case = msgspec.structs.replace(
                case,
                rule=finding.rule,
                category=sealing(verdict, finding),
                severity=finding.severity.label,
                score=finding.score,
            )
            break
    target = Action(Target("stream", entry.room, entry.ref), "cut_pending", until)
    return msgspec.structs.replace(
        entry,
        actions=(*entry.actions, target),
        labels=(*entry.labels, pending_row(waits)),
        cases=(*entry.cases, case),
    )
