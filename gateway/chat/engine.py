"""From an accepted message to its verdict: fold, look up once per tick, decide, record, answer.

Rules:
1. All messages of one event-loop tick are examined together (`gateway.chat.examining`) and ask
   their windows in one call.
2. An `allow` leaves at once; a verdict that restricts leaves when its journal row is durable. What
   cannot be recorded inside the budget is answered `overloaded`: it was not accepted.
3. Labels, commands and holds follow the journal row, never precede it.
4. Every accepted (tenant, id, rev) is judged once; whoever re-sends it hears the first verdict,
   from memory or, just after a break or when this process stood still, from the record.
5. Under load, and when it has waited too long, a message is judged lean: what `seawall.shedding`
   names is left out, the verdict says so (`late`, reason `unchecked.load`), policy has the word.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import cast

import msgspec

from gateway.chat.afterwards import Afterwards
from gateway.chat.answers import Answer, Answers
from gateway.chat.asking import Asking, Models
from gateway.chat.authors import profile_text, user_of
from gateway.chat.examining import Examiner
from gateway.chat.firsts import Firsts
from gateway.chat.job import Job, Judged, Waiter, WindowAsker, place_of
from gateway.chat.load import STILL_S, WHY_LEAN, Load
from gateway.chat.lookup import Lookup
from gateway.chat.nukes import Nukes, unnuked
from gateway.chat.patience import Timer
from gateway.chat.recalls import Recalls
from gateway.chat.recent import Recent, shown
from gateway.chat.recorder import Recorder
from gateway.chat.repeats import again
from gateway.chat.replies import Stages, lean_allow, plain_allow, times
from gateway.chat.rulesets import Rulesets
from gateway.metrics import Metrics
from gateway.policy.brake import Brakes
from gateway.state.labels import Labels
from gateway.state.script import MOST_CHECKS
from seawall import wire
from seawall.actions import Target
from seawall.decide import NO_NEEDS, State, decide, is_plain, needs
from seawall.events import Joined, Message
from seawall.fallback import unexamined, unrecorded
from seawall.fold import Folded, fold
from seawall.render import render
from seawall.signals import NO_SIGNALS
from seawall.taxonomy import Severity
from seawall.verdicts import Finding, Verdict
from seawall.windows import Check

__all__ = ["Engine", "Job", "Waiter", "WindowAsker"]

_UNRECORDED = (Finding("unchecked.journal", "flood", Severity.LOW, (), "gateway", score=0.0),)
_NO_TEXT = fold("")
_NOT_RECORDED = "the decision could not be recorded"
_encode = msgspec.json.Encoder().encode


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
        load: Load | None = None,
        lookup: Lookup | None = None,
        models: tuple[Models, Timer] | None = None,
        brakes: Brakes | None = None,
        recent: Recent | None = None,
        nukes: Nukes | None = None,
    ) -> None:
        """`models`: who is asked for what takes a model, and how long waits are timed.

        `brakes` hear of verdicts with findings and say which rules ran away, `recent` of messages.
        """
        self._said = recent.add if recent is not None and recent.on else None
        self._nuke = unnuked if nukes is None else nukes.judge
        self._nuked = {} if nukes is None else nukes.live
        self._brakes = brakes or Brakes()
        self._judged = self._brakes.judged
        self._load = load or Load(lambda: 0.05)
        self.rulesets, self.labels, self.answers = rulesets, labels, answers
        self.in_work = 0
        self._look = Examiner(metrics).examine
        self._arrived: list[Job] = []
        self._windows, self._recorder, self._metrics = windows, recorder, metrics
        self._call_soon, self._queue, self._wall, self._clock = call_soon, queue, wall, clock
        self._tick: list[Job] = []
        recalls = Recalls()
        self._recalls = recalls.lines
        self._firsts = None
        if lookup is not None:
            self._firsts = Firsts(lookup, recalls, rulesets.chat_budget_s, self._recalled, clock)
        self._begin = None
        if models is not None:
            late = Afterwards(labels, recorder, metrics, self._brakes).found
            self._begin = Asking(models[0], metrics, models[1], clock, self._resume, late).begin

    def judge(self, message: Judged, waiter: Waiter, read: float, decoded: float) -> None:
        """Take an accepted message; its verdict goes to `waiter` exactly once.

        `read` and `decoded` are when its frame was read and parsed, monotonic seconds.
        """
        tenant, ref, user = waiter.tenant, message.id, message.user
        if type(message) is wire.Chat or type(message) is wire.Edit:  # unions are dear to check
            rev, room, text = message.rev, message.room, message.text
        else:
            rev, room, text = 0, "", profile_text(cast("wire.Profile", message))
        content = hash((room, user.id, text))
        key = (tenant, ref, rev)
        known = self.answers.find(key)
        if known is not None:
            again(known, key, content, waiter, self.rulesets)
            return
        if (falling := key in self._recorder.falling) or self.in_work >= self._queue:
            why = _NOT_RECORDED if falling else "the gateway is full"
            waiter.refuse(ref, rev, "overloaded", why, self._load.retry_after(self.in_work))
            return
        answer = self.answers.open(key, content, waiter)
        self.in_work += 1
        repeats = (
            read < waiter.recovers_until and waiter.repeats(message.at)
        ) or read < self._load.stood_until
        if (repeats or self._recalls) and self._firsts is not None:
            after = partial(self._arrive, message, tenant, rev, room, text, answer, read)
            if self._firsts.recall(key, (tenant, room, user.id), repeats, answer, after):
                return
        self._arrive(message, tenant, rev, room, text, answer, read, decoded)

    def _arrive(
        self,
        message: Judged,
        tenant: str,
        rev: int,
        room: str,
        text: str,
        answer: Answer[Waiter],
        read: float,
        decoded: float,
    ) -> None:
        """Take a message as it is now, labels and policy: it is examined with the others."""
        surface, lang, parent = place_of(message)
        ruleset, labels, wall = self.rulesets.of(tenant), self.labels, self._wall()
        facts = labels.facts(tenant, room, message.user.id, wall)
        who = user_of(message.user, facts)
        event = Message(
            tenant, message.id, room, who, text, wall, message.at, surface, rev, lang, parent
        )
        policy = ruleset.for_room(room)
        job = Job(event, answer, ruleset, policy, facts, labels.epoch, read, decoded)
        waited = decoded - read
        if waited >= self._load.lean_after_s:
            job.unchecked = self._load.why_lean(waited, policy.budgets[surface].ms / 1000)
        if not self._arrived:
            self._call_soon(self.flush)
        self._arrived.append(job)

    def examine(self) -> None:
        """Examine what has arrived, and see what is to be asked about it."""
        arrived, self._arrived = self._arrived, []
        if arrived:
            self._follow(zip(arrived, self._look(arrived), strict=True))

    def _follow(self, looked: Iterator[tuple[Job, Folded]]) -> None:
        now = self._clock()
        try:
            for job, folded in looked:
                job.detected = now
                self._want(job, cast("Message", job.event), folded)
        except BaseException:  # one message's fault must not leave the others without a verdict
            self._call_soon(partial(self._follow, looked))
            raise

    def _want(self, job: Job, event: Message, folded: Folded) -> None:
        """Have windows and models asked, or decide at once where there are none to ask."""
        signals, facts, policy = job.signals, job.facts, job.policy
        wanted = job.needs = needs(event, signals, facts, policy, folded)
        if not job.unchecked:
            job.plain = is_plain(event, signals, facts, policy)
            if self._begin and event.text and (asks := policy.models.get(event.surface)):
                self._begin(job, event, asks)
        if wanted is NO_NEEDS:
            job.counted = job.detected
            self._decide(job, (), False)
        else:
            self._ask(job)

    def join(self, message: wire.Join, waiter: Waiter) -> None:
        """Count a join; a join wave may restrict the room."""
        wall, now = self._wall(), self._clock()
        facts = self.labels.facts(waiter.tenant, message.room, message.user.id, wall)
        ruleset = self.rulesets.of(waiter.tenant)
        policy = ruleset.for_room(message.room)
        event = Joined(waiter.tenant, message.room, user_of(message.user, facts), wall)
        wanted = needs(event, NO_SIGNALS, facts, policy, _NO_TEXT)
        if wanted is not NO_NEEDS:
            self.in_work += 1
            job = Job(event, None, ruleset, policy, facts, self.labels.epoch, now, now)
            job.needs, job.detected = wanted, now
            self._ask(job)

    def _ask(self, job: Job) -> None:
        if not self._tick:
            self._call_soon(self.flush)
        self._tick.append(job)

    def flush(self) -> None:
        """Examine what is left, then ask all windows so far, at most MOST_CHECKS checks a call."""
        self.examine()
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
        at, now = 0, self._clock()
        still, over = now - STILL_S, min(counts, default=0) < 0
        for job in jobs:
            end = at + len(job.needs.checks)
            job.counted = now
            if job.plain and not over and self._is_plain(job, still):
                self._pass(job)
            else:
                self._decide(job, counts[at:end], degraded)
            at = end

    def _is_plain(self, job: Job, still: float) -> bool:
        """Tell whether a plain job still is, where no window is over: `decide` would say the same.

        Models may have spoken since, and `still` is when this process may have stood still.
        """
        nuked = self._nuked
        return (
            not (job.awaited or job.unchecked or job.signals.scores)
            and job.read > still
            and job.epoch == self.labels.epoch
            and not (nuked and job.event.tenant in nuked)
        )

    def _pass(self, job: Job) -> None:
        self._judged[job.event.tenant] += 1
        job.decided = self._clock()
        self._allow(job, cast("Message", job.event), False)  # no join is plain

    def _decide(self, job: Job, counts: Sequence[int], degraded: bool) -> None:
        job.counts, job.degraded = counts, degraded
        if job.awaited:
            return
        if job.counted - job.read > STILL_S and self._firsts is not None:
            again = partial(self._decide, job, counts, degraded)
            if self._firsts.look_again(job, again):
                return
        event, facts = job.event, job.facts
        if job.epoch != self.labels.epoch:  # something was restricted since: arrival order counts
            facts = self.labels.facts(event.tenant, event.room, event.user.id, event.at)
        unchecked = job.unchecked
        lean = unchecked in WHY_LEAN
        tripped = self._brakes.tripped(event.tenant, event.at)
        state = State(job.needs, counts, facts, degraded, "" if lean else unchecked, tripped)
        verdict = decide(event, job.signals, state, job.policy)
        if lean and isinstance(event, Message):
            word = unexamined(job.policy, event.surface, unchecked)
            lean = word == "allow" and not verdict.reasons and not verdict.shadow
            if not lean:  # the reason `unchecked.load` stands beside others, or has the word
                state = State(job.needs, counts, facts, degraded, unchecked, tripped)
                verdict = decide(event, job.signals, state, job.policy)
        if self._nuked and event.tenant in self._nuked and isinstance(event, Message):
            verdict = self._nuke(event, verdict, job.signals, state, job.policy)
        self._judged[event.tenant] += 1
        if verdict.reasons or verdict.shadow:
            is_join = isinstance(event, Joined)
            self._brakes.note(event.tenant, verdict, event.at, joined=is_join)
        if verdict.changes or verdict.commands:
            verdict = self._recorder.news(event, verdict, facts)
        if facts.room and counts:
            windows, version = job.needs.windows, job.policy.version
            self._recorder.wave(event, windows, counts, facts, version)
        job.decided, job.said = self._clock(), verdict.action
        if not isinstance(event, Message):
            self.in_work -= 1
            if verdict.restricts or verdict.case is not None:
                self._recorder.follow(event, verdict)
            return
        if not verdict.reasons and not verdict.shadow:
            self._allow(job, event, lean)
        elif not verdict.restricts:
            self._send(job, event, verdict, 0.0)
            if verdict.case is not None:  # nobody waits for it: the answers leave first
                self._call_soon(partial(self._recorder.flag, event, verdict))
        else:
            self._record(job, event, verdict)

    def _record(self, job: Job, event: Message, verdict: Verdict) -> None:
        job.category = verdict.reasons[0].category
        budget_ms = job.policy.budgets[event.surface].ms
        # A flood that makes decisions late must not buy that they go unrecorded.
        spent_ms = (job.decided - job.read) * 1000
        budget_ms = max(budget_ms, spent_ms + budget_ms / 2)
        hear = (self._recorded, self._unrecorded, self._repeated)
        self._recorder.record(job, event, verdict, budget_ms, *hear)

    def _resume(self, job: Job) -> None:
        """Decide about a message whose models have answered after its windows did."""
        now = self._clock()
        job.detected += now - job.counted
        job.counted = now
        assert job.counts is not None
        if job.plain and min(job.counts, default=0) >= 0 and self._is_plain(job, now - STILL_S):
            self._pass(job)
        else:
            self._decide(job, job.counts, job.degraded)

    def _allow(self, job: Job, event: Message, lean: bool) -> None:
        stages = job.stages(job.decided)
        ref, rev, version = event.id, event.rev, job.policy.version
        if lean:
            self._metrics.verdicts["allow", "unchecked.load"] += 1
            line = lean_allow(ref, rev, version, *stages)
            self._finish(job, event, line, line, stages)
        else:
            self._metrics.allowed += 1
            self._finish(job, event, None, plain_allow(ref, rev, version, *stages), stages)
        if self._said is not None:
            self._said(event, "allow")

    def _send(self, job: Job, event: Message, verdict: Verdict, journal: float) -> None:
        stages = job.stages(self._clock())
        target = Target("message", event.room, event.id, event.rev)
        line = _encode(render(verdict, target, times(stages, journal)))
        rule = verdict.reasons[0].rule if verdict.reasons else ""
        self._metrics.verdicts[verdict.action, rule] += 1
        self._metrics.journal.add(journal)
        self._finish(job, event, line, line, stages)
        if self._said is not None:
            self._said(event, shown(verdict))

    def _recorded(self, job: Job, event: Message, verdict: Verdict) -> None:
        self._send(job, event, verdict, self._clock() - job.decided)

    def _unrecorded(self, job: Job, event: Message, late: bool) -> None:
        """A restriction nobody recorded never happened: its message was not accepted, or passes.

        Late is a matter of asking again: letting through what is known to be bad would be a gift.
        Where nothing can be recorded at all, policy has the word: `allow` can be said unrecorded;
        `hold` and `block` cannot.
        """
        self._metrics.unchecked["verdict", "journal"] += 1
        if not late and unrecorded(job.policy, event.surface, job.category) == "allow":
            verdict = Verdict(job.policy.version, reasons=_UNRECORDED, late=True)
            self._send(job, event, verdict, self._clock() - job.decided)
            return
        self.in_work -= 1
        wait = self._load.retry_after(self.in_work)
        for waiter in self.answers.drop((event.tenant, event.id, event.rev)):
            waiter.refuse(event.id, event.rev, "overloaded", _NOT_RECORDED, wait)

    def _repeated(self, job: Job, event: Message) -> None:
        """Tell another gateway's verdict, which was in the record first, or that none was had."""
        fails = partial(self._unrecorded, job, event, True)
        fails() if self._firsts is None else self._firsts.tell(job, event, fails)

    def _recalled(self, key: tuple[str, str, int], answer: Answer[Waiter], verdict: bytes) -> None:
        """Answer as before; it was counted and applied then."""
        self.in_work -= 1
        for waiter in self.answers.close(answer, verdict, self._clock()):
            waiter.answer(key[1], key[2], verdict)

    def _finish(
        self, job: Job, event: Message, kept: bytes | None, line: bytes, stages: Stages
    ) -> None:
        self.in_work -= 1
        self._metrics.spent(stages)
        assert job.answer is not None
        for waiter in self.answers.close(job.answer, kept, job.decided):
            waiter.answer(event.id, event.rev, line)
