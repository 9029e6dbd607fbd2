"""What the documents tell a reader to type exists, and what they point at is there."""

from __future__ import annotations

import argparse
import re
import subprocess
from pathlib import Path

import pytest

from gateway.cli import parser
from tests.house.tree import ROOT, text_files

PAGES = [path for path in text_files() if path.suffix == ".md" and "policies" not in path.parts]
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
TARGETS = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))
PHONY = set(re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)[0].split())
LINK = re.compile(r"(?<!!)\[[^]\n]+\]\(([^)#\s]+)(?:#[^)]*)?\)")


def code(page: Path) -> str:
    """Return what stands in a page as code, inline or fenced."""
    text = page.read_text("utf-8")
    return "\n".join([*re.findall(r"```.*?```", text, re.DOTALL), *re.findall(r"`[^`\n]+`", text)])


def test_there_are_pages() -> None:
    assert ROOT / "CHANGELOG.md" in PAGES


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_make_command_in_a_page_exists(page: Path) -> None:
    asked = set(re.findall(r"(?:^|[`$&;]|&& )\s*make ([a-z]+)", code(page), re.MULTILINE))
    assert asked <= TARGETS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_module_that_a_page_runs_exists(page: Path) -> None:
    ours = r"python3? -m ((?:seawall|gateway|bench|workers|media|docs)[\w.]*)"
    for module in re.findall(ours, code(page)):
        path = ROOT / module.replace(".", "/")
        assert path.with_suffix(".py").is_file() or (path / "__main__.py").is_file(), module


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_seawall_command_in_a_page_is_one_the_parser_knows(page: Path) -> None:
    text = code(page).replace("\\\n", " ")
    for line in re.findall(
        r"(?:^|[`$|;]|bin/|&& )\s*seawall ([a-z-][^\n`|;&#]*)", text, re.MULTILINE
    ):
        assert unknown(line.split()) == [], f"seawall {line}"


def unknown(words: list[str]) -> list[str]:
    """Name the options of a command that its parser does not have, or the command itself."""
    command = parser()
    while verbs := below(command):
        if not words or words[0].startswith("-"):
            break
        if words[0] not in verbs:
            return words[:1]
        command = verbs[words.pop(0)]
    if command.prog.rpartition(" ")[2] in ("bench", "catalogue", "send", "worker"):
        # They have parsers of their own.
        return []
    options = [word.partition("=")[0] for word in words if word.startswith("--")]
    return [option for option in options if option not in command._option_string_actions]


def below(command: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in command._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    targets = [link for link in LINK.findall(page.read_text("utf-8")) if "://" not in link]
    assert not [link for link in targets if not (page.parent / link).exists()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_no_page_counts_what_the_shipped_policy_holds(page: Path) -> None:
    told = re.findall(r"\d rules, \d[\d,]* windows", page.read_text("utf-8"))
    assert told == [], "they change: write … for each number"


def test_make_lists_every_target_that_a_person_may_type() -> None:
    told = set(re.findall(r"^([a-z]+):.*## ", MAKEFILE, re.MULTILINE))
    assert told == PHONY == TARGETS
    printed = subprocess.run(
        ["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert not [target for target in told if f"  {target} " not in printed]


@pytest.mark.parametrize(("script", "shell"), [("run", "bash"), ("python", "sh")])
def test_the_scripts_of_ci_can_be_read_by_their_shell(script: str, shell: str) -> None:
    subprocess.run([shell, "-n", str(ROOT / ".ci" / script)], check=True, timeout=10)


def test_ci_runs_what_a_person_types() -> None:
    text = (ROOT / ".ci" / "run").read_text("utf-8")
    assert re.findall(r"^timed make ([a-z]+)$", text, re.MULTILINE) == [
        "setup",
        "check",
        "test",
        "drills",
        "smoke",
    ]
    assert "set -euo pipefail" in text
