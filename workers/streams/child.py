"""A process kept alive: started, watched, ended when it is stuck, started again after a pause.

1. What it says is its `Face`'s; a ValueError of that ends the process, as silence does.
2. One that lived is replaced at once. Then the pause grows from 50 ms to 2 s, and to half a minute
   where it says that it never will be able.
3. What it was doing when it ended is never told to the next one: `Face.ended` settles it.
4. A process that waits can be handed over (`hand`): another child takes its next one from there.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol

from workers.spawn import environment
from workers.streams.pipe import Pipe

__all__ = ["Child", "Face", "Process"]

_LOG = logging.getLogger("seawall.workers")
_FIRST_PAUSE_S, _MOST_PAUSE_S, _UNABLE_PAUSE_S = 0.05, 2.0, 30.0
_LIVED_LONG_S = 10.0
_END_S = 1.0
_LOOK_S = 0.25
_HANDED = "handed"

Process = tuple[asyncio.subprocess.Process, socket.socket]
"""A process, and our end of its socket."""


class Face(Protocol):
    """What a process says and is told. Everything is called in the loop."""

    def prepare(self) -> None:
        """Make ready for a process that is about to be started. Raises OSError."""

    def began(self, pipe: Pipe) -> None:
        """Greet a process that was just started."""

    def arrived(self, body: bytes) -> None:
        """Take one frame of it. Raises ValueError for what no honest one says."""

    def overdue(self, now: float) -> str:
        """Return why it must be ended, "" for no reason. `now` is the loop's time."""

    def ended(self) -> None:
        """Note that it is gone."""

    @property
    def unable(self) -> str:
        """Return what it said it lacks for good, "" for nothing."""


class Child:
    """One process, again and again. Create it in the loop that uses it."""

    def __init__(
        self,
        name: str,
        module: str,
        arguments: Sequence[str],
        face: Face,
        spare: Callable[[], Process | None] = lambda: None,
    ) -> None:
        """Take the module that is run, and its arguments besides `--fd` and `--parent`.

        `spare` gives a process that was started before, None where one is to be started.
        """
        self.name = name
        self.problem = "is starting"
        """Why it cannot be used; stays as it was while it can."""
        self.settled = asyncio.Event()
        """Set once the first process can be used, or has ended."""
        self.ends: dict[str, int] = {}
        """How many processes ended, by how: `died`, `stuck`, `lied`, `unable`, `unstarted`."""
        self._module = module
        self._arguments = tuple(arguments)
        self._face = face
        self._spare = spare
        self._loop = asyncio.get_running_loop()
        self._process: asyncio.subprocess.Process | None = None
        self._pipe: Pipe | None = None
        self._over: asyncio.Future[tuple[str, str]] | None = None
        self._failures = 0
        self._task: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The process's id, None while there is none."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    def start(self) -> None:
        """Keep a process running until `close`. Call from the main thread."""
        self._task = self._loop.create_task(self._run(), name=f"worker {self.name}")
        self._task.add_done_callback(self._stopped)

    async def close(self) -> None:
        """End the process at once: it holds nothing that would be lost."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait((self._task,))
            self._task = None
        if self._process is not None and self._process.returncode is None:
            await self._reap(self._process, gone=False)
        self._process = None

    def end(self, why: str, how: str = "stuck") -> None:
        """End the process that runs now: it is of no use."""
        if self._over is not None and not self._over.done():
            self._over.set_result((how, why))

    def hand(self) -> Process | None:
        """Give the process that runs now away, and start no other; None where none runs."""
        process, pipe = self._process, self._pipe
        over = self._over
        if process is None or pipe is None or over is None or over.done() or not pipe.is_open:
            return None
        self._process = self._pipe = None
        over.set_result((_HANDED, ""))
        return process, pipe.detach()

    def yield_to_us(self, nice: int) -> None:
        """Have the process that runs now, with all its threads, yield to others by so much.

        A thread that yields by more already is left as it is.
        """
        pid = self.pid
        if pid is None:
            return
        with suppress(OSError):  # it is gone, which its socket tells; or this is no Linux
            for thread in map(int, os.listdir(f"/proc/{pid}/task")):
                if os.getpriority(os.PRIO_PROCESS, thread) < nice:
                    os.setpriority(os.PRIO_PROCESS, thread, nice)

    def _heard_end(self, why: str) -> None:
        self.end(f"said what cannot be: {why}" if why else "", "lied" if why else "died")

    def _stopped(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            what = f"the {task.get_name()} is looked after no more"
            self._loop.call_exception_handler({"message": what, "exception": error})

    async def _run(self) -> None:
        try:
            while True:
                began = self._loop.time()
                how, self.problem = await self._life()
                if how == _HANDED:
                    return
                self.ends[how] = self.ends.get(how, 0) + 1
                self.settled.set()
                if self._loop.time() - began > _LIVED_LONG_S and how != "unable":
                    self._failures = 0
                self._failures += 1
                _LOG.error("%s process ended: %s", self.name, self.problem)
                await asyncio.sleep(self._pause_s(how))
        finally:
            self.problem = "was stopped"
            self.settled.set()

    def _pause_s(self, how: str) -> float:
        if how != "unable" and self._failures == 1:
            return 0.0
        most = _UNABLE_PAUSE_S if how == "unable" else _MOST_PAUSE_S
        return min(most, _FIRST_PAUSE_S * 2.0 ** min(self._failures - 1, 10))

    async def _life(self) -> tuple[str, str]:
        """Live one process's life; return how and why it ended."""
        try:
            self._face.prepare()
            self._process, sock = self._spare() or await self._spawn()
        except OSError as error:  # no descriptor, no process, no memory to be had
            return "unstarted", f"cannot be started: {error.strerror}"
        over: asyncio.Future[tuple[str, str]] = self._loop.create_future()
        self._over = over
        self._pipe = pipe = Pipe(sock, self._face.arrived, self._heard_end)
        try:
            self._face.began(pipe)
            while not over.done():
                await asyncio.wait((over,), timeout=_LOOK_S)
                if not over.done() and (overdue := self._face.overdue(self._loop.time())):
                    self.end(overdue)
        finally:
            self._over = self._pipe = None
            pipe.close()
            self._face.ended()
        how, why = over.result()
        if how == _HANDED:
            return how, why
        status = await self._reap(self._process, gone=not why)
        if self._face.unable:
            return "unable", self._face.unable
        return how, why or f"ended with status {status}"

    async def _spawn(self) -> Process:
        """Start the process; its parent-death signal follows the thread that spawns it."""
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-P", "-m", self._module, "--fd", str(theirs.fileno())),
                    *("--parent", str(os.getpid()), *self._arguments),
                    pass_fds=(theirs.fileno(),),
                    env=environment(),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=asyncio.subprocess.DEVNULL,
                )
        except BaseException:
            ours.close()
            raise
        return process, ours

    async def _reap(self, process: asyncio.subprocess.Process, *, gone: bool) -> int:
        """Wait for a process that is gone, or will be in a moment; else kill it."""
        if gone:
            try:
                async with asyncio.timeout(_END_S):
                    return await process.wait()
            except TimeoutError:
                _LOG.warning("%s process has closed its socket but lives on", self.name)
        if process.returncode is None:
            process.kill()
        return await process.wait()
