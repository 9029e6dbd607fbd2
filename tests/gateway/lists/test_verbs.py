"""The verb `lists`, as it is typed."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

import pytest

from gateway.cli import main
from gateway.lists.verbs import add_lists
from seawall.errors import ConfigError
from seawall.taxonomy import CATEGORY_NAMES


def _run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    add_lists(parser)
    given = parser.parse_args(words)
    return int(given.run(given))


@pytest.fixture
def policy(tmp_path: Path) -> str:
    """Return a folder that has a manifest."""
    (tmp_path / "policy").mkdir()
    (tmp_path / "policy/policy.yaml").write_text("policy: mine\n")
    return str(tmp_path / "policy")


def test_a_list_is_added_refreshed_and_shown(
    policy: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "list"
    source.write_text("phish-1.com\n1.2.3.4\n")
    assert _run("add", "mine", str(source), "--kind", "hosts", "--policy", policy) == 0
    assert "mine: 1 hosts (before: 0)" in capsys.readouterr().out
    assert _run("refresh", "--policy", policy) == 0
    assert "mine: unchanged, 1 hosts" in capsys.readouterr().out
    assert _run("show", "--policy", policy) == 0
    shown = capsys.readouterr().out
    assert f"from {source} at 20" in shown
    assert "sha256 " in shown
    assert _run("show", "--json", "--policy", policy) == 0
    assert json.loads(capsys.readouterr().out)["count"] == 1


def test_a_refresh_finds_a_file_from_another_folder(
    policy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "list").write_text("phish-1.com\n")
    monkeypatch.chdir(tmp_path)
    assert _run("add", "mine", "list", "--kind", "hosts", "--policy", policy) == 0
    monkeypatch.chdir(policy)
    assert _run("refresh", "--policy", policy) == 0
    assert "mine: unchanged, 1 hosts" in capsys.readouterr().out


def test_a_policy_without_lists_has_nothing_to_refresh(
    policy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run("refresh", "--policy", policy) == 0
    assert capsys.readouterr().err == "there are no lists\n"


@pytest.mark.parametrize(
    "words",
    [["refresh"], ["refresh", "mine"], ["show"], ["show", "--json"], ["add", "a", "b"]],
)
def test_a_folder_that_is_no_policys_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    kind = ["--kind", "hosts"] if words[0] == "add" else []
    for folder in (tmp_path, tmp_path / "nope"):
        assert main(["lists", *words, *kind, "--policy", str(folder)]) == 2
        told = capsys.readouterr()
        assert told.err == f"seawall: {folder} is no policy's folder: it has no policy.yaml\n"
        assert told.out == ""


def test_a_list_that_there_is_not_is_refused(
    policy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["lists", "refresh", "mine", "--policy", policy]) == 2
    assert "there is no list 'mine'; there are: none" in capsys.readouterr().err


def test_the_categories_to_choose_from_are_sorted(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["lists", "add", "x", "y", "--kind", "terms", "--category", "z", "--policy", "p"])
    assert caught.value.code == 2
    [listed] = re.findall(r"choose from (.*)\)", capsys.readouterr().err)
    choices = [each.strip("'") for each in listed.split(", ")]
    assert choices == sorted(CATEGORY_NAMES)


def test_terms_need_a_category_and_names_are_checked(policy: str) -> None:
    with pytest.raises(ConfigError, match="needs --category"):
        _run("add", "mine", "list", "--kind", "terms", "--policy", policy)
    with pytest.raises(ConfigError, match="no name for a list"):
        _run("add", "../mine", "list", "--kind", "hosts", "--policy", policy)


def test_terms_are_shown_with_what_they_are_for(
    policy: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "list"
    source.write_text("rude\n")
    options = ("--kind", "terms", "--category", "profanity", "--lang", "en", "--policy", policy)
    assert _run("add", "rude", str(source), *options) == 0
    capsys.readouterr()
    assert _run("show", "--policy", policy) == 0
    assert "rude: 1 terms (profanity, en, 0 left out)" in capsys.readouterr().out
