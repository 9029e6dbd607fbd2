"""What the journal calls durable is durable: through kills, locks, floods and the stop."""

from __future__ import annotations

import asyncio
import os
import random
import resource
import signal
from pathlib import Path

import pytest
import uvloop

from gateway.record.entry import Evidence
from gateway.record.journal import Journal
from gateway.record.seal import Seal
from gateway.record.secret import load_secret
from gateway.record.verify import verify
from seawall.errors import OurFault, RecordBusy, RecordUnavailable, Repeated, SeawallError
from tests.gateway.record.making import Heard, eventually, make_entry, query, settled


async def test_what_is_recorded_stands_in_the_database(data: Path, journal: Journal) -> None:
    await journal.record(make_entry(1), 5.0)
    assert query(data, "SELECT event, writer, seq FROM journal") == [("m1", journal.writer, 1)]
    ((sealed,),) = query(data, "SELECT sealed FROM evidence")
    kept = Seal(load_secret(data)).open(sealed, ("acme", "m1", 0))
    assert (kept.text, kept.name) == ("text 1", "Some Body")
    assert verify(data, {journal.writer: journal.head}).whole
    assert (journal.pending, journal.lag()) == (0, 0.0)


async def test_callbacks_come_in_the_order_of_the_entries(data: Path, journal: Journal) -> None:
    heard = Heard()
    for number in range(1, 2001):
        heard.append(journal, number)
        if number % 37 == 0:
            await asyncio.sleep(0)
    await settled(journal)
    assert heard.durable == list(range(1, 2001))
    stored = query(data, "SELECT event FROM journal ORDER BY seq")
    assert stored == [(f"m{number}",) for number in heard.durable]


async def test_many_entries_share_few_commits(data: Path, journal: Journal) -> None:
    heard, acks = Heard(), []
    head = journal.head
    for number in range(1, 1001):
        heard.append(journal, number)
    while journal.pending:
        if journal.head != head:
            head = journal.head
            acks.append(head)
        await asyncio.sleep(0)
    assert len(acks) <= 20


async def kill_while_waiting(journal: Journal) -> None:
    """Kill the writer when entries are certainly on their way."""
    await eventually(lambda: journal.alive)
    assert journal.pending > 0
    pid = journal.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    await eventually(lambda: not journal.alive)


@pytest.mark.fault
@pytest.mark.parametrize("seed", range(3))
def test_a_killed_writer_loses_nothing_and_doubles_nothing(data: Path, seed: int) -> None:
    async def run() -> None:
        chance = random.Random(seed)
        journal, heard = Journal(data), Heard()
        await journal.start()
        number = 0
        for _ in range(4):
            for _ in range(chance.randrange(1, 30)):
                for _ in range(chance.randrange(1, 40)):
                    number += 1
                    heard.append(journal, number)
                await asyncio.sleep(0)
            heard.append(journal, number := number + 1)
            if chance.randrange(2):
                await asyncio.sleep(0)  # now it is on its way, or in the writer's hands
            await kill_while_waiting(journal)
        await settled(journal)
        assert heard.durable == list(range(1, number + 1))
        assert journal.restarts >= 4
        await journal.stop()
        numbers = query(data, "SELECT seq, n FROM journal ORDER BY seq")
        assert numbers == [(n, n) for n in range(1, number + 1)]
        report = verify(data, {journal.writer: journal.head})
        assert (report.whole, report.rows, report.evidence) == (True, number, number)

    uvloop.run(run())


@pytest.mark.fault
async def test_while_the_writer_is_paused_callers_stop_waiting(
    data: Path, journal: Journal
) -> None:
    await journal.record(make_entry(1), 5.0)
    assert journal.pid is not None
    os.kill(journal.pid, signal.SIGSTOP)
    with pytest.raises(RecordUnavailable, match="not durable within"):
        await journal.record(make_entry(2), 0.05)
    assert journal.pending == 1
    assert journal.lag() >= 0.05
    os.kill(journal.pid, signal.SIGCONT)
    await settled(journal)
    assert query(data, "SELECT count(*) FROM journal") == [(2,)]


