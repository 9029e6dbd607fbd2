"""A real part that cannot be started is a skip that is counted aloud, and for root a failure."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT

TRIAL = """
import os
os.geteuid = lambda: {user}

def test_one(absent):
    absent("Valkey", "no server binary")

def test_two(absent):
    absent("Valkey", "no server binary")
"""


def trial(folder: Path, user: int, *options: str) -> subprocess.CompletedProcess[str]:
    (folder / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text("utf-8"))
    (folder / "test_trial.py").write_text(TRIAL.format(user=user), "utf-8")
    return subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "xdist"),
            *("--rootdir", str(folder), *options, "."),
        ],
        cwd=folder,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},  # a second each to import
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


@pytest.mark.parametrize(
    ("user", "options", "status", "outcome"),
    [
        (1000, ("-n", "2"), 0, "2 skipped"),  # counted by two workers
        (0, (), 1, "2 failed"),
    ],
)
def test_an_absent_part_is_counted(
    tmp_path: Path, user: int, options: tuple[str, ...], status: int, outcome: str
) -> None:
    done = trial(tmp_path, user, *options)
    assert done.returncode == status, done.stdout
    assert outcome in done.stdout
    assert "real part absent in 2 tests: Valkey: no server binary" in done.stdout
