"""What a generator process tells about its run: counts and distributions by flow and by second.

Rules:
1. Messages that were due during the warm-up are in the ledger and in nothing else.
2. Response counts from the intended send, service from the actual one; both are of verdicts, those
   of refusals are kept apart. Slip is of everything that was sent.
3. Slow readers' messages are flows of their own (`NAME, slow readers`): their lateness is theirs.
"""

from __future__ import annotations

from collections import Counter

import msgspec
import numpy as np
from numpy.typing import NDArray

from bench.load.histograms import Timings
from bench.load.ledger import Ledger
from bench.load.plan import Busy, Heard, Job, Plan
from seawall.actions import MESSAGE_ACTIONS

__all__ = ["STAGES", "FlowTally", "SecondTally", "Tally", "tally"]

STAGES = ("decode", "detect", "state", "decide", "journal", "egress")
_VERDICTS = (*MESSAGE_ACTIONS, "")
"""What an answer may be called that is no refusal; a peer's has no name."""
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class FlowTally(msgspec.Struct):
    """A flow's counts. Distributions by name (`response`, `egress`), encoded."""

    name: str
    sent: int
    verdicts: int
    good: int
    refused: dict[str, int]
    unanswered: int
    doubled: int
    unchecked: int
    actions: dict[str, int]
    timings: dict[str, str]


class SecondTally(msgspec.Struct):
    """A second's counts over all flows, by when messages were due."""

    offered: int
    good: int
    refused: int
    response: str


class Tally(msgspec.Struct):
    """A process's whole account. `broken` is empty, or says why there is none."""

    flows: list[FlowTally] = []
    seconds: list[SecondTally] = []
    unknown: int = 0
    unanswered: int = 0
    """Of all messages, those of the warm-up as well; and so are these two."""
    doubled: int = 0
    cpu_share: float = 0.0
    """Of a core, while messages were sent; `cpu_s` is what all `messages` cost the generator."""
    cpu_s: float = 0.0
    messages: int = 0
    clocks: list[tuple[float, float, float]] = []
    extra: dict[str, float] = {}
    broken: str = ""


class _Answers(msgspec.Struct):
    """First answers, by message: when (0: never), and what (an index into the names)."""

    arrived: Floats
    outcome: NDArray[np.int64]
    names: list[str]

    def verdicts(self) -> Flags:
        """Say which messages got a verdict."""
        named = np.array([name in _VERDICTS for name in self.names] + [False])
        found: Flags = named[self.outcome]
        return found


def tally(job: Job, plan: Plan, heard: Heard, began: float, busy: Busy) -> Tally:
    """Count a process's run that began at that monotonic time."""
    sent = np.array(heard.sent)
    numbers = np.array(heard.numbers, dtype=np.int64)
    ledger = Ledger(sent > 0, numbers, job.part, job.parts)
    answers = _answers(ledger, heard, len(sent))
    scenario = job.scenario
    counted = (plan.due >= scenario.warmup_s) & (sent > 0)
    slow = np.arange(len(sent)) % len(plan.links) < round(scenario.clients.slow * len(plan.links))
    count = _Count(job, plan, heard, ledger, answers, sent, began)
    flows = []
    for index, flow in enumerate(scenario.flows):
        of_flow = counted & (plan.flow == index)
        flows.append(count.flow(flow.name, of_flow & ~slow))
        if slow.any():
            flows.append(count.flow(f"{flow.name}, slow readers", of_flow & slow))
    return Tally(
        flows=flows,
        seconds=count.seconds(counted & ~slow),
        unknown=heard.unknown + ledger.unknown,
        unanswered=len(ledger.unanswered()),
        doubled=int(ledger.doubled().sum()),
        cpu_share=busy.share,
        cpu_s=busy.cpu_s,
        messages=int((sent > 0).sum()),
        clocks=heard.clocks,
        extra=_extra(heard),
    )


def _answers(ledger: Ledger, heard: Heard, count: int) -> _Answers:
    arrived, outcome = np.zeros(count), np.full(count, -1, dtype=np.int64)
    moments = np.repeat(np.array(heard.arrivals), np.array(heard.sizes, dtype=np.int64))
    places = ledger.places[ledger.first]
    arrived[places] = moments[ledger.first]
    outcome[places] = np.array(heard.outcomes, dtype=np.int64)[ledger.first]
    return _Answers(arrived, outcome, heard.names)


