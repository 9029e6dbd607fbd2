"""Promise: whatever becomes of Valkey, verdicts keep coming in time, and nobody is struck for it.

Embedded and by URL alike: it is told in /readyz, in greetings and in metrics while windows are
counted here, limits hold meanwhile, and two seconds after it is well it is in use again.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bench.faults.family import child
from bench.faults.promises import kept
from bench.faults.steady import Steady, p99
from bench.faults.victim import Victim
from gateway.record.where import Where
from tests.faults.cores import Cores, own_ms
from tests.faults.outside import BACK_S, WITHIN_MS, Witness, talk, within
from tests.faults.valkeys import Embedded, Store, Unix
from tests.gateway.live import write_policy
from tests.gateway.records import fresh_record

pytestmark = [pytest.mark.e2e, pytest.mark.fault, pytest.mark.timeout(60)]

RATE = 400.0
STRIKING = "- {rule: struck, category: spam, when: lexicon.spam, then: block, strikes: 1}\n"
DEGRADED = 'seawall_degraded{dependency="windows"}'
SPILL_S = 10.0
"""A slow disk of a busy machine may have the journal spill meanwhile: that is not Valkey's."""
LOCAL = 'seawall_window_checks_total{way="local"}'


class Scene:
    """A gateway under load, its Valkey, and who looks on."""

    def __init__(self, victim: Victim, store: Store, crowd: Steady, witness: Witness) -> None:
        self.victim = victim
        self.store = store
        self.crowd = crowd
        self.witness = witness
        self.cores = Cores(victim.pid, child(victim.pid, "gateway.record.writer"))

    def times(self, since: float, until: float) -> list[float]:
        """Return what verdicts took, in milliseconds."""
        return own_ms(self.crowd, self.cores, since, until)

    async def limits_hold(self) -> None:
        """See that of one user's messages exactly as many pass as the limit says: eight."""
        verdicts = await self.witness.verdicts(*(f"hello there {n}" for n in range(12)))
        actions = [verdict["action"] for verdict in verdicts]
        assert sorted(actions) == ["allow"] * 8 + ["block"] * 4

    def strikes(self, since: float, until: float) -> int:
        """Count strikes given for messages of a time."""
        statement = "SELECT count(*) FROM strikes WHERE at >= ? AND at < ?"
        with closing(sqlite3.connect(self.victim.data / "seawall.db", timeout=5.0)) as database:
            return int(database.execute(statement, (since, until)).fetchone()[0])

    async def in_use(self) -> bool:
        """Whether windows are counted in Valkey again."""
        return await self.witness.metric(DEGRADED) == 0.0


@asynccontextmanager
async def scene(folder: Path, place: str) -> AsyncIterator[Scene]:
    """Run all of it; in the end every promise about messages must have been kept."""
    policy = write_policy(folder / "policy", **{"rules.strikes": STRIKING})
    with TemporaryDirectory(prefix="seawall-") as short:  # a socket's path may have 107 bytes
        unix = Unix(Path(short))
        if place == "unix":
            unix.start()
        settings = {"redis": unix.url} if place == "unix" else {}
        victim = Victim(folder, policy, None, **settings)
        await asyncio.to_thread(fresh_record, Where.of_path(victim.data))
        key = victim.key("t")
        try:
            with victim:
                store: Store = unix if place == "unix" else Embedded(victim)
                crowd = Steady(f"ws://{victim.listen}/v1", key, talk(), RATE)
                seen = Scene(victim, store, crowd, Witness(victim, key))
                async with seen.cores.watching(), crowd.speaking():
                    await within(5.0, seen.in_use)
                    yield seen
                assert (crowd.breaks, dict(crowd.errors)) == (0, {})
                assert victim.stop() == 0
        finally:
            unix.kill()
    found = await asyncio.to_thread(kept, Where.of_path(victim.data), [crowd], len(crowd.sent))
    assert found.promises, found


async def spoken(crowd: Steady, many: int) -> None:
    """Wait until so many messages more have been answered."""
    goal = crowd.answered + many

    async def enough() -> bool:
        return crowd.answered >= goal

    await within(many / RATE * 4 + 2.0, enough)


