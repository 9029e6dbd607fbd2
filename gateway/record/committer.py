"""The writer's database thread: commits what waits, in order, for as long as it takes.

1. First the spills of writers that are dead, then this writer's own, then what comes. Until the
   dead ones' are in, what comes goes to the own spill, so that nobody waits for that.
2. On any trouble with the database it asks again where the chain ends, after a pause of a second at
   most, and goes on from there: what was committed without our knowing is not written twice.
3. An entry that no database takes, though the chain is as it should be, is put aside alone; all
   others go on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Set as AbstractSet

import msgspec

from gateway.record.backlog import Backlog, Work
from gateway.record.chain import Head
from gateway.record.entry import Entry
from gateway.record.ledger import Ledger, Unwanted, certain
from gateway.record.leftovers import Leftovers
from gateway.record.repeats import bare, called_so, verdicts
from gateway.record.seal import Seal
from gateway.record.secret import Pseudonyms
from gateway.record.storage import Store
from seawall.errors import OurFault, RecordUnavailable, SeawallError

__all__ = ["Appender", "Committer"]

_BACKOFF_S = 0.05
_BACKOFF_MAX_S = 1.0
_PURGE = 100
_PURGE_S = 60.0
_FULL_PURGE_S = 1.0
_DECODE = msgspec.msgpack.Decoder(Entry).decode
_ENCODE = msgspec.msgpack.Encoder().encode

Aside = Callable[[int, bytes, str], None]
Publish = Callable[[str, Head, float], None]
Repeated = Callable[[AbstractSet[int]], AbstractSet[int]]
"""Gets numbers of entries that repeat another's verdict; returns those nobody was told of."""


class Appender:
    """Writes numbered entries behind one chain, each once."""

    def __init__(
        self, store: Store, writer: str, names: Pseudonyms, seal: Seal, aside: Aside
    ) -> None:
        """Find where the chain ends. Raises RecordUnavailable."""
        self._store = store
        self._aside = aside
        self.ledger = Ledger(writer, *store.last(writer), names, seal)

    def end(self) -> Head:
        """Return where the chain ends."""
        return self.ledger.head

    def write(
        self,
        entries: list[tuple[int, Entry]],
        repeated: Repeated = lambda found: found,
        sure: Callable[[], None] = certain,
    ) -> set[int]:
        """Commit entries; return the numbers of those that became repeats.

        `repeated` is told them before, and says which of them are to be bare; `sure` is asked when
        there is no way back. Raises RecordUnavailable, what `sure` raises, and OurFault if another
        writer is at it.
        """
        repeats: set[int] = set()
        while True:  # each turn names at least one verdict, which is none any more
            batch = self.ledger.batch(entries, time.time())
            if not batch.journal:
                return repeats
            decided = verdicts(batch)
            try:
                stand = self._store.commit(batch, list(decided.values()), sure)
            except OurFault as error:
                return repeats | self._one_by_one(entries, error, repeated)
            if not stand:
                self.ledger.settled(batch)
                return repeats
            again = {n for n, key in decided.items() if key in stand}
            repeats |= again
            unheard = repeated(again)
            names = {n: bare if n in unheard else called_so for n in again}
            entries = [(n, names[n](each) if n in again else each) for n, each in entries]

    def write_frames(self, frames: tuple[tuple[int, bytes], ...]) -> None:
        """Commit entries as they lay in a spill."""
        entries = []
        for n, frame in frames:
            try:
                entries.append((n, _DECODE(frame)))
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                self._aside(n, frame, str(error))
        self.write(entries, lambda found: frozenset())

    def _one_by_one(
        self,
        entries: list[tuple[int, Entry]],
        error: OurFault,
        repeated: Repeated,
    ) -> set[int]:
        head, _ = self._store.last(self.ledger.writer)
        if head != self.ledger.head:
            raise error
        if len(entries) > 1:
            return {n for each in entries for n in self.write([each], repeated)}
        n, entry = entries[0]
        self._aside(n, _ENCODE(entry), str(error))
        return set()


