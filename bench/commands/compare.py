"""Two saved results side by side: what got worse, beyond its interval and beyond a floor."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bench.reports.comparing import TOLERANCE, compare
from bench.reports.page import html
from bench.reports.terminal_comparison import told
from bench.reports.width import open_console
from bench.shapes.result import ResultError, read_result

__all__ = ["main"]


def main() -> int:
    """Compare. 0: nothing got worse. 1: something did. 2: there is nothing to compare."""
    options = argparse.ArgumentParser(
        prog="seawall bench compare",
        description="Compare two results. A metric got worse where the 95 % interval of its change "
        "leaves out 0 and the change is over the floor; then the exit status is 1.",
    )
    options.add_argument("before", type=Path, metavar="BEFORE.json")
    options.add_argument("after", type=Path, metavar="AFTER.json")
    options.add_argument(
        "--tolerance",
        type=_share,
        default=TOLERANCE,
        metavar="SHARE",
        help="the least change that counts, as a share of what was (0.05)",
    )
    options.add_argument("--html", type=Path, metavar="FILE", help="save a page with both")
    given = options.parse_args()
    try:
        before, after = read_result(given.before), read_result(given.after)
        found = compare(before, after, given.tolerance)
        page = html(after, before) if given.html is not None else ""
    except (ResultError, ValueError) as error:
        print(f"seawall bench compare: {error}", file=sys.stderr)
        return 2
    told(found, before, after, open_console())
    if given.html is not None:
        try:
            given.html.parent.mkdir(parents=True, exist_ok=True)
            given.html.write_text(page, encoding="utf-8")
        except OSError as error:
            print(f"seawall bench compare: {given.html}: {error.strerror}", file=sys.stderr)
            return 2
    return 1 if found.regressions else 0


def _share(text: str) -> float:
    value = float(text)
    if not 0 <= value < 10:
        raise argparse.ArgumentTypeError(f"{text} is not a share of 0 or more, like 0.05")
    return value
