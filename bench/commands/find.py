"""`seawall bench find`: the highest rate that is answered in time, and what happens above it.

1. The search raises the rate until a window has less than 99.9 % of its messages inside the SLO
   twice in a row, then halves the gap. A window that the generator spoilt is repeated, never
   believed; where it spoils them all, the rate that was carried last is told as a lower bound.
2. Above: 1.5, 2 and 5 times that rate, in turns; goodput must not fall, refusals must be told, and
   after a burst the gateway must answer in time again.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from math import inf
from pathlib import Path
from statistics import median

import msgspec
from rich.console import Console

from bench.commands.options import Report, failed, output, whole
from bench.commands.scenarios import at_rate, scenario_options, wanted
from bench.commands.windows import broken_promises, closed_window, open_window
from bench.load.drive import GeneratorError
from bench.peers.process import NotStarted
from bench.reports.statistics import ratio
from bench.reports.terminal import Progress
from bench.shapes.result import Figure, Second, Window
from bench.shapes.scenario import Burst, Scenario, ScenarioError
from bench.shapes.system import System
from bench.systems.starting import gateway

__all__ = ["Bounds", "Unfit", "inside", "main", "narrow", "recovered_after"]

INSIDE = 0.999
STEP = 1.3
PRECISION = 1.05
ABOVE = (1.5, 2.0, 5.0)
BARS = {2.0: 0.9, 5.0: 0.8}
RECOVERY_BAR_S = 5.0
ATTEMPTS = 3


class Unfit(RuntimeError):
    """This machine's generator cannot drive so much on schedule: nothing was learned."""


class Bounds(msgspec.Struct):
    """The highest rate that is known to hold, and the lowest that is known not to; 0: none yet."""

    low: float = 0.0
    high: float = 0.0

    @property
    def close(self) -> bool:
        """Whether the search is over."""
        return 0 < self.high <= self.low * PRECISION


def main() -> int:
    """Search, overload, report; 2 for a wish that cannot be read, 3 where nothing was learned."""
    given = _options().parse_args()
    try:
        scenario = wanted(given)
        if not scenario.flows:
            raise ScenarioError(f"{scenario.name} has no chat: nothing to search")
        with ExitStack() as stack:
            report = Report("find", given, scenario.name, gates=given.gate)
            system = _system(stack, given)
            progress = stack.enter_context(Progress(Console(), 0, given.quiet))
            search = _Search(system, scenario, given, report, progress)
            peak, is_known = search.peak()
            if not given.no_overload and is_known:
                try:
                    search.overload(peak)
                    search.recovery(peak)
                except Unfit as why:  # the peak is known all the same
                    report.notes.append(str(why))
    except (ScenarioError, NotStarted, GeneratorError, Unfit) as error:
        return failed("find", error)
    return report.finish()


def _options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(prog="seawall bench find", description=__doc__.split("\n")[0])
    scenario_options(options)
    options.add_argument("--gateways", type=whole, default=1, help="on one Valkey (%(default)s)")
    options.add_argument("--models", default="", help="text models, as SEAWALL_MODELS names them")
    options.add_argument("--repeats", type=whole, default=3, help="rounds above (%(default)s)")
    options.add_argument("--processes", type=whole, default=1, help="generators (%(default)s)")
    options.add_argument("--no-overload", action="store_true", help="only the highest rate")
    options.add_argument("--gate", action="store_true", help="a missed bar is a failure")
    output(options)
    return options


def _system(stack: ExitStack, given: argparse.Namespace) -> System:
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="seawall-bench-"))
    return stack.enter_context(
        gateway(Path(folder), policy="bench", models=given.models, count=given.gateways)
    )


def narrow(found: Bounds, holds: Callable[[float], bool], rate: float) -> None:
    """Raise what holds and lower what does not until they are close, beginning at a rate.

    Raises Unfit, and so does `holds` where it cannot tell; `found` then is what was known before.
    """
    while not found.high:
        if holds(rate):
            found.low, rate = rate, rate * STEP
        elif found.low:
            found.high = rate
        else:
            rate /= STEP
            if rate < 10:
                raise Unfit("not even ten messages a second are answered in time")
    while not found.close:
        middle = (found.low * found.high) ** 0.5
        if holds(middle):
            found.low = middle
        else:
            found.high = middle


def inside(window: Window) -> float:
    """Return the share of messages that were answered inside the SLO."""
    sent = sum(flow.sent for flow in window.flows)
    return sum(flow.good for flow in window.flows) / sent if sent else 0.0


def recovered_after(window: Window, until: int) -> float:
    """Return after how many whole seconds from `until` every second was in time again.

    Infinite where it never was.
    """
    bad = [second.at for second in window.series if second.at >= until and not _fine(second)]
    last = max((second.at for second in window.series), default=until)
    if not bad:
        return 0.0
    return inf if max(bad) == last else float(max(bad) + 1 - until)


def _fine(second: Second) -> bool:
    return second.good >= 0.99 * second.offered


