"""A page made anew from a saved result."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bench.reports.page import html
from bench.reports.terminal import summary
from bench.reports.width import open_console
from bench.shapes.result import ResultError, read_result

__all__ = ["main"]


def main() -> int:
    """Show a saved result, as a page where `--html` says so. 2 for a file that is none."""
    options = argparse.ArgumentParser(
        prog="seawall bench report",
        description="Show a saved result: in the terminal, or as a page that needs nothing else.",
    )
    options.add_argument("result", type=Path, metavar="RESULT.json")
    options.add_argument("--html", type=Path, metavar="FILE", help="write the page here")
    given = options.parse_args()
    try:
        result = read_result(given.result)
        if given.html is None:
            summary(result, open_console())
            return 0
        page = html(result)
        given.html.parent.mkdir(parents=True, exist_ok=True)
        given.html.write_text(page, encoding="utf-8")
    except OSError as error:
        print(f"seawall bench report: {given.html}: {error.strerror}", file=sys.stderr)
        return 2
    except (ResultError, ValueError) as error:
        print(f"seawall bench report: {error}", file=sys.stderr)
        return 2
    print(given.html)
    return 0
