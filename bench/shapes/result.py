"""What a run of the harness found: the shapes of its JSON file. Adding is allowed, renaming is not.

Milliseconds in names are `_ms`, CPU microseconds `_us`, shares run from 0 to 1. HdrHistograms are
kept whole (base64 of their V2 compressed form), so that any percentile can be asked for later.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

__all__ = [
    "Environment",
    "Figure",
    "FlowFound",
    "Noise",
    "Quantiles",
    "Ratio",
    "Result",
    "ResultError",
    "Second",
    "Usage",
    "Window",
    "read_result",
    "write_result",
]

FORMAT = 1


class ResultError(ValueError):
    """The caller's: a file that is not a result, in one line."""


class Quantiles(msgspec.Struct, frozen=True):
    """A distribution. Milliseconds, but for `count`. All 0 when nothing was counted.

    `log` is the whole HdrHistogram (microseconds, three digits), base64.
    """

    count: int
    p50: float
    p90: float
    p99: float
    p999: float
    max: float
    mean: float
    log: str = ""


class Second(msgspec.Struct, frozen=True):
    """One second of a window, for plots: offered, answered inside the SLO, refused, latency."""

    at: int
    offered: int
    good: int
    refused: int
    p50_ms: float
    p99_ms: float


class FlowFound(msgspec.Struct, frozen=True):
    """What came of one flow.

    `response` counts from the intended send, `service` from the real one; `slip` is how late the
    sends were, and a window whose slip p99 is over a tenth of the SLO is invalid. `doubled`,
    `unknown` (answers to nothing that was sent) and `unanswered` break promises; `refused` is told
    by code. `unchecked` counts verdicts that say that something was not examined.
    """

    name: str
    sent: int
    verdicts: int
    good: int
    refused: dict[str, int]
    unanswered: int
    doubled: int
    unknown: int
    unchecked: int
    actions: dict[str, int]
    response: Quantiles
    service: Quantiles
    slip: Quantiles
    stages: dict[str, Quantiles] = {}
    """decode, detect, state, decide, journal as verdicts tell them, and egress: what is left."""


class Usage(msgspec.Struct, frozen=True):
    """What one role of a system spent: CPU seconds, and per message; resident memory in bytes."""

    role: str
    processes: int
    cpu_s: float
    cpu_us_per_message: float
    rss_before: int
    rss_after: int
    rss_peak: int


class Noise(msgspec.Struct, frozen=True):
    """What else the machine did meanwhile: CPU that others took and that the host stole (shares of
    all cores), and the 1-minute load before."""

    others: float
    steal: float
    load: float


class Window(msgspec.Struct, frozen=True):
    """One system under one scenario for one stretch of time.

    `offered_per_s` is what was scheduled. `loop`: `closed` windows measure capacity and their
    latencies are service times only. `invalid` says why the numbers must not be used; empty when
    they may. `clock_offset_ms` is the server's clock minus ours, with its uncertainty.
    `extra` holds what a command adds: media lags, coverage, drops.
    """

    system: str
    label: str
    loop: Literal["open", "closed"]
    seconds: float
    offered_per_s: float
    goodput_per_s: float
    flows: list[FlowFound]
    usage: list[Usage]
    noise: Noise
    series: list[Second] = []
    invalid: str = ""
    generator_cpu: float = 0.0
    """Share of a core that the busiest generator process used."""
    clock_offset_ms: float = 0.0
    clock_uncertainty_ms: float = 0.0
    extra: dict[str, float] = {}


class Ratio(msgspec.Struct, frozen=True):
    """`of` over `to` in some metric: median over interleaved pairs, with its 95 % interval.

    The interval is bootstrapped over the pairs.

    `bar` 0: nothing is promised. `least`: the bar is the least it may be.
    """

    metric: str
    of: str
    to: str
    value: float
    low: float
    high: float
    pairs: int
    bar: float = 0.0
    least: bool = True

    @property
    def met(self) -> bool:
        """Whether the bar is reached."""
        return not self.bar or (self.value >= self.bar if self.least else self.value <= self.bar)


class Figure(msgspec.Struct, frozen=True):
    """One number worth telling, beside its bar (None: nothing is promised), and where it stands."""

    what: str
    value: float
    unit: str = ""
    bar: float | None = None
    least: bool = False
    why: str = ""

    @property
    def met(self) -> bool:
        """Whether the bar is reached."""
        if self.bar is None:
            return True
        return self.value >= self.bar if self.least else self.value <= self.bar


class Environment(msgspec.Struct, frozen=True):
    """The machine and the software of a run: everything a stranger needs to doubt the numbers."""

    began: float
    cpu: str
    cores: int
    memory_bytes: int
    kernel: str
    governor: str
    huge_pages: str
    python: str
    versions: dict[str, str]
    """Ours and of the libraries that matter, by name."""
    commit: str
    gpu: str = ""


class Result(msgspec.Struct, frozen=True):
    """A whole run. `passed` is what the exit status says; `failures` say why not."""

    command: str
    arguments: list[str]
    scenario: str
    environment: Environment
    windows: list[Window] = []
    ratios: list[Ratio] = []
    figures: list[Figure] = []
    failures: list[str] = []
    notes: list[str] = []
    format: int = FORMAT

    @property
    def passed(self) -> bool:
        """Whether nothing failed."""
        return not self.failures


def read_result(path: Path) -> Result:
    """Read a result. Raises ResultError."""
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Result)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ResultError(f"{path}: {error}") from error
    if found.format != FORMAT:
        raise ResultError(f"{path}: format {found.format}, this version reads {FORMAT}")
    return found


def write_result(result: Result, path: Path) -> None:
    """Write a result as indented JSON, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=1))
    partial.replace(path)
