"""A writer hangs when it says nothing while it is asked; whoever could not listen cannot say so."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
import uvloop

from gateway.record.journal import Journal
from gateway.record.silence import Silence
from gateway.record.verify import verify
from tests.gateway.record.making import Heard, eventually, query, settled


class Watched:
    """A writer on a clock of its own: looked at again and again, asked all the time."""

    def __init__(self, patience_s: float = 5.0) -> None:
        self.silence = Silence(patience_s)
        self.now = 100.0
        self.heard = 0
        self.silence.begin(self.now, self.heard)

    def look(self, after_s: float, *, speaks: bool = False, waits: bool = True) -> bool:
        self.now += after_s
        self.heard += speaks
        return self.silence.look(self.now, self.heard, waits)

    def hangs_after(self) -> float:
        """Look until it is said to hang; return how long that took."""
        began = self.now
        while not self.look(self.silence.look_s):
            assert self.now < began + 1000.0, "it is never said to hang"
        return self.now - began

    def replace(self) -> None:
        self.silence.replaced()
        self.silence.begin(self.now, self.heard)

    def answers_promptly(self, times: int = 100) -> None:
        for _ in range(times):
            assert not self.look(self.silence.look_s, speaks=True)


def test_a_writer_that_says_nothing_while_asked_hangs() -> None:
    assert Watched().hangs_after() == pytest.approx(5.5, abs=0.1)


def test_who_is_asked_nothing_owes_nothing() -> None:
    watched = Watched()
    assert not any(watched.look(0.5, waits=False) for _ in range(100))
    assert watched.hangs_after() == pytest.approx(5.5, abs=0.1)


def test_a_word_in_between_is_enough() -> None:
    watched = Watched()
    assert not any(watched.look(0.5, speaks=number % 9 == 0) for number in range(200))


@pytest.mark.parametrize("still_s", [2.0, 60.0, 86_400.0])
def test_while_this_process_stood_still_nobody_was_silent(still_s: float) -> None:
    watched = Watched()
    assert not any(watched.look(0.5) for _ in range(5))
    assert not watched.look(still_s)
    assert watched.silence.silent_s <= 3.5
    assert not watched.look(0.5, speaks=True)


def test_a_slow_disk_is_not_killed_again_and_again() -> None:
    """Each answer takes 12 s: two writers are killed for it, the third one may take its time."""
    watched, killed = Watched(), 0
    for _ in range(50):
        for _ in range(24):
            if watched.look(0.5):
                killed += 1
                watched.replace()
        assert not watched.look(0.5, speaks=True)
    assert killed == 2


def test_who_hangs_each_time_is_replaced_ever_more_rarely_up_to_a_minute() -> None:
    watched, took = Watched(), []
    for _ in range(6):
        took.append(watched.hangs_after() - watched.silence.look_s)
        watched.replace()
    assert took == [5, 10, 20, 40, 60, 60]


def test_prompt_answers_bring_the_first_patience_back() -> None:
    watched = Watched()
    watched.hangs_after()
    watched.replace()
    watched.answers_promptly()
    assert watched.hangs_after() == pytest.approx(5.5, abs=0.1)


def test_a_few_prompt_answers_do_not() -> None:
    watched = Watched()
    watched.hangs_after()
    watched.replace()
    watched.answers_promptly(10)
    assert watched.hangs_after() == pytest.approx(10.5, abs=0.1)


def stop_writer(journal: Journal) -> int:
    """Stop the writer for good; return its process id."""
    pid = journal.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    return pid


@pytest.mark.fault
@pytest.mark.parametrize("seed", range(3))
def test_a_writer_that_hangs_is_replaced_and_what_waits_is_written_once(
    data: Path, seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    async def run() -> None:
        chance = random.Random(seed)
        journal, heard = Journal(data, patience_s=1.0), Heard()
        await journal.start()
        number = 0
        for _ in range(chance.randrange(1, 30)):
            for _ in range(chance.randrange(1, 40)):
                heard.append(journal, number := number + 1)
            await asyncio.sleep(0)
        pid = stop_writer(journal)
        for _ in range(200):
            heard.append(journal, number := number + 1)
        await eventually(lambda: journal.lag() > 0.5)
        assert (journal.alive, journal.pid) == (True, pid)
        for _ in range(50):  # also what comes while nobody answers
            heard.append(journal, number := number + 1)
        await settled(journal)
        assert journal.pid not in (None, pid)
        assert (journal.restarts, journal.ends["silent"], journal.lag()) == (1, 1, 0.0)
        assert heard.durable == list(range(1, number + 1))
        await journal.stop()
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
        numbers = query(data, "SELECT seq, n FROM journal ORDER BY seq")
        assert numbers == [(n, n) for n in range(1, number + 1)]
        report = verify(data, {journal.writer: journal.head})
        assert (report.whole, report.rows, report.evidence) == (True, number, number)

    uvloop.run(run())
    (line,) = [each.getMessage() for each in caplog.records if each.name == "seawall.record"]
    assert "said nothing for" in line


@pytest.mark.fault
async def test_a_writer_that_hangs_again_is_given_longer(data: Path) -> None:
    journal, heard = Journal(data, patience_s=0.5), Heard()
    await journal.start()
    try:
        waits = []
        for number in (1, 2):
            pid, began = stop_writer(journal), time.monotonic()
            heard.append(journal, number)
            await eventually(lambda pid=pid: journal.pid != pid)  # type: ignore[misc]
            waits.append(time.monotonic() - began)
            await settled(journal)
        assert waits[0] >= 0.4
        assert waits[1] >= 0.9
        assert (heard.durable, journal.ends) == ([1, 2], {"died": 0, "silent": 2})
    finally:
        await journal.stop()


@pytest.mark.fault
async def test_a_writer_nobody_asks_and_one_that_is_busy_are_left_alone(data: Path) -> None:
    """Stopped while nothing waits it is not replaced; nor is one whose database hangs."""
    journal, heard = Journal(data, patience_s=0.5), Heard()
    await journal.start()
    try:
        pid, until = stop_writer(journal), time.monotonic() + 1.5
        await eventually(lambda: time.monotonic() > until)
        assert (journal.pid, journal.ends["silent"]) == (pid, 0)
        os.kill(pid, signal.SIGCONT)
        with closing(sqlite3.connect(data / "seawall.db", isolation_level=None)) as database:
            database.execute("BEGIN IMMEDIATE")
            until, number = time.monotonic() + 1.5, 0
            while time.monotonic() < until:
                heard.append(journal, number := number + 1)
                await eventually(lambda: journal.pending == 0)
            assert journal.spilled == number
        await settled(journal)
        assert (journal.pid, journal.ends["silent"]) == (pid, 0)
        assert heard.durable == list(range(1, number + 1))
    finally:
        await journal.stop()
