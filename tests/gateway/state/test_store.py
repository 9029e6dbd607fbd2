"""Claims about the store: every submission is answered once, in time, whatever Valkey does."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from gateway.state.lane import Lane
from gateway.state.script import MOST_CHECKS
from gateway.state.store import MOST_IN_FLIGHT, WindowStore
from gateway.state.valkey import ValkeyServer
from seawall.windows import MOST_NOW_MS, Check, Mode, Spec
from tests.gateway.state.asking import (
    LIMIT_10,
    MANY,
    PATIENT_MS,
    Answer,
    ask,
    checks_on,
    open_store,
)
from tests.gateway.state.liars import Command, listening, reply_to_all_but_calls

Until = Callable[[Callable[[], bool]], Awaitable[None]]


@asynccontextmanager
async def store_on(
    valkey: ValkeyServer, deadline_ms: float = PATIENT_MS, max_waiting: int = 16_384
) -> AsyncIterator[WindowStore]:
    store = WindowStore(f"unix://{valkey.path}", deadline_ms=deadline_ms, max_waiting=max_waiting)
    await store.start()
    try:
        yield store
    finally:
        await store.close()


async def test_counts_come_in_order_and_are_counted(valkey: ValkeyServer) -> None:
    async with store_on(valkey) as store:
        assert not store.degraded
        assert await ask(store, checks_on("k", 12)) == ([*range(1, 11), -11, -11], False)
        assert (store.calls, store.checks) == (1, 12)
        assert (store.late, store.failed, store.local) == (0, 0, 0)


async def test_nothing_asked_is_answered_too(valkey: ValkeyServer) -> None:
    async with store_on(valkey) as store:
        assert await ask(store, []) == ([], False)


async def test_a_time_that_is_told_is_used(valkey: ValkeyServer) -> None:
    async with store_on(valkey) as store:
        assert await ask(store, checks_on("k", 1), 1_000_000) == ([1], False)
        assert await ask(store, checks_on("k", 1, start=1), 1_059_999) == ([2], False)
        assert await ask(store, checks_on("k", 1, start=2), 1_060_000) == ([2], False)


@pytest.mark.parametrize("now_ms", [-1, MOST_NOW_MS + 1])
async def test_a_time_that_cannot_be_packed_is_refused(valkey: ValkeyServer, now_ms: int) -> None:
    async with store_on(valkey) as store:
        with pytest.raises(ValueError, match="now_ms"):
            store.submit(checks_on("k", 1), now_ms, lambda counts, degraded: None)


async def test_a_large_submission_is_put_together_again(valkey: ValkeyServer) -> None:
    async with store_on(valkey) as store:
        counts, degraded = await ask(store, checks_on("k", 1_000, MANY))
        assert (counts, degraded) == ([*range(1, 1_001)], False)
        assert store.calls == 8


async def test_what_waits_leaves_together(valkey: ValkeyServer, until: Until) -> None:
    answers: list[Answer] = []
    async with store_on(valkey) as store:
        for member in range(100):
            store.submit(
                checks_on("k", 1, MANY, start=member),
                None,
                lambda counts, degraded: answers.append((counts, degraded)),
            )
        await until(lambda: len(answers) == 100)
        assert answers == [([count], False) for count in range(1, 101)]
        assert store.calls == MOST_IN_FLIGHT + 1


async def test_times_that_differ_do_not_share_a_call(valkey: ValkeyServer, until: Until) -> None:
    answers: list[list[int]] = []
    async with store_on(valkey) as store:
        for number in range(20):
            store.submit(
                checks_on("k", 1, Spec(Mode.HITS_ACCEPTED, 9, 2), start=number),
                1_000_000 + number,
                lambda counts, _: answers.append(counts),
            )
        await until(lambda: len(answers) == 20)
        assert answers == [[1], *[[2]] * 19]


async def test_ten_means_ten_for_two_gateways_at_once(valkey: ValkeyServer) -> None:
    async with store_on(valkey) as one, store_on(valkey) as other:
        answers = await asyncio.gather(
            *(
                ask(store, [Check(LIMIT_10, key, f"{number}-{id(store)}") for key in "abc"])
                for number in range(50)
                for store in (one, other)
            )
        )
        assert not any(degraded for _, degraded in answers)
        for window in range(3):
            let_through = sorted(counts[window] for counts, _ in answers if counts[window] > 0)
            assert let_through == [*range(1, 11)]


async def test_a_forgotten_script_is_loaded_again(valkey: ValkeyServer, lane: Lane) -> None:
    async with store_on(valkey) as store:
        await lane.request("SCRIPT", "FLUSH", deadline_s=5.0)
        answers = await asyncio.gather(*(ask(store, checks_on("k", 1, start=n)) for n in range(9)))
        assert sorted(counts[0] for counts, _ in answers) == [*range(1, 10)]
        assert not any(degraded for _, degraded in answers)
        assert store.failed == 0


async def keep_asking(store: WindowStore, worst: list[float], stop: asyncio.Event) -> int:
    """Ask one thing after another as a chat does; note the longest wait for an answer."""
    asked = 0
    while not stop.is_set():
        asked += 1
        started = time.perf_counter()
        counts, _ = await ask(store, checks_on(f"k{asked % 50}", 3, MANY, start=asked * 3))
        worst[0] = max(worst[0], time.perf_counter() - started)
        assert len(counts) == 3
        assert min(counts) > 0
    return asked


@pytest.mark.fault
@pytest.mark.parametrize("fault", [signal.SIGKILL, signal.SIGSTOP])
async def test_answers_go_on_while_the_server_is_gone_and_come_from_it_again(
    valkey: ValkeyServer, until: Until, fault: signal.Signals
) -> None:
    worst, stop = [0.0], asyncio.Event()
    async with store_on(valkey, deadline_ms=20.0) as store:
        asking = [asyncio.create_task(keep_asking(store, worst, stop)) for _ in range(8)]
        await until(lambda: store.calls > 50)
        assert valkey.pid is not None
        os.kill(valkey.pid, fault)
        await until(lambda: store.degraded)
        local = store.local
        await until(lambda: store.local > local + 300)
        if fault == signal.SIGSTOP:
            os.kill(valkey.pid, signal.SIGCONT)
        await until(lambda: not store.degraded)
        calls = store.calls
        await until(lambda: store.calls > calls + 50)
        stop.set()
        asked = await asyncio.gather(*asking)
        assert store.checks == 3 * sum(asked)
        assert store.late + store.failed >= 3
    assert worst[0] < 0.5, (
        "the deadline and what a busy machine adds; waiting out the fault is more"
    )


async def test_a_reply_after_its_deadline_is_ignored(
    valkey: ValkeyServer, lane: Lane, until: Until
) -> None:
    answers: list[Answer] = []
    async with store_on(valkey, deadline_ms=20.0) as store:
        await until(lambda: not store.degraded)
        await lane.request("CLIENT", "PAUSE", 200, "ALL", deadline_s=5.0)
        done = lambda counts, degraded: answers.append((counts, degraded))  # noqa: E731
        store.submit(checks_on("k", 3), None, done)
        await until(lambda: bool(answers))
        assert answers == [([1, 2, 3], True)]
        assert store.late == 3
        await until(lambda: not store.degraded)
        counts, _ = await ask(store, checks_on("k", 1, start=9))
        assert counts[0] in (1, 4), "what came late may have been counted, once"
        assert len(answers) == 1


async def test_our_own_stall_is_not_held_against_the_server(valkey: ValkeyServer) -> None:
    async with store_on(valkey, deadline_ms=60.0) as store:
        reply: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        checks = checks_on("k", 1)
        stall(0.1)  # before: the loop's clock is behind
        store.submit(checks, None, lambda counts, degraded: reply.set_result((counts, degraded)))
        stall(0.1)  # after: the reply lies in the socket when the deadline is looked at
        assert await reply == ([1], False)
        assert (store.late, store.degraded) == (0, False)


def stall(seconds: float) -> None:
    """Keep the loop from running, as a garbage collection or a policy reload would."""
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        pass


async def test_while_down_nobody_waits(valkey: ValkeyServer, lane: Lane, until: Until) -> None:
    async with store_on(valkey, deadline_ms=300.0) as store:
        await lane.request("CLIENT", "PAUSE", 3_000, "ALL", deadline_s=5.0)
        assert await ask(store, checks_on("k", 1)) == ([1], True)
        started = time.perf_counter()
        for number in range(1, 6):
            assert await ask(store, checks_on("k", 1, start=number)) == ([number + 1], True)
        assert time.perf_counter() - started < 0.3


async def number_in(lane: Lane, *words: str) -> int:
    reply = await lane.request(*words, deadline_s=5.0)
    if isinstance(reply, bytes):  # INFO memory
        reply = int(reply.split(b"used_memory:")[1].split(b"\r\n")[0])
    assert isinstance(reply, int)
    return reply


async def test_a_full_server_goes_on_and_drops_what_ends_soonest(
    valkey: ValkeyServer, lane: Lane
) -> None:
    long = Spec(Mode.HITS_ACCEPTED, 9, 3_600_000)
    async with store_on(valkey) as store:
        await ask(store, [Check(long, f"long-{number}", "m") for number in range(200)])
        bound = await number_in(lane, "INFO", "memory") + (1 << 20)
        await lane.request("CONFIG", "SET", "maxmemory", str(bound), deadline_s=5.0)
        for start in range(0, 20_000, 1_000):
            keys = [f"w:{{fingerprint-{number}}}:near" for number in range(start, start + 1_000)]
            _, degraded = await ask(store, [Check(MANY, key, "m") for key in keys])
            assert not degraded
        assert await ask(store, checks_on("fresh", 2)) == ([1, 2], False)
        counts, _ = await ask(store, [Check(long, f"long-{n}", "again") for n in range(200)])
    assert 1_000 < await number_in(lane, "DBSIZE") < 19_000
    assert counts.count(2) > 150


async def test_a_server_that_cannot_write_counts_as_gone(
    valkey: ValkeyServer, lane: Lane, until: Until
) -> None:
    async with store_on(valkey) as store:
        for name, value in (("maxmemory-policy", "noeviction"), ("maxmemory", "1")):
            await lane.request("CONFIG", "SET", name, value, deadline_s=5.0)
        assert await ask(store, checks_on("k", 2)) == ([1, 2], True)
        assert (store.failed, store.degraded) == (2, True)
        await lane.request("CONFIG", "SET", "maxmemory", "0", deadline_s=5.0)
        await until(lambda: not store.degraded)
        assert await ask(store, checks_on("k", 1)) == ([1], False)


async def test_what_is_crowded_out_is_counted_here(valkey: ValkeyServer) -> None:
    async with store_on(valkey, max_waiting=200) as store:
        assert await ask(store, checks_on("k", 201, MANY)) == ([*range(1, 202)], True)
        assert await ask(store, checks_on("k", 200, MANY)) == ([*range(1, 201)], False)
        assert not store.degraded, "the server did nothing wrong"


async def test_a_queue_of_our_own_making_is_not_held_against_the_server(tmp_path: Path) -> None:
    sizes: list[int] = []

    async def slowly(command: Command, writer: asyncio.StreamWriter) -> None:
        many = len(command[-1]) // 8
        sizes.append(many)
        await asyncio.sleep(0.03)
        writer.write(b"*%d\r\n" % many + b":1\r\n" * many)

    url = f"unix://{tmp_path}/s"
    async with (
        listening(tmp_path / "s", reply_to_all_but_calls(slowly)),
        open_store(url, deadline_ms=300.0) as store,
    ):
        started = time.perf_counter()
        counts, degraded = await ask(store, checks_on("k", 40 * MOST_CHECKS, MANY))
        assert time.perf_counter() - started < 0.75, "twice the deadline, and a busy machine"
        assert degraded
        assert not store.degraded, "every call was answered in time"
        assert store.late == len(counts) - counts.count(1) + 1, "the local ones count 1, 2, 3 ..."
        assert 8 < len(sizes) < 40


async def test_close_answers_what_is_open(valkey: ValkeyServer, lane: Lane) -> None:
    answers: list[Answer] = []
    async with store_on(valkey) as store:
        await lane.request("CLIENT", "PAUSE", 3_000, "ALL", deadline_s=5.0)
        for number in range(MOST_IN_FLIGHT + 3):
            done = partial(lambda counts, degraded: answers.append((counts, degraded)))
            store.submit(checks_on("k", 1, start=number), None, done)
    assert sorted(answers) == [([count], True) for count in range(1, MOST_IN_FLIGHT + 4)]
    assert await ask(store, checks_on("k", 1, start=99)) == ([MOST_IN_FLIGHT + 4], True)


async def test_a_caller_that_fails_is_reported_and_the_others_are_answered(
    valkey: ValkeyServer, lane: Lane, until: Until
) -> None:
    reported: list[BaseException] = []
    answers: list[Answer] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: reported.append(context["exception"]))

    def fail(counts: list[int], degraded: bool) -> None:
        raise ZeroDivisionError

    async with store_on(valkey) as store:
        for number in range(20):
            store.submit(checks_on("k", 1, MANY, start=number), None, fail)
            store.submit(
                checks_on("k", 1, MANY, start=100 + number),
                None,
                lambda counts, degraded: answers.append((counts, degraded)),
            )
        await until(lambda: len(answers) == 20 and len(reported) == 20)
        assert not any(degraded for _, degraded in answers)
    assert {type(problem) for problem in reported} == {ZeroDivisionError}


async def test_without_a_server_it_starts_degraded(tmp_path: Path) -> None:
    store = WindowStore(f"unix://{tmp_path}/nowhere")
    await store.start(patience_s=0.01)
    assert store.degraded
    assert await ask(store, checks_on("k", 2)) == ([1, 2], True)
    await store.close()


async def test_local_windows_by_choice_are_not_degraded() -> None:
    store = WindowStore("local")
    await store.start()
    assert await ask(store, checks_on("k", 12)) == ([*range(1, 11), -11, -11], False)
    assert (store.degraded, store.local) == (False, 12)
    await store.close()


async def test_the_embedded_server_is_the_stores_own(tmp_path: Path) -> None:
    store = WindowStore("embedded", deadline_ms=PATIENT_MS, directory=tmp_path)
    await store.start()
    assert await ask(store, checks_on("k", 1)) == ([1], False)
    assert store.server is not None
    assert store.server.pid is not None
    await store.close()
    assert store.server.pid is None


def test_it_runs_on_the_plain_loop_too(tmp_path: Path) -> None:
    async def run() -> Answer:
        store = WindowStore("embedded", deadline_ms=PATIENT_MS, directory=tmp_path)
        await store.start()
        answer = await ask(store, checks_on("k", 1))
        await store.close()
        return answer

    assert asyncio.run(run()) == ([1], False)
