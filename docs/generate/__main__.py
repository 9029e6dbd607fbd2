"""Write docs/reference/ and the console's shapes from the code; with `--check` only compare."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from docs.generate.asyncapi import asyncapi_text
from docs.generate.commands import cli_page
from docs.generate.endpoints import http_page
from docs.generate.page import wire_page
from docs.generate.schema import openapi_text, wire_schema_text
from docs.generate.tables import categories_page, config_page, metrics_page
from docs.generate.typescript import shapes_text

__all__ = ["PAGES", "REFERENCE", "SHAPES", "main", "outdated"]

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
SHAPES = REFERENCE.parents[1] / "console" / "src" / "api" / "shapes.ts"

PAGES: tuple[tuple[str, Callable[[], str]], ...] = (
    ("asyncapi.yaml", asyncapi_text),
    ("categories.md", categories_page),
    ("cli.md", cli_page),
    ("config.md", config_page),
    ("http.md", http_page),
    ("metrics.md", metrics_page),
    ("openapi.json", openapi_text),
    ("wire.md", wire_page),
    ("wire.schema.json", wire_schema_text),
)


def outdated(folder: Path = REFERENCE) -> list[str]:
    """Name the files that are missing or differ from what the code says."""
    return [name for name, render in PAGES if _differs(folder / name, render())]


def main() -> int:
    """Write the pages; with `--check` compare only and return 1 where one differs."""
    parser = argparse.ArgumentParser(prog="python -m docs.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, only compare")
    check = parser.parse_args().check
    files = {REFERENCE / name: render() for name, render in PAGES} | {SHAPES: shapes_text()}
    stale = [path for path, text in files.items() if _differs(path, text)]
    if check:
        for path in stale:
            name = path.relative_to(REFERENCE.parents[1])
            print(f"{name} is not what the code says: run `make docs`.", file=sys.stderr)
        return 1 if stale else 0
    REFERENCE.mkdir(exist_ok=True)
    for path in stale:
        path.write_text(files[path], "utf-8")
    print(f"{len(stale)} of {len(files)} generated files written anew", file=sys.stderr)
    return 0


def _differs(path: Path, text: str) -> bool:
    return not path.is_file() or path.read_text("utf-8") != text


if __name__ == "__main__":
    sys.exit(main())
