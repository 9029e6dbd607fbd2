"""The CPU time of other processes, to the nanosecond, threads that have ended included.

`/proc/PID/task/*/schedstat` forgets a thread that ends, and all it has done. The kernel's clock of
a process does not: `clock_getcpuclockid(3)`, whose number is made of the process id.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

from bench.procs import rss_bytes

__all__ = ["cpu_s", "reaped_s", "resident"]

_SCHEDULED = 2  # CPUCLOCK_SCHED, linux/posix-timers.h
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def cpu_s(pid: int) -> float:
    """Return the CPU seconds of a process, user and kernel. Raises ProcessLookupError: it is gone.

    What it has started is not in it.
    """
    try:
        return time.clock_gettime(~pid << 3 | _SCHEDULED)
    except OSError as error:
        raise ProcessLookupError(f"there is no process {pid}") from error


def reaped_s(pid: int) -> float:
    """Return the CPU seconds of all it has started that has ended; 0 when it is gone itself."""
    with suppress(FileNotFoundError, ProcessLookupError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[13]) + int(fields[14])) * _TICK_S  # cutime, cstime: proc(5)
    return 0.0


def resident(pid: int) -> int:
    """Return the resident bytes of a process; 0 when it is gone."""
    try:
        return rss_bytes(pid)
    except (FileNotFoundError, ProcessLookupError):
        return 0
