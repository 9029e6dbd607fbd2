"""The database locked, read-only, full, slow, replaced, gone: each with what is promised then.

Everywhere: what a caller heard to be durable is in the database once, in order, when it is back.
"""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import signal
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path

import psycopg
import pytest

from gateway.record.journal import Journal
from gateway.record.spill import Frame, scan
from gateway.record.verify import verify
from gateway.record.where import Where, as_where
from seawall.errors import RecordUnavailable, SeawallError
from tests.gateway.record.making import eventually, make_entry, query

pytestmark = pytest.mark.fault

WAIT_MS = 15.0
SLACK_S = 0.25
"""What a wait may take more on a machine that runs other tests besides."""
BACK_S = 2.0
"""How soon after the database is back nothing may wait in the spill any more."""


class Load:
    """Appends entries and remembers what was heard of each, and when."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.sent = 0
        self.durable: list[int] = []
        self.refused: dict[int, SeawallError] = {}
        self.waits: list[float] = []

    def append(self) -> None:
        self.sent += 1
        number, began = self.sent, time.monotonic()

        def done(error: SeawallError | None) -> None:
            self.waits.append(time.monotonic() - began)
            if error is None:
                self.durable.append(number)
            else:
                self.refused[number] = error

        self.journal.append(make_entry(number), done)

    async def steadily(self, until: Callable[[], bool]) -> None:
        """Append ten entries every few milliseconds until something holds."""
        while not until():
            for _ in range(10):
                self.append()
            await asyncio.sleep(0.003)

    async def heard(self) -> None:
        await eventually(lambda: self.journal.pending == 0)

    def p99(self) -> float:
        return sorted(self.waits)[len(self.waits) * 99 // 100]

    def check(self, data: Path | Where) -> None:
        """All that was heard to be durable is there once, in order, and the chain is whole."""
        events = [event for (event,) in query(data, "SELECT event FROM journal ORDER BY seq")]
        numbers = [int(event[1:]) for event in events]
        assert numbers == sorted(set(numbers))
        assert set(numbers) >= set(self.durable)
        report = verify(data, {self.journal.writer: self.journal.head})
        assert report.whole, report.broken


@asynccontextmanager
async def loaded(place: Path | Where, first: bool = True, **habits: float) -> AsyncIterator[Load]:
    """Run a journal; in the end nothing of its spill is left and its writer was never replaced."""
    journal = Journal(place, **habits)  # type: ignore[arg-type]  # floats only
    await journal.start()
    load = Load(journal)
    if first:
        load.append()
        await load.heard()
    yield load
    await eventually(lambda: journal.pending == 0 and journal.spilled == 0)
    assert journal.restarts == 0
    await journal.stop()
    assert list((as_where(place).data / "spill").iterdir()) == []


def after(seconds: float) -> Callable[[], bool]:
    until = time.monotonic() + seconds
    return lambda: time.monotonic() >= until


async def back(load: Load) -> None:
    """See that the spill is worked off in time, and that it goes direct again."""
    began = time.monotonic()
    await eventually(lambda: load.journal.spilled == 0)
    assert time.monotonic() - began <= BACK_S
    load.append()
    await load.heard()
    await eventually(lambda: load.journal.spilled == 0)


async def test_locked_for_a_second_it_answers_from_the_spill(data: Path) -> None:
    async with loaded(data) as load:
        with closing(sqlite3.connect(data / "seawall.db", timeout=5.0)) as other:
            other.execute("BEGIN EXCLUSIVE")
            await load.steadily(after(1.0))
            await load.heard()
            assert load.journal.spilled > 0
            other.execute("ROLLBACK")
        assert load.refused == {}
        assert max(load.waits) < WAIT_MS / 1000 + SLACK_S
        await back(load)
        load.check(data)


async def test_postgresql_locked_for_a_second_it_answers_from_the_spill(
    on_postgres: Where,
) -> None:
    async with loaded(on_postgres) as load:
        with closing(psycopg.connect(on_postgres.conninfo)) as other:
            other.execute("LOCK TABLE journal IN ACCESS EXCLUSIVE MODE")
            await load.steadily(after(1.0))
            await load.heard()
            assert load.journal.spilled > 0
            other.rollback()
        assert load.refused == {}
        assert max(load.waits) < WAIT_MS / 1000 + SLACK_S
        await back(load)
        load.check(on_postgres)


async def test_slow_it_answers_from_the_spill(data: Path) -> None:
    """Its lock is held for 200 ms out of every 250: one commit in a hundred would wait for that."""
    async with loaded(data) as load:
        stop = asyncio.Event()
        pulses = asyncio.create_task(asyncio.to_thread(pulse, data, stop))
        await load.steadily(after(2.0))
        stop.set()
        await pulses
        await load.heard()
        assert load.refused == {}
        assert load.p99() < WAIT_MS / 1000 + SLACK_S / 4
        await back(load)
        load.check(data)


def pulse(data: Path, stop: asyncio.Event) -> None:
    with closing(sqlite3.connect(data / "seawall.db", timeout=5.0)) as other:
        while not stop.is_set():
            other.execute("BEGIN IMMEDIATE")
            time.sleep(0.2)
            other.execute("ROLLBACK")
            time.sleep(0.05)


async def test_full_it_answers_from_the_spill(data: Path) -> None:
    """The file may not grow: SQLITE_FULL, as on a full disk, though the spill has room elsewhere.

    A limit on the file's pages is kept by each connection, so the room is taken from the disk: a
    process may write no file longer than the database is.
    """
    async with loaded(data) as load:
        pid = load.journal.pid
        assert pid is not None
        unlimited = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        grown = (data / "seawall.db-wal").stat().st_size
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (grown, unlimited[1]))
        for _ in range(5):
            load.append()
        await load.heard()
        assert (load.refused, load.journal.spilled > 0) == ({}, True)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, unlimited)
        await back(load)
        load.check(data)


async def test_with_the_spill_full_too_entries_are_refused_and_told_why(data: Path) -> None:
    async with loaded(data, spill_mb=0.02) as load:
        with closing(sqlite3.connect(data / "seawall.db", timeout=5.0)) as other:
            other.execute("BEGIN EXCLUSIVE")
            await load.steadily(lambda: bool(load.refused))
            await load.heard()
            other.execute("ROLLBACK")
        error = next(iter(load.refused.values()))
        assert isinstance(error, RecordUnavailable)
        assert "the spill is full" in str(error)
        assert max(load.waits) < WAIT_MS / 1000 * 10 + SLACK_S
        await back(load)
        assert load.durable[-1] == load.sent
        load.check(data)


async def test_with_no_disk_at_all_entries_are_refused_until_there_is_one(data: Path) -> None:
    async with loaded(data) as load:
        pid = load.journal.pid
        assert pid is not None
        unlimited = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, unlimited[1]))
        load.append()
        await load.heard()
        error = load.refused[load.sent]
        assert isinstance(error, RecordUnavailable)
        assert "File too large" in str(error)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, unlimited)
        await load.steadily(lambda: bool(load.durable) and load.durable[-1] > 2)
        await load.heard()
        await back(load)
        load.check(data)


async def test_read_only_it_answers_from_the_spill(data: Path) -> None:
    """Root may write any file; but a file whose write version is from the future nobody may."""
    query(data, "PRAGMA wal_checkpoint(TRUNCATE)")
    known = write_version(data, 3)
    async with loaded(data, first=False) as load:
        await load.steadily(after(0.3))
        await load.heard()
        assert load.refused == {}
        assert load.journal.spilled == load.sent
        write_version(data, known)
        await back(load)
        load.check(data)


def write_version(data: Path, version: int) -> int:
    """Change byte 18 of the file's header, and return what stood there (sqlite.org/fileformat)."""
    with (data / "seawall.db").open("r+b") as file:
        file.seek(18)
        before = file.read(1)[0]
        file.seek(18)
        file.write(bytes([version]))
    return before


