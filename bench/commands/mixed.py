"""`seawall bench mixed`: chat and live streams on one gateway, alone and together, in turns.

    seawall bench mixed [SCENARIO] [--repeats 3]

Each turn is chat alone, streams alone, and both; what one suffers from the other is the ratio of
two windows of the same turn. The gateway's CPU for a message beside streams is what it used for
both, less what the streams of that turn cost it alone. Streams by their own clock, chat on its
absolute schedule, generators of their own.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import msgspec
from rich.console import Console

from bench.commands.options import Report, failed, output, positive, whole
from bench.commands.scenarios import scenario_options, wanted
from bench.commands.windows import broken_promises, open_window
from bench.live.bars import figures
from bench.live.gateway import Gateway, policy_with
from bench.live.measuring import Measured, measured
from bench.live.playing import AFTER_S, Played, Playing
from bench.live.stage import CUT_RULE, Stage
from bench.live.together import Turn, ratios
from bench.live.windows import window
from bench.load.drive import GeneratorError
from bench.reports.terminal import Progress
from bench.shapes.result import Window
from bench.shapes.scenario import Scenario, ScenarioError
from gateway.serve import allow_many_sockets
from seawall.errors import SeawallError

__all__ = ["main"]

_SPARE_S = 30.0
"""Generators start and stop within the streams' time."""


def main() -> int:
    """Play, send and report; 2 for a wish that cannot be read, 3 for what does not start."""
    given = _options().parse_args()
    try:
        scenario = wanted(given)
        if not scenario.streams or not scenario.flows:
            raise ScenarioError(f"{scenario.name} has no {_lacks(scenario)}: nothing is mixed")
        allow_many_sockets()
        with ExitStack() as stack:
            report = Report("mixed", given, scenario.name, gates=given.gate)
            progress = stack.enter_context(Progress(Console(), 3 * given.repeats, given.quiet))
            run = _Run(stack, scenario, given, report, progress)
            turns = [run.turn(number + 1) for number in range(given.repeats)]
    except (ScenarioError, GeneratorError, SeawallError) as error:
        return failed("mixed", error)
    _told(report, turns, run.found)
    return report.finish()


class _Run:
    """A gateway with everything, and what is sent to it."""

    def __init__(
        self, stack: ExitStack, scenario: Scenario, given: argparse.Namespace, report: Report,
        progress: Progress,
    ) -> None:  # fmt: skip
        name = stack.enter_context(tempfile.TemporaryDirectory(prefix="seawall-bench-"))
        self._scenario, self._given = scenario, given
        self._report, self._progress = report, progress
        self._stage = Stage(Path(name), scenario.seed)
        self._acts_s = given.warm + scenario.warmup_s + scenario.seconds + AFTER_S + _SPARE_S
        self._stage.acts(scenario.streams, self._acts_s)  # drawn before anything is measured
        policy = policy_with(Path(name), "fast", CUT_RULE, load=True)
        self._gateway = stack.enter_context(Gateway(Path(name), policy, {"media": "true"}))
        self.found: list[Measured] = []
        """Of streams alone, and beside chat, in turns."""

    def turn(self, number: int) -> Turn:
        """Measure chat, streams, and both."""
        chat = self._chat("chat alone", number)
        alone = self._streams("streams alone", number)
        playing = self._started("b", number)
        try:
            time.sleep(self._given.warm)
            playing.begin()
            both = self._chat("chat beside streams", number)
            playing.end()
            beside = self._kept(playing.finish(), "streams beside chat")
        except BaseException:
            playing.stop()
            raise
        return Turn(chat, alone, both, beside)

    def _chat(self, label: str, number: int) -> Window:
        scenario = self._scenario
        progress = self._progress.window(label, scenario.seconds, number, self._given.repeats)
        chat = msgspec.structs.replace(scenario, streams=())
        found = open_window(
            self._gateway.system, chat, label, progress=progress, logs=self._given.logs
        )
        self._report.windows.append(found)
        return found

    def _streams(self, label: str, number: int) -> Window:
        self._progress.window(label, self._scenario.seconds, number, self._given.repeats)
        playing = self._started("a", number)
        try:
            time.sleep(self._given.warm)
            playing.begin()
            time.sleep(self._scenario.seconds)
            playing.end()
            return self._kept(playing.finish(), label)
        except BaseException:
            playing.stop()
            raise

    def _started(self, tag: str, number: int) -> Playing:
        acts = self._stage.acts(self._scenario.streams, self._acts_s, tag=f"{tag}{number}.")
        return Playing(self._gateway, acts)

    def _kept(self, played: Played, label: str) -> Window:
        found = measured(played)
        self.found.append(found)
        kept = window(played, found, label)
        self._report.windows.append(kept)
        return kept


def _told(report: Report, turns: list[Turn], found: list[Measured]) -> None:
    report.ratios.extend(ratios(turns))
    for label, first in (("streams alone", 0), ("streams beside chat", 1)):
        tables = [each.table for each in found[first::2] if not each.invalid]
        if not tables:
            report.failures.append(f"{label}: nothing was learned, every window is invalid")
            continue
        names = set.intersection(*(set(table) for table in tables))
        middle = {name: median(table[name] for table in tables) for name in sorted(names)}
        report.figures.extend(figures(middle, label))
    for each in report.windows:
        if broken := broken_promises(each):
            report.failures.append(broken)
    if any(each.invalid for each in report.windows):
        report.notes.append("ratios leave out turns of which a window is invalid")


def _lacks(scenario: Scenario) -> str:
    return "streams" if scenario.flows else "chat"


def _options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(
        prog="seawall bench mixed",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    scenario_options(options, "mixed")
    options.add_argument("--repeats", type=whole, default=3, help="turns (%(default)d)")
    warm = "seconds that streams play before they count (%(default)g)"
    options.add_argument("--warm", type=positive, default=12.0, help=warm)
    options.add_argument("--gate", action="store_true", help="exit 1 where a bar is missed")
    output(options)
    return options


if __name__ == "__main__":
    raise SystemExit(main())
