"""The wheel, built once, and a fresh environment it is installed into."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.house.tree import ROOT

__all__ = ["fresh", "installed", "wheel"]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from this tree, with what is installed here."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    done = subprocess.run(
        [*build, str(ROOT)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("*.whl")
    return built


def fresh(folder: Path, wheel: Path, depends: Sequence[str]) -> Path:
    """Make an environment with the wheel and these paths of libraries; return its `bin` folder.

    Our own code comes from the wheel alone: libraries are looked up where they are installed for
    development, but that folder's link to the checkout is not followed.
    """
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps"]
    subprocess.run([*pip, "--no-index", str(wheel)], check=True, timeout=60)
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "libraries.pth").write_text("\n".join(depends) + "\n", "utf-8")
    return folder / "bin"


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel beside every library; return the `bin` folder."""
    libraries = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    return fresh(tmp_path_factory.mktemp("installed"), wheel, list(dict.fromkeys(libraries)))
