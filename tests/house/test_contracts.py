"""The import contracts are kept, and each of them would notice if it were not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import FLOORS, ROOT

BREAKS: dict[str, tuple[str, str]] = {
    "Each floor stands on the floors below it": ("media/__init__.py", "import gateway"),
    "The core has no clock, no chance, no wire": ("seawall/actions.py", "import time"),
    "Nobody in the core stands on the client": ("seawall/taxonomy.py", "import seawall.client"),
    "The gateway process carries no model and no codec": ("detectors/text/a.py", "import numpy"),
    "No detector knows another": ("detectors/text/b.py", "import detectors.text.a"),
    "Nobody imports the door": ("bench/__init__.py", "import seawall.__main__"),
    "No circles": ("gateway/a.py", "import gateway.b"),
}
"""Contract: the file and the line that break it."""


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Check the contracts of a tree; its packages are found where it stands."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"]
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONSAFEPATH": "1"}
    return subprocess.run(
        [*command, "--no-cache", "--config", str(folder / "pyproject.toml")],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.timeout(90)
def test_the_contracts_are_kept() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.timeout(90)
def test_each_contract_notices_when_it_is_broken(tmp_path: Path) -> None:
    for floor in FLOORS:
        skip = shutil.ignore_patterns("__pycache__", ".*cache")
        shutil.copytree(ROOT / floor, tmp_path / floor, ignore=skip)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "gateway" / "a.py").write_text("import detectors.text.a\n", "utf-8")
    (tmp_path / "gateway" / "b.py").write_text("import gateway.a\n", "utf-8")
    for name, line in BREAKS.values():
        with (tmp_path / name).open("a", encoding="utf-8") as file:
            file.write(f"\n{line}\n")
    done = lint(tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    kept = [name for name in BREAKS if f"{name} BROKEN" not in done.stdout]
    assert not kept, done.stdout
