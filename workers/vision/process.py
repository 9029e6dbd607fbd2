"""A process that ends with its gateway, within its memory, and says why on stderr."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
import time
from contextlib import suppress
from types import TracebackType

import msgspec

__all__ = ["Sayer", "become", "say"]

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8  # malloc.h of glibc
_LARGE_BYTES = 1 << 20
_SAY_EVERY_S = 5.0


def become(parent: int, memory_mb: int) -> None:
    """Arrange that this process does not outlive its parent, nor takes more memory than this."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        _give_memory_back(libc)
    if os.getppid() != parent:  # it died before the line above
        raise SystemExit(0)
    if memory_mb:
        most = memory_mb << 20
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core would hold what people showed
    sys.excepthook = _last_words


def _give_memory_back(libc: ctypes.CDLL) -> None:
    """Have what is large given back when it is freed, and one heap for all threads.

    Networks take tens of megabytes for a moment; kept by every thread that was 150 MB more.
    """
    if hasattr(libc, "mallopt"):
        libc.mallopt(_M_ARENA_MAX, 1)
        libc.mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
        libc.mallopt(_M_TRIM_THRESHOLD, _LARGE_BYTES)


def say(process: str, what: str) -> None:
    """Write a line of the log: stderr is the gateway's."""
    at = round(time.time(), 3)
    line = {"at": at, "level": "error", "event": "worker", "process": process, "what": what}
    # A log on a full disk must not end us; then there is nowhere left to say it.
    with suppress(OSError):
        sys.stderr.write(f"{msgspec.json.encode(line).decode()}\n")
        sys.stderr.flush()


class Sayer:
    """Says what failed, each thing once in a while: what fails always must not flood."""

    def __init__(self, process: str) -> None:
        self._process = process
        self._after: dict[str, float] = {}

    def __call__(self, what: str) -> None:
        """Say it, unless it was said just now."""
        now = time.monotonic()
        if now >= self._after.get(what, 0.0):
            if len(self._after) > 100:
                self._after.clear()
            self._after[what] = now + _SAY_EVERY_S
            say(self._process, what)


def _last_words(
    kind: type[BaseException], _error: BaseException, trace: TracebackType | None
) -> None:
    """Say what ended us and where, without its message: that may quote what somebody showed."""
    where = ""
    while trace is not None:
        where = f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}"
        trace = trace.tb_next
    say("worker", f"{kind.__name__} at {where}")
