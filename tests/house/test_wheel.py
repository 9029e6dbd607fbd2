"""The wheel: one top-level name, nothing missing, and it runs where there is no checkout."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import time
import urllib.request
import zipfile
from pathlib import Path

import msgspec
import pytest
import websockets

from seawall import __version__
from tests.house.conftest import fresh
from tests.house.tree import FLOORS, ROOT

pytestmark = [pytest.mark.wheel, pytest.mark.timeout(60)]


def run(*command: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command away from the checkout, with nothing of it in the environment."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    words = [str(word) for word in command]
    return subprocess.run(
        words, cwd=folder, env=kept, capture_output=True, text=True, check=False, timeout=30
    )


def test_the_wheel_has_one_top_level_name(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.partition("/")[0] for name in names}
    assert tops == {"seawall", f"seawall-{__version__}.dist-info"}


def test_every_file_of_every_floor_is_in_the_wheel(wheel: Path) -> None:
    packed = set(zipfile.ZipFile(wheel).namelist())
    expected = set()
    for floor in (*FLOORS, "policies"):
        home = "" if floor == "seawall" else "seawall/_app/"
        for path in (ROOT / floor).rglob("*"):
            parts = path.relative_to(ROOT).parts
            left_out = path.name == "ruff.toml" or parts[:2] == ("bench", "out")
            hidden = any(part.startswith((".", "__pycache__")) for part in parts)
            if path.is_file() and not hidden and not left_out:
                expected.add(home + path.relative_to(ROOT).as_posix())
    assert len(expected) > 20
    assert expected <= packed
    assert not [name for name in packed - expected if "dist-info" not in name]


def test_the_installed_command_answers(installed: Path, tmp_path: Path) -> None:
    done = run(installed / "seawall", "--help", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "serve" in done.stdout
    assert str(ROOT) not in done.stdout + done.stderr


def test_the_installed_floors_are_the_wheels_own(installed: Path, tmp_path: Path) -> None:
    script = "import seawall, sys; print(seawall.__file__, *sys.path)"
    done = run(installed / "python", "-c", script, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert f"{ROOT}/seawall" not in done.stdout
    assert str(ROOT) not in done.stdout.replace(f"{ROOT}/.venv", "").split()


def test_the_core_alone_needs_msgspec_and_websockets_only(wheel: Path, tmp_path: Path) -> None:
    libraries = tmp_path / "libraries"
    libraries.mkdir()
    for module in (msgspec, websockets):
        package = Path(module.__file__ or "").parent
        (libraries / package.name).symlink_to(package)
    bin_folder = fresh(tmp_path / "venv", wheel, [str(libraries)])
    floor = [
        path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
        for path in (ROOT / "seawall").rglob("*.py")
        if path.stem != "__main__"
    ]
    imports = "\n".join(f"import {name.removesuffix('.__init__')}" for name in sorted(floor))
    done = run(bin_folder / "python", "-c", imports, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    asked = run(bin_folder / "seawall", "serve", folder=tmp_path)
    assert asked.returncode == 3, asked.stderr
    assert "pip install 'seawall[gateway]'" in asked.stderr


@pytest.mark.e2e
@pytest.mark.timeout(120)  # nothing of it was ever compiled, and the disk may be slow
def test_the_installed_gateway_starts_and_stops(installed: Path, tmp_path: Path) -> None:
    edge, http = free_ports(2)
    words = [installed / "seawall", "serve", "--data", tmp_path / "data"]
    words += ["--listen", f"127.0.0.1:{edge}", "--http", f"127.0.0.1:{http}"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    with (tmp_path / "log").open("w+", encoding="utf-8") as log:
        process = subprocess.Popen(
            [str(word) for word in words], cwd=tmp_path, env=kept, stdout=log, stderr=log
        )
        try:
            until_well(f"http://127.0.0.1:{http}/healthz", process)
            process.terminate()
            status = process.wait(20)
        finally:
            process.kill()
            process.wait(5)
            log.seek(0)
            print(log.read())
    assert status == 0


def free_ports(count: int) -> list[int]:
    """Name ports that were free a moment ago."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]


def until_well(address: str, process: subprocess.Popen[bytes], within: float = 60.0) -> None:
    """Ask until the gateway answers 200; fail when it ends or `within` seconds have passed."""
    deadline = time.monotonic() + within
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address, timeout=2) as answer:
                assert answer.status == 200
                return
        except OSError:
            time.sleep(0.05)  # between two questions, not instead of one
    pytest.fail(f"no answer at {address}; exit status {process.poll()}")
