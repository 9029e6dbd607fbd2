"""What one generator process has to do, and what it heard: the two ends of a run.

Rules:
1. All flows of a scenario make one list, in the order of their times. The message at place n of
   that list bears number n; process w of p sends numbers w, w+p, w+2p, ...
2. Whatever is measured is told by number, so that nothing is decided while the load runs.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from bench.generator import Target
from bench.load.messages import Messages
from bench.load.schedule import faster, times
from bench.shapes.scenario import Scenario, ScenarioError
from bench.shapes.system import Speech

__all__ = ["Busy", "Heard", "Job", "Plan", "Sample", "make_plan", "new_heard"]

PREBUILT = 400_000
"""So many frames are built before the start; of longer runs each as it is sent."""
CYCLE = 300_000
"""So many different messages a closed loop has before author and text come together again."""
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Job(msgspec.Struct, frozen=True):
    """The orders of one generator process: it is `part` of `parts`.

    `outstanding` above 0 asks for a closed loop of so many on each connection.
    """

    scenario: Scenario
    targets: tuple[Target, ...]
    speaks: Speech
    run: str
    part: int = 0
    parts: int = 1
    times: float = 1.0
    generator: str = "raw"
    core: int | None = None
    outstanding: int = 0
    connections: int = 0
    sample: int = 64
    """One verdict in so many is asked for the times of its stages."""

    @property
    def seconds(self) -> float:
        """How long messages are sent: warm-up and what is counted."""
        return self.scenario.warmup_s + self.scenario.seconds


class Plan(msgspec.Struct):
    """One process's messages: when each is due (seconds from the start), of which flow, and frames.

    `links` has one target for each connection; message n of a process goes to connection n modulo
    their number. `total` counts the messages of all processes.
    """

    due: NDArray[np.float64]
    flow: NDArray[np.uint8]
    frames: Sequence[bytes]
    links: tuple[Target, ...]
    total: int
    again: Callable[[int], bytes]
    """Builds the frame at a place beyond the last one, as if the messages began anew."""


class Sample(msgspec.Struct, frozen=True):
    """What a verdict told of its stages, in milliseconds."""

    number: int
    decode: float
    detect: float
    state: float
    decide: float
    journal: float
    total: float


class Busy(msgspec.Struct, frozen=True):
    """CPU seconds that sending and hearing took, of so many, until the last message was sent."""

    cpu_s: float = 0.0
    of_s: float = 0.0

    @property
    def share(self) -> float:
        """Share of a core."""
        return self.cpu_s / self.of_s if self.of_s else 0.0


class Heard(msgspec.Struct):
    """What came back. `numbers` and `outcomes` are in order of arrival, `sizes` of them at once.

    Arrivals are monotonic seconds; an outcome is an index into `names`: an action, or the code of a
    refusal. `unchecked` are numbers whose verdict says that something was not examined.
    """

    numbers: array[int]
    outcomes: array[int]
    arrivals: array[float]
    sizes: array[int]
    sent: array[float]
    """When each message left, monotonic seconds by place; 0 where it never did."""
    names: list[str] = []
    unchecked: list[int] = []
    samples: list[Sample] = []
    unknown: int = 0
    clocks: list[tuple[float, float, float]] = []
    """Sent, told by the server, received: seconds since the epoch."""
    complaints: Counter[str] = msgspec.field(default_factory=Counter)
    """Errors about no message, by code."""
    closes: Counter[str] = msgspec.field(default_factory=Counter)
    """Connections that the server ended, by close code."""
    resent: int = 0
    commands: int = 0


def new_heard(count: int) -> Heard:
    """Return one that heard nothing yet, of so many messages to send."""
    return Heard(array("I"), array("B"), array("d"), array("I"), array("d", bytes(8 * count)))


def make_plan(job: Job) -> Plan:
    """Lay out one process's share of a run. Raises ScenarioError."""
    scenario = job.scenario
    if len(scenario.flows) > len(_LETTERS):
        raise ScenarioError(f"{scenario.name}: at most {len(_LETTERS)} flows")
    if not scenario.flows:
        raise ScenarioError(f"{scenario.name}: no flow, so there is nothing to send")
    factor = job.times
    if job.outstanding:  # of the arrivals only the proportions matter, of messages there be plenty
        factor *= CYCLE / max(1, _count(job))
    makers, dues, flows, places = [], [np.empty(0)], [np.empty(0, int)], [np.empty(0, int)]
    for index, flow in enumerate(scenario.flows):
        seed = scenario.seed + index
        due = times(faster(flow.arrivals, factor), job.seconds, seed)
        makers.append(Messages(flow, _LETTERS[index], job.run, len(due), seed, factor))
        dues.append(due)
        flows.append(np.full(len(due), index))
        places.append(np.arange(len(due)))
    due = np.concatenate(dues)
    order = np.argsort(due, kind="stable")[job.part :: job.parts]
    flow_of = np.concatenate(flows)[order].astype(np.uint8)
    frames = _Frames(makers, flow_of, np.concatenate(places)[order], job.part, job.parts)
    built = list(frames) if len(order) <= PREBUILT else frames
    targets = [
        job.targets[place % len(job.targets)]
        for place in range(job.connections or scenario.clients.connections)
    ]
    links = tuple(targets[job.part :: job.parts])
    if not links:
        raise ScenarioError(f"{scenario.name}: fewer connections than generators")
    return Plan(due[order], flow_of, built, links, len(due), frames.again)


def _count(job: Job) -> int:
    """Return how many messages a job's flows have."""
    flows = enumerate(job.scenario.flows)
    return sum(len(times(f.arrivals, job.seconds, job.scenario.seed + n)) for n, f in flows)


class _Frames(Sequence[bytes]):
    """Frames by place, built when asked for."""

    def __init__(
        self,
        makers: list[Messages],
        flow: NDArray[np.uint8],
        place: NDArray[np.int64],
        part: int,
        parts: int,
    ) -> None:
        self._makers = makers
        self._flow = flow
        self._place = place
        self._part = part
        self._parts = parts

    def __len__(self) -> int:
        return len(self._flow)

    def __getitem__(self, at):  # type: ignore[no-untyped-def]  # an int's frame, a slice's frames
        if isinstance(at, slice):
            return [self[each] for each in range(*at.indices(len(self)))]
        if at >= len(self._flow):
            raise IndexError(at)
        return self.again(at)

    def again(self, at: int) -> bytes:
        """Build the frame at a place, which may lie beyond the last one."""
        first = at % len(self._flow)
        number = self._part + at * self._parts
        frame: bytes = self._makers[self._flow[first]].frame(self._place[first], number)
        return frame
