"""Claims about the store on bad days: each test states what is promised and does the damage.

Every submission is answered within twice the deadline, and the store is in use again within two
seconds of the server being well, without a restart of ours.
"""

from __future__ import annotations

import asyncio
import os
import signal
import ssl
import time
from pathlib import Path

import pytest

from gateway.state.lane import Lane
from gateway.state.store import WindowStore
from gateway.state.valkey import ValkeyServer
from seawall.errors import ConfigError
from seawall.windows import Check, Mode, Spec
from tests.gateway.certificates import Authority
from tests.gateway.state.asking import LIMIT_10, Asking, ask, checks_on, open_store, within
from tests.gateway.state.liars import Command, Say, listening, reply_to_all_but_calls
from tests.gateway.state.nodes import serving

pytestmark = pytest.mark.fault

DEADLINE_MS = 50.0
ANSWERED_S = 2 * DEADLINE_MS / 1000 + 0.3
"""Twice the deadline, and what a busy test machine adds."""


def p99(took: list[float]) -> float:
    return sorted(took)[len(took) * 99 // 100]


@pytest.mark.parametrize(
    "frozen_s",
    [2.0, pytest.param(30.0, marks=[pytest.mark.soak, pytest.mark.timeout(90)])],
)
async def test_a_frozen_server_delays_nobody_beyond_twice_the_deadline(
    valkey: ValkeyServer, frozen_s: float
) -> None:
    async with (
        open_store(f"unix://{valkey.path}", DEADLINE_MS) as store,
        Asking(store, [f"k{number}" for number in range(20)]) as asking,
    ):
        await asking.go_on(200)
        assert valkey.pid is not None
        os.kill(valkey.pid, signal.SIGSTOP)
        frozen = time.monotonic()
        await within(2.0, lambda: store.degraded)
        await within(60.0, lambda: time.monotonic() - frozen > frozen_s)
        os.kill(valkey.pid, signal.SIGCONT)
        thawed = time.monotonic()
        await within(2.0, lambda: not store.degraded)
        assert time.monotonic() - thawed < 2.0
        before = await asking.settle()
        await asking.go_on(200)
        assert asking.degraded == before
    assert max(asking.took) < ANSWERED_S
    assert p99(asking.took) < 2 * DEADLINE_MS / 1000


async def test_a_server_that_comes_back_empty_counts_anew_without_an_error(
    valkey: ValkeyServer,
) -> None:
    async with open_store(f"unix://{valkey.path}") as store:
        assert await ask(store, checks_on("k", 11)) == ([*range(1, 11), -11], False)
        assert valkey.pid is not None
        os.kill(valkey.pid, signal.SIGKILL)
        killed = time.monotonic()
        await within(2.0, lambda: store.degraded)
        await within(2.0, lambda: not store.degraded)
        assert time.monotonic() - killed < 2.0
        assert await ask(store, checks_on("k", 11)) == ([*range(1, 11), -11], False)


async def test_out_of_memory_is_degraded_until_memory_is_freed() -> None:
    with serving(("--maxmemory-policy", "noeviction")) as server:
        async with open_store(server.url) as store:
            for number in range(200):
                server.do("SET", f"filler {number}", "x" * 10_000)
            server.do("CONFIG", "SET", "maxmemory", "2mb")
            assert await ask(store, checks_on("k", 2)) == ([1, 2], True)
            assert store.degraded
            assert await ask(store, checks_on("k", 1, start=2)) == ([3], True)
            server.do("FLUSHALL")
            freed = time.monotonic()
            await within(2.0, lambda: not store.degraded)
            assert time.monotonic() - freed < 2.0
            assert await ask(store, checks_on("k", 1)) == ([1], False)


async def test_a_tiny_server_that_evicts_goes_on_counting() -> None:
    with serving(("--maxmemory", "4mb", "--maxmemory-policy", "volatile-ttl")) as server:
        async with open_store(server.url) as store:
            for start in range(0, 60_000, 1_000):
                checks = [Check(LIMIT_10, f"w:{{{start + n}}}:k", "m") for n in range(1_000)]
                _, degraded = await ask(store, checks)
                assert not degraded
            assert await ask(store, checks_on("fresh", 2)) == ([1, 2], False)
            evicted = server.do("INFO", "stats")
            assert isinstance(evicted, bytes)
            assert b"evicted_keys:0\r\n" not in evicted


async def test_every_key_has_an_end(valkey: ValkeyServer, lane: Lane) -> None:
    specs = [
        Spec(mode, limit, per_ms)
        for mode in (mode for mode in Mode if mode is not Mode.PEEK)
        for limit in (1, 128, 900)
        for per_ms in (1_000, 3_600_000)
    ]
    async with open_store(f"unix://{valkey.path}") as store:
        for spec in specs:
            key = f"{spec.mode}-{spec.limit}-{spec.per_ms}"
            for now_ms in (None, 1_000, 9_000_000_000_000, 1_000):
                await ask(store, [Check(spec, key, f"{now_ms}")], now_ms)
    keys = await lane.request("KEYS", "*", deadline_s=5.0)
    assert isinstance(keys, list)
    assert len(keys) >= len(specs)
    for key in keys:
        ttl = await lane.request("PTTL", key, deadline_s=5.0)
        assert isinstance(ttl, int)
        assert 0 <= ttl <= 3_600_000 * 33 / 32 + 60_000


def writes(words: bytes) -> Say:
    async def say(command: Command, writer: asyncio.StreamWriter) -> None:
        writer.write(words)

    return say


async def says_nothing(command: Command, writer: asyncio.StreamWriter) -> None:
    """Leave it unanswered."""


async def hangs_up(command: Command, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def is_late(command: Command, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(3 * DEADLINE_MS / 1000)
    writer.write(b"*3\r\n:7\r\n:7\r\n:7\r\n")


@pytest.mark.parametrize(
    "lie",
    [
        writes(b"\x00\xff\xfe rubbish\r\n"),
        writes(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        writes(b"+OK\r\n"),
        writes(b"$-1\r\n"),
        writes(b":3\r\n"),
        writes(b"*-1\r\n"),
        writes(b"*0\r\n"),
        writes(b"*2\r\n:1\r\n:2\r\n"),
        writes(b"*4\r\n:1\r\n:2\r\n:3\r\n:4\r\n"),
        writes(b"*3\r\n:1\r\n$1\r\n2\r\n:3\r\n"),
        writes(b"*3\r\n:1\r\n*1\r\n:2\r\n:3\r\n"),
        writes(b"*3\r\n:1\r\n$-1\r\n:3\r\n"),
        writes(b"*3\r\n:1\r\n-ERR no\r\n:3\r\n"),
        writes(b"*3\r\n:1\r\n:2"),
        writes(b"*4000000000\r\n:1\r\n"),
        writes(b"$3\r\n:1\r\n" * 9),
        writes(b"*3\r\n:1\r\n:2\r\n:3\r\n" * 2),
        writes(b"-NOSCRIPT No matching script\r\n"),
        writes(b"-LOADING Valkey is loading the dataset in memory\r\n"),
        writes(b"-READONLY You can't write against a read only replica.\r\n"),
        writes(b"-MOVED 1 127.0.0.1:1\r\n"),
        writes(b"-" + b"E" * 100_000 + b"\r\n"),
        says_nothing,
        hangs_up,
        is_late,
    ],
)
async def test_a_server_that_lies_is_not_believed_and_nobody_waits_for_it(
    tmp_path: Path, lie: Say
) -> None:
    async with (
        listening(tmp_path / "s", reply_to_all_but_calls(lie)),
        open_store(f"unix://{tmp_path}/s", DEADLINE_MS) as store,
    ):
        for number in range(3):
            await within(4.0, lambda: not store.degraded)
            started = time.perf_counter()
            counts, degraded = await ask(store, checks_on("k", 3, start=3 * number))
            assert time.perf_counter() - started < ANSWERED_S
            assert counts == [*range(counts[0], counts[0] + 3)]
            assert degraded or counts == [1, 2, 3], "what was said before the lie"


async def test_a_reply_without_an_end_is_cut_off(tmp_path: Path) -> None:
    written = 0

    async def pour(command: Command, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        writer.write(b"$100000000000\r\n")
        while not writer.is_closing():
            writer.write(b"x" * (1 << 20))
            written += 1 << 20
            await writer.drain()

    async with (
        listening(tmp_path / "s", reply_to_all_but_calls(pour)),
        open_store(f"unix://{tmp_path}/s", DEADLINE_MS) as store,
    ):
        assert (await ask(store, checks_on("k", 3)))[1]
        await within(5.0, lambda: not store.degraded)
    assert written < 100 << 20


async def test_a_wrong_password_is_a_setting_and_refused_at_start() -> None:
    with serving(("--requirepass", "right")) as server:
        server.ask("AUTH", "right")
        for url in (server.url, server.url.replace("//", "//:hunter2@")):
            with pytest.raises(ConfigError, match=r"NOAUTH|WRONGPASS") as caught:
                await WindowStore(url).start()
            assert "hunter2" not in str(caught.value)
        async with open_store(server.url.replace("//", "//:right@")) as store:
            assert await ask(store, checks_on("k", 1)) == ([1], False)


async def test_a_database_that_is_not_there_is_refused_at_start() -> None:
    with serving() as server, pytest.raises(ConfigError, match="DB index"):
        await WindowStore(f"{server.url}/99").start()


async def test_windows_are_counted_over_tls(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    certificate, key = authority.pair()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with serving() as inner:

        async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            inside, back = await asyncio.open_connection("127.0.0.1", inner.port)
            while asked := await reader.read(1 << 16):
                back.write(asked)
                writer.write(await inside.read(1 << 16))
            back.close()
            writer.close()

        server = await asyncio.start_server(relay, "127.0.0.1", 0, ssl=context)
        port = server.sockets[0].getsockname()[1]
        async with open_store(f"rediss://localhost:{port}?ssl_ca_certs={authority.file}") as store:
            assert await ask(store, checks_on("k", 2)) == ([1, 2], False)
        async with open_store(f"rediss://localhost:{port}", patience_s=0.2) as store:
            assert store.degraded, "a certificate nobody vouches for"
        server.close()
        await server.wait_closed()


async def test_a_clock_of_the_server_that_is_behind_does_not_block(
    valkey: ValkeyServer, lane: Lane
) -> None:
    """Its clock was an hour ahead when these windows filled, and has been set right."""
    time_of = await lane.request("TIME", deadline_s=5.0)
    assert isinstance(time_of, list)
    ahead = int(time_of[0]) * 1_000 + 3_600_000
    spec = Spec(Mode.HITS_ACCEPTED, 10, 1_000)
    async with open_store(f"unix://{valkey.path}") as store:
        assert await ask(store, checks_on("k", 11, spec), ahead) == ([*range(1, 11), -11], False)
        assert await ask(store, checks_on("k", 1, spec, start=20)) == ([-11], False)
        free = time.monotonic() + 3.0
        number = 30
        while (await ask(store, checks_on("k", 1, spec, start=number)))[0] == [-11]:
            number += 1
            assert time.monotonic() < free, "one window later it lets through again"
            await asyncio.sleep(0.02)
