"""Work is charged to whoever did it, also when it has ended by the time one looks."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bench.generator import Target
from bench.peers.process import Process, environment
from bench.shapes.system import System
from bench.systems.weighing import Neighbours, Scale

NEVER_S = 15.0
WORK = """
import subprocess, sys, threading, time
def burn(seconds):
    until = time.thread_time() + seconds
    while time.thread_time() < until: pass
print('there', flush=True)
sys.stdin = open('{fifo}')
sys.stdin.readline()
worker = threading.Thread(target=burn, args=(0.2,)); worker.start(); worker.join()
code = 'import time\\nwhile time.process_time() < 0.3: pass'
subprocess.run([sys.executable, '-I', '-S', '-c', code])
print('done', flush=True)
sys.stdin.readline()
"""


@contextmanager
def worker(fifo: str) -> Iterator[Process]:
    os.mkfifo(fifo)
    code = WORK.replace("{fifo}", fifo)
    process = Process("it", [sys.executable, "-I", "-S", "-c", code], environment())
    try:
        process.line(lambda line: line == "there" or None, NEVER_S)
        yield process
    finally:
        process.stop()


@pytest.mark.parametrize("sample_s", [0.01, 60.0])
def test_ended_threads_and_ended_processes_have_worked_too(
    tmp_path: object, sample_s: float
) -> None:
    fifo = f"{tmp_path}/go"
    with worker(fifo) as process:
        scale = Scale(System("it", (Target(1, "/"),), {"gateway": (process.pid,)}), sample_s)
        with open(fifo, "w") as go:
            scale.begin()
            print("go", file=go, flush=True)
            process.line(lambda line: line == "done" or None, NEVER_S)
            found = {usage.role: usage for usage in scale.end(1000)}
    own, other = found["gateway"], found["other"]
    assert 0.2 <= own.cpu_s < 0.3
    assert own.cpu_us_per_message == pytest.approx(own.cpu_s * 1000)
    assert 0.25 <= other.cpu_s < 0.5
    assert own.processes == 1
    assert other.processes == 0
    assert 0 < own.rss_before <= own.rss_peak


def test_our_own_work_is_nobody_elses() -> None:
    noise = Neighbours()
    noise.begin()
    began, used = time.monotonic(), time.process_time()
    while time.process_time() < used + 0.3:
        pass
    found = noise.end()
    cores = os.cpu_count() or 1
    busy_at_most = 1 - (time.process_time() - used) / (time.monotonic() - began) / cores
    assert 0 <= found.others <= busy_at_most + 0.1
    assert found.steal >= 0
    assert found.load >= 0


def test_somebody_elses_work_is_seen(tmp_path: object) -> None:
    """A process that is not below us: its parent has gone."""
    code = "import time\nwhile time.process_time() < 0.5: pass"
    orphan = (
        "import subprocess, sys\n"
        f"child = subprocess.Popen([sys.executable, '-I', '-S', '-c', {code!r}])\n"
        "print(child.pid, flush=True)"
    )
    noise = Neighbours()
    noise.begin()
    began = time.monotonic()
    process = Process("it", [sys.executable, "-I", "-S", "-c", orphan], environment())
    try:
        pid = process.line(int, NEVER_S)
        while os.path.exists(f"/proc/{pid}") and time.monotonic() < began + NEVER_S:
            os.sched_yield()
    finally:
        process.stop()
    passed = (time.monotonic() - began) * (os.cpu_count() or 1)
    assert noise.end().others * passed > 0.3
