"""One model's lane: its queue, its worker process, and what happens when that one fails.

1. A lane per model, a process per lane: a slow model never stands before a fast one, and what ends
   one worker ends nothing else.
2. All that is asked in one pass of the loop leaves in one write.
3. A worker that dies, is silent too long while asked, or says what cannot be (garbage, an id nobody
   asked, an answer twice, another detector's signal) is ended. What waited for it is `down` at
   once and is never asked again; the next worker starts empty, after a growing pause.
4. A model that cannot be loaded says why. That is kept for `/readyz`, the pause grows to half a
   minute, and everything else goes on.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections import deque
from typing import NamedTuple

import msgspec

from detectors.models.unit import Unit
from workers.link import Link
from workers.queue import DOWN, ERROR, FULL, QUIET, TIMEOUT, Done, Heard, Queue
from workers.spawn import spawn
from workers.stats import Stats
from workers.table import Model
from workers.units import Asked, Greeting, Load, Told, frame, signal

__all__ = ["Lane"]

_LOG = logging.getLogger("seawall.workers")
_ENCODE = msgspec.msgpack.Encoder().encode
_TOLD = msgspec.msgpack.Decoder(Told).decode
_GREETING = msgspec.msgpack.Decoder(Greeting).decode
_BACKOFF_S = (0.05, 2.0, 30.0)
_LIVED_LONG_S = 5.0
_END_S = 1.0


class _Frame(NamedTuple):
    """What left: its number, its last unit (0 where it has none), and when."""

    n: int
    last: int
    at: float


class Lane:
    """One model in one process, kept alive. Create it in the loop that uses it."""

    def __init__(self, model: Model) -> None:
        """Take the line of the table that describes the model."""
        self.model = model
        self.version = ""
        self.problem = "is starting"
        self.stats = Stats(model.name)
        self.settled = asyncio.Event()
        """Set once the first worker is ready, or has failed."""
        self._loop = asyncio.get_running_loop()
        self._queue = Queue(self._loop, model.units, model.size_bytes)
        self._out: list[Unit] = []
        self._until: list[float] = []
        self._flushing = False
        self._sent = 0
        self._unanswered: deque[_Frame] = deque()
        self._heard_at = 0.0
        self._link: Link | None = None
        self._greeting: Greeting | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._ready = False
        self._failures = 0
        self._task: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The worker's process id, None while there is none."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    @property
    def ready(self) -> bool:
        """Whether a worker is there and has loaded its model."""
        return self._ready

    def ask(self, text: str, lang: str, surface: str, until: float, done: Done) -> None:
        """Ask about one text; see `TextWorkers.ask`."""
        stats, now = self.stats, self._loop.time()
        stats.asked += 1
        if not self._ready:
            stats.down += 1
            self._loop.call_soon(self._queue.tell, done, DOWN)
            return
        if until <= now:
            stats.timeout += 1
            self._loop.call_soon(self._queue.tell, done, TIMEOUT)
            return
        number = self._queue.add(len(text) * 4, until, done, now)
        if number < 0:
            stats.full += 1
            self._loop.call_soon(self._queue.tell, done, FULL)
            return
        self._out.append(Unit(number, text, lang, surface))
        self._until.append(until)
        if not self._flushing:
            self._flushing = True
            self._loop.call_soon(self._flush)

    def measured(self) -> Stats:
        """Return the counts so far, with what waits at this moment."""
        stats, queue = self.stats, self._queue
        return msgspec.structs.replace(
            stats,
            timeout=stats.timeout + queue.timeouts,
            units=len(queue),
            bytes=queue.bytes,
            age_s=queue.age_s(self._loop.time()),
            ready=self._ready,
        )

    def start(self) -> None:
        """Keep a worker running until `close`. Call from the main thread."""
        self._task = self._loop.create_task(self._run(), name=f"worker {self.model.name}")
        self._task.add_done_callback(self._ended)

    async def close(self) -> None:
        """End the worker at once: it holds nothing that would be lost."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait((self._task,))
            self._task = None
        if self._process is not None and self._process.returncode is None:
            await self._reap(self._process, gone=False)
        self._process = None

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            what = f"the {task.get_name()} is looked after no more"
            self._loop.call_exception_handler({"message": what, "exception": error})

    async def _run(self) -> None:
        """Keep a worker running until cancelled."""
        try:
            while True:
                began = self._loop.time()
                self.problem = await self._life()
                self.settled.set()
                lived_long = self.version and self._loop.time() - began > _LIVED_LONG_S
                self._failures = 0 if lived_long else self._failures + 1
                self.stats.restarts += 1
                _LOG.error("worker of %s ended: %s", self.model.name, self.problem)
                await asyncio.sleep(self._pause_s())
        finally:
            self.problem = "was stopped"
            self._ready = False
            self.settled.set()

    def _pause_s(self) -> float:
        first, most, unloadable = _BACKOFF_S
        if self._greeting is not None and self._greeting.problem:
            most = unloadable
        return min(most, first * 2.0 ** min(max(self._failures - 1, 0), 10))

    async def _life(self) -> str:
        """Live one worker's life; return why it ended."""
        self._greeting = None
        try:
            self._process, sock = await spawn(self.model.memory_mb)
        except OSError as error:  # no descriptor, no process, no memory to be had
            return f"cannot be started: {error.strerror}"
        try:
            with sock:
                why = await self._served(sock)
        finally:
            self._ready = False
            self._link = None
            self._forget()
        status = await self._reap(self._process, gone=not why)
        if self._greeting is not None and self._greeting.problem:
            why = self._greeting.problem
        return why or f"ended with status {status}"

    async def _served(self, sock: socket.socket) -> str:
        """Talk with a worker until it is gone (then "") or must go (then why)."""
        _, link = await self._loop.create_unix_connection(lambda: Link(self._arrived), sock=sock)
        try:
            model = self.model
            link.write(frame(_ENCODE(Load(model.where, model.options, model.batch))))
            self._link, self._heard_at = link, self._loop.time()
            return await self._watch(link)
        finally:
            link.abort()

    async def _watch(self, link: Link) -> str:
        """Wait for the end of a life; look now and then whether there still is one."""
        model = self.model
        while not link.closed.done():
            await asyncio.wait((link.closed,), timeout=model.patience_s / 4)
            now = self._loop.time()
            if not self._ready:
                if now - self._heard_at > model.start_s and not link.closed.done():
                    return f"did not start within {model.start_s:g} s"
            elif self._unanswered:
                since = max(self._unanswered[0].at, self._heard_at)
                if now - since > model.patience_s and not link.closed.done():
                    self.stats.hung += 1
                    return f"said nothing for {model.patience_s:g} s"
            elif now - self._heard_at > model.patience_s / 2:
                self._send([], [])  # a sign of life is asked for
        if why := link.closed.result():
            self.stats.lies += 1
            return f"said what cannot be: {why}"
        return ""

    async def _reap(self, process: asyncio.subprocess.Process, *, gone: bool) -> int:
        """Wait for a process that is gone, or will be in a moment; else kill it."""
        if gone:
            try:
                async with asyncio.timeout(_END_S):
                    return await process.wait()
            except TimeoutError:
                _LOG.warning("worker of %s has closed its socket but lives on", self.model.name)
        if process.returncode is None:
            process.kill()
        return await process.wait()

    def _forget(self) -> None:
        """Tell everybody who waits that the worker is gone."""
        self._out, self._until = [], []
        self._unanswered.clear()
        self.stats.down += self._queue.settle_all(DOWN)

    def _flush(self) -> None:
        self._flushing = False
        units, self._out = self._out, []
        until, self._until = self._until, []
        if units and self._ready:
            self._send(units, until)

    def _send(self, units: list[Unit], until: list[float]) -> None:
        link = self._link
        if link is None:
            return
        self._sent += 1
        try:
            body = _ENCODE(Asked(self._sent, units, until))
        except UnicodeEncodeError:  # half a surrogate pair is no text
            sound = [_is_text(unit.text) for unit in units]
            for unit, good in zip(units, sound, strict=True):
                if not good:
                    self.stats.error += self._queue.settle(unit.id, ERROR)
            until = [each for each, good in zip(until, sound, strict=True) if good]
            units = [unit for unit, good in zip(units, sound, strict=True) if good]
            body = _ENCODE(Asked(self._sent, units, until))
        last = units[-1].id if units else 0
        self._unanswered.append(_Frame(self._sent, last, self._loop.time()))
        link.write(frame(body))

    def _arrived(self, body: bytes) -> None:
        """Take one frame in. Raises ValueError for what no honest worker says."""
        self._heard_at = self._loop.time()
        if self._greeting is None:
            self._greet(_GREETING(body))
            return
        if not self._ready:
            return
        told = _TOLD(body)
        if told.n > self._sent:
            raise ValueError("an answer to a frame that was not sent")
        self._settle(told)
        last = 0
        while self._unanswered and self._unanswered[0].n <= told.n:
            last = self._unanswered.popleft().last or last
        if self._queue.oldest() <= last:
            raise ValueError("texts are left over of a frame it is through with")

    def _greet(self, greeting: Greeting) -> None:
        self._greeting = greeting
        if greeting.problem:
            return  # it ends by itself
        self.version, self.problem = greeting.version, ""
        self._ready = True
        self.settled.set()

    def _settle(self, told: Told) -> None:
        queue, stats, settle = self._queue, self.stats, self._queue.settle
        judged = len(told.quiet) + len(told.spoke)
        for number in told.quiet:
            if not settle(number, QUIET):
                raise ValueError("an answer nobody waits for")
        for number, heard in told.spoke:
            for each in heard:
                if not each.name.startswith(self.model.prefix):
                    raise ValueError("a signal of another detector")
            signals = tuple([signal(each, self.model.name) for each in heard])
            if not settle(number, Heard(signals)):
                raise ValueError("an answer nobody waits for")
        stats.answered += judged
        for number in told.overdue:
            stats.timeout += queue.owed(number)
            if not settle(number, TIMEOUT):
                raise ValueError("an answer nobody waits for")
        for number in told.failed:
            if not settle(number, ERROR):
                raise ValueError("an answer nobody waits for")
        stats.error += len(told.failed)
        stats.overdue += len(told.overdue)
        if judged or told.failed:
            stats.batches += 1
            stats.batch_units += judged + len(told.failed)
            stats.judged_s += min(told.took_us / 1e6, 3600.0)


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
