"""What the verbs of the harness have in common on the command line, and how each of them ends."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bench.reports.page import html
from bench.reports.terminal import summary
from bench.reports.width import open_console
from bench.shapes.result import Environment, Result, write_result
from bench.shapes.scenario import ScenarioError
from bench.systems.environment import environment

__all__ = ["Report", "failed", "output", "positive", "whole"]


def positive(text: str) -> float:
    """Read a number above 0."""
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return value


def whole(text: str) -> int:
    """Read a whole number above 0."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return value


def output(options: argparse.ArgumentParser) -> None:
    """Add where the result goes."""
    options.add_argument("--json", type=Path, metavar="FILE", help="save the whole result")
    options.add_argument("--html", type=Path, metavar="FILE", help="save a page of it")
    options.add_argument("--logs", type=Path, metavar="DIR", help="save HdrHistogram logs")
    options.add_argument("--quiet", action="store_true", help="no progress, the summary alone")


def failed(command: str, error: Exception) -> int:
    """Tell an error in a line; return the exit status: 2 for a wish that cannot be read, else 3."""
    print(f"seawall bench {command}: {error}", file=sys.stderr)
    return 2 if isinstance(error, ScenarioError) else 3


class Report:
    """A result as it comes together; `finish` shows and saves it.

    `failures` make the exit status 1. A bar that is missed is a failure where `gates`.
    """

    def __init__(
        self, command: str, given: argparse.Namespace, scenario: str, gates: bool = False
    ) -> None:
        self.environment: Environment = environment()
        self._parts = Result(
            command=command,
            arguments=sys.argv[1:],
            scenario=scenario,
            environment=self.environment,
        )
        self.windows = self._parts.windows
        self.ratios = self._parts.ratios
        self.figures = self._parts.figures
        self.failures = self._parts.failures
        self.notes = self._parts.notes
        self._given = given
        self._gates = gates

    @property
    def result(self) -> Result:
        """What there is so far."""
        return self._parts

    def finish(self) -> int:
        """Print the summary, save what was asked for, and return the exit status."""
        if self._gates:
            missed = [
                f"{each.metric}: {each.of} / {each.to}" for each in self.ratios if not each.met
            ]
            missed += [each.what for each in self.figures if not each.met]
            self.failures.extend(f"missed: {each}" for each in missed)
        summary(self._parts, open_console())
        for path, text in ((self._given.html, html),):
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text(self._parts), encoding="utf-8")
        if self._given.json is not None:
            write_result(self._parts, self._given.json)
        return 0 if self._parts.passed else 1
