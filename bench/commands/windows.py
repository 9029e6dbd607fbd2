"""Windows: a system under load for a while, weighed from the first counted message to the last."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec

from bench.load.closed import capacity
from bench.load.drive import drive
from bench.shapes.result import FlowFound, Noise, Usage, Window
from bench.shapes.scenario import Scenario
from bench.shapes.system import System
from bench.systems.weighing import Neighbours, Scale

__all__ = [
    "PROMISED",
    "WARM_S",
    "broken_promises",
    "closed_window",
    "cpu_us",
    "open_window",
    "per_cpu_second",
    "warm",
]

HURRIED = 0.01
"""A cost is that of verdicts: no larger share may be refused or left unchecked."""
PROMISED = ("unanswered", "doubled", "unknown")
"""What a message with exactly one answer is not."""
WARM_S = 4.0
"""So long a system is loaded before its cost is measured: memories fill, pages are met."""


def open_window(
    system: System,
    scenario: Scenario,
    label: str,
    *,
    times: float = 1.0,
    processes: int = 1,
    generator: Literal["raw", "asyncio"] = "raw",
    progress: Callable[[float], None] = lambda share: None,
    logs: Path | None = None,
) -> Window:
    """Send on an absolute schedule whatever comes back; latency counts from the intended send.

    `logs` is a folder for the flows' HdrHistogram logs. Raises GeneratorError.
    """
    weighed = _Weighed(system)
    found = drive(
        system,
        scenario,
        processes=processes,
        generator=generator,
        times=times,
        begun=weighed.begun,
        ended=weighed.ended,
        progress=progress,
    )
    if logs is not None:
        _save(found.logs, logs, f"{system.name} {label}")
    # Of all messages, the warm-up's as well: a promise has no warm-up.
    promised = {name: float(getattr(found, name)) for name in PROMISED}
    return Window(
        system=system.name,
        label=label,
        loop="open",
        seconds=found.seconds,
        offered_per_s=found.offered_per_s,
        goodput_per_s=found.goodput_per_s,
        flows=found.flows,
        usage=weighed.each(sum(f.verdicts + sum(f.refused.values()) for f in found.flows)),
        noise=weighed.noise,
        series=found.series,
        invalid=found.invalid,
        generator_cpu=found.generator_cpu,
        clock_offset_ms=found.clock_offset_ms,
        clock_uncertainty_ms=found.clock_uncertainty_ms,
        extra=found.extra | promised,
    )


def closed_window(
    system: System, scenario: Scenario, label: str, *, outstanding: int, seconds: float
) -> Window:
    """Keep so many messages of each connection unanswered: what the server can do, not how fast."""
    weighed = _Weighed(system)
    found = capacity(
        system,
        scenario,
        outstanding=outstanding,
        seconds=seconds,
        begun=weighed.begun,
        ended=weighed.ended,
    )
    verdicts = sum(flow.verdicts for flow in found.flows)
    return Window(
        system=system.name,
        label=label,
        loop="closed",
        seconds=found.seconds,
        offered_per_s=found.offered_per_s,
        goodput_per_s=found.goodput_per_s,
        flows=found.flows,
        usage=weighed.each(verdicts),
        noise=weighed.noise,
        invalid=found.invalid or _hurried(found.flows),
        generator_cpu=found.generator_cpu,
    )


def warm(system: System, scenario: Scenario, seconds: float) -> None:
    """Load a system uncounted: who speaks for the first time has a name to be judged."""
    capacity(system, scenario, outstanding=1, seconds=seconds)


class _Weighed:
    """A system on the scale, and its neighbours watched, for as long as messages count."""

    def __init__(self, system: System) -> None:
        self._scale = Scale(system)
        self._neighbours = Neighbours()
        self._spent: list[Usage] = []
        self.noise = Noise(0.0, 0.0, 0.0)

    def begun(self) -> None:
        self._scale.begin()
        self._neighbours.begin()

    def ended(self) -> None:
        self._spent = self._scale.end(0)
        self.noise = self._neighbours.end()

    def each(self, messages: int) -> list[Usage]:
        """Return what every role spent, and what that comes to a message."""
        return [
            msgspec.structs.replace(
                usage, cpu_us_per_message=usage.cpu_s / messages * 1e6 if messages else 0.0
            )
            for usage in self._spent
        ]


def _hurried(flows: list[FlowFound]) -> str:
    """Say that a gateway shed work: what it then did a message is no verdict's cost."""
    verdicts = sum(flow.verdicts for flow in flows)
    refused = sum(sum(flow.refused.values()) for flow in flows)
    unchecked = sum(flow.unchecked for flow in flows)
    if refused + unchecked <= HURRIED * (verdicts + refused):
        return ""
    return f"it did not keep up: {refused} refused, {unchecked} of {verdicts} not wholly examined"


def cpu_us(window: Window, role: str = "gateway") -> float:
    """Return CPU microseconds a message of one role; 0 where it has no such process."""
    return sum(usage.cpu_us_per_message for usage in window.usage if usage.role == role)


def per_cpu_second(window: Window) -> float:
    """Return messages a second of the server process's own CPU."""
    each = cpu_us(window)
    return 1e6 / each if each else 0.0


def broken_promises(window: Window) -> str:
    """Say what a window's messages were denied: exactly one answer each. Empty: nothing."""
    found = [f"{count:,.0f} {what}" for what in PROMISED if (count := _denied(window, what))]
    return f"{window.system}, {window.label}: {', '.join(found)}" if found else ""


def _denied(window: Window, what: str) -> float:
    """Count by flow, which every loop does, or of a whole window, where no flow is to blame."""
    by_flow: int = sum(getattr(flow, what) for flow in window.flows)
    return max(window.extra.get(what, 0.0), by_flow)


def _save(logs: dict[str, str], folder: Path, name: str) -> None:
    """Write each flow's log beside those of earlier windows, never over them."""
    folder.mkdir(parents=True, exist_ok=True)
    plain = re.sub(r"[^A-Za-z0-9.]+", "-", name)
    taken = len(list(folder.glob(f"{plain}.*.hlog")))
    for flow, text in logs.items():
        (folder / f"{plain}.{taken}.{flow}.hlog").write_text(text, encoding="utf-8")