async def test_an_entry_no_database_takes_is_set_aside_and_the_others_go_on(data: Path) -> None:
    query(
        data,
        "CREATE TRIGGER no BEFORE INSERT ON journal WHEN NEW.event IN ('m3', 'm20')"
        " BEGIN SELECT RAISE(FAIL, 'no such thing'); END",
    )
    async with loaded(data, wait_ms=500.0) as load:
        for _ in range(9):
            load.append()
        await load.heard()
        assert list(load.refused) == [3]
        assert "no such thing" in str(load.refused[3])
        with closing(sqlite3.connect(data / "seawall.db", timeout=5.0)) as other:
            other.execute("BEGIN EXCLUSIVE")
            for _ in range(20):
                load.append()
            await load.heard()
            other.execute("ROLLBACK")
        await back(load)
        assert list(load.refused) == [3]  # 20 was durable: nobody can be told otherwise any more
        events = query(data, "SELECT count(*), sum(event IN ('m3', 'm20')) FROM journal")
        assert events == [(load.sent - 2, 0)]
        aside = data / "spill" / f"{load.journal.writer}.damaged"
        handle = os.open(aside, os.O_RDONLY)
        kept = [each for each in scan(handle, 0, aside.stat().st_size) if isinstance(each, Frame)]
        os.close(handle)
        assert [frame.n for frame in kept] == [3, 20]
        aside.unlink()


