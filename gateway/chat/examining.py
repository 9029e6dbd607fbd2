"""What detectors say of the messages of one pass: of all together, a stage at a time.

One message after the other, all the way from frame to windows, costs a sixth more where caches are
short: each comes back to a stage's code and tables after everything else has pushed them out.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import cast

from detectors.inline import InlineDetectors
from gateway.chat.job import Job, folded_at_least
from gateway.chat.parts import PART_LENGTH, Parts
from gateway.chat.rulesets import Ruleset
from gateway.log import log
from gateway.metrics import Metrics
from seawall.events import Message
from seawall.fold import Folded, fold
from seawall.shedding import TEXT_UNITS
from seawall.signals import NO_SIGNALS

__all__ = ["Examiner"]

_LEFT_OUT = tuple((unit, "load") for unit in TEXT_UNITS)


class Examiner:
    """Folds and detects for the chat path; knows the parts that messages are split into."""

    def __init__(self, metrics: Metrics) -> None:
        self._parts = Parts()
        self._unchecked = metrics.unchecked

    def examine(self, jobs: Sequence[Job]) -> list[Folded]:
        """Give messages their signals; return their folded texts, in order.

        What is lean already (`Job.unchecked`) stays so. A detector's bug costs one examination,
        not a verdict: that message's `unchecked` becomes `detect`.
        """
        folded: list[Folded] = []
        start, count = 0, len(jobs)
        while start < count:
            first, end = jobs[start], start + 1
            if first.unchecked:
                folded.append(self._lean(first))
            else:  # mostly all: one ruleset, and nobody is behind
                ruleset = first.ruleset
                detectors = ruleset.detectors_of(first.event.room)
                while end < count and _is_alike(jobs[end], ruleset, detectors):
                    end += 1
                folded += self._whole(jobs[start:end], ruleset, detectors)
            start = end
        return folded

    def _whole(
        self, jobs: Sequence[Job], ruleset: Ruleset, detectors: InlineDetectors
    ) -> list[Folded]:
        events = [cast("Message", job.event) for job in jobs]
        try:
            examined = detectors.examine_all([(each.text, each.user) for each in events])
        except Exception:
            if len(jobs) == 1:
                return [self._failed(jobs[0])]
            return [self._whole([job], ruleset, detectors)[0] for job in jobs]
        for job, event, (_, signals) in zip(jobs, events, examined, strict=True):
            if len(event.text) > PART_LENGTH and not event.rev:
                job.signals = signals
                continue
            try:
                job.signals = self._parts.joined(
                    event, signals, partial(ruleset.detect, event.room, event.user)
                )
            except Exception:
                self._failed(job)
        return [each[0] for each in examined]

    def _lean(self, job: Job) -> Folded:
        """Look for what must be found whatever the load, and count what the message is spared.

        Its text is still part of what comes next.
        """
        event = cast("Message", job.event)
        try:
            folded = fold(event.text)
            job.signals = job.ruleset.detectors.detect_lean(folded, event.user)
            self._parts.remember(event)
        except Exception:
            return self._failed(job)
        for unit in _LEFT_OUT if job.policy.models else _LEFT_OUT[1:]:
            self._unchecked[unit] += 1
        return folded

    def _failed(self, job: Job) -> Folded:
        """Go on without what the detectors would have said; called where one has raised."""
        job.signals, job.unchecked = NO_SIGNALS, "detect"
        self._unchecked["text", "detect"] += 1
        event = cast("Message", job.event)
        log.exception("detector failed", extra={"fields": {"id": event.id}})
        return folded_at_least(event.text)


def _is_alike(job: Job, ruleset: Ruleset, detectors: InlineDetectors) -> bool:
    """Tell whether a message is examined as the one before it."""
    if job.ruleset is not ruleset or job.unchecked:
        return False
    return not ruleset.rooms or ruleset.detectors_of(job.event.room) is detectors
