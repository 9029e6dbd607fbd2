"""Claims about windows in a cluster: right per slot, wherever the slots go, whoever dies."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from gateway.state import cluster
from gateway.state.address import parse_place
from gateway.state.cluster import MOST_HOPS
from gateway.state.script import MOST_CHECKS
from gateway.state.slots import SLOTS, slot_of
from gateway.state.wake import Wake
from seawall.errors import ConfigError
from seawall.windows import Check
from tests.gateway.state.asking import LIMIT_10, MANY, Asking, ask, checks_on, open_store, within
from tests.gateway.state.liars import Command, listening_on_tcp
from tests.gateway.state.nodes import Nodes, Server, cluster_of, free_ports, lone_nodes, serving

Until = Callable[[Callable[[], bool]], Awaitable[None]]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    """Give three primaries that nobody breaks."""
    with cluster_of(tmp_path_factory.mktemp("cluster")) as nodes:
        yield nodes


@pytest.fixture
def nodes(shared: Nodes) -> Nodes:
    for node in shared:
        node.do("FLUSHALL")
    return shared


def keys_of(nodes: Nodes, server: Server, many: int) -> list[str]:
    """Return keys in different slots that a node owns."""
    found: dict[int, str] = {}
    for number in range(100_000):
        slot = slot_of(key := f"w:{{{number}}}:k")
        if slot not in found and nodes.owner_of(slot) is server:
            found[slot] = key
            if len(found) == many:
                return list(found.values())
    raise AssertionError("too few")


async def test_counts_come_in_order_from_all_nodes(nodes: Nodes) -> None:
    async with open_store(nodes.url) as store:
        assert not store.degraded
        keys = [f"w:{{{number % 70}}}:k" for number in range(700)]
        checks = [Check(LIMIT_10, key, str(number)) for number, key in enumerate(keys)]
        counts, degraded = await ask(store, checks + checks_on("w:{0}:k", 3, start=1_000))
        assert not degraded
        assert counts == [*(1 + number // 70 for number in range(700)), -11, -11, -11]
        assert store.calls == len({slot_of(key) for key in keys})
        assert (store.checks, store.late, store.failed, store.local) == (703, 0, 0, 0)
    assert all(node.do("DBSIZE") for node in nodes)


async def test_a_large_submission_to_one_slot_goes_in_several_calls(nodes: Nodes) -> None:
    async with open_store(nodes.url) as store:
        counts, degraded = await ask(store, checks_on("k", 3 * MOST_CHECKS, MANY))
        assert (counts, degraded) == ([*range(1, 3 * MOST_CHECKS + 1)], False)
        assert store.calls == 3


async def test_what_waits_of_one_slot_leaves_together(nodes: Nodes, until: Until) -> None:
    answers: list[tuple[list[int], bool]] = []
    async with open_store(nodes.url) as store:
        for member in range(1_000):
            checks = [Check(MANY, "a", str(member)), Check(MANY, "b", str(member))]
            store.submit(checks, None, lambda *answer: answers.append(answer))
        await until(lambda: len(answers) == 1_000)
        assert answers == [([count, count], False) for count in range(1, 1_001)]
        assert store.calls < 200


async def test_ten_means_ten_for_two_gateways_on_a_cluster(nodes: Nodes) -> None:
    async with open_store(nodes.url) as one, open_store(nodes.url) as other:
        answers = await asyncio.gather(
            *(
                ask(store, [Check(LIMIT_10, f"{{{key}}}", f"{number}") for key in range(9)])
                for number in range(50)
                for store in (one, other, one)
            )
        )
        for window in range(9):
            passed = [number for number, (counts, _) in enumerate(answers) if counts[window] > 0]
            assert len(passed) == 30, "ten members, each asked about three times"
        assert not any(degraded for _, degraded in answers)


async def test_times_that_are_told_are_used(nodes: Nodes) -> None:
    async with open_store(nodes.url) as store:
        assert await ask(store, checks_on("k", 1), 1_000_000) == ([1], False)
        assert await ask(store, checks_on("k", 1, start=1), 1_059_999) == ([2], False)
        assert await ask(store, checks_on("k", 1, start=2), 1_060_000) == ([2], False)


async def test_a_script_forgotten_by_one_node_is_loaded_again(nodes: Nodes) -> None:
    async with open_store(nodes.url) as store:
        nodes[1].do("SCRIPT", "FLUSH")
        checks = [Check(MANY, f"{{{number}}}", "m") for number in range(50)]
        assert await ask(store, checks) == ([1] * 50, False)


async def test_a_slot_may_move_in_the_middle_of_a_run(nodes: Nodes, until: Until) -> None:
    """Keys of a call may lie on both sides meanwhile; every count is exact all the same."""
    tag = "{moving}"
    slot = slot_of(tag)
    source = nodes.owner_of(slot)
    target = next(node for node in nodes if node is not source)
    keys = [f"w{number}:{tag}" for number in range(6)]
    members = iter(range(1 << 30))
    expected = 0
    async with open_store(nodes.url) as store, Asking(store, ["x", "y", keys[0][3:]], 4) as asking:

        async def all_count_on() -> None:
            nonlocal expected
            for _ in range(5):
                expected += 1
                checks = [Check(MANY, key, f"new {next(members)}") for key in keys]
                assert await ask(store, checks) == ([expected] * len(keys), False)

        await all_count_on()
        nodes.begin_to_move(slot, source, target)
        await all_count_on()
        for key in keys[:3]:
            nodes.move_key(key, source, target)
            await all_count_on()
        nodes.finish_moving(slot, source, target)
        await all_count_on()
        calls = store.calls
        await all_count_on()
        assert store.failed == 0
        await asking.go_on(20)
        assert not any(asking.degraded.values())
        assert store.calls - calls >= 5
    assert target.do("EXISTS", keys[0]) == 1


@pytest.mark.fault
async def test_a_slot_may_move_to_a_node_nobody_knew(
    nodes: Nodes, tmp_path: Path, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And is left again once it owns nothing."""
    monkeypatch.setattr(cluster, "_KEPT_S", 0.0)
    monkeypatch.setattr(cluster, "_EACH_S", 0.1)
    slot = slot_of("{newcomer}")
    source = nodes.owner_of(slot)
    async with open_store(nodes.url) as store:
        assert await ask(store, checks_on("{newcomer}", 1, MANY)) == ([1], False)
        with lone_nodes(tmp_path, 1) as [new]:
            nodes.meet(new)
            await until(lambda: nodes.know(new) and Nodes([new]).all_say("cluster_state:ok"))
            nodes.begin_to_move(slot, source, new)
            nodes.finish_moving(slot, source, new)
            deadline = time.monotonic() + 2.0
            while True:
                counts, degraded = await ask(store, checks_on("{newcomer}", 1, MANY, start=1))
                if not degraded:
                    break
                assert time.monotonic() < deadline, "found within two seconds"
            assert counts == [2]
            nodes.begin_to_move(slot, new, source)
            nodes.finish_moving(slot, new, source)
            assert await ask(store, checks_on("{newcomer}", 1, MANY, start=2)) == ([3], False)
            await until(lambda: b"cmd=evalsha" not in bytes_of(new.do("CLIENT", "LIST")))
            for node in nodes:
                node.do("CLUSTER", "FORGET", nodes.id_of(new))