@pytest.mark.fault
async def test_a_database_that_is_gone_is_found_again_when_it_is_back(
    data: Path, journal: Journal
) -> None:
    heard = Heard()
    away = data.with_name("away")
    await asyncio.to_thread(data.rename, away)
    heard.append(journal, 1)
    await kill_while_waiting(journal)
    heard.append(journal, 2)
    await eventually(lambda: journal.restarts >= 2)
    await asyncio.to_thread(away.rename, data)
    heard.append(journal, 3)
    await settled(journal)
    assert heard.durable == [1, 2, 3]
    assert verify(data, {journal.writer: journal.head}).rows == 3


@pytest.mark.fault
async def test_without_a_file_descriptor_to_spare_it_tries_again(
    data: Path, journal: Journal
) -> None:
    heard = Heard()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    heard.append(journal, 1)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        await kill_while_waiting(journal)
        await eventually(lambda: journal.restarts >= 2)
        assert not journal.alive
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    await eventually(lambda: journal.pending == 0)
    assert heard.durable == [1]


async def test_what_waits_is_bounded_in_entries_and_in_bytes(data: Path) -> None:
    for start, journal in ((1, Journal(data, entries=3)), (101, Journal(data, size_bytes=700))):
        await journal.start()
        heard = Heard()
        with pytest.raises(RecordBusy, match="wait for the journal already"):
            heard.append_all(journal, range(start, start + 99))
        waiting = journal.pending
        assert 1 <= waiting <= 3
        await eventually(lambda journal=journal: journal.pending == 0)  # type: ignore[misc]
        heard.append(journal, start + 99)
        await journal.stop()
        assert len(heard.durable) == waiting + 1


@pytest.mark.parametrize(
    "wrong", [{"room": "\ud800"}, {"rev": 2**70}, {"evidence": Evidence("x" * 300_000)}]
)
async def test_what_cannot_be_written_down_is_refused_at_once(
    journal: Journal, wrong: dict[str, object]
) -> None:
    with pytest.raises(OurFault, match="cannot be recorded"):
        journal.append(make_entry(1, **wrong), lambda _: None)
    await journal.record(make_entry(2), 5.0)


async def test_what_no_column_can_hold_is_refused_alone(data: Path, journal: Journal) -> None:
    heard = Heard()
    heard.append(journal, 1)
    heard.append(journal, 2, score=float("nan"))
    heard.append(journal, 3)
    heard.append(journal, 4, rev=-1)
    await settled(journal)
    assert heard.durable == [1, 3]
    assert [number for number, _ in heard.refused] == [2, 4]
    assert all(isinstance(error, OurFault) for _, error in heard.refused)
    assert verify(data).rows == 2


async def test_one_failing_callback_does_not_keep_the_others_from_hearing(
    journal: Journal,
) -> None:
    problems: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: problems.append(context))

    def fail(_: SeawallError | None) -> None:
        raise ZeroDivisionError

    heard = Heard()
    heard.append(journal, 1)
    journal.append(make_entry(2), fail)
    heard.append(journal, 3)
    await eventually(lambda: journal.pending == 0)
    assert heard.durable == [1, 3]
    assert [type(each["exception"]) for each in problems] == [ZeroDivisionError]


async def test_what_has_not_left_before_a_standstill_is_refused(data: Path) -> None:
    """Another gateway may have decided it meanwhile. What left before, and what comes, stands."""
    now, heard = 0.0, Heard()
    journal = Journal(data, clock=lambda: now)
    await journal.start()
    try:
        heard.append(journal, 1)
        await asyncio.sleep(0)  # it has left
        heard.append_all(journal, range(2, 5))
        now += 10.0  # stopped before they could
        await eventually(lambda: len(heard.refused) == 3)
        assert [number for number, _ in heard.refused] == [2, 3, 4]
        assert all(isinstance(problem, RecordUnavailable) for _, problem in heard.refused)
        heard.append(journal, 5)
        await settled(journal)
    finally:
        await journal.stop()
    assert heard.durable == [1, 5]
    assert query(data, "SELECT event FROM journal ORDER BY seq") == [("m1",), ("m5",)]
    assert verify(data, {journal.writer: journal.head}).whole


