"""What a model finds after a message got its verdict: judged again, taken back by command."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from gateway.chat.job import Job
from gateway.chat.recorder import Recorder
from gateway.metrics import Metrics
from gateway.policy.brake import Brakes
from gateway.state.labels import Labels
from seawall.decide import State, decide
from seawall.events import Message
from seawall.late import taken_back
from seawall.signals import Signal

__all__ = ["Afterwards"]


class Afterwards:
    """Judges a message once more, with what was found too late for its verdict."""

    def __init__(
        self, labels: Labels, recorder: Recorder, metrics: Metrics, brakes: Brakes
    ) -> None:
        self._brakes = brakes
        self._labels = labels
        self._recorder = recorder
        self._metrics = metrics

    def found(self, job: Job, signals: Sequence[Signal]) -> None:
        """Take the message back if it would have got a stricter verdict.

        One that is no stricter but asks for people now, and did not before, opens its case.
        """
        event = job.event
        assert isinstance(event, Message)
        facts = self._labels.facts(event.tenant, event.room, event.user.id, event.at)
        tripped = self._brakes.tripped(event.tenant, event.at)
        state = State(job.needs, job.counts or (), facts, job.degraded, tripped=tripped)
        merged = job.signals.joined(signals)
        judged = decide(event, merged, state, job.policy)
        verdict = taken_back(event, job.said, judged)
        if verdict is not None:
            self._brakes.note(event.tenant, verdict, event.at)
            self._metrics.verdicts["late", verdict.reasons[0].rule] += 1
            self._recorder.find_late(event, verdict)
        elif judged.case is not None and job.said == "allow" and not judged.restricts:
            before = decide(event, job.signals, state, job.policy)
            if before.case is None:
                self._recorder.flag(event, msgspec.structs.replace(judged, late=True))
