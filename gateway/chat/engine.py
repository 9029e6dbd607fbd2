"""From an accepted message to its verdict: fold, look up once per tick, decide, record, answer.

Rules:
1. All messages of one event-loop tick ask their windows in one call.
2. An `allow` leaves at once; a verdict that restricts leaves when its journal row is durable. What
   cannot be recorded inside the budget is answered `overloaded`: it was not accepted.
3. Labels, commands and holds follow the journal row, never precede it.
4. Every accepted (tenant, id, rev) is judged once; whoever re-sends it hears the first verdict.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Protocol, cast

import msgspec

from gateway.chat.answers import Answer, Answers
from gateway.chat.parts import PART_LENGTH, Parts
from gateway.chat.recorder import Recorder
from gateway.chat.replies import plain_allow, times
from gateway.chat.rulesets import Ruleset, Rulesets
from gateway.log import log
from gateway.metrics import Metrics
from gateway.state.labels import Labels
from gateway.state.script import MOST_CHECKS
from seawall import wire
from seawall.actions import Target
from seawall.decide import NO_NEEDS, Needs, State, decide, needs
from seawall.events import ROLES, Joined, Message, Surface, User
from seawall.fold import fold
from seawall.policy.model import Facts, Policy
from seawall.render import render
from seawall.signals import NO_SIGNALS, Signals
from seawall.verdicts import Verdict
from seawall.windows import Check

__all__ = ["Engine", "Job", "Waiter", "WindowAsker"]

Judged = wire.Chat | wire.Edit | wire.Profile
Counts = Callable[[list[int], bool], None]

_NO_TEXT = fold("")
_NO_ROLES: frozenset[str] = frozenset()
_encode = msgspec.json.Encoder().encode


class Waiter(Protocol):
    """Whoever sent a message and wants its verdict."""

    tenant: str

    def answer(self, ref: str, rev: int, verdict: bytes) -> None:
        """Hand over an encoded verdict; it leaves with the tick."""

    def refuse(self, ref: str, rev: int, code: str, message: str, retry_after: float) -> None:
        """Say that the message was not accepted after all."""

    def complain(self, ref: str, rev: int, code: str, message: str) -> None:
        """Send an error about a message and go on owing the verdict of another of the same id."""


class WindowAsker(Protocol):
    """Where windows are counted."""

    def submit(self, checks: list[Check], now_ms: int | None, done: Counts) -> None:
        """Ask all checks at once; `done` gets signed counts in order, and if they are local."""


class Job(msgspec.Struct, gc=False):
    """One event on its way. Times are monotonic seconds."""

    event: Message | Joined
    answer: Answer[Waiter] | None
    policy: Policy
    signals: Signals
    needs: Needs
    facts: Facts
    unchecked: str
    epoch: int
    read: float
    decoded: float
    detected: float
    counted: float = 0.0
    decided: float = 0.0


class Engine:
    """The chat path of one gateway process."""

    def __init__(
        self,
        rulesets: Rulesets,
        windows: WindowAsker,
        labels: Labels,
        answers: Answers[Waiter],
        recorder: Recorder,
        metrics: Metrics,
        call_soon: Callable[[Callable[[], None]], object],
        queue: int,
        wall: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.rulesets = rulesets
        self.labels = labels
        self.answers = answers
        self.parts = Parts()
        self.in_work = 0
        self._windows = windows
        self._recorder = recorder
        self._metrics = metrics
        self._call_soon = call_soon
        self._queue = queue
        self._wall = wall
        self._clock = clock
        self._tick: list[Job] = []

    def judge(self, message: Judged, waiter: Waiter, read: float, decoded: float) -> None:
        """Take an accepted message; its verdict goes to `waiter` exactly once.

        `read` and `decoded` are when its frame was read and parsed, monotonic seconds.
        """
        tenant, ref, user = waiter.tenant, message.id, message.user
        if type(message) is wire.Profile:
            rev, room, text, surface, lang, parent = _of_profile(message)
        else:
            chat = cast(
                "wire.Chat | wire.Edit", message
            )  # a union check here costs a third of a µs
            rev, room, text = chat.rev, chat.room, chat.text
            surface, lang, parent = chat.surface, chat.lang, chat.parent
        content = hash((room, user.id, text))
        key = (tenant, ref, rev)
        known = self.answers.find(key)
        if known is not None:
            self._again(known, key, content, waiter)
            return
        if self.in_work >= self._queue:
            waiter.refuse(ref, rev, "overloaded", "the gateway is full", 1.0)
            return
        answer = self.answers.open(key, content, waiter)
        self.in_work += 1
        ruleset = self.rulesets.of(tenant)
        wall = self._wall()
        facts = self.labels.facts(tenant, room, user.id, wall)
        who = _user(user, facts)
        at = message.at
        event = Message(tenant, ref, room, who, text, wall, at, surface, rev, lang, parent)
        self._examine(event, answer, ruleset, facts, read, decoded)

    def _examine(
        self,
        event: Message,
        answer: Answer[Waiter],
        ruleset: Ruleset,
        facts: Facts,
        read: float,
        decoded: float,
    ) -> None:
        """Fold and detect, then ask the windows, or decide at once where there are none to ask."""
        text, who = event.text, event.user
        policy = ruleset.for_room(event.room)
        unchecked = ""
        folded = _NO_TEXT
        try:
            folded = fold(text)
            signals = ruleset.detectors.detect(folded, who)
            if len(text) <= PART_LENGTH:
                signals = self.parts.joined(event, signals, partial(_detect, ruleset, who))
        except Exception:  # a detector's bug must cost one examination, not a verdict
            signals, unchecked = NO_SIGNALS, "detect"
            self._metrics.unchecked["text", "detect"] += 1
            log.exception("detector failed", extra={"fields": {"id": event.id}})
        wanted = needs(event, signals, facts, policy, folded)
        job = Job(
            event, answer, policy, signals, wanted, facts, unchecked, self.labels.epoch,
            read, decoded, self._clock(),
        )  # fmt: skip
        if wanted is NO_NEEDS:
            self._decide(job, (), False)
        else:
            self._ask(job)

    def join(self, message: wire.Join, waiter: Waiter) -> None:
        """Count a join; a join wave may restrict the room."""
        wall, now = self._wall(), self._clock()
        facts = self.labels.facts(waiter.tenant, message.room, message.user.id, wall)
        ruleset = self.rulesets.of(waiter.tenant)
        policy = ruleset.for_room(message.room)
        event = Joined(waiter.tenant, message.room, _user(message.user, facts), wall)
        wanted = needs(event, NO_SIGNALS, facts, policy, _NO_TEXT)
        if wanted is not NO_NEEDS:
            self.in_work += 1
            epoch = self.labels.epoch
            self._ask(Job(event, None, policy, NO_SIGNALS, wanted, facts, "", epoch, now, now, now))

    def _again(
        self, known: Answer[Waiter], key: tuple[str, str, int], content: int, waiter: Waiter
    ) -> None:
        _, ref, rev = key
        if known.content != content:
            if known.at == 0.0 and waiter in known.waiting:  # it still owes the first its verdict
                waiter.complain(ref, rev, "id_reused", "this (id, rev) has other content")
                return
            waiter.refuse(ref, rev, "id_reused", "this (id, rev) had other content", 0.0)
        elif known.at == 0.0:
            if waiter not in known.waiting:
                known.waiting = (*known.waiting, waiter)
        else:
            verdict = known.verdict
            if verdict is None:
                version = self.rulesets.of(waiter.tenant).policy.version
                verdict = plain_allow(ref, rev, version, 0.0, 0.0, 0.0, 0.0, 0.0)
            waiter.answer(ref, rev, verdict)

    def _ask(self, job: Job) -> None:
        if not self._tick:
            self._call_soon(self.flush)
        self._tick.append(job)

    def flush(self) -> None:
        """Ask the windows of all jobs collected so far, at most MOST_CHECKS checks a call."""
        jobs, self._tick = self._tick, []
        if not jobs:
            return
        group: list[Job] = []
        checks: list[Check] = []
        for job in jobs:
            wanted = job.needs.checks
            if len(checks) + len(wanted) > MOST_CHECKS and checks:
                self._windows.submit(checks, None, partial(self._counted, group))
                group, checks = [], []
            group.append(job)
            checks += wanted
        self._windows.submit(checks, None, partial(self._counted, group))

    def _counted(self, jobs: list[Job], counts: list[int], degraded: bool) -> None:
        at = 0
        for job in jobs:
            end = at + len(job.needs.checks)
            self._decide(job, counts[at:end], degraded)
            at = end

    def _decide(self, job: Job, counts: list[int] | tuple[int, ...], degraded: bool) -> None:
        job.counted = self._clock()
        event = job.event
        facts = job.facts
        if job.epoch != self.labels.epoch:  # something was restricted since: arrival order counts
            facts = self.labels.facts(event.tenant, event.room, event.user.id, event.at)
        state = State(job.needs, counts, facts, degraded, job.unchecked)
        verdict = decide(event, job.signals, state, job.policy)
        job.decided = self._clock()
        if isinstance(event, Joined):
            self.in_work -= 1
            if verdict.restricts:
                self._recorder.follow(event, verdict)
            return
        if not verdict.reasons and not verdict.shadow:
            self._allow(job, event)
        elif not verdict.restricts:
            self._send(job, event, verdict, 0.0)
        else:
            budget_ms = job.policy.budgets[event.surface].ms
            self._recorder.record(job, event, verdict, budget_ms, self._recorded, self._unrecorded)

    def _allow(self, job: Job, event: Message) -> None:
        total = self._clock() - job.read
        line = plain_allow(
            event.id,
            event.rev,
            job.policy.version,
            job.decoded - job.read,
            job.detected - job.decoded,
            job.counted - job.detected,
            job.decided - job.counted,
            total,
        )
        self._metrics.allowed += 1
        self._finish(job, event, None, line, total)

    def _send(self, job: Job, event: Message, verdict: Verdict, journal: float) -> None:
        total = self._clock() - job.read
        target = Target("message", event.room, event.id, event.rev)
        line = _encode(render(verdict, target, times(job, journal, total)))
        rule = verdict.reasons[0].rule if verdict.reasons else ""
        self._metrics.verdicts[verdict.action, rule] += 1
        self._metrics.stages["journal"].add(journal)
        self._finish(job, event, line, line, total)

    def _recorded(self, job: Job, event: Message, verdict: Verdict) -> None:
        self._send(job, event, verdict, self._clock() - job.decided)

    def _unrecorded(self, job: Job, event: Message) -> None:
        self.in_work -= 1
        self._metrics.unchecked["verdict", "journal"] += 1
        for waiter in self.answers.drop((event.tenant, event.id, event.rev)):
            waiter.refuse(
                event.id, event.rev, "overloaded", "the decision could not be recorded", 0.5
            )

    def _finish(
        self, job: Job, event: Message, kept: bytes | None, line: bytes, total: float
    ) -> None:
        self.in_work -= 1
        read, decoded, detected = job.read, job.decoded, job.detected
        counted, decided = job.counted, job.decided
        self._metrics.spent(
            decoded - read, detected - decoded, counted - detected, decided - counted, total
        )
        assert job.answer is not None
        ref, rev = event.id, event.rev
        for waiter in self.answers.close(job.answer, kept, job.decided):
            waiter.answer(ref, rev, line)


def _detect(ruleset: Ruleset, user: User, text: str) -> Signals:
    return ruleset.detectors.detect(fold(text), user)


def _of_profile(
    message: wire.Profile,
) -> tuple[int, str, str, Surface, str | None, str | None]:
    texts = (message.user.name, message.bio, message.text)
    return 0, "", "\n".join(text for text in texts if text), "profile", None, None


def _user(user: wire.Author | wire.Named | wire.User, facts: Facts) -> User:
    roles = frozenset(user.roles) & ROLES if user.roles else _NO_ROLES
    if facts.owners and user.id in facts.owners:
        roles |= {"host"}
    return User(
        user.id,
        user.name or user.id,
        roles,
        user.created_at,
        user.first_seen,
        user.risk,
        user.device,
        user.ip,
    )
