"""Streams played to a gateway, and a stretch of it that counts.

Streams begin before the stretch (`warm_s`) and go on after it: what was captured last has to be
answered, too. They end together, in order, and what the gateway still says of them is waited for.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Literal

import msgspec

from bench.live.gateway import Gateway, Sending
from bench.live.sender import Told
from bench.live.stage import Act
from bench.live.watched import Answer, Sampled, answers, sampled
from bench.shapes.result import Noise, Usage
from bench.systems.weighing import Neighbours, Scale

__all__ = ["AFTER_S", "Played", "Playing"]

AFTER_S = 6.0
"""Streams go on for so long after what counts."""
_DRAIN_S = 60.0
_RACE_S = 900.0
_NOBODY = Told([], 0.0)


class Played(msgspec.Struct, frozen=True):
    """What is known of a stretch. Times are seconds since the epoch."""

    acts: list[Act]
    pace: Literal["clock", "max"]
    start: float
    end: float
    told: Told
    answers: list[Answer]
    sampled: list[Sampled]
    metrics: tuple[dict[str, float], dict[str, float]]
    """Before and after."""
    usage: list[Usage]
    """A message of it is a second of one stream."""
    noise: Noise

    @property
    def seconds(self) -> float:
        """How long the stretch was."""
        return self.end - self.start


class Playing:
    """Streams on their way. `begin`, `end`, then `finish`; `stop` gives up."""

    def __init__(
        self, gateway: Gateway, acts: Sequence[Act], pace: Literal["clock", "max"] = "clock"
    ) -> None:
        """Start to send them; none is fine, then only the gateway is weighed."""
        self._gateway = gateway
        self._acts = list(acts)
        self._pace = pace
        self._scale, self._neighbours = Scale(gateway.system), Neighbours()
        self._sending: Sending | None = None
        if acts:
            self._sending = gateway.send([act.work for act in acts])
        self._start = self._end = 0.0

    def begin(self) -> None:
        """From here on it counts."""
        self._before = self._gateway.metrics()
        self._neighbours.begin()
        self._scale.begin()
        self._start = time.time()

    def end(self) -> None:
        """Up to here it counted."""
        self._end = time.time()
        streams = len({act.seat for act in self._acts})
        self._usage = self._scale.end(max(1, round(streams * (self._end - self._start))))
        self._noise = self._neighbours.end()
        self._after = self._gateway.metrics()

    def finish(self) -> Played:
        """End every stream, and return what came of it."""
        told = _NOBODY
        if self._sending is not None:
            if self._pace == "clock":
                time.sleep(AFTER_S)
            self._sending.stop()
            told = self._sending.told(_DRAIN_S)
        names = {act.work.stream for act in self._acts}
        return Played(
            acts=self._acts,
            pace=self._pace,
            start=self._start,
            end=self._end,
            told=told,
            answers=[
                each
                for each in answers(self._gateway.answers)
                if each.stream in names and each.when >= self._start
            ],
            sampled=[
                each
                for each in sampled(self._gateway.answers)
                if each.stream in names and each.when >= self._start
            ],
            metrics=(self._before, self._after),
            usage=self._usage,
            noise=self._noise,
        )

    def race(self) -> Played:
        """Have everything sent as fast as it is taken, and return what came of it."""
        assert self._sending is not None, "there is nothing to send"
        self.begin()
        told = self._sending.told(_RACE_S)
        self._sending = None
        self.end()
        return msgspec.structs.replace(self.finish(), told=told)

    def stop(self) -> None:
        """Give up: nobody is interested in what comes."""
        if self._sending is not None:
            self._sending.stop()
            self._sending.told(_DRAIN_S)
            self._sending = None
