"""The moderators' tutorial says what is so: its example, pages, commands and verdicts."""

from __future__ import annotations

import asyncio
import importlib.util
import re
import shlex
import sys
from io import StringIO
from pathlib import Path
from types import ModuleType

import pytest

from gateway.cli import parser
from gateway.demo.child import running_gateway

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "examples" / "crowd.py"
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


def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("crowd", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def typed(text: str) -> list[tuple[str, str]]:
    """Return what is typed to the crowd with the line that follows it."""
    return re.findall(r"^(\d+ [a-zA-Z].*[^\d\s])\n((?:\d+ (?:allow|hold|block) ?)+)$", text, re.M)


@pytest.mark.e2e
@pytest.mark.timeout(60)
async def test_the_crowd_hears_what_is_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = [(line, said) for line, said in typed(page(PAGES[0])) if line.startswith("1 ")][:2]
    assert [said for _, said in shown] == ["1 allow", "1 hold"]
    monkeypatch.setattr(sys, "stdin", StringIO("".join(f"{line}\n" for line, _ in shown)))
    async with running_gateway() as child:
        async with asyncio.timeout(30):
            await example().main(child.uri, child.key)
    assert capsys.readouterr().out.splitlines() == [said for _, said in shown]
