"""Promise: whatever becomes of the database, restrictions get their verdicts in time, recorded.

The spill takes its place, which is told in /readyz, greetings and metrics; two seconds after the
database is back all of it is in there, once, in whole chains. Where the spill has no room either,
policy's fallback answers and /readyz keeps traffic away until there is room again.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
import websockets

from bench.faults.databases import locked, no_room, pulsing, read_only, replaced
from bench.faults.family import child
from bench.faults.promises import kept
from bench.faults.steady import Steady, p99
from bench.faults.victim import Victim
from gateway.record.keys import keys_new
from gateway.record.verify import verify
from gateway.record.where import Where
from tests.faults.cores import Cores, own_ms
from tests.faults.outside import BACK_S, WITHIN_MS, Witness, talk, within
from tests.gateway.live import POLICY, write_policy
from tests.gateway.postgres import PostgresServer
from tests.gateway.records import fresh_record

pytestmark = [pytest.mark.e2e, pytest.mark.fault, pytest.mark.timeout(60)]

RATE = 300.0
SPILLED = 'seawall_queue_depth{queue="spill"}'


class Scene:
    """A gateway under load, where its record lives, and who looks on."""

    def __init__(self, victim: Victim, where: Where, crowd: Steady, witness: Witness) -> None:
        self.victim = victim
        self.where = where
        self.crowd = crowd
        self.witness = witness
        self.cores = Cores(victim.pid, self.writer)

    @property
    def file(self) -> Path:
        """The SQLite file."""
        assert self.where.file is not None
        return self.where.file

    @property
    def writer(self) -> int:
        """The journal's writer."""
        return child(self.victim.pid, "gateway.record.writer")

    async def spilling(self) -> bool:
        """Whether entries wait in the spill."""
        return await self.witness.metric(SPILLED) > 0

    async def settled(self) -> bool:
        """Whether all is in the database, and nothing is told as degraded."""
        said = (await self.witness.ready())[1]
        return await self.witness.metric(SPILLED) == 0 and not said["degraded"]

    async def block_all(self, since: float, until: float) -> None:
        """See that every message of a time that is to be blocked was, and in time."""
        sent = [ref for ref, at in self.crowd.sent_at.items() if since <= at < until]

        async def answered() -> bool:
            return all(ref in self.crowd.verdicts for ref in sent)

        await within(BACK_S, answered)  # who was refused asks again, behind later ones
        hit = [ref for ref in sent if "blockword" in self.crowd.sent[ref]["text"]]
        assert len(hit) > RATE * (until - since) / 20
        actions = {self.crowd.verdicts[ref][0]["action"] for ref in hit}
        assert actions == {"block"}
        assert p99(own_ms(self.crowd, self.cores, since, until)) <= WITHIN_MS


@asynccontextmanager
async def scene(folder: Path, url: str = "", policy: str = POLICY) -> AsyncIterator[Scene]:
    """Run all of it; in the end every promise must have been kept, by one and the same writer."""
    rules = write_policy(folder / "policy", policy=policy)
    victim = Victim(folder, rules, redis="local", database=url)
    where = Where.of(victim.data, url)
    await asyncio.to_thread(fresh_record, where)
    key = keys_new(where, "t", "server", "faults")
    with victim:
        crowd = Steady(f"ws://{victim.listen}/v1", key, talk(), RATE)
        seen = Scene(victim, where, crowd, Witness(victim, key))
        writer = seen.writer
        async with seen.cores.watching(), crowd.speaking():
            await spoken(crowd, 100)
            yield seen
        assert crowd.breaks == 0
        assert seen.writer == writer, "its writer was never replaced"
        assert victim.stop() == 0
    found = await asyncio.to_thread(kept, where, [crowd], len(crowd.sent))
    assert found.promises, found
    assert list((victim.data / "spill").iterdir()) == []


async def spoken(crowd: Steady, many: int) -> None:
    """Wait until so many messages more have been answered."""
    goal = crowd.answered + many

    async def enough() -> bool:
        return crowd.answered >= goal

    await within(many / RATE * 4 + 2.0, enough)


async def spilled(seen: Scene, seconds: float) -> None:
    """See that a database in trouble is told, and go on for some time."""
    await within(2.0, seen.spilling)
    await seen.witness.told_everywhere("record")
    await spoken(seen.crowd, int(RATE * seconds))


