"""A worker's inside: what was asked and not answered yet, judged batch by batch.

1. What is past its deadline is not judged, nor what would be by the time its batch is through: the
   pace of the latest batches says so. The gateway has spoken without it by then.
2. A text that the model cannot take must not take its neighbours down: a batch that fails is judged
   again one by one, once, and only those that fail alone are given up.
3. Nothing of a text is ever said aloud, and no exception's message either: it may quote the text.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from detectors.models.unit import TextModel, Unit
from seawall.errors import OurFault
from seawall.signals import Signal
from workers.units import Asked, Told, said

__all__ = ["Judging"]

_SLOWLY = 0.8
"""How much of the known pace a new batch leaves."""


class Judging:
    """The queue of one worker. Single-threaded; told the time by a monotonic clock."""

    def __init__(
        self,
        model: TextModel,
        batch: int,
        clock: Callable[[], float],
        report: Callable[[str], None],
    ) -> None:
        """Take the model, the largest batch, the clock, and who hears of failures."""
        self._model = model
        self._batch = max(1, batch)
        self._clock = clock
        self._report = report
        self._waiting: deque[tuple[int, Unit, float]] = deque()
        self._last = 0
        self._pace_s = 0.0

    def ask(self, asked: Asked) -> None:
        """Queue a frame's units. Raises OurFault for one that makes no sense."""
        if len(asked.units) != len(asked.until):
            raise OurFault("a frame with deadlines for other units")
        n = asked.n
        for unit, until in zip(asked.units, asked.until, strict=True):
            self._waiting.append((n, unit, until))
        self._last = n

    @property
    def waiting(self) -> int:
        """How many units wait."""
        return len(self._waiting)

    def turn(self) -> Told:
        """Judge one batch of what waits; say what became of it."""
        overdue, batch = self._choose()
        quiet: list[int] = []
        spoke = []
        failed = []
        took = 0.0
        if batch:
            began = self._clock()
            answers = self._judge(batch)
            took = max(0.0, self._clock() - began)
            kept = self._pace_s * _SLOWLY if self._pace_s else took / len(batch) * _SLOWLY
            self._pace_s = kept + took / len(batch) * (1 - _SLOWLY)
            for unit, signals in zip(batch, answers, strict=True):
                if signals is None:
                    failed.append(unit.id)
                elif signals:
                    spoke.append((unit.id, [said(found) for found in signals[:64]]))
                else:
                    quiet.append(unit.id)
        elif overdue:
            self._pace_s /= 2  # a pace remembered from one bad moment must not starve everybody
        through = self._waiting[0][0] - 1 if self._waiting else self._last
        return Told(through, quiet, spoke, overdue, failed, int(took * 1e6))

    def _choose(self) -> tuple[list[int], list[Unit]]:
        waiting, batch, overdue = self._waiting, list[Unit](), list[int]()
        now = self._clock() + self._pace_s * min(len(waiting), self._batch)
        while waiting and len(batch) < self._batch:
            _, unit, until = waiting.popleft()
            if until <= now:
                overdue.append(unit.id)
            else:
                batch.append(unit)
        return overdue, batch

    def _judge(self, batch: Sequence[Unit]) -> Sequence[Sequence[Signal] | None]:
        try:
            return self._whole(batch)
        # A model is a guest: whatever it raises is its own, and the queue goes on.
        except Exception as error:
            self._say(error, len(batch))
        if len(batch) == 1:
            return [None]
        return [self._alone(unit) for unit in batch]

    def _alone(self, unit: Unit) -> Sequence[Signal] | None:
        try:
            return self._whole([unit])[0]
        except Exception as error:  # as above
            self._say(error, 1)
            return None

    def _whole(self, batch: Sequence[Unit]) -> Sequence[Sequence[Signal] | None]:
        answers = self._model.judge(batch)
        if len(answers) != len(batch):
            raise OurFault("the model answered for another number of units")
        return answers

    def _say(self, error: Exception, units: int) -> None:
        trace, where = error.__traceback__, ""
        while trace is not None:
            where = f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}"
            trace = trace.tb_next
        self._report(f"{type(error).__name__} at {where} judging {units} units")