class Committer:
    """Everything the database thread does. `step` is one piece of it."""

    def __init__(
        self,
        store: Store,
        backlog: Backlog,
        leftovers: Leftovers,
        writer: str,
        names: Pseudonyms,
        seal: Seal,
        *,
        publish: Publish,
        heads_s: float,
        tell: Callable[[str, str], None],
        idle_s: float = 1.0,
    ) -> None:
        """Take the parts. `idle_s` is how long one step waits for work at most."""
        self.fault: SeawallError | None = None
        self._store = store
        self._backlog = backlog
        self._leftovers = leftovers
        self._writer = writer
        self._names = names
        self._seal = seal
        self._publish = publish
        self._heads_s = heads_s
        self._tell = tell
        self._idle_s = idle_s
        self._chain: Appender | None = None
        self._published = Head()
        self._heads_at = time.monotonic() + heads_s
        self._purge_at = time.monotonic()
        self._failures = 0

    def run(self) -> None:
        """Work until stopped. What cannot be mended ends it: `fault` says what."""
        try:
            while not self._backlog.stopping:
                pause = self.try_step()
                if pause:
                    self._backlog.pause(pause)
            self._last_words()
        except (OurFault, OSError) as error:
            self.fault = error if isinstance(error, OurFault) else OurFault(str(error))
            self._backlog.failed(str(self.fault))
        finally:
            self._store.close()

    def try_step(self) -> float:
        """Do one step; return how long to pause, the database being in trouble. Raises OurFault."""
        try:
            self.step()
        except RecordUnavailable as error:
            if not self._failures:
                self._tell("the database does not answer", str(error))
            self._chain = None
            self._leftovers.lost()
            self._backlog.failed(str(error))
            self._failures += 1
            return min(_BACKOFF_MAX_S, _BACKOFF_S * (1 << min(self._failures, 10)))
        finally:
            self._backlog.left = self._leftovers.count
        return 0.0

    def step(self) -> None:
        """Do the next thing, or wait for one for a second."""
        if self._chain is None:
            aside = self._aside
            self._chain = Appender(self._store, self._writer, self._names, self._seal, aside)
            gone = self._backlog.begin(self._chain.ledger.head, self._chain.ledger.n)
            if gone is not None:
                self._lost(gone, self._chain.ledger.head)
        self._leftovers.look()
        self._backlog.left = self._leftovers.count
        if self._leftovers.step(self._appender):
            self._came_back()
        elif not self._leftovers.first and (work := self._backlog.take(self._wait_s())) is not None:
            self._commit(self._chain, work)
            self._came_back()
        elif self._leftovers.first:
            self._backlog.pause(_BACKOFF_S)
        self._now_and_then(self._chain)

    def _lost(self, gone: Head, head: Head) -> None:
        """Tell that the database is an older one, where it is seen: a verification fails for it."""
        what = f"the chain ended at row {gone.seq} and ends at {head.seq}: recorded rows are gone"
        self._tell("the database was replaced by an older one", what)
        self._publish(self._writer, gone, time.time())

    def _wait_s(self) -> float:
        due = min(self._heads_at, self._purge_at) - time.monotonic()
        return max(0.0, min(self._idle_s, due))

    def _commit(self, chain: Appender, work: Work) -> None:
        began = time.monotonic()
        if work.queued:
            queued = [(each.n, each.entry) for each in work.queued]
            try:
                chain.write(queued, self._backlog.repeated, self._backlog.sure)
            except Unwanted:
                self._backlog.dropped()
                return
        else:
            chain.write_frames(work.spilled)
        took_s = time.monotonic() - began
        self._backlog.done(work, chain.ledger.head, chain.ledger.n, took_s)

    def _came_back(self) -> None:
        if self._failures:
            self._failures = 0
            self._tell("the database answers again", "")

    def _appender(self, writer: str, aside: Aside) -> Appender:
        return Appender(self._store, writer, self._names, self._seal, aside)

    def _aside(self, n: int, frame: bytes, why: str) -> None:
        self._backlog.keep_aside(n, frame, why)

    def _now_and_then(self, chain: Appender) -> None:
        """Publish the head when it is time, and delete what had its time."""
        now = time.monotonic()
        if now >= self._heads_at:
            self._heads_at = now + self._heads_s
            self._publish_head(chain)
        if now >= self._purge_at:
            deleted = self._store.purge(time.time(), _PURGE)
            self._purge_at = now + (_FULL_PURGE_S if deleted >= _PURGE else _PURGE_S)

    def _publish_head(self, chain: Appender) -> None:
        head = chain.ledger.head
        if head != self._published:
            self._publish(self._writer, head, time.time())
            self._published = head

    def _last_words(self) -> None:
        """Publish where the chain ends, as far as the database lets us."""
        try:
            if self._chain is not None and not self._failures:
                self._publish_head(self._chain)
        except RecordUnavailable as error:
            self._tell("the last head is not published", str(error))
