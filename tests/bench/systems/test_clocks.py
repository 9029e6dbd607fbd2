"""CPU time of processes, ended threads included."""

from __future__ import annotations

import os
import threading
import time

import pytest

from bench.systems.clocks import cpu_s, reaped_s, resident

GONE = 2**22 + 1


def test_a_thread_that_has_ended_has_worked_all_the_same() -> None:
    def burn() -> None:
        until = time.thread_time() + 0.1
        while time.thread_time() < until:
            pass

    before = cpu_s(os.getpid())
    worker = threading.Thread(target=burn)
    worker.start()
    worker.join()
    after = cpu_s(os.getpid())
    assert after - before >= 0.1


def test_what_has_gone_has_no_clock() -> None:
    with pytest.raises(ProcessLookupError):
        cpu_s(GONE)
    assert reaped_s(GONE) == 0.0
    assert resident(GONE) == 0
    assert resident(os.getpid()) > 1 << 20
