"""Processes are told apart by what they run."""

from __future__ import annotations

import os
import sys

from bench.peers.process import Process, environment
from bench.systems.roles import by_role, descendants, role, roles

NEVER_S = 15.0
GONE = 2**22 + 1
START = "import subprocess, sys; subprocess.Popen(sys.argv[1:]).wait()"
SAY = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
"""Said by the child itself: until its program runs its command line is empty."""


def test_children_of_children_are_found_and_named() -> None:
    child = [sys.executable, "-I", "-S", "-c", SAY, "workers.streams.zygote"]
    command = [sys.executable, "-I", "-S", "-c", START, *child]
    process = Process("it", command, environment())
    try:
        pid = process.line(int, NEVER_S)
        assert descendants(process.pid) == [pid]
        assert {process.pid, pid} <= set(descendants(os.getpid()))
        found = roles((process.pid,), {"valkey": (GONE,)})
        assert found == {process.pid: "gateway", pid: "decode", GONE: "valkey"}
        assert by_role(found)["decode"] == (pid,)
    finally:
        process.stop()


def test_what_has_gone_is_nothing_in_particular() -> None:
    assert descendants(GONE) == []
    assert role(GONE) == "other"