@pytest.mark.fault
async def test_a_killed_primary_costs_its_own_slots_until_the_replica_takes_over(
    tmp_path: Path, until: Until
) -> None:
    with cluster_of(tmp_path, replicas=1) as nodes:
        [theirs] = keys_of(nodes, nodes[0], 1)
        others = [*keys_of(nodes, nodes[1], 2), *keys_of(nodes, nodes[2], 2)]
        async with (
            open_store(nodes.url, deadline_ms=40.0) as store,
            Asking(store, [theirs, *others]) as asking,
        ):
            await asking.go_on(200)
            assert not any(asking.degraded.values())
            nodes[0].kill()
            await until(lambda: asking.degraded[theirs] > 10)
            assert store.degraded
            await within(12.0, lambda: not store.degraded)
            before = await asking.settle()
            await asking.go_on(200)
            assert asking.degraded == before, "nothing is local any more"
        assert sum(asking.degraded[key] for key in others) == 0
        assert max(asking.took) < 0.5, "twice the deadline, and what a busy machine adds"
        assert nodes[3].do("EXISTS", theirs) == 1


@pytest.mark.fault
@pytest.mark.parametrize("fault", [signal.SIGSTOP, signal.SIGKILL])
async def test_without_a_replica_a_lost_primary_is_waited_for(
    tmp_path: Path, until: Until, fault: signal.Signals
) -> None:
    with cluster_of(tmp_path) as nodes:
        [theirs] = keys_of(nodes, nodes[0], 1)
        others = [*keys_of(nodes, nodes[1], 2), *keys_of(nodes, nodes[2], 2)]
        async with (
            open_store(nodes.url, deadline_ms=40.0) as store,
            Asking(store, [theirs, *others]) as asking,
        ):
            if fault == signal.SIGKILL:
                nodes[0].kill()
            else:
                nodes[0].signal(fault)
            await until(lambda: asking.degraded[theirs] > 100)
            if fault == signal.SIGKILL:
                await asyncio.to_thread(nodes[0].start)
            else:
                nodes[0].signal(signal.SIGCONT)
            await asyncio.to_thread(lambda: wait_for_ok(nodes))
            back = time.monotonic()
            await until(lambda: not store.degraded)
            assert time.monotonic() - back < 2.0
            before = await asking.settle()
            await asking.go_on(200)
            assert asking.degraded == before
        assert sum(asking.degraded[key] for key in others) == 0


