"""Become another program that dies with its parent, even when that is killed.

`tether.py PARENT PROGRAM ARGUMENT…`, run as a script in an isolated interpreter. The kernel sends
the parent-death signal when the *thread* that started this process ends: start it from the main
thread. It is lost if the parent died before it was asked for, so that is checked afterwards.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

__all__ = ["main"]

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main(arguments: list[str]) -> None:
    """Tie this process to its parent and execute the rest of the arguments; never returns."""
    parent, program = int(arguments[1]), arguments[2]
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0) != 0:
        sys.exit(f"no parent-death signal: {os.strerror(ctypes.get_errno())}")
    if os.getppid() != parent:
        sys.exit(f"the parent {parent} is gone")
    os.execv(program, arguments[2:])


if __name__ == "__main__":
    main(sys.argv)
