"""How a process beside the gateway lives: ends with its parent, within bounds, and says why.

    die_with(parent); limit(memory_mb << 20); sys.excepthook = last_words("vision")

1. Signals that mean "drain" are the gateway's: its processes ignore them and end when it does.
2. What is said goes to stderr, which is the gateway's log. It never quotes: an error's message may
   hold what somebody wrote, said or showed.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType

import msgspec

__all__ = ["Sayer", "die_with", "give_memory_back", "last_words", "limit", "rss_mb", "say"]

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8  # malloc.h of glibc
_LARGE_BYTES = 1 << 20
_SAY_EVERY_S = 5.0
_MOST_SAID = 100

LastWords = Callable[[type[BaseException], BaseException, TracebackType | None], None]


def die_with(parent: int) -> None:
    """Arrange that this process does not outlive its parent. Raises SystemExit where it did."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the line above
        raise SystemExit(0)


def limit(most_bytes: int) -> None:
    """Bound what may be allocated, 0 for no bound, and write no core: it would hold content."""
    if most_bytes:
        resource.setrlimit(resource.RLIMIT_DATA, (most_bytes, most_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def give_memory_back() -> None:
    """Have what is large given back when it is freed, and one heap for all threads.

    Networks take tens of megabytes for a moment; kept by every thread that was 150 MB more.
    """
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(_M_ARENA_MAX, 1)
        libc.mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
        libc.mallopt(_M_TRIM_THRESHOLD, _LARGE_BYTES)


def rss_mb() -> float:
    """Return how much memory this process has in use, MiB."""
    with open("/proc/self/statm", "rb") as file:
        pages = int(file.read().split()[1])
    return round(pages * resource.getpagesize() / (1 << 20), 1)


def say(process: str, what: str) -> None:
    """Write a line of the log."""
    at = round(time.time(), 3)
    line = {"at": at, "level": "error", "event": "worker", "process": process, "what": what}
    # A log on a full disk must not end us; then there is nowhere left to say it.
    with suppress(OSError):
        sys.stderr.write(f"{msgspec.json.encode(line).decode()}\n")
        sys.stderr.flush()


def last_words(process: str) -> LastWords:
    """Return what says which error ended a process and where, as `sys.excepthook` is called."""

    def hook(kind: type[BaseException], _: BaseException, trace: TracebackType | None) -> None:
        where = ""
        while trace is not None:
            where = f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}"
            trace = trace.tb_next
        say(process, f"{kind.__name__} at {where}")

    return hook


class Sayer:
    """Says what failed, each thing once in a while: what fails always must not flood."""

    def __init__(self, process: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._process, self._clock = process, clock
        self._after: dict[str, float] = {}

    def __call__(self, what: str) -> None:
        """Say it, unless it was said just now."""
        now = self._clock()
        if now < self._after.get(what, 0.0):
            return
        if len(self._after) >= _MOST_SAID:
            self._after.clear()
        self._after[what] = now + _SAY_EVERY_S
        say(self._process, what)