class _Count:
    """Counts chosen messages of one run."""

    def __init__(
        self,
        job: Job,
        plan: Plan,
        heard: Heard,
        ledger: Ledger,
        answers: _Answers,
        sent: Floats,
        began: float,
    ) -> None:
        self._scenario = job.scenario
        self._due = plan.due
        self._ledger = ledger
        self._answers = answers
        self._verdict = answers.verdicts()
        self._refused = (answers.arrived > 0) & ~self._verdict
        self._slip = sent - (plan.due + began)
        self._response = answers.arrived - (plan.due + began)
        self._service = answers.arrived - sent
        self._good = self._verdict & (self._response <= job.scenario.slo_ms / 1000)
        self._unchecked = np.zeros(len(sent), dtype=np.bool_)
        self._unchecked[_places(heard.unchecked, job, len(sent))] = True
        self._stages = np.array([msgspec.structs.astuple(each) for each in heard.samples])
        if len(self._stages):
            of = [int(number) for number in self._stages[:, 0]]
            self._stages = self._stages[[0 <= (n - job.part) // job.parts < len(sent) for n in of]]
            self._sampled = _places(of, job, len(sent))

    def flow(self, name: str, chosen: Flags) -> FlowTally:
        """Count the chosen messages as one flow."""
        verdicts, refused = chosen & self._verdict, chosen & self._refused
        actions, codes = self._names(verdicts), self._names(refused)
        timings = {
            "response": self._response[verdicts],
            "service": self._service[verdicts],
            "slip": self._slip[chosen],
            "refusal": self._response[refused],
            **self._by_stage(chosen),
        }
        return FlowTally(
            name=name,
            sent=int(chosen.sum()),
            verdicts=int(verdicts.sum()),
            good=int((chosen & self._good).sum()),
            refused=codes,
            unanswered=int((chosen & (self._ledger.counts == 0)).sum()),
            doubled=int(self._ledger.doubled()[chosen].sum()),
            unchecked=int((verdicts & self._unchecked).sum()),
            actions=actions,
            timings={key: _encoded(values) for key, values in timings.items() if len(values)},
        )

    def seconds(self, chosen: Flags) -> list[SecondTally]:
        """Count the chosen messages second by second of the counted stretch."""
        second = (self._due - self._scenario.warmup_s).astype(np.int64)
        found = []
        for at in range(int(np.ceil(self._scenario.seconds))):
            now = chosen & (second == at)
            found.append(
                SecondTally(
                    int(now.sum()),
                    int((now & self._good).sum()),
                    int((now & self._refused).sum()),
                    _encoded(self._response[now & self._verdict]),
                )
            )
        return found

    def _names(self, chosen: Flags) -> dict[str, int]:
        which, counts = np.unique(self._answers.outcome[chosen], return_counts=True)
        names = self._answers.names
        return {names[k]: n for k, n in zip(which.tolist(), counts.tolist(), strict=True)}

    def _by_stage(self, chosen: Flags) -> dict[str, Floats]:
        """Return the sampled stages, in seconds; egress is what of the service time is left."""
        if not len(self._stages):
            return {}
        mine = chosen[self._sampled] & self._verdict[self._sampled]
        told = self._stages[mine, 1:] / 1000
        left = np.maximum(self._service[self._sampled[mine]] - told[:, -1], 0)
        return {stage: told[:, k] for k, stage in enumerate(STAGES[:-1])} | {STAGES[-1]: left}


def _places(numbers: list[int], job: Job, count: int) -> NDArray[np.int64]:
    """Return the places of known numbers."""
    found = (np.array(numbers, dtype=np.int64) - job.part) // job.parts
    return found[(found >= 0) & (found < count)]


def _encoded(seconds: Floats) -> str:
    if not len(seconds):
        return ""
    timings = Timings()
    timings.add(seconds)
    return timings.encode()


def _extra(heard: Heard) -> dict[str, float]:
    told: Counter[str] = Counter({"resent": heard.resent, "commands": heard.commands})
    for code, count in heard.closes.items():
        told[f"closed {code}"] = count
    for code, count in heard.complaints.items():
        told[f"complained {code}"] = count
    return {name: float(count) for name, count in told.items() if count}
