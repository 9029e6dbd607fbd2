"""`seawall bench fanout`: one alert to a thousand consoles, beside `websockets.broadcast`.

Servers are told in turn, round by round: the ratio is of what each round took, until the last
console had the line, and of the server's CPU. The floor is a loop of `send` over bare sockets.
"""

from __future__ import annotations

import argparse
import sys
from statistics import median

from bench.commands.options import Report, output, whole
from bench.console_fanout import Told, measure
from bench.reports.statistics import ratio
from bench.shapes.result import Figure
from bench.systems.weighing import Neighbours
from gateway.serve import allow_many_sockets

__all__ = ["compared", "main"]

BAR = 0.60
OURS, PEER, FLOOR = "seawall", "websockets", "floor"


def main() -> int:
    """Measure: 0, 1 where the bar is missed, 3 where a server failed."""
    options = argparse.ArgumentParser(prog="seawall bench fanout", description=__doc__)
    options.add_argument("--consoles", type=whole, default=1000, help="sockets (%(default)s)")
    options.add_argument("--rounds", type=whole, default=40, help="broadcasts each (%(default)s)")
    output(options)
    given = options.parse_args()
    allow_many_sockets()
    report = Report("fanout", given, "", gates=True)
    noise = Neighbours()
    noise.begin()
    try:
        found = measure(given.consoles, given.rounds)
    except (OSError, RuntimeError, EOFError) as error:
        print(f"seawall bench fanout: {type(error).__name__}: {error}", file=sys.stderr)
        return 3
    meanwhile = noise.end()
    compared(report, found, given.consoles)
    report.notes.append(
        f"meanwhile others used {meanwhile.others:.0%} of the cores, the host stole "
        f"{meanwhile.steal:.0%}; load before: {meanwhile.load:.1f}"
    )
    return report.finish()


def compared(report: Report, found: dict[str, Told], consoles: int) -> None:
    """Put the ratios and the medians of each server into a report."""
    ours, peer = found[OURS], found[PEER]
    report.ratios.append(
        ratio(
            f"an alert to {consoles} consoles, until the last has it",
            *(OURS, "websockets.broadcast"),
            *(ours.last_s, peer.last_s),
            BAR,
            least=False,
        )
    )
    report.ratios.append(
        ratio(
            f"an alert to {consoles} consoles, server CPU",
            *(OURS, "websockets.broadcast"),
            *(ours.cpu_s, peer.cpu_s),
            least=False,
        )
    )
    for name in (OURS, PEER, FLOOR):
        told = found[name]
        for what, values in (("last console", told.last_s), ("server CPU", told.cpu_s)):
            report.figures.append(Figure(f"{name}: {what}", median(values) * 1000, "ms"))


if __name__ == "__main__":
    sys.exit(main())