@pytest.mark.parametrize("place", ["embedded", "unix"])
@pytest.mark.parametrize(
    "seconds", [3.0, pytest.param(30.0, marks=[pytest.mark.soak, pytest.mark.timeout(120)])]
)
async def test_paused(tmp_path: Path, place: str, seconds: float) -> None:
    """Frozen for seconds: in time, told, no strike, limits kept, back two seconds after it."""
    async with scene(tmp_path, place) as seen:
        await spoken(seen.crowd, 200)
        paused = time.time()
        seen.store.pause()
        try:
            await within(1.0, seen.witness.tells("windows"))
            told = time.time()
            await seen.witness.told_everywhere("windows")
            await seen.limits_hold()
            await spoken(seen.crowd, int(RATE * seconds - (time.time() - paused) * RATE))
            until = time.time()
        finally:
            seen.store.resume()
        assert seen.crowd.unanswered(until - 1.0) == 0
        await within(BACK_S, seen.in_use)
        await within(1.0, seen.witness.tells("windows", yes=False))
        await within(SPILL_S, seen.witness.well)
        await seen.limits_hold()
        assert p99(seen.times(paused, until)) <= WITHIN_MS
        assert seen.strikes(0.0, paused) > 0
        assert seen.strikes(told, until) == 0


async def test_away_and_started_anew(tmp_path: Path) -> None:
    """Killed, away for a second, back empty: in time, told, no strike, limits kept, then in use."""
    async with scene(tmp_path, "unix") as seen:
        await spoken(seen.crowd, 200)
        killed = time.time()
        seen.store.kill()
        await within(1.0, seen.witness.tells("windows"))
        told = time.time()
        await seen.witness.told_everywhere("windows")
        await seen.limits_hold()
        await spoken(seen.crowd, int(RATE))
        until = time.time()
        seen.store.start()
        await within(BACK_S, seen.in_use)
        await seen.limits_hold()
        assert p99(seen.times(killed, until)) <= WITHIN_MS
        assert seen.strikes(0.0, killed) > 0
        assert seen.strikes(told, until) == 0


async def test_the_embedded_one_killed_again_and_again(tmp_path: Path) -> None:
    """Its gateway starts it anew, empty, within two seconds; nobody waits for that."""
    async with scene(tmp_path, "embedded") as seen:
        await spoken(seen.crowd, 200)
        killed = time.time()
        for _ in range(3):
            pid, local = seen.store.pid, await seen.witness.metric(LOCAL)
            seen.store.kill()

            async def anew(pid: int = pid) -> bool:
                try:
                    return seen.store.pid != pid and await seen.in_use()
                except LookupError:
                    return False

            await within(BACK_S, anew)
            assert await seen.witness.metric(LOCAL) > local, "the kill was to be noticed"
        await seen.limits_hold()
        assert p99(seen.times(killed, time.time())) <= WITHIN_MS
        assert len(seen.victim.events("embedded Valkey ended; starting it again")) == 3


@pytest.mark.parametrize("place", ["embedded", "unix"])
async def test_out_of_memory(tmp_path: Path, place: str) -> None:
    """Nothing more fits in: in time, told, no strike, limits kept, back when there is room."""
    async with scene(tmp_path, place) as seen:
        await spoken(seen.crowd, 200)
        filled = time.time()
        seen.store.fill()
        await within(1.0, seen.witness.tells("windows"))
        told = time.time()
        await seen.witness.told_everywhere("windows")
        await seen.limits_hold()
        await spoken(seen.crowd, int(RATE))
        until = time.time()
        seen.store.free()
        await within(BACK_S, seen.in_use)
        await seen.limits_hold()
        assert p99(seen.times(filled, until)) <= WITHIN_MS
        assert seen.strikes(0.0, filled) > 0
        assert seen.strikes(told, until) == 0


async def test_what_is_in_force_does_not_depend_on_it(tmp_path: Path) -> None:
    """A mute holds while it is away, and after it came back empty."""
    async with scene(tmp_path, "unix") as seen:

        async def muted(text: str) -> None:
            (verdict,) = await seen.witness.verdicts(text, user="ann", room="harbour")
            assert verdict["action"] == "block"

        await muted("muteword")
        seen.store.kill()
        await within(1.0, seen.witness.tells("windows"))
        await muted("hello")
        seen.store.start()
        await within(BACK_S, seen.in_use)
        await muted("hello again")