def bytes_of(reply: object) -> bytes:
    assert isinstance(reply, bytes)
    return reply


def wait_for_ok(nodes: Nodes) -> None:
    deadline = time.monotonic() + 8.0
    while not nodes.all_say("cluster_state:ok"):
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.fault
async def test_a_slot_nobody_serves_is_local_and_the_others_are_not(
    nodes: Nodes, until: Until
) -> None:
    slot = slot_of("{orphan}")
    owner = nodes.owner_of(slot)
    async with open_store(nodes.url) as store:
        for node in nodes:
            node.do("CLUSTER", "DELSLOTS", slot)
        try:
            other = Check(LIMIT_10, "{other}", "m")
            checks = [*checks_on("{orphan}", 2), other]
            assert await ask(store, checks) == ([1, 2, 1], True)
            assert store.degraded
            assert await ask(store, [other]) == ([1], False)
        finally:
            for node in nodes:
                node.ask("CLUSTER", "SETSLOT", slot, "NODE", nodes.id_of(owner))
            owner.ask("CLUSTER", "ADDSLOTS", slot)
        await until(lambda: not store.degraded)
        assert await ask(store, checks_on("{orphan}", 1, start=9)) == ([1], False)


async def test_a_cluster_that_wants_all_slots_is_local_as_a_whole_and_comes_back(
    nodes: Nodes, until: Until
) -> None:
    slot = slot_of("{orphan}")
    owner = nodes.owner_of(slot)
    async with open_store(nodes.url) as store:
        for node in nodes:
            node.do("CONFIG", "SET", "cluster-require-full-coverage", "yes")
            node.do("CLUSTER", "DELSLOTS", slot)
        try:
            await asyncio.to_thread(wait_for, lambda: nodes.all_say("cluster_state:fail"))
            assert await ask(store, checks_on("{other}", 2)) == ([1, 2], True)
        finally:
            for node in nodes:
                node.ask("CLUSTER", "SETSLOT", slot, "NODE", nodes.id_of(owner))
                node.do("CONFIG", "SET", "cluster-require-full-coverage", "no")
            owner.ask("CLUSTER", "ADDSLOTS", slot)
        await until(lambda: not store.degraded)


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 8.0
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


