"""What waits for the database, and when it goes to the spill instead: a state machine without I/O
of its own but the spill's, and without a clock.

Two threads share it. The writer's main thread brings entries and asks what is durable (`arrived`,
`progress`); the database thread takes work and says how it went (`take`, `done`, `failed`).

1. Direct: entries go to a queue in memory. What the database has not committed after `wait_s`, or
   what waits when the database fails, is appended to the spill, and is durable by that.
2. Spilling: everything goes to the spill. The database thread reads it back in order.
3. The database thread takes from the spill as long as there is anything unread, then from the
   queue. So when little is left to read and commits are quick again, new entries may go to the
   queue behind it: direct again. Once all of it is read the file is emptied.
4. An entry may be both in the spill and in a commit that is under way. Its number keeps it from
   being written twice.
5. Where the spill takes nothing either, entries are refused: at once when the database fails, after
   `_PATIENCE` waits when it is only slow. What is refused never becomes durable: the database
   thread asks before there is no way back (`sure`), and what is beyond that is not refused, but
   waits for the word. Only a connection that breaks in the middle of a COMMIT may leave more.
6. An entry whose message another writer had decided is told as a repeat, unless it was called
   durable before that was seen. One that is spilled then is spilled bare.
7. After a refusal the spill is tried every half second: who is told that nothing can be recorded
   may send nothing any more, and must hear that something can.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Set as AbstractSet
from typing import NamedTuple

import msgspec

from gateway.record.chain import Head
from gateway.record.entry import Entry
from gateway.record.ledger import Unwanted
from gateway.record.repeats import bare
from gateway.record.spill import Spill
from seawall.errors import RecordUnavailable

__all__ = ["BATCH", "Backlog", "Pending", "Progress", "Work"]

BATCH = 1024
"""Most entries of one commit, so that none takes long."""
_PATIENCE = 10
_TRY_S = 0.5
_ENCODE = msgspec.msgpack.Encoder().encode


class Pending(NamedTuple):
    """An entry nobody has been told about. `since` is when it came, monotonic seconds."""

    n: int
    frame: bytes
    entry: Entry
    since: float


class Work(NamedTuple):
    """What the database thread has taken: entries of the queue, or frames read from the spill."""

    queued: tuple[Pending, ...] = ()
    spilled: tuple[tuple[int, bytes], ...] = ()
    end: int = 0
    frames: int = 0


class Progress(NamedTuple):
    """What can be said now: durable up to `n`, and what is refused."""

    n: int
    head: Head
    spilled: int
    refused: tuple[int, ...] = ()
    why: str = ""
    full: bool = True
    refusing: bool = False
    """Whether the next entry would be refused, as far as is known."""
    repeats: tuple[int, ...] = ()
    """Those of the durable on whose message another writer's verdict stands."""
    lost: int = 0
    """Rows that were durable and are gone: the database was replaced by an older one."""