async def test_under_load_entries_gather_for_a_while_before_they_leave(data: Path) -> None:
    """The first after a pause leaves at once; those behind it are here still a pass later."""
    now, heard = 0.0, Heard()
    journal = Journal(data, clock=lambda: now)
    await journal.start()
    try:
        heard.append(journal, 1)
        await asyncio.sleep(0)  # it has left
        heard.append(journal, 2)
        await asyncio.sleep(0)
        heard.append(journal, 3)
        now += 10.0  # only what has not left is refused
        await eventually(lambda: [number for number, _ in heard.refused] == [2, 3])
        now += 10.0
        heard.append_all(journal, range(4, 7))
        await settled(journal)
    finally:
        await journal.stop()
    assert heard.durable == [1, 4, 5, 6]


async def test_stopping_waits_for_what_was_appended(data: Path) -> None:
    journal, heard = Journal(data), Heard()
    await journal.start()
    pid = journal.pid
    for number in range(1, 501):
        heard.append(journal, number)
    await journal.stop()
    assert len(heard.durable) == 500
    assert pid is not None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with pytest.raises(RecordUnavailable, match="not running"):
        journal.append(make_entry(501), lambda _: None)
    await journal.stop()  # twice is no harm


async def test_stopping_tells_whoever_waited_in_vain(data: Path) -> None:
    journal, heard = Journal(data), Heard()
    await journal.start()
    assert journal.pid is not None
    os.kill(journal.pid, signal.SIGSTOP)
    heard.append(journal, 1)
    stopping = asyncio.create_task(journal.stop(deadline_s=0.05))
    await eventually(lambda: not journal.alive)
    os.kill(journal.pid, signal.SIGCONT)
    await stopping
    assert [number for number, _ in heard.refused] == [1]
    assert isinstance(heard.refused[0][1], RecordUnavailable)


async def test_before_the_start_nothing_is_taken(data: Path) -> None:
    journal = Journal(data)
    with pytest.raises(RecordUnavailable, match="not running"):
        journal.append(make_entry(1), lambda _: None)
    assert not journal.alive
    await journal.stop()


async def test_with_a_broken_secret_it_does_not_start(data: Path) -> None:
    (data / "secret.key").write_text("short")
    journal = Journal(data)
    with pytest.raises(RecordUnavailable, match="exit status 2"):
        await journal.start()
    await journal.stop()


async def test_two_gateways_write_two_chains(data: Path, journal: Journal) -> None:
    other = Journal(data)
    await other.start()
    for number in range(1, 51):
        both = (journal.record(make_entry(number), 5.0), other.record(make_entry(-number), 5.0))
        await asyncio.gather(*both)
    await other.stop()
    report = verify(data, {journal.writer: journal.head, other.writer: other.head})
    assert report.whole
    assert {seq for seq, _ in report.heads.values()} == {50}
    assert set(report.heads) == {journal.writer, other.writer}


async def test_a_journal_stopped_as_soon_as_it_started_leaves_no_writer(data: Path) -> None:
    journal = Journal(data)
    await journal.start()
    pid = journal.pid
    assert pid is not None
    await journal.stop()
    assert (journal.pid, journal.alive) == (None, False)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_of_two_gateways_that_decide_the_same_one_hears_that_it_repeats(data: Path) -> None:
    both = Journal(data), Journal(data)
    heard = Heard(), Heard()
    for journal in both:
        await journal.start()
    try:
        for number in range(1, 301):
            for place in (0, 1) if number % 2 else (1, 0):
                heard[place].append(both[place], number)
            await asyncio.sleep(0)
        for journal in both:
            await settled(journal)
    finally:
        for journal in both:
            await journal.stop()
    stood = "SELECT event FROM journal WHERE kind = 'verdict' ORDER BY event"
    assert query(data, stood) == [(event,) for event in sorted(f"m{n}" for n in range(1, 301))]
    assert all(isinstance(error, Repeated) for each in heard for _, error in each.refused)
    for each, other in (heard, heard[::-1]):
        assert set(each.durable) >= {number for number, _ in other.refused}
        assert len(each.durable) + len(each.refused) == 300
    assert verify(data).whole