class _Search:
    """Windows on one system, and what they taught."""

    def __init__(
        self,
        system: System,
        scenario: Scenario,
        given: argparse.Namespace,
        report: Report,
        progress: Progress,
    ) -> None:
        self._system = system
        self._scenario = scenario
        self._given = given
        self._report = report
        self._progress = progress

    def _run(self, rate: float, label: str, scenario: Scenario | None = None) -> Window:
        """Drive at a rate; again where the generator was late, because then nothing is known."""
        chosen = at_rate(self._scenario, rate) if scenario is None else scenario
        for _ in range(ATTEMPTS):
            seconds = chosen.warmup_s + chosen.seconds
            step = self._progress.window(f"{label}, {rate:,.0f}/s", seconds)
            window = open_window(
                self._system,
                chosen,
                label,
                processes=self._given.processes,
                progress=step,
                logs=self._given.logs,
            )
            self._report.windows.append(window)
            if told := broken_promises(window):
                self._report.failures.append(told)
            if not window.invalid:
                return window
        raise Unfit(f"{rate:,.0f}/s could not be driven: {window.invalid}")

    def peak(self) -> tuple[float, bool]:
        """Find the highest rate with enough inside the SLO, per second, and whether it is that.

        It is not where a higher one may hold and this generator cannot tell.
        """
        closed = closed_window(self._system, self._scenario, "closed", outstanding=1, seconds=2.0)
        self._report.windows.append(closed)
        found = Bounds()
        try:
            narrow(found, self._holds, max(100.0, 0.3 * closed.goodput_per_s))
        except Unfit as why:
            if not found.low:
                raise
            self._report.notes.append(f"{why}: what lies above is not known")
        what = f"highest rate with {INSIDE:.1%} inside {self._scenario.slo_ms:g} ms"
        told = what if found.close else f"{what}, or more"
        self._report.figures.append(Figure(told, found.low, "/s"))
        return found.low, found.close

    def _holds(self, rate: float) -> bool:
        """Say whether a rate is carried; a first miss may be a neighbour's, a second is not."""
        return any(inside(self._run(rate, "search")) >= INSIDE for _ in range(2))

    def overload(self, peak: float) -> None:
        """Offer more than the peak, in turns with the peak itself.

        What cannot be driven on schedule is noted: what is known of the rest stays.
        """
        pairs: dict[float, list[tuple[Window, Window]]] = {times: [] for times in ABOVE}
        unfit: dict[float, str] = {}
        for _ in range(self._given.repeats):
            base = self._run(peak, "peak")
            for times in ABOVE:
                if times in unfit:
                    continue
                try:
                    pairs[times].append((self._run(peak * times, f"{times:g}x"), base))
                except Unfit as why:
                    unfit[times] = str(why)
        self._report.notes.extend(unfit.values())
        for times, found in pairs.items():
            if found:
                above = [window.goodput_per_s for window, _ in found]
                at_peak = [window.goodput_per_s for _, window in found]
                of, bar = f"{times:g}x offered", BARS.get(times, 0.0)
                self._report.ratios.append(ratio("goodput", of, "peak", above, at_peak, bar))
                self._told(times, [window for window, _ in found])

    def _told(self, times: float, windows: list[Window]) -> None:
        """Say what became of the rest: refused by code, unchecked, never answered."""
        sent = sum(flow.sent for window in windows for flow in window.flows)
        shed: Counter[str] = Counter()
        for window in windows:
            for flow in window.flows:
                shed.update(flow.refused)
                shed["unchecked"] += flow.unchecked
                shed["late"] += flow.verdicts - flow.good
        for code, count in sorted(shed.items()):
            self._report.figures.append(
                Figure(f"{times:g}x offered: {code}", 100 * count / sent, "%")
            )

    def recovery(self, peak: float) -> None:
        """Burst to twice the peak for three seconds, and time until all is well again."""
        quiet, loud, calm = 6.0, 3.0, 6.0  # the burst stands at the end of its period
        flow = msgspec.structs.replace(
            self._scenario.flows[0],
            arrivals=Burst(peak / 2, peak * 2, quiet + loud, loud),
        )
        scenario = msgspec.structs.replace(
            self._scenario, flows=(flow,), seconds=quiet + loud + calm, warmup_s=0.0
        )
        waits, grown = [], []
        for _ in range(self._given.repeats):
            window = self._run(peak, "burst", scenario)
            waits.append(recovered_after(window, _quiet_from(window)))
            grown += [
                usage.rss_after / usage.rss_before - 1
                for usage in window.usage
                if usage.role == "gateway" and usage.rss_before
            ]
        if median(waits) == inf:
            self._report.failures.append("after a burst it was not in time again before the end")
        else:
            self._report.figures.append(
                Figure("recovery after a burst", median(waits), "s", RECOVERY_BAR_S)
            )
        self._report.figures.append(
            Figure("gateway memory after it", 100 * median(grown), "% more", 10.0)
        )


def _quiet_from(window: Window) -> int:
    """Return the second after the loudest ones: when the burst was over."""
    most = max(second.offered for second in window.series)
    return max(second.at for second in window.series if second.offered > most / 2) + 1


if __name__ == "__main__":
    sys.exit(main())
