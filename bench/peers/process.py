"""A server's process: started, tethered to ours, its last log lines kept, pinned, stopped.

1. Started from the main thread it dies with us, even when we are killed. From another thread it
   does not: the kernel's parent-death signal follows the thread, which may end long before us.
2. It is in a session of its own: a terminal's Ctrl-C is for us, who then stop it in order.
3. Nothing of it is left behind: what it has started it stops itself, or dies with its session.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from gateway.state import tether

__all__ = ["NotStarted", "Process", "cores", "environment", "pin"]

_ROOT = Path(__file__).resolve().parents[2]
_LOG_LINES = 500
_SHOWN = 20
_STOP_S = 15.0

Found = TypeVar("Found")


class NotStarted(RuntimeError):
    """A server that did not come up: why, and the last lines it wrote."""


class Process:
    """One running process. `log` keeps the last lines of what it writes, stderr included."""

    def __init__(self, name: str, command: Sequence[str], environ: Mapping[str, str]) -> None:
        """Start it. Raises OSError where there is no such program."""
        self.name = name
        self.log: deque[str] = deque(maxlen=_LOG_LINES)
        if threading.current_thread() is threading.main_thread():
            tied = (sys.executable, "-I", "-S", str(Path(tether.__file__)), str(os.getpid()))
            command = (*tied, *command)
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=dict(environ),
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self._news = threading.Condition()
        self._ended = False
        self._lines: list[str] | None = []  # None once nobody waits for a line any more
        self._reader = threading.Thread(target=self._read, name=f"log of {name}", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def line(self, found: Callable[[str], Found | None], within_s: float) -> Found:
        """Wait for a line in which something is found; return that. Raises NotStarted.

        Lines are looked at once: ask for what is written first, first.
        """
        with self._news:
            while True:
                while self._lines:
                    if (what := found(self._lines.pop(0))) is not None:
                        return what
                if self._ended:
                    raise self.failed(f"ended with status {self._process.wait()}")
                if not self._news.wait(within_s):
                    raise self.failed(f"said nothing for {within_s:g} s")

    def failed(self, why: str) -> NotStarted:
        """Return the error that tells why and shows the end of the log."""
        lines = "\n".join(f"  {line}" for line in list(self.log)[-_SHOWN:])
        return NotStarted(f"{self.name} did not start: {why}" + (f"\n{lines}" if lines else ""))

    def started(self) -> None:
        """Nobody waits for lines from now on: keep the last ones only."""
        with self._news:
            self._lines = None

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    def stop(self) -> int:
        """End it and wait until it is gone; return its exit status."""
        if self.alive:
            self._process.send_signal(signal.SIGCONT)  # whoever was paused cannot end
            self._process.terminate()
            if not self._ends():
                self._process.kill()
            os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
            with suppress(ProcessLookupError):  # not reaped yet: the number is still its own
                os.killpg(self.pid, signal.SIGKILL)
        status = self._process.wait()
        self._reader.join(_STOP_S)
        if self._process.stdout is not None:
            self._process.stdout.close()
        return status

    def _ends(self) -> bool:
        until = time.monotonic() + _STOP_S
        looked = os.WEXITED | os.WNOWAIT | os.WNOHANG
        while os.waitid(os.P_PID, self.pid, looked) is None:
            if time.monotonic() > until:
                return False
            time.sleep(0.005)
        return True

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._news:
                self.log.append(line.rstrip("\n"))
                if self._lines is not None:
                    self._lines.append(line.rstrip("\n"))
                    self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment of a child: our folders to import from, no settings but those given.

    One thread for numeric libraries, unless somebody chose otherwise.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SEAWALL_")}
    paths = [str(_ROOT), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    kept["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(paths))
    kept["PYTHONUNBUFFERED"] = "1"
    return {**kept, **(more or {})}


def cores(servers: int = 1) -> tuple[list[set[int]], set[int]]:
    """Return the core of each server, and those for all that helps them; empty: leave them alone.

    The generator has the last core. Where there are fewer cores than that takes, helpers share
    with the generator and servers with each other.
    """
    allowed = sorted(os.sched_getaffinity(0))
    there = len(allowed)
    if there < 2:
        return [set() for _ in range(servers)], set()
    own = servers if there >= servers + 2 else 1
    helpers = set(allowed[own:-1]) or {allowed[-1]}
    return [{allowed[at % own]} for at in range(servers)], helpers


def pin(pids: Iterable[int], where: set[int]) -> None:
    """Keep processes, all their threads, on these cores; on none: leave them alone."""
    for pid in pids if where else ():
        with suppress(FileNotFoundError, ProcessLookupError):
            for task in Path(f"/proc/{pid}/task").iterdir():
                os.sched_setaffinity(int(task.name), where)
