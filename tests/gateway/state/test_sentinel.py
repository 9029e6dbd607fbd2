"""Claims about sentinels, real ones: we are where they say the primary is, and follow it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from gateway.state.address import Address, Sentinels
from gateway.state.sentinel import find_primary
from gateway.state.valkey import find_binary
from gateway.state.wake import Wake
from seawall.errors import StateUnavailable
from tests.gateway.state.asking import Asking, ask, checks_on, open_store, within
from tests.gateway.state.liars import Command, listening_on_tcp
from tests.gateway.state.nodes import TETHER, Server, free_ports, serving, wait_until

Until = Callable[[Callable[[], bool]], Awaitable[None]]


@contextmanager
def sentinels_of(folder: Path, primary: Server, many: int) -> Iterator[list[Server]]:
    """Run sentinels that watch a primary as `main` and find it dead after 300 ms."""
    with ExitStack() as stack:
        found: list[Server] = []
        for port in free_ports(many):
            settings = folder / f"sentinel-{port}.conf"
            settings.write_text(
                f"port {port}\nbind 127.0.0.1\ndir {folder}\n"
                f"sentinel monitor main 127.0.0.1 {primary.port} {many // 2 + 1}\n"
                "sentinel down-after-milliseconds main 300\n"
                "sentinel failover-timeout main 2000\n"
            )
            process = subprocess.Popen(
                [
                    *(sys.executable, "-I", "-S", str(TETHER), str(os.getpid())),
                    *(str(find_binary()), str(settings), "--sentinel"),
                ],
                stdout=subprocess.DEVNULL,
            )
            stack.callback(process.wait)
            stack.callback(process.kill)
            server = Server.at(port)
            stack.callback(server.hang_up)
            found.append(server)
        yield found


def place_of(sentinels: list[Server]) -> Sentinels:
    nodes = tuple(Address(host="127.0.0.1", port=server.port) for server in sentinels)
    return Sentinels(nodes, "main", nodes[0])


def url_of(sentinels: list[Server]) -> str:
    hosts = ",".join(f"127.0.0.1:{server.port}" for server in sentinels)
    return f"redis+sentinel://{hosts}/main"


def knows_replica(sentinel: Server) -> bool:
    replicas = sentinel.do("SENTINEL", "REPLICAS", "main")
    return isinstance(replicas, list) and len(replicas) == 1 and b"slave" in replicas[0]


async def test_the_primary_is_where_the_sentinels_say(tmp_path: Path, until: Until) -> None:
    with serving() as primary, sentinels_of(tmp_path, primary, 2) as sentinels:
        found = await find_primary(place_of(sentinels), 5.0)
        assert found == Address(host="127.0.0.1", port=primary.port)
        async with open_store(url_of(sentinels)) as store:
            assert await ask(store, checks_on("k", 2)) == ([1, 2], False)
            wake, other = Wake(), Wake()
            for one in (wake, other):
                await one.start(store.place)
            await until(lambda: wake.up and other.up)
            wake.publish("commands")
            await until(lambda: other.heard == 1)
            await wake.close()
            await other.close()
        assert primary.do("EXISTS", "k") == 1


@pytest.mark.fault
async def test_a_failover_is_followed(tmp_path: Path) -> None:
    with (
        serving() as primary,
        serving(("--replicaof", f"127.0.0.1 {primary.port}")) as replica,
        sentinels_of(tmp_path, primary, 3) as sentinels,
    ):
        await asyncio.to_thread(wait_until, lambda: all(map(knows_replica, sentinels)))
        async with (
            open_store(url_of(sentinels), deadline_ms=40.0) as store,
            Asking(store, ["a", "b"]) as asking,
        ):
            await asking.go_on(100)
            primary.kill()
            await within(2.0, lambda: store.degraded)
            await within(15.0, lambda: not store.degraded)
            before = await asking.settle()
            await asking.go_on(100)
            assert asking.degraded == before
        assert max(asking.took) < 0.5
        replica.hang_up()  # its sentinels have done so
        assert replica.do("EXISTS", "a") == 1


@pytest.mark.fault
async def test_a_primary_that_is_none_any_more_is_left_though_it_still_answers(
    tmp_path: Path,
) -> None:
    """A partition: the old primary takes our writes while the sentinels have moved on."""
    with serving() as old, serving() as new:
        named = [old]

        async def say(command: Command, writer: asyncio.StreamWriter) -> None:
            port = str(named[0].port).encode()
            writer.write(b"*2\r\n$9\r\n127.0.0.1\r\n$%d\r\n%s\r\n" % (len(port), port))

        async with (
            listening_on_tcp(say) as port,
            open_store(f"redis+sentinel://127.0.0.1:{port}/main") as store,
            Asking(store, ["k"]) as asking,
        ):
            await asking.go_on(10)
            assert old.do("EXISTS", "k") == 1
            named[0] = new
            await within(3.0, lambda: new.do("EXISTS", "k") == 1)


async def test_sentinels_that_do_not_know_are_said(tmp_path: Path) -> None:
    with serving() as primary, sentinels_of(tmp_path, primary, 1) as sentinels:
        place = place_of(sentinels)
        other = Sentinels(place.nodes, "other", place.server)
        with pytest.raises(StateUnavailable, match="watches no 'other'"):
            await find_primary(other, 5.0)
        async with open_store(url_of(sentinels)[:-4] + "other", patience_s=0.05) as store:
            assert await ask(store, checks_on("k", 2)) == ([1, 2], True)


async def test_one_sentinel_that_is_there_is_enough(tmp_path: Path) -> None:
    with serving() as primary, sentinels_of(tmp_path, primary, 1) as sentinels:
        place = place_of(sentinels)
        gone = Address(host="127.0.0.1", port=1)
        found = await find_primary(Sentinels((gone, *place.nodes), "main", place.server), 5.0)
        assert found.port == primary.port


async def test_most_sentinels_win_over_one_that_was_cut_off() -> None:
    def names(port: int) -> Callable[[Command, asyncio.StreamWriter], Awaitable[None]]:
        async def say(command: Command, writer: asyncio.StreamWriter) -> None:
            writer.write(b"*2\r\n$4\r\nhost\r\n$%d\r\n%d\r\n" % (len(str(port)), port))

        return say

    async with (
        listening_on_tcp(names(1)) as stale,
        listening_on_tcp(names(2)) as one,
        listening_on_tcp(names(2)) as other,
    ):
        nodes = tuple(Address(host="127.0.0.1", port=port) for port in (stale, one, other))
        assert (await find_primary(Sentinels(nodes, "main", nodes[0]), 5.0)).port == 2


@pytest.mark.parametrize(
    "reply",
    [b"$-1\r\n", b"*-1\r\n", b":7\r\n", b"*1\r\n$1\r\na\r\n", b"*2\r\n$1\r\na\r\n$1\r\nb\r\n"],
)
async def test_what_is_no_address_is_refused(reply: bytes) -> None:
    async def say(command: Command, writer: asyncio.StreamWriter) -> None:
        writer.write(reply)

    async with listening_on_tcp(say) as port:
        node = Address(host="127.0.0.1", port=port)
        with pytest.raises(StateUnavailable, match="watches no"):
            await find_primary(Sentinels((node,), "main", node), 5.0)
