"""The moderators' tutorial says what is so: its pages and commands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from gateway.cli import parser

ROOT = Path(__file__).parents[3]
PAGES = (
    "tutorial-moderators.md",
    "explanation/cases.md",
    "howto/stop-a-raid.md",
    "howto/use-the-http-api.md",
)


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text("utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_every_page_it_points_to_is_there(name: str) -> None:
    folder = (ROOT / "docs" / name).parent
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page(name)):
        assert (folder / target).resolve().exists(), target


@pytest.mark.parametrize("name", PAGES)
def test_its_commands_are_understood(name: str) -> None:
    for line in re.findall(r"^\$ (?:export \w+=\$\()?seawall ([^)\n]+)", page(name), re.MULTILINE):
        parser().parse_args(shlex.split(line))
