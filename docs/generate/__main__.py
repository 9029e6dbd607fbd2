"""Write docs/reference/ from the code, or say with `--check` which files do not match it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from docs.generate.asyncapi import asyncapi_text
from docs.generate.commands import cli_page
from docs.generate.page import wire_page
from docs.generate.schema import openapi_text, wire_schema_text
from docs.generate.tables import categories_page, config_page, metrics_page

__all__ = ["PAGES", "REFERENCE", "main", "outdated"]

REFERENCE = Path(__file__).resolve().parents[1] / "reference"

PAGES: tuple[tuple[str, Callable[[], str]], ...] = (
    ("asyncapi.yaml", asyncapi_text),
    ("categories.md", categories_page),
    ("cli.md", cli_page),
    ("config.md", config_page),
    ("metrics.md", metrics_page),
    ("openapi.json", openapi_text),
    ("wire.md", wire_page),
    ("wire.schema.json", wire_schema_text),
)


def outdated(folder: Path = REFERENCE) -> list[str]:
    """Name the files that are missing or differ from what the code says."""
    stale = []
    for name, render in PAGES:
        path = folder / name
        if not path.is_file() or path.read_text("utf-8") != render():
            stale.append(name)
    return stale


def main() -> int:
    """Write the pages; with `--check` compare only and return 1 where one differs."""
    parser = argparse.ArgumentParser(prog="python -m docs.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, only compare")
    check = parser.parse_args().check
    stale = outdated()
    if check:
        for name in stale:
            print(
                f"docs/reference/{name} is not what the code says: run `make docs`.",
                file=sys.stderr,
            )
        return 1 if stale else 0
    REFERENCE.mkdir(exist_ok=True)
    for name, render in PAGES:
        (REFERENCE / name).write_text(render(), "utf-8")
    print(f"docs/reference: {len(stale)} of {len(PAGES)} files written anew", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
