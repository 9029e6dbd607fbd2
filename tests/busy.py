"""Whether a test that failed had a machine to run on.

Many promises are in milliseconds, and a small machine that others share keeps none of them all the
time. A test of whole processes that failed while work stood waiting for a core or a disk (the
kernel's pressure stall information), or while the host gave our cores to others (steal), is run
again, twice at most; the summary names it. One that fails on a quiet machine has failed.
"""

from __future__ import annotations

import os
from pathlib import Path
from time import monotonic

import pytest

__all__ = ["again_if_busy", "begin", "was_busy"]

SHARE = 0.2
"""Of a test's time, in which something waited for a core or for a disk."""
STOLEN = 0.1
"""Of the cores' time, which the host gave to others: a machine is away for long stretches then."""
AGAIN = 2
MARKS = ("e2e", "fault", "slow")
FOLDERS = ("console", "workers", "gateway/record", "gateway/stream", "bench/truth", "bench/load")
"""Where tests start processes without saying so by a mark."""

_began: dict[str, float] = {}


def again_if_busy(item: pytest.Item) -> None:
    """Have a test of whole processes run again where it fails on a busy machine."""
    if not item.config.pluginmanager.hasplugin("rerunfailures"):
        return
    path = item.path.as_posix()
    waits = any(item.get_closest_marker(name) for name in MARKS)
    if waits or any(f"/tests/{folder}/" in path for folder in FOLDERS):
        item.add_marker(pytest.mark.flaky(reruns=AGAIN, condition=was_busy))


def begin() -> None:
    """Note how much waiting there was before a test."""
    _began.update(at=monotonic(), cpu=_waited_s("cpu"), io=_waited_s("io"), stolen=_stolen_s())


def was_busy() -> bool:
    """Say whether work waited for much of the time since `begin`; never where nobody counts it."""
    lasted_s = monotonic() - _began["at"]
    if _stolen_s() - _began["stolen"] > STOLEN * lasted_s * (os.cpu_count() or 1):
        return True
    return any(_waited_s(kind) - _began[kind] > SHARE * lasted_s for kind in ("cpu", "io"))


def _waited_s(kind: str) -> float:
    try:
        some = Path(f"/proc/pressure/{kind}").read_text("ascii").splitlines()[0]
    except OSError:  # not Linux, or a kernel that does not count it
        return 0.0
    return int(some.rpartition("total=")[2]) / 1e6


def _stolen_s() -> float:
    try:
        cores = Path("/proc/stat").read_text("ascii").split("\n", 1)[0].split()
    except OSError:
        return 0.0
    return int(cores[8]) / os.sysconf(
        "SC_CLK_TCK"
    )  # user nice system idle iowait irq softirq steal
