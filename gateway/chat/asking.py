"""Asks models in other processes about a message, and says when its verdict need not wait longer.

Rules:
1. First opinions (an ask without a condition) are asked at once, beside the windows. One that does
   not come in time leaves the message not examined whole, which policy has a word for.
2. Second opinions are asked when the first ones leave a question open, for a bounded share of all
   messages. The verdict waits a little for them and does without.
3. What comes after the verdict is handed on once: it may take the message back by command.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

import msgspec

from gateway.chat.job import Job
from gateway.chat.patience import Cancels, Timer
from gateway.metrics import Metrics
from seawall.events import Message
from seawall.policy.model import Env, ModelAsk
from seawall.signals import Signal

__all__ = ["Asking", "Heard", "Models", "Share"]

_NO_WINDOWS: dict[str, int] = {}


class Heard(Protocol):
    """What a model said, or why it said nothing: `timeout`, `down`, `full` or `error`."""

    @property
    def signals(self) -> Sequence[Signal]:
        """What it said."""

    @property
    def unchecked(self) -> str:
        """Why the text was not examined; empty when it was."""


class Models(Protocol):
    """Where models are asked: `workers.client.TextWorkers`."""

    @property
    def names(self) -> frozenset[str]:
        """The models that run here."""

    def ask(
        self,
        model: str,
        text: str,
        *,
        until: float,
        done: Callable[[Heard], None],
        lang: str,
        surface: str,
    ) -> None:
        """Ask a model that runs here; `done` is called once, by `until` (monotonic seconds)."""


class Share:
    """How many of all messages may be asked about: `percent` of them, `burst` saved up at most."""

    __slots__ = ("_each", "_saved", "burst")

    def __init__(self, percent: float, burst: float = 32.0) -> None:
        self._each = percent / 100
        self._saved = burst
        self.burst = burst

    def pass_by(self) -> None:
        """Note one more message judged."""
        self._saved = min(self.burst, self._saved + self._each)

    def take(self) -> bool:
        """Take one, if there is one."""
        if self._saved < 1.0:
            return False
        self._saved -= 1.0
        return True


class _Absent(msgspec.Struct, frozen=True):
    signals: tuple[Signal, ...] = ()
    unchecked: str = "absent"


_ABSENT = _Absent()


class _Second:
    """A second opinion on its way; `waited` while the verdict still waits for it."""

    __slots__ = ("job", "timer", "waited")

    def __init__(self, job: Job) -> None:
        self.job = job
        self.waited = False
        self.timer: Cancels | None = None


class Asking:
    """Asks about messages. `resume` gets a job that need not wait longer, if its counts are known.

    `late` gets a job and what was found about it after its verdict.
    """

    def __init__(
        self,
        models: Models,
        metrics: Metrics,
        after: Timer,
        clock: Callable[[], float],
        resume: Callable[[Job], None],
        late: Callable[[Job, Sequence[Signal]], None],
    ) -> None:
        self._models = models
        self._metrics = metrics
        self._after = after
        self._clock = clock
        self._resume = resume
        self._late = late
        self._shares: dict[str, Share] = {}

    def begin(self, job: Job, event: Message, asks: tuple[ModelAsk, ...]) -> None:
        """Ask the first opinions; while `job.awaited` is over 0 its verdict has to wait."""
        job.awaited = 1  # nobody may resume it before all are asked, even if one answers at once
        roles = event.user.roles
        for ask in asks:
            if roles and not roles.isdisjoint(ask.exempt):
                continue
            if ask.when is None:
                job.awaited += 1
                self._put(event, ask.model, job.read + ask.wait_s, partial(self._heard, job))
            elif ask.model in self._models.names:  # where none runs the verdict does not need it
                self._share(ask).pass_by()
                job.seconds = (*job.seconds, ask)
        self._close(job)

    def _heard(self, job: Job, heard: Heard) -> None:
        if heard.unchecked:
            self._metrics.unchecked["ml_text", heard.unchecked] += 1
            job.unchecked = job.unchecked or "model"
        elif heard.signals:
            job.signals = job.signals.joined(heard.signals)
        self._close(job)

    def _close(self, job: Job) -> None:
        job.awaited -= 1
        if job.awaited == 0 and job.seconds:
            asks, job.seconds = job.seconds, ()
            self._ask_seconds(job, asks)
        if job.awaited == 0 and job.counts is not None:
            self._resume(job)

    def _ask_seconds(self, job: Job, asks: tuple[ModelAsk, ...]) -> None:
        event = job.event
        assert isinstance(event, Message)
        env = Env(event, job.signals.scores, job.facts, _NO_WINDOWS)
        wanted = [ask for ask in asks if ask.when is None or ask.when(env)]
        job.awaited += 1
        for ask in wanted:
            if not self._share(ask).take():
                self._metrics.unchecked[ask.model, "share"] += 1
                continue
            second = _Second(job)
            wait_s = job.read + ask.wait_s - self._clock()
            if wait_s > 0:
                second.waited = True
                job.awaited += 1
                second.timer = self._after(wait_s, partial(self._give_up, second))
            done = partial(self._heard_second, second, ask.model)
            self._put(event, ask.model, job.read + ask.within_s, done)
        job.awaited -= 1

    def _put(self, event: Message, model: str, until: float, done: Callable[[Heard], None]) -> None:
        if model not in self._models.names:
            done(_ABSENT)
            return
        self._models.ask(
            model, event.text, until=until, done=done, lang=event.lang or "", surface=event.surface
        )

    def _give_up(self, second: _Second) -> None:
        if second.waited:
            second.waited = False
            self._close(second.job)

    def _heard_second(self, second: _Second, model: str, heard: Heard) -> None:
        job = second.job
        if heard.unchecked:
            self._metrics.unchecked[model, heard.unchecked] += 1
        if second.waited:
            second.waited = False
            if second.timer is not None:
                second.timer.cancel()
            if heard.signals:
                job.signals = job.signals.joined(heard.signals)
            self._close(job)
        elif heard.signals and not job.decided:  # its windows are slower still
            job.signals = job.signals.joined(heard.signals)
        elif heard.signals:
            self._late(job, heard.signals)

    def _share(self, ask: ModelAsk) -> Share:
        key = f"{ask.model} {ask.share}"
        share = self._shares.get(key)
        if share is None:
            share = self._shares[key] = Share(ask.share)
        return share
