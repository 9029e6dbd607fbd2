"""Children that do not outlive their parent, and sleep no longer than they are told."""

from __future__ import annotations

import ctypes
import os
import resource
import signal

__all__ = ["tied"]

_PR_SET_PDEATHSIG, _PR_SET_TIMERSLACK = 1, 29


def tied() -> None:
    """Have the kernel end this process with its parent (the thread that started it).

    Sleeps end when they should (the kernel's slack of 50 µs is taken away), and an interrupt from
    the terminal is the parent's to answer. It may open as many sockets as the system lets it.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    parent = os.getppid()
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    libc.prctl(_PR_SET_TIMERSLACK, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if os.getppid() != parent:
        raise SystemExit(1)
