"""How a worker process is started: with our folders on its path, one thread, and a socket.

The child must find our folders wherever they lie (a checkout, or vendored inside the wheel), so it
gets the folder this package came from. `-P` keeps the working directory off its path.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from pathlib import Path

__all__ = ["command", "environment", "spawn"]

_ROOT = Path(__file__).resolve().parents[1]
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def command(*arguments: str) -> list[str]:
    """Return the command line of a worker."""
    return [sys.executable, "-P", "-m", "workers.run", *arguments]


def environment() -> dict[str, str]:
    """Return this process's environment with our folders first on the module path.

    Numeric libraries get one thread each unless somebody chose otherwise: batches are small, and
    the cores are the gateway's.
    """
    inherited = os.environ.get("PYTHONPATH", "")
    paths = [str(_ROOT), *(path for path in inherited.split(os.pathsep) if path)]
    threads = {name: "1" for name in _THREADS if name not in os.environ}
    return {**os.environ, **threads, "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths))}


async def spawn(memory_mb: int) -> tuple[asyncio.subprocess.Process, socket.socket]:
    """Start a worker; return it with our end of its socket.

    Call from the main thread: the child's parent-death signal follows the thread that spawns it.
    Raises OSError.
    """
    ours, theirs = socket.socketpair()
    try:
        with theirs:
            process = await asyncio.create_subprocess_exec(
                *command("--fd", str(theirs.fileno())),
                *("--parent", str(os.getpid()), "--memory-mb", str(memory_mb)),
                pass_fds=(theirs.fileno(),),
                env=environment(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
            )
        ours.setblocking(False)
    except BaseException:
        ours.close()
        raise
    return process, ours
