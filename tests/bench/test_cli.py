"""`seawall bench` names what there is and refuses what there is not."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

import bench
from bench.cli import SCRIPTS, VERBS, listing, run


def test_every_benchmark_named_exists() -> None:
    for _, where, _ in (*VERBS, *SCRIPTS):
        module, _, function = where.partition(":")
        assert callable(getattr(import_module(module), function))


def test_every_benchmark_is_named() -> None:
    (folder,) = map(Path, bench.__path__)
    assert _runnable(folder, "bench") - {"bench.cli:main"} == {where for _, where, _ in SCRIPTS}
    verbs = _runnable(folder / "commands", "bench.commands")
    assert verbs == {where for _, where, _ in VERBS}


def _runnable(folder: Path, package: str) -> set[str]:
    return {
        f"{package}.{path.stem}:main"
        for path in folder.glob("*.py")
        if re.search(r"^def main\(", path.read_text("utf-8"), re.MULTILINE)
    }


def test_without_a_name_it_lists_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 0
    printed = capsys.readouterr().out
    assert printed.strip() == listing()
    assert all(name in printed and purpose in printed for name, _, purpose in (*VERBS, *SCRIPTS))


def test_an_unknown_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["no-such-benchmark"]) == 2
    assert "no-such-benchmark" in capsys.readouterr().err
