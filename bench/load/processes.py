"""Generator processes: started, pinned to the last cores, begun together, ended with us."""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from bench.load.plan import Job
from bench.load.tally import Tally

__all__ = ["GeneratorError", "Generators", "cores", "foes", "started"]

READY_S = 60.0
"""Connecting and building frames may take so long."""
START_S = 0.05
_ROOT = Path(__file__).resolve().parents[2]


class GeneratorError(RuntimeError):
    """A generator could not begin: the server refused it, or a recording is absent. One line."""


def cores(count: int) -> list[int | None]:
    """Return a core for each of so many generators: the last ones of those that we may use."""
    there = sorted(os.sched_getaffinity(0)) if len(os.sched_getaffinity(0)) > 1 else []
    everything = list(range(os.cpu_count() or 1))
    there = everything if len(everything) > len(there) else there
    if len(there) < 2:
        return [None] * count
    usable = there[1:]  # the first one is the server's
    return [usable[-1 - place % len(usable)] for place in range(count)]


class Generators:
    """Processes that are ready to begin."""

    def __init__(self, processes: Sequence[subprocess.Popen[bytes]]) -> None:
        self._processes = processes

    def begin(self) -> float:
        """Let them all begin at one moment; return it, in monotonic seconds."""
        began = time.monotonic() + START_S
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.write(b"%.9f\n" % began)
            process.stdin.flush()
        return began

    def alive(self) -> bool:
        """Say whether none has died."""
        return all(process.poll() is None for process in self._processes)

    def tallies(self, within_s: float) -> list[Tally]:
        """Wait for what each of them tells. One that died, or told nothing in time, is `broken`."""
        until = time.monotonic() + within_s
        found = []
        for process in self._processes:
            line = _line(process, until)
            found.append(_tally(line) if line else Tally(broken="a generator died"))
        return found


@contextmanager
def started(jobs: Sequence[Job]) -> Iterator[Generators]:
    """Start a generator for each job, connected and ready. Raises GeneratorError."""
    processes = [_start(job) for job in jobs]
    try:
        until = time.monotonic() + READY_S
        for process in processes:
            line = _line(process, until)
            if line != b"ready\n":
                raise GeneratorError(_tally(line).broken if line else "a generator did not start")
        yield Generators(processes)
    finally:
        for process in processes:
            _end(process)


@contextmanager
def foes(job: Job) -> Iterator[Callable[[], dict[str, float]]]:
    """Run a job's clients that misbehave, if it has any; what is yielded ends them and tells."""
    if not job.scenario.clients.hostile:
        yield dict
        return
    process = _start(job, "bench.load.hostile")
    try:
        if _line(process, time.monotonic() + READY_S) != b"ready\n":
            raise GeneratorError("the clients that misbehave did not start")

        def told() -> dict[str, float]:
            assert process.stdin is not None
            process.stdin.close()
            line = _line(process, time.monotonic() + START_S + 10)
            return msgspec.json.decode(line, type=dict[str, float]) if line else {}

        yield told
    finally:
        _end(process)


def _start(job: Job, module: str = "bench.load.worker") -> subprocess.Popen[bytes]:
    paths = [str(_ROOT), os.environ.get("PYTHONPATH", "")]
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in paths if path)},
        bufsize=0,
    )
    assert process.stdin is not None
    process.stdin.write(msgspec.json.encode(job) + b"\n")
    return process


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


def _line(process: subprocess.Popen[bytes], until: float) -> bytes:
    """Return a process's next line; nothing when it ended or the time was over."""
    assert process.stdout is not None
    with selectors.DefaultSelector() as ready:
        ready.register(process.stdout, selectors.EVENT_READ)
        parts: list[bytes] = []
        while not parts or not parts[-1].endswith(b"\n"):
            if not ready.select(max(0.0, until - time.monotonic())):
                return b""
            part = process.stdout.read(1 << 20 if parts else 64)
            if not part:
                return b""
            parts.append(part)
    return b"".join(parts)


def _tally(line: bytes) -> Tally:
    try:
        return msgspec.json.decode(line, type=Tally)
    except msgspec.DecodeError:
        return Tally(broken="a generator told what cannot be read")