async def test_wakes_are_heard_through_any_node(nodes: Nodes, until: Until) -> None:
    one, other = Wake(), Wake()
    await one.start(parse_place(f"redis+cluster://127.0.0.1:{nodes[0].port}"))
    await other.start(parse_place(f"redis+cluster://127.0.0.1:1,127.0.0.1:{nodes[2].port}"))
    await until(lambda: one.up and other.up)
    one.publish("commands", "tenant")
    await until(lambda: other.heard == 1)
    await one.close()
    await other.close()


async def test_a_user_who_may_not_count_is_refused_at_start(nodes: Nodes) -> None:
    for node in nodes:
        node.do("ACL", "SETUSER", "reader", "on", ">secret", "~*", "+@read", "+cluster")
    with pytest.raises(ConfigError, match="NOPERM"):
        async with open_store(nodes.url.replace("//", "//reader:secret@")):
            pass


async def test_one_seed_that_is_there_is_enough(nodes: Nodes) -> None:
    url = f"redis+cluster://127.0.0.1:1,127.0.0.1:{nodes[2].port}"
    async with open_store(url) as store:
        assert not store.degraded


async def test_without_any_seed_it_starts_degraded_and_answers() -> None:
    async with open_store("redis+cluster://127.0.0.1:1", patience_s=0.05) as store:
        assert store.degraded
        assert await ask(store, checks_on("k", 2)) == ([1, 2], True)


async def test_a_node_of_a_cluster_is_no_single_server(nodes: Nodes) -> None:
    with pytest.raises(ConfigError, match=r"redis\+cluster://"):
        async with open_store(nodes[0].url):
            pass


async def test_a_single_server_is_no_cluster() -> None:
    with serving() as server:
        async with open_store(f"redis+cluster://127.0.0.1:{server.port}", patience_s=0.2) as store:
            assert store.degraded
            assert await ask(store, checks_on("k", 2)) == ([1, 2], True)


async def test_a_wrong_password_is_refused_at_start(tmp_path: Path) -> None:
    port, bus = free_ports(2)
    own = ("--cluster-enabled", "yes", "--cluster-config-file", str(tmp_path / "nodes.conf"))
    with serving((*own, "--cluster-port", str(bus), "--requirepass", "right"), port) as server:
        server.ask("AUTH", "right")
        with pytest.raises(ConfigError, match="WRONGPASS") as caught:
            async with open_store(f"redis+cluster://:hunter2@127.0.0.1:{server.port}"):
                pass
        assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "lie",
    [
        b"-MOVED 1 127.0.0.1:%d\r\n",
        b"-ASK 1 127.0.0.1:%d\r\n",
        b"-MOVED 1 :%d\r\n",
        b"-MOVED what\r\n%.0d",
        b"-ASK 99999 127.0.0.1:%d\r\n",
        b"-TRYAGAIN %d\r\n",
        b"-CLUSTERDOWN Hash slot not served %d\r\n",
        b"-CLUSTERDOWN %d\r\n",
    ],
)
async def test_a_node_that_sends_us_round_in_circles_is_left(lie: bytes) -> None:
    own: list[int] = []
    calls = 0

    async def say(command: Command, writer: asyncio.StreamWriter) -> None:
        nonlocal calls
        if command[:1] == [b"CLUSTER"]:
            node = b"*2\r\n$9\r\n127.0.0.1\r\n:%d\r\n" % own[0]
            writer.write(b"*1\r\n*3\r\n:0\r\n:%d\r\n%s" % (SLOTS - 1, node))
        elif command[0] != b"EVALSHA":
            writer.write(b"+OK\r\n")
        elif b"probe" in command[3]:
            writer.write(b"*1\r\n:1\r\n")
        else:
            calls += 1
            writer.write(lie % own[0])

    async with listening_on_tcp(say) as port:
        own.append(port)
        url = f"redis+cluster://127.0.0.1:{port}"
        async with open_store(url, deadline_ms=300.0) as store:
            checks = [Check(LIMIT_10, key, "m") for key in ("{k}a", "{k}a", "{k}b")]
            assert await ask(store, checks) == ([1, 1, 1], True)
            assert calls <= 2 * (MOST_HOPS + 1)
