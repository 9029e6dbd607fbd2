"""Our processes find our folders wherever they are started from."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from gateway.record.spawn import command, environment


def test_a_module_runs_from_anywhere(tmp_path: Path) -> None:
    done = subprocess.run(
        command("gateway.record.writer", "--help"),
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert "--data" in done.stdout


def test_what_was_on_the_path_stays_behind_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["elsewhere", "", "beyond"]))
    first, *rest = environment()["PYTHONPATH"].split(os.pathsep)
    assert (Path(first) / "gateway" / "record").is_dir()
    assert rest == ["elsewhere", "beyond"]


def test_the_working_directory_is_not_searched(tmp_path: Path) -> None:
    (tmp_path / "gateway").mkdir()
    (tmp_path / "gateway" / "__init__.py").write_text("raise SystemExit('the wrong one')")
    done = subprocess.run(
        command("gateway.record.writer", "--help"),
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0
