"""`seawall bench fault`: break things on purpose, and hold every promise against what came of it.

Without a name it lists what there is. Each fault runs in a folder of its own, with processes of its
own, under load. What cannot be staged here is counted and said; for root that is a failure where
root could have made it possible. Durations are wall-clock: the machine's load is printed beside.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from bench.commands.options import Report, output, whole
from bench.faults.catalogue import FAULTS, Fault
from bench.faults.judged import bar_of, line_of, shown
from bench.shapes.result import Figure
from gateway.serve import allow_many_sockets
from seawall.policy.problems import closest

__all__ = ["Outcome", "lines", "listing", "main", "staged"]

RUNS = 5


class Outcome(msgspec.Struct, frozen=True):
    """What became of a fault: its figures; why it was not staged or not finished, or empty."""

    fault: Fault
    figures: list[Figure] = []
    skipped: str = ""
    broke_off: str = ""
    seconds: float = 0.0

    @property
    def failures(self) -> list[str]:
        """What was promised and not kept, each in one line."""
        name = self.fault.name
        if self.broke_off:
            return [f"{name}: could not be finished: {self.broke_off}"]
        if self.skipped and self.fault.root_can and os.geteuid() == 0:
            return [f"{name}: could not be staged, though root could: {self.skipped}"]
        missed = [each for each in self.figures if not each.met]
        return [
            f"{name}: {each.what}: {shown(each)}, promised {bar_of(each)}"
            + (f" ({each.why})" if each.why else "")
            for each in missed
        ]


def staged(fault: Fault, runs: int) -> Outcome:
    """Run one fault from beginning to end."""
    if why := fault.why_not():
        return Outcome(fault, skipped=why)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="seawall-fault-") as folder:
        try:
            figures = asyncio.run(fault.run(Path(folder), runs))
        except (AssertionError, OSError, RuntimeError, TimeoutError) as error:
            said = f"{type(error).__name__}: {error}"
            return Outcome(fault, broke_off=said, seconds=time.monotonic() - began)
    return Outcome(fault, figures, seconds=time.monotonic() - began)


def lines(outcome: Outcome) -> list[str]:
    """Return what is printed of a fault."""
    fault = outcome.fault
    head = [f"{fault.name}: {fault.what} ({outcome.seconds:.0f} s)", f"  {fault.promise}"]
    if outcome.skipped:
        return [head[0], f"  SKIPPED: {outcome.skipped}"]
    if outcome.broke_off:
        return [*head, f"  BROKE OFF: {outcome.broke_off}"]
    return head + [line_of(each) for each in outcome.figures]


def listing() -> str:
    """Name every fault, what it breaks, and where it cannot be staged here."""
    width = max(len(fault.name) for fault in FAULTS)
    return "\n".join(
        f"{fault.name:<{width}}  {fault.what}" + (f" (not here: {why})" if why else "")
        for fault in FAULTS
        for why in (fault.why_not(),)
    )


def chosen(names: Sequence[str], everything: bool, faults: Sequence[Fault] = FAULTS) -> list[Fault]:
    """Return the faults of these names, in the catalogue's order. Raises ValueError, in a line."""
    known = {fault.name: fault for fault in faults}
    for name in names:
        if name not in known:
            near = closest(name, tuple(known))
            hint = f"did you mean {near!r}?" if near else "seawall bench fault lists them"
            raise ValueError(f"no fault is called {name!r}; {hint}")
    return [fault for fault in faults if everything or fault.name in names]


def main(catalogue: Sequence[Fault] = FAULTS) -> int:
    """Run them and report: 1 when a promise was broken, 2 for a name that there is not."""
    options = argparse.ArgumentParser(prog="seawall bench fault", description=__doc__)
    options.formatter_class = argparse.RawDescriptionHelpFormatter
    options.add_argument("names", nargs="*", metavar="NAME", help="which ones; none: list them")
    options.add_argument("--all", action="store_true", help="all of them, one after another")
    options.add_argument(
        "--runs", type=whole, default=RUNS, metavar="N", help=f"of faults of moments ({RUNS})"
    )
    output(options)
    given = options.parse_args()
    try:
        faults = chosen(given.names, given.all, catalogue)
    except ValueError as error:
        print(f"seawall bench fault: {error}", file=sys.stderr)
        return 2
    if not faults:
        print(listing())
        return 0
    allow_many_sockets()
    return _report(faults, given)


def _report(faults: Sequence[Fault], given: argparse.Namespace) -> int:
    report = Report("fault", given, " ".join(fault.name for fault in faults))
    outcomes: list[Outcome] = []
    for fault in faults:
        outcome = staged(fault, given.runs)
        outcomes.append(outcome)
        if not given.quiet:
            load = f"machine's load {os.getloadavg()[0]:.1f}"
            print("\n".join([*lines(outcome), f"  ({load})"]), flush=True)
        report.figures.extend(
            msgspec.structs.replace(each, what=f"{fault.name}: {each.what.strip()}")
            for each in outcome.figures
        )
        report.failures.extend(outcome.failures)
        report.notes.append(f"{fault.name}: {fault.what}. Promised: {fault.promise}.")
    skipped = [each for each in outcomes if each.skipped]
    kept = sum(not each.failures and not each.skipped for each in outcomes)
    counts = f"{kept} of {len(outcomes)} faults kept every promise; {len(skipped)} were skipped"
    report.notes.insert(0, counts)
    report.notes.extend(f"skipped {each.fault.name}: {each.skipped}" for each in skipped)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
