"""The door: its verbs lead somewhere, and what is not installed is said, not traced."""

from __future__ import annotations

import sys
from importlib import import_module
from types import SimpleNamespace

import pytest

from seawall import __main__ as door


@pytest.mark.parametrize("answer", [*door.VERBS.values(), door.OTHERWISE])
def test_every_verb_leads_to_a_function(answer: str) -> None:
    module, _, name = answer.partition(":")
    assert callable(getattr(import_module(module), name))


def test_a_verb_is_answered_with_an_exit_status(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["seawall", "bench", "no-such-benchmark"])
    assert door.main() == 2
    assert "no-such-benchmark" in capsys.readouterr().err


def test_a_missing_library_names_the_extra(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["seawall", "odd"])
    monkeypatch.setitem(door.VERBS, "odd", "a_library_that_nobody_has.cli:main")
    assert door.main() == 3
    assert "a_library_that_nobody_has" in capsys.readouterr().err


def test_a_library_of_another_extra_names_that_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def train() -> int:
        raise ModuleNotFoundError("No module named 'sklearn'", name="sklearn.linear_model")

    monkeypatch.setattr(sys, "argv", ["seawall", "odd"])
    monkeypatch.setitem(door.VERBS, "odd", "bench.of_tests:train")
    monkeypatch.setitem(sys.modules, "bench.of_tests", SimpleNamespace(train=train))
    assert door.main() == 3
    assert "`pip install 'seawall[train]'`" in capsys.readouterr().err


def test_a_missing_module_of_ours_is_a_bug_and_stays_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["seawall", "odd"])
    monkeypatch.setitem(door.VERBS, "odd", "gateway.a_room_that_does_not_exist:main")
    with pytest.raises(ModuleNotFoundError):
        door.main()