async def test_replaced_it_is_opened_anew_before_the_next_commit(data: Path) -> None:
    """What a restored copy lacks is lost with the file that is gone; nothing after that is."""
    async with loaded(data) as load:
        query(data, "PRAGMA wal_checkpoint(TRUNCATE)")
        copy = data / "copy.db"
        shutil.copyfile(data / "seawall.db", copy)
        for number in range(50):
            load.append()
            if number % 10 == 0:
                await load.heard()
        await load.heard()
        for leftover in ("-wal", "-shm"):
            with suppress(FileNotFoundError):
                os.unlink(data / f"seawall.db{leftover}")
        copy.replace(data / "seawall.db")
        for _ in range(10):
            load.append()
        await load.heard()
        await eventually(lambda: load.journal.spilled == 0)
        events = [event for (event,) in query(data, "SELECT event FROM journal ORDER BY seq")]
        assert events == ["m1", *(f"m{n}" for n in range(52, 62))]
        assert load.refused == {}


async def test_gone_it_answers_from_the_spill(data: Path) -> None:
    async with loaded(data) as load:
        away = data / "away"
        away.mkdir()
        files = [data / f"seawall.db{part}" for part in ("", "-wal", "-shm")]
        for file in files:
            file.rename(away / file.name)
        (data / "seawall.db").mkdir()  # not even SQLite can put a new one there
        await load.steadily(after(0.3))
        await load.heard()
        assert load.refused == {}
        assert load.journal.spilled > 0
        (data / "seawall.db").rmdir()
        for file in files:
            (away / file.name).rename(file)
        away.rmdir()
        await back(load)
        load.check(data)


async def test_a_writer_killed_while_it_spills_goes_on_where_it_was(data: Path) -> None:
    journal = Journal(data)
    await journal.start()
    load = Load(journal)
    with closing(sqlite3.connect(data / "seawall.db", timeout=5.0)) as other:
        other.execute("BEGIN EXCLUSIVE")
        for _ in range(3):
            await load.steadily(lambda: journal.spilled > 50)
            pid = journal.pid
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            await eventually(lambda: not journal.alive)
            load.append()
            await eventually(lambda: journal.alive)
        await load.heard()
        other.execute("ROLLBACK")
    await eventually(lambda: journal.spilled == 0)
    assert load.durable == list(range(1, load.sent + 1))
    load.check(data)
    await journal.stop()


async def test_a_writer_stopped_for_seconds_loses_nothing(data: Path) -> None:
    """Nobody hears anything meanwhile; who waits gives up by its own deadline."""
    async with loaded(data) as load:
        pid = load.journal.pid
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        for _ in range(100):
            load.append()
        await eventually(lambda: load.journal.lag() >= 3.0)
        with pytest.raises(RecordUnavailable):
            await load.journal.record(make_entry(load.sent + 1), 0.05)
        load.sent += 1
        os.kill(pid, signal.SIGCONT)
        await load.heard()
        await eventually(lambda: load.journal.spilled == 0)
        assert load.refused == {}
        load.check(data)


async def test_the_next_gateway_replays_what_a_killed_one_left(data: Path) -> None:
    """Into the dead one's own chain, before anything of its own."""
    dead = Journal(data)
    await dead.start()
    load = Load(dead)
    with closing(sqlite3.connect(data / "seawall.db", timeout=5.0)) as other:
        other.execute("BEGIN EXCLUSIVE")
        for _ in range(100):
            load.append()
        await load.heard()
        pid = dead.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        dead._stopping = True
        assert dead._task is not None
        dead._task.cancel()
        await asyncio.gather(dead._task, return_exceptions=True)
        heir = Journal(data)
        await heir.start()
        for number in range(20):
            await heir.record(make_entry(1000 + number), 5.0)
        assert heir.spilled == 120
        other.execute("ROLLBACK")
    await eventually(lambda: heir.spilled == 0)
    report = verify(data)
    assert report.whole
    assert {writer: seq for writer, (seq, _) in report.heads.items()} == {
        dead.writer: 100,
        heir.writer: 20,
    }
    rows = query(data, "SELECT writer FROM journal ORDER BY rowid")
    assert [writer for (writer,) in rows] == [dead.writer] * 100 + [heir.writer] * 20
    await heir.stop()
    assert list((data / "spill").iterdir()) == []