@pytest.mark.parametrize(
    "seconds", [1.5, pytest.param(10.0, marks=[pytest.mark.soak, pytest.mark.timeout(120)])]
)
async def test_locked_by_another_process(tmp_path: Path, seconds: float) -> None:
    async with scene(tmp_path) as seen:
        since = time.time()
        with locked(seen.file):
            await spilled(seen, seconds)
            until = time.time()
        await within(BACK_S, seen.settled)
        await spoken(seen.crowd, 50)
        await seen.block_all(since, until)


async def test_read_only(tmp_path: Path) -> None:
    async with scene(tmp_path) as seen:
        since = time.time()
        with read_only(seen.file):
            await spilled(seen, 0.5)
            until = time.time()
        await within(BACK_S, seen.settled)
        await spoken(seen.crowd, 50)
        await seen.block_all(since, until)


async def test_full(tmp_path: Path) -> None:
    """The database may not grow; the spill, which is shorter, still may."""
    async with scene(tmp_path) as seen:
        since = time.time()
        grown = seen.file.with_name(f"{seen.file.name}-wal").stat().st_size
        with no_room(seen.writer, grown):
            await spilled(seen, 0.5)
            until = time.time()
        await within(BACK_S, seen.settled)
        await spoken(seen.crowd, 50)
        await seen.block_all(since, until)


async def test_slow(tmp_path: Path) -> None:
    """Its slowest commits take 200 ms; nobody waits for those."""
    async with scene(tmp_path) as seen:
        since = time.time()
        with pulsing(seen.file):
            await within(2.0, seen.spilling)
            await spoken(seen.crowd, int(RATE * 2))
            until = time.time()
        await within(BACK_S, seen.settled)
        await spoken(seen.crowd, 50)
        await seen.block_all(since, until)


async def test_replaced_by_an_older_copy_is_told(tmp_path: Path) -> None:
    """What is gone is gone; that it is gone stands in readiness, and in every verification."""
    victim = Victim(tmp_path, write_policy(tmp_path / "policy"), redis="local")
    await asyncio.to_thread(fresh_record, victim.where)
    key, file = victim.key("t"), victim.data / "seawall.db"
    with victim:
        witness = Witness(victim, key)

        async def block(text: str) -> None:
            assert [each["action"] for each in await witness.verdicts(text)] == ["block"]
            await within(2.0, witness.well)

        await block("blockword one")
        await asyncio.to_thread(backed_up, file, tmp_path / "backup.db")
        await block("blockword two")
        for leftover in ("-wal", "-shm"):
            file.with_name(file.name + leftover).unlink()
        (tmp_path / "backup.db").replace(file)
        assert [each["action"] for each in await witness.verdicts("blockword three")] == ["block"]
        await within(BACK_S, witness.tells("lost"))
        await within(2.0, witness.tells("record", yes=False))
        assert (await witness.ready())[0] == 200
        await asyncio.to_thread(victim.stop)
    report = verify(victim.where)
    assert report.broken is not None
    assert "published head" in report.broken.why


def backed_up(file: Path, copy: Path) -> None:
    """Take a backup of a database in use."""
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)


async def test_replaced_by_a_copy_of_itself(tmp_path: Path) -> None:
    """Whoever has it open, the writer and every reader, goes over to the new one by itself."""
    async with scene(tmp_path) as seen:
        with locked(seen.file):  # nobody writes: all of it waits in the spill
            await within(2.0, seen.spilling)
            since = time.time()
        await within(BACK_S, seen.settled)
        await asyncio.to_thread(replaced_at_rest, seen)
        await spoken(seen.crowd, int(RATE / 2))
        until = time.time()
        await spoken(seen.crowd, 50)
        await seen.block_all(since, until)
        other = await asyncio.to_thread(keys_new, seen.where, "t", "server", "other")

        async def opens() -> bool:
            try:
                async with Witness(seen.victim, other).server():
                    return True
            except websockets.InvalidStatus:
                return False

        await within(BACK_S, opens)


def stands_still(pid: int) -> bool:
    """Say whether every thread of a process is stopped."""
    told = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/stat")]
    return all(each.rpartition(")")[2].split()[0] == "T" for each in told)


def replaced_at_rest(seen: Scene) -> None:
    """Replace the file while its writer stands still: what it commits then, it commits anew."""
    until = time.monotonic() + 10.0
    while True:
        os.kill(seen.writer, signal.SIGSTOP)
        try:
            while not stands_still(seen.writer):  # a thread in a system call ends that first
                assert time.monotonic() < until, "it did not stop"
                os.sched_yield()
            replaced(seen.file)
            return
        except BlockingIOError:  # it was stopped in the middle of a commit: let it finish
            assert time.monotonic() < until, "it is always in a commit"
        finally:
            os.kill(seen.writer, signal.SIGCONT)


