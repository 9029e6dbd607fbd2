"""What the gateway holds of the journal: give it an entry, hear when that is durable.

1. `append` costs one encoding and no system call; everything appended in one pass of the loop goes
   to the writer process in one write. Writes are GATHER_S apart: the first entry after a pause
   leaves at once, under load a commit carries what came meanwhile.
2. An entry is durable only when its callback hears None. Until then it is kept here and sent again
   to the next writer should this one die; its number keeps it from being written twice. A verdict
   that hears `Repeated` has a row and counts for nothing: another gateway's stands.
3. What waits is bounded in entries and bytes. When full, `append` refuses: the restriction did not
   happen. It is `RecordBusy`, for load alone must not let through what is known to be bad.
4. What has not left when this process stood still is refused in the same way: another gateway may
   have decided it meanwhile, and what never left here can still be told apart from what did.
5. A writer that says nothing while something waits is killed, and another one gets what waits
   (`silence`): stopped or stuck, it would keep every restriction from being recorded.
6. A caller that stops waiting does not take its entry back: the record may hold a decision that
   never left, but never lacks one that did.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import msgspec

from gateway.record.chain import Head
from gateway.record.entry import ENTRY_BYTES, FRAME, Ack, Entry
from gateway.record.link import Habits, Link, WriterProcess
from gateway.record.silence import PATIENCE_S, Silence
from gateway.record.where import Where, as_where
from seawall.errors import OurFault, RecordBusy, RecordUnavailable, Repeated, SeawallError

__all__ = ["Done", "Journal"]

Done = Callable[[SeawallError | None], None]
"""Called in the loop, once: None when durable, else why it never will be or does not count."""

_LOG = logging.getLogger("seawall.record")
_ENCODE = msgspec.msgpack.Encoder().encode
_GREETING_S = 10.0
_BACKOFF_S = 0.05
_BACKOFF_MAX_S = 2.0
_HEALTHY_S = 1.0
_LAST_WORDS_S = 1.0
_STILL_S = 1.0
"""From an append to its flush are milliseconds: who took so long stood still."""
GATHER_S = 0.004
"""A commit costs as much as thirty of its rows, and whoever waits for one waits for the disk."""


class _Waiting(NamedTuple):
    frame: bytes
    done: Done | None
    since: float


class Journal:
    """The journal of one gateway process: one chain, one writer process beside it."""

    def __init__(
        self,
        where: Where | Path,
        *,
        entries: int = 8192,
        size_bytes: int = 32 << 20,
        wait_ms: float = 15.0,
        spill_mb: float = 1024.0,
        heads_s: float = 60.0,
        patience_s: float = PATIENCE_S,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Take how much may wait here, the writer's habits, and a monotonic clock.

        `wait_ms` is how long the database may take before the spill answers, `spill_mb` what the
        spill may hold, `heads_s` how often the chain's end is published, `patience_s` how long the
        writer may be silent while something waits.
        """
        self.writer = uuid4().hex
        self.head = Head()
        self.restarts = 0
        self.ends = {"died": 0, "silent": 0}
        """Writers that ended by themselves, and that were killed for their silence."""
        self.spilled = 0
        self.full = False
        """Whether the spill took no more when the writer was last heard."""
        self.lost = 0
        """Rows that were durable and are gone: the database was replaced by an older one."""
        self._habits = Habits(wait_ms, spill_mb, heads_s)
        self._where = as_where(where)
        self._entries = entries
        self._size_bytes = size_bytes
        self._waiting: deque[_Waiting] = deque()
        self._waiting_bytes = 0
        self._first = 1  # the number of the leftmost of _waiting
        self._out: list[bytes] = []
        self._flushing = False
        self._clock = clock
        self._silence = Silence(patience_s)
        self._appended_at = 0.0  # the first entry of _out
        self._flushed_at = -GATHER_S
        self._process: WriterProcess | None = None
        self._link: Link | None = None  # None until the writer has greeted
        self._drained = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._stopping = False

    async def start(self) -> None:
        """Spawn the writer; return when it has greeted. Call from the main thread.

        Raises RecordUnavailable when it does not within ten seconds.
        """
        self._loop = asyncio.get_running_loop()
        first = await self._spawn()
        self._task = self._loop.create_task(self._supervise(first), name="journal")
        self._task.add_done_callback(self._supervised)

    async def stop(self, deadline_s: float = 5.0) -> None:
        """Refuse new entries, wait for the durability of the rest, end the writer.

        What is not durable at the deadline hears RecordUnavailable.
        """
        self._stopping = True
        try:
            async with asyncio.timeout(deadline_s):
                while self._waiting:
                    self._drained.clear()
                    await self._drained.wait()
        except TimeoutError:
            _LOG.error("journal stopped with %d entries not durable", len(self._waiting))
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        if self._process is not None:  # the task was cancelled before it ran at all
            self._link, process, self._process = None, self._process, None
            await process.end()
        self._forsake("the journal was stopped")

    def append(self, entry: Entry, done: Done) -> None:
        """Send an entry to the writer; `done` hears when it is durable.

        Raises RecordBusy when too much waits already, RecordUnavailable when the journal was
        stopped, OurFault when the entry cannot be written down at all.
        """
        if self._stopping or self._task is None:
            raise RecordUnavailable("the journal is not running")
        try:
            body = _ENCODE(entry)
        except (TypeError, ValueError, OverflowError) as error:
            raise OurFault(f"an entry cannot be recorded: {error}") from error
        size = len(body) + FRAME.size
        if size > ENTRY_BYTES:
            raise OurFault(f"an entry of {size} bytes cannot be recorded")
        waiting = self._waiting
        if len(waiting) >= self._entries or self._waiting_bytes + size > self._size_bytes:
            raise RecordBusy(f"{len(waiting)} entries wait for the journal already")
        frame = FRAME.pack(len(body), self._first + len(waiting)) + body
        waiting.append(_Waiting(frame, done, self._loop.time()))
        self._waiting_bytes += size
        if self._link is not None:
            self._out.append(frame)
            if not self._flushing:
                self._flushing = True
                now = self._appended_at = self._clock()
                wait_s = self._flushed_at + GATHER_S - now
                if wait_s > 0:
                    self._loop.call_later(wait_s, self._flush)
                else:
                    self._loop.call_soon(self._flush)

    async def record(self, entry: Entry, deadline_s: float) -> None:
        """Append and wait. Raises RecordUnavailable when it is not durable by the deadline."""
        future: asyncio.Future[None] = self._loop.create_future()

        def done(error: SeawallError | None) -> None:
            if future.done():
                return
            if error is None:
                future.set_result(None)
            else:
                future.set_exception(error)

        self.append(entry, done)
        try:
            async with asyncio.timeout(deadline_s):
                await future
        except TimeoutError as error:
            raise RecordUnavailable(f"not durable within {deadline_s} s") from error

    @property
    def alive(self) -> bool:
        """Whether a writer is there and listening."""
        return self._link is not None

    @property
    def pending(self) -> int:
        """Entries that are not durable yet."""
        return len(self._waiting)

    @property
    def pid(self) -> int | None:
        """The writer's process id, None while there is none."""
        return None if self._process is None else self._process.pid

    def lag(self) -> float:
        """Return how long the oldest pending entry has waited, in seconds; 0 when none does."""
        return self._loop.time() - self._waiting[0].since if self._waiting else 0.0

    def _flush(self) -> None:
        self._flushing = False
        out, self._out = self._out, []
        if self._link is None or not out:
            return
        self._flushed_at = self._clock()
        if self._flushed_at - self._appended_at > _STILL_S:
            self._withdraw(len(out))
        else:
            self._link.write(b"".join(out))

    def _withdraw(self, count: int) -> None:
        """Refuse the latest entries, which have not left: see rule 4."""
        withdrawn = [self._waiting.pop() for _ in range(count)]
        self._waiting_bytes -= sum(len(frame) for frame, _, _ in withdrawn)
        if not self._waiting:
            self._drained.set()
        for _, done, _ in reversed(withdrawn):
            self._tell(done, RecordBusy("this process stood still"))

    def _acked(self, ack: Ack) -> None:
        for n in ack.repeats:
            self._refuse(n, Repeated("another gateway's verdict stands on the message"))
        for n in ack.refused:
            what = f"an entry cannot be recorded: {ack.why}"
            self._refuse(n, RecordUnavailable(what) if ack.full else OurFault(what))
        count = ack.n - self._first + 1
        if count > len(self._waiting):
            raise OurFault(f"the writer claims entry {ack.n}, which was never sent")
        self.spilled, self.full, self.lost = ack.spilled, ack.full, max(self.lost, ack.lost)
        if ack.head.seq > self.head.seq:  # a writer that has not reached the database knows none
            self.head = ack.head
        for _ in range(count):
            self._drop(None)
        while self._waiting and self._waiting[0].done is None:
            self._drop(None)
        if not self._waiting:
            self._drained.set()

    def _refuse(self, n: int, error: SeawallError) -> None:
        place = n - self._first
        if 0 <= place < len(self._waiting):
            frame, done, since = self._waiting[place]
            self._waiting_bytes -= len(frame)
            self._waiting[place] = _Waiting(b"", None, since)
            self._tell(done, error)

    def _drop(self, error: SeawallError | None) -> None:
        frame, done, _ = self._waiting.popleft()
        self._first += 1
        self._waiting_bytes -= len(frame)
        self._tell(done, error)

    def _tell(self, done: Done | None, error: SeawallError | None) -> None:
        if done is None:
            return
        try:
            done(error)
        except Exception as failure:  # as the loop does: one caller's bug is not the next one's
            context = {"message": "a journal callback failed", "exception": failure}
            self._loop.call_exception_handler(context)

    def _forsake(self, why: str) -> None:
        while self._waiting:
            self._drop(RecordUnavailable(why))

    async def _spawn(self) -> WriterProcess:
        """Start a writer and send it what waits. Raises RecordUnavailable."""
        try:
            process = await WriterProcess.start(self._where, self.writer, self._acked, self._habits)
        except OSError as error:  # no descriptor, no process, no memory to be had
            raise RecordUnavailable(f"the journal's writer cannot be started: {error}") from error
        link = process.link
        try:
            await asyncio.wait(
                (link.greeted, link.closed),
                timeout=_GREETING_S,
                return_when=asyncio.FIRST_COMPLETED,
            )
        except asyncio.CancelledError:
            await process.end()
            raise
        if not link.greeted.done():
            if not link.closed.done():
                process.kill()
            status = await process.end()
            raise RecordUnavailable(f"the journal's writer did not start (exit status {status})")
        self._out.clear()
        self._process, self._link = process, link
        link.write(b"".join(waiting.frame for waiting in self._waiting))
        return process

    async def _supervise(self, process: WriterProcess) -> None:
        """Keep a writer running until cancelled."""
        failures = 0
        while True:
            began = self._loop.time()
            hung = False
            try:
                hung = await self._hangs(process)
            finally:
                self._link = None
                status = await process.end()
                self._process = None
            failures = 0 if self._loop.time() - began > _HEALTHY_S else failures + 1
            self.ends["silent" if hung else "died"] += 1
            if not hung:
                _LOG.error("journal writer died with exit status %d", status)
            process, failures = await self._respawn(failures)

    async def _hangs(self, process: WriterProcess) -> bool:
        """Wait for a writer's end, or kill it when it hangs; say whether it did."""
        link, silence = process.link, self._silence
        silence.begin(self._loop.time(), link.heard)
        while not link.closed.done():
            await asyncio.wait((link.closed,), timeout=silence.look_s)
            if not silence.look(self._loop.time(), link.heard, bool(self._waiting)):
                continue
            _LOG.error(
                "journal writer %d said nothing for %.1f s while %d entries waited: "
                "it is killed and another one started",
                process.pid,
                silence.silent_s,
                len(self._waiting),
            )
            silence.replaced()
            process.kill()
            await asyncio.wait((link.closed,), timeout=_LAST_WORDS_S)
            return True
        return False

    async def _respawn(self, failures: int) -> tuple[WriterProcess, int]:
        while True:
            await asyncio.sleep(min(_BACKOFF_MAX_S, _BACKOFF_S * 2 ** min(failures, 10)))
            self.restarts += 1
            try:
                return await self._spawn(), failures
            except RecordUnavailable as error:
                failures += 1
                _LOG.error("%s", error)

    def _supervised(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._stopping = True
            context = {"message": "the journal's supervision failed", "exception": error}
            self._loop.call_exception_handler(context)
            self._forsake("the journal's supervision failed")
