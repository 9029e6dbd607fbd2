"""The tutorial shows its example as it is, and lines that are Python."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "examples" / "chat_server.py"
TUTORIAL = (ROOT / "docs" / "tutorial.md").read_text("utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", TUTORIAL, re.DOTALL | re.MULTILINE)


def test_the_tutorial_shows_the_example_as_it_is() -> None:
    assert blocks("python")[0] == EXAMPLE.read_text("utf-8")


def test_the_example_has_two_dozen_lines() -> None:
    lines = [line.strip() for line in EXAMPLE.read_text("utf-8").splitlines()]
    assert len([line for line in lines if line and not line.startswith('"""')]) <= 24


def test_the_other_lines_are_python() -> None:
    for block in blocks("python")[1:]:
        body = "".join(f"    {line}\n" for line in block.splitlines())
        compile(f"async def tutorial(sea, now):\n{body}", "tutorial", "exec")


def test_every_page_it_points_to_is_there() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", TUTORIAL):
        assert (ROOT / "docs" / target).resolve().exists(), target
