"""Processes under measurement: started, pinned, asked for their memory, and stopped."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

__all__ = ["LOAD_CORE", "ROOT", "SERVER_CORE", "python", "rss_bytes", "stop"]

SERVER_CORE = 0
LOAD_CORE = 1
ROOT = Path(__file__).resolve().parents[1]


def python(
    module: str,
    *arguments: str,
    core: int | None = SERVER_CORE,
    logs: bool = False,
    models: str = "",
) -> subprocess.Popen[str]:
    """Start one of our modules, pinned to a core where there are two; its stdout is piped.

    With `logs` its stderr as well, and then somebody must read it: a full pipe stops a process.
    `models` are the text models of a gateway: none, where they are not what is measured.
    """
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        "SEAWALL_MODELS": models,
    }
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", module, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE if logs else subprocess.DEVNULL,
        text=True,
        env=environment,
    )
    if core is not None and (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(process.pid, {core})
    return process


def rss_bytes(pid: int) -> int:
    """Return the resident memory of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def stop(process: subprocess.Popen[str]) -> None:
    """End a process that we started, and wait for it."""
    process.terminate()
    try:
        process.communicate(timeout=15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