@pytest.mark.parametrize(
    "how", [signal.SIGQUIT, pytest.param(signal.SIGINT, marks=pytest.mark.soak)]
)
async def test_postgresql_stopped_and_started_again(
    tmp_path: Path, postgres_server: PostgresServer, postgres_url: str, how: signal.Signals
) -> None:
    """SIGINT cuts its connections, SIGQUIT is a crash."""
    async with scene(tmp_path, postgres_url) as seen:
        since = time.time()
        await asyncio.to_thread(postgres_server.stop, how)
        try:
            await spilled(seen, 1.0)
            until = time.time()
        finally:
            postgres_server.start()  # here: it dies with the thread that starts it
        await within(BACK_S, seen.settled)
        await spoken(seen.crowd, 50)
        await seen.block_all(since, until)


async def test_postgresql_paused(
    tmp_path: Path, postgres_server: PostgresServer, postgres_url: str
) -> None:
    async with scene(tmp_path, postgres_url) as seen:
        since = time.time()
        with postgres_server.paused():
            await spilled(seen, 3.0)
            until = time.time()
        await within(BACK_S, seen.settled)
        await spoken(seen.crowd, 50)
        await seen.block_all(since, until)


NO_ROOM = "nothing can be recorded: the spill file takes no more"
HOLDING = POLICY.replace("chat: {ms: 2000, on_timeout: allow}", "chat: {ms: 300, on_timeout: hold}")


async def test_no_disk_at_all_and_policy_allows(tmp_path: Path) -> None:
    """Neither database nor spill: allowed late and said to be unchecked, told, then recovered."""
    async with scene(tmp_path) as seen:
        with no_room(seen.writer):
            await within(2.0, refusing(seen, yes=True))
            (verdict,) = await seen.witness.verdicts("blockword")
            assert (verdict["type"], verdict["action"], verdict["late"]) == (
                "verdict",
                "allow",
                True,
            )
            assert [reason["rule"] for reason in verdict["reasons"]] == ["unchecked.journal"]
            (clean,) = await seen.witness.verdicts("hello")
            assert (clean["action"], clean.get("late", False)) == ("allow", False)
        await within(BACK_S, refusing(seen, yes=False))
        await within(BACK_S, seen.settled)
        assert (await seen.witness.verdicts("blockword"))[0]["action"] == "block"


async def test_no_disk_at_all_and_policy_holds(tmp_path: Path) -> None:
    """What can neither be recorded nor allowed was not accepted: overloaded, and when to retry."""
    async with scene(tmp_path, policy=HOLDING) as seen:
        with no_room(seen.writer):
            await within(2.0, refusing(seen, yes=True))
            (error,) = await seen.witness.verdicts("blockword")
            assert (error["type"], error["code"]) == ("error", "overloaded")
            assert error["retry_after"] > 0
            assert (await seen.witness.verdicts("hello"))[0]["action"] == "allow"
        await within(BACK_S, refusing(seen, yes=False))
        await within(BACK_S, seen.settled)
        assert (await seen.witness.verdicts("blockword"))[0]["action"] == "block"


async def test_when_nobody_talks_it_still_finds_that_there_is_room_again(tmp_path: Path) -> None:
    """Not ready, it gets no traffic; it must not need any to become ready."""
    policy = write_policy(tmp_path / "policy")
    victim = Victim(tmp_path, policy, redis="local")
    await asyncio.to_thread(fresh_record, Where.of_path(victim.data))
    key = victim.key("t")
    with victim:
        witness = Witness(victim, key)
        with no_room(child(victim.pid, "gateway.record.writer")):
            (verdict,) = await witness.verdicts("blockword")
            assert verdict["reasons"][0]["rule"] == "unchecked.journal"
            assert (await witness.ready())[0] == 503

        async def ready() -> bool:
            return (await witness.ready())[0] == 200

        await within(BACK_S, ready)


def refusing(seen: Scene, yes: bool) -> Callable[[], Awaitable[bool]]:
    """Return a question: does /readyz say that nothing can be recorded."""

    async def ask() -> bool:
        status, said = await seen.witness.ready()
        assert (status == 503) is (NO_ROOM in said["problems"])
        return (status == 503) is yes

    return ask