class Backlog:
    """The entries of one chain that are not in the database yet."""

    def __init__(
        self,
        spill: Callable[[], Spill],
        wait_s: float,
        wake: Callable[[], None],
        old: Spill | None = None,
        batch: int = BATCH,
        answer: Callable[[Progress], None] | None = None,
    ) -> None:
        """Begin with what an earlier life left in `old`; `spill` opens one when there is none.

        `answer` is called by the database thread with what is durable, where the main thread has
        nothing to add to it: a wake-up less between a commit and whoever waits for it.
        """
        self.direct = old is None or old.end == 0
        self.spill = old
        self.head = Head()
        self.left = 0  # entries in the spills of dead writers, told by the database thread
        self.lost = 0
        self._open = spill
        self._wait_s = wait_s
        self._wake = wake
        self._batch = batch
        self._answer = answer
        self._durable = 0 if old is None else old.last
        self._untold: deque[Pending] = deque()
        self._retry_at = 0.0
        self._refusing = False
        self._try_at = 0.0
        # Shared by both threads, under the lock:
        self._changed = threading.Condition()
        self._queue: deque[Pending] = deque()
        self._taken: tuple[Pending, ...] = ()
        self._wanted = True  # what is taken still counts should its commit fail
        self._refused = False  # what is taken was refused: it must not be committed
        self._sure = False  # what is taken is being committed: there is no way back
        self._read_at = 0
        self._read = 0
        self._committed = 0
        self._failing = ""
        self._took_s = 0.0
        self._speaking = False  # what is taken from the two below has not been said yet
        self._bad: dict[int, str] = {}
        self._repeats: set[int] = set()
        self._spilled_to = 0
        self._stopping = False

    # The main thread's side.

    def arrived(self, entries: list[Pending]) -> None:
        """Take entries in, in the order of their numbers."""
        self._untold += entries
        if self.direct:
            with self._changed:
                self._queue += entries
                self._changed.notify()

    def progress(self, now: float) -> Progress:
        """Move on, and return what can be told. Blocks for the spill's disk where it is used.

        What the last call returned has been said by now.
        """
        with self._changed:
            committed, failing = self._committed, self._failing
            bad = {n: self._bad.pop(n) for n in list(self._bad) if n <= committed}
            self._speaking = bool(bad)
        refused, why, full = self._told(committed, bad)
        if self._untold and now >= self._retry_at and self._must_spill(now, failing):
            lost, problem = self._spill_all(now, failing)
            if lost:
                refused, why, full = refused + lost, problem, True
        elif self._refusing and now >= self._try_at:
            self._try_spill(now)
        self._settle()
        left, to, repeats = self.spilled, tuple(refused), self._told_repeats()
        return Progress(
            self._durable, self.head, left, to, why, full, self._refusing, repeats, self.lost
        )

    def _told(self, committed: int, bad: dict[int, str]) -> tuple[list[int], str, bool]:
        """Forget what is in the database, and find what it will never take."""
        refused: list[int] = []
        why = ""
        while self._untold and self._untold[0].n <= committed:
            n = self._untold.popleft().n
            if n in bad:
                refused, why = [*refused, n], bad[n]
        self._durable = max(self._durable, committed)
        return refused, why, not refused

    def _told_repeats(self) -> tuple[int, ...]:
        """Forget repeats that can be told now: they are durable."""
        if not self._repeats:
            return ()
        with self._changed:
            now = {n for n in self._repeats if n <= self._durable}
            self._repeats -= now
            self._speaking |= bool(now)
        return tuple(sorted(now))

    def _must_spill(self, now: float, failing: str) -> bool:
        return bool(failing) or not self.direct or now - self._untold[0].since >= self._wait_s

    def _spill_all(self, now: float, failing: str) -> tuple[list[int], str]:
        """Make all that waits durable in the spill; return what is refused instead, and why."""
        with self._changed:  # what is found to repeat from here on has been told as it is
            before, self._spilled_to = self._spilled_to, self._untold[-1].n
            repeats = set(self._repeats)
        try:
            if self.spill is None:
                self.spill = self._open()
            self.spill.append(
                (each.n, _ENCODE(bare(each.entry)) if each.n in repeats else each.frame)
                for each in self._untold
            )
        except RecordUnavailable as error:
            self._spilled_to = before
            return self._without_spill(now, failing, str(error))
        self._durable = self._untold[-1].n
        self._untold.clear()
        self._refusing = False
        with self._changed:
            self._queue.clear()
            self._wanted = self.direct = False
            self._took_s = float("inf")  # until the next commit shows otherwise
            self._changed.notify()
        return [], ""

    def _without_spill(self, now: float, failing: str, why: str) -> tuple[list[int], str]:
        patient = not failing and now - self._untold[0].since < self._wait_s * _PATIENCE
        self._retry_at = now + self._wait_s
        with self._changed:
            if patient:
                if not self.direct:  # the queue is behind the spill: nothing is overtaken
                    self.direct, self._queue = True, deque(self._untold)
                    self._changed.notify()
                return [], ""
            self._queue.clear()
            under_way = self._taken[-1].n if self._sure and self._taken else 0
            self._wanted, self._refused = bool(under_way), not under_way
        refused = [each.n for each in self._untold if each.n > under_way]
        self._untold = deque(each for each in self._untold if each.n <= under_way)
        if not self._untold:
            self._retry_at = 0.0
        self._refusing, self._try_at = True, now + _TRY_S
        return refused, f"{why}; the database: {failing or 'no answer in time'}"

    def _try_spill(self, now: float) -> None:
        """Find out whether entries would be taken again."""
        self._try_at = now + _TRY_S
        try:
            if self.spill is None:
                self.spill = self._open()
            self.spill.probe()
        except RecordUnavailable:
            return
        self._refusing = False

    def _settle(self) -> None:
        """Go direct again when the database has caught up; empty the file when it is read."""
        spill = self.spill
        if spill is None:
            return
        with self._changed:
            quick = not self._failing and self._took_s <= self._wait_s
            if not self.direct and not self._untold and quick and self.spilled <= self._batch:
                self.direct = True
            if spill.end and self._read_at >= spill.end:
                spill.reset()
                self._read_at = self._read = 0

    def due_s(self, now: float) -> float | None:
        """Return in how many seconds `progress` has something to do; None when only if told."""
        if not self._untold:
            return max(self._try_at - now, 0.0) if self._refusing else None
        return max(self._retry_at - now, self._untold[0].since + self._wait_s - now, 0.0)

    @property
    def spilled(self) -> int:
        """Entries that are durable in spills and not yet in the database."""
        return self.left + (0 if self.spill is None else self.spill.count - self._read)

    @property
    def unsettled(self) -> int:
        """Entries nobody has been told about."""
        return len(self._untold)

    @property
    def failing(self) -> str:
        """Why the database does not answer; empty while it does."""
        return self._failing

    def stop(self) -> None:
        """Let the database thread end."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()

    # The database thread's side.

    @property
    def stopping(self) -> bool:
        """Whether there will be nothing more."""
        return self._stopping

    def begin(self, head: Head, n: int) -> Head | None:
        """Say where the chain ends in the database, which answers.

        Return where it ended when it was seen last, if the database has that no more.
        """
        with self._changed:
            gone = self.head if _is_gone(self.head, head) else None
            self.lost += max(1, self.head.seq - head.seq) if gone else 0
            self.head, self._committed = head, max(self._committed, n)
            if not self._has_work():  # else it has to be shown that it can be written
                self._failing = ""
        self._wake()
        return gone

    def take(self, wait_s: float) -> Work | None:
        """Wait for work for so long; None when there is none. Raises RecordUnavailable."""
        with self._changed:
            if not self._has_work() and not self._stopping:
                self._changed.wait(wait_s)
            if not self._has_work():
                return None
            spill, start = self.spill, self._read_at
            if spill is None or start >= spill.end:
                queue = self._queue
                self._taken = tuple(queue.popleft() for _ in range(min(self._batch, len(queue))))
                self._wanted, self._refused, self._sure = True, False, False
                return Work(queued=self._taken)
        entries, end, frames = spill.read(start, self._batch)
        return Work(spilled=tuple(entries), end=end, frames=frames)

    def sure(self) -> None:
        """Say that what was taken is committed now. Raises Unwanted when it was refused before."""
        with self._changed:
            if self._refused:
                raise Unwanted
            self._sure = True

    def dropped(self) -> None:
        """Say that what was taken is not written, because it was refused."""
        with self._changed:
            self._taken = ()
        self._wake()

    def _has_work(self) -> bool:
        return bool(self._queue) or (self.spill is not None and self._read_at < self.spill.end)

    def repeated(self, found: AbstractSet[int]) -> set[int]:
        """Say that entries repeat another writer's verdict, before they are committed as such.

        Return those that can still be told so: of the others it was told that they are durable.
        """
        with self._changed:
            unheard = {n for n in found if n > self._spilled_to}
            self._repeats |= unheard
        return unheard

    def done(self, work: Work, head: Head, n: int, took_s: float) -> None:
        """Say that work is in the database, and how long its commit took."""
        with self._changed:
            if work.queued:
                n = max(n, work.queued[-1].n)
            self.head, self._committed = head, max(self._committed, n)
            self._failing, self._took_s = "", took_s
            self._taken, self._refusing = (), False
            if work.frames or work.end:
                self._read_at, self._read = work.end, self._read + work.frames
            plain = self.direct and not self._bad and not self.left and not self._repeats
            plain = plain and not self._speaking
            plain = plain and (self.spill is None or not self.spill.end)
        if plain and self._answer is not None:
            self._answer(Progress(n, head, 0, lost=self.lost))
        else:
            self._wake()

    def failed(self, why: str) -> None:
        """Say that the database does not answer. What was taken waits again."""
        with self._changed:
            self._failing = why or "unknown"
            if self._taken and self._wanted:
                self._queue.extendleft(reversed(self._taken))
            self._taken = ()
        self._wake()

    def keep_aside(self, n: int, frame: bytes, why: str) -> None:
        """Say that no database takes an entry: it is kept aside, and refused if that can be told.

        Raises RecordUnavailable when it cannot be kept.
        """
        with self._changed:
            self._bad[n] = why
        if self.spill is not None:
            try:
                self.spill.keep_aside(n, frame, why)
            except OSError as error:
                raise RecordUnavailable(f"entry {n} cannot be set aside: {error}") from error

    def pause(self, wait_s: float) -> None:
        """Wait for so long, or until stopped."""
        with self._changed:
            if not self._stopping:
                self._changed.wait_for(lambda: self._stopping, wait_s)


def _is_gone(seen: Head, head: Head) -> bool:
    """Say whether a chain that ended at `seen` cannot end at `head`, unless rows were lost."""
    return head.seq < seen.seq or (head.seq == seen.seq and head.hash != seen.hash)
