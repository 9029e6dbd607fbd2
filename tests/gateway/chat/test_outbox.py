"""Two gateways on one real database: commands reach whoever serves them, and end once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from gateway.chat.outbox import CATCH_UP_S
from gateway.chat.recent import Recent
from gateway.record.where import Where
from seawall.actions import Action, Target
from seawall.errors import RecordUnavailable
from seawall.events import Message, User
from tests.gateway.chat.nodes import NOW, TENANT, Clock, Node, Server
from tests.gateway.record.making import case_lines


def mute(user: str = "u", room: str = "r", for_s: float = 60.0) -> Action:
    return Action(Target("user", room, user), "mute", for_s)


def act(kind: str) -> Action:
    return Action(Target("message", "r", "m"), kind)


Make = Callable[[], Node]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def make(where: Where, clock: Clock) -> AsyncIterator[Make]:
    """Give a function that starts a gateway; all of them are closed."""
    nodes: list[Node] = []

    def made() -> Node:
        nodes.append(Node(where, clock))
        return nodes[-1]

    yield made
    for node in nodes:
        node.close()


async def outcome(node: Node, key: str) -> str | None:
    row = await node.table.find(TENANT, key)
    assert row is not None
    return row.outcome


async def case_states(where: Where) -> list[tuple[str, str]]:
    return sorted((line.id, line.state) for line in case_lines(where, TENANT))


async def test_a_command_reaches_the_connections_of_both_and_is_done_once(make: Make) -> None:
    a, b, server = make(), make(), Server()
    here, there = server.join(a), server.join(b)
    await a.poll()
    await b.poll()
    (row,) = a.order(mute())
    assert a.wires.published == [("commands", TENANT)]
    for _ in range(2):
        await b.poll()
    assert [command.id for command in here.told + there.told] == [row.id, row.id]
    there.read_all()
    here.read_all()
    assert [command.id for command in server.carried_out] == [row.id]
    assert await outcome(a, row.id) == "done"
    await a.poll()
    await b.poll()
    assert (len(a.commands), len(b.commands)) == (0, 0)


async def test_a_command_issued_while_nobody_is_connected_arrives_on_any_gateway(
    make: Make,
) -> None:
    a, b, server = make(), make(), Server()
    (row,) = a.order(mute())
    link = server.join(b)
    assert link.told == []
    await b.poll()
    link.read_all()
    assert [command.id for command in server.carried_out] == [row.id]
    assert await outcome(b, row.id) == "done"
    assert b.ends == [(row.id, "done")]


async def test_a_gateway_that_dies_leaves_its_commands_to_the_next(
    make: Make, clock: Clock, where: Where
) -> None:
    a, b, server = make(), make(), Server()
    link = server.join(a)
    await a.poll()
    (row,) = a.order(mute())
    assert len(link.unread) == 1
    link.cut()  # it dies with the command on its way, and the lease in its name
    again = server.join(b)
    again.resume()
    await b.poll()
    assert [command.id for command in again.told] == [row.id]
    found = await b.table.find(TENANT, row.id)
    assert found is not None
    assert found.node == a.id
    clock.now += 6.0
    await b.poll()
    found = await b.table.find(TENANT, row.id)
    assert found is not None
    assert (found.node, found.leased) == (b.id, clock.now + 5.0)
    clock.now += 60.0
    await b.poll()
    assert await outcome(b, row.id) == "expired"
    assert await case_states(where) == [(f"command-{row.id}", "open")]


async def test_only_one_gateway_ends_what_is_too_old(make: Make, clock: Clock) -> None:
    a, b = make(), make()
    rows = a.order(mute("a"), mute("b"), mute("c"))
    clock.now += 62.0
    await asyncio.gather(a.poll(), b.poll())
    assert sorted(a.ends + b.ends) == sorted((row.id, "expired") for row in rows)


async def test_a_done_in_time_beats_the_expiry_of_another_gateway(make: Make, clock: Clock) -> None:
    a, b, server = make(), make(), Server()
    link = server.join(b)
    (row,) = a.order(mute())
    await b.poll()
    clock.now += 60.0  # its time is over, but a `done` may still be on its way
    await a.poll()
    link.read_all()
    clock.now += 2.0
    await a.poll()
    await b.poll()
    assert (a.ends, b.ends) == ([], [(row.id, "done")])


async def test_a_late_done_resolves_the_case_wherever_it_is_heard(
    make: Make, clock: Clock, where: Where
) -> None:
    a, b, server = make(), make(), Server()
    (row,) = a.order(mute())
    clock.now += 62.0
    await a.poll()
    link = server.join(b)
    for _ in range(3):
        b.commands.done(TENANT, row.id, "chat-1", link)
    await b.poll()
    assert await outcome(b, row.id) == "expired"
    key = f"command-{row.id}"
    assert await case_states(where) == [(key, "open"), (key, "resolved")]
    assert len(b.book.entries) == 1


async def test_a_done_before_the_row_was_looked_up_counts(make: Make) -> None:
    """A server that reconnects confirms what it did before it hears it again."""
    a, b, server = make(), make(), Server()
    (row,) = a.order(mute())
    link = server.join(b)
    b.commands.done(TENANT, row.id, "chat-1", link)
    await b.poll()
    assert await outcome(b, row.id) == "done"
    assert link.told == []


async def test_a_lie_about_an_unknown_command_ends_nothing(make: Make) -> None:
    a, b, server = make(), make(), Server()
    (row,) = a.order(mute(room="r"))
    elsewhere = server.join(b, "x")
    b.commands.done(TENANT, row.id, "liar", elsewhere)
    b.commands.done("other", row.id, "liar")
    for number in range(1000):
        b.commands.done(TENANT, f"made-up-{number}", "liar", elsewhere)
    for _ in range(10):
        await b.poll()
    assert await outcome(b, row.id) is None
    assert b.book.entries == []


async def test_a_revert_elsewhere_ends_what_was_never_sent(make: Make, clock: Clock) -> None:
    a, b, server = make(), make(), Server()
    (removal,) = a.order(act("remove"))
    clock.now -= 3600.0  # the clock of the gateway where it is reverted is an hour behind
    await b.courier.see(TENANT, [removal.action.target])
    (restoring,) = b.order(act("restore"))
    clock.now += 3600.0
    link = server.join(make())
    await link.node.poll()
    link.read_all()
    assert [command.id for command in server.carried_out] == [restoring.id]
    assert await outcome(a, removal.id) == "superseded"
    assert await outcome(a, restoring.id) == "done"


async def test_a_done_revert_is_a_tombstone_also_for_a_gateway_that_has_just_started(
    make: Make, clock: Clock
) -> None:
    a, server = make(), Server()
    link = server.join(a)
    await a.poll()
    (removal,) = a.order(act("remove"))
    link.unread.clear()  # it went astray
    (restoring,) = a.order(act("restore"))
    link.read_all()
    assert await outcome(a, restoring.id) == "done"
    link.cut()
    clock.now += 6.0  # nobody answers for the removal any more
    late = server.join(make())
    late.resume()
    await late.node.poll()
    assert late.told == []
    assert await outcome(a, removal.id) == "superseded"


async def test_a_revert_that_is_looked_up_again_does_not_show_over_what_came_after_it(
    make: Make,
) -> None:
    node, server, recent = make(), Server(), Recent(wall=lambda: NOW)
    user = User("u", "Ann")
    recent.add(Message(TENANT, "m", "r", user, "hello", NOW, NOW, "chat"), "allow")
    node.commands.heard.append(recent.ordered)
    link = server.join(node)
    await node.poll()
    for kind in ("remove", "restore", "remove"):
        node.order(act(kind))
        link.read_all()
    assert len(server.carried_out) == 3
    server.join(node)  # so all is looked up
    assert await node.poll()
    assert [said.action for said in recent.of(TENANT, "r")] == ["remove"]


async def test_sequence_numbers_go_on_above_those_of_others_and_of_before(
    make: Make, clock: Clock
) -> None:
    (before,) = make().order(mute())
    clock.now -= 3600.0
    after = make()
    await after.courier.load()
    (row,) = after.order(mute())
    assert row.seq > before.seq


async def test_without_the_database_memory_serves_and_nothing_is_ended_for_its_age(
    make: Make, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, server = make(), Server()
    (row,) = a.order(mute())

    def gone(*_: object) -> None:
        raise RecordUnavailable("gone")

    with monkeypatch.context() as broken:
        broken.setattr("gateway.record.outbox.reading", gone)
        link = server.join(a)
        assert not await a.poll()
        assert a.metrics.degraded["outbox"]()
        assert [command.id for command in link.told] == [row.id]
        (second,) = a.order(mute("v"))
        assert [command.id for command in link.told] == [row.id, second.id]
        clock.now += 100.0
        assert not await a.poll()
        assert a.ends == []
    assert await a.poll()
    assert not a.metrics.degraded["outbox"]()
    assert sorted(a.ends) == sorted([(row.id, "expired"), (second.id, "expired")])


async def test_a_database_that_hangs_does_not_keep_a_new_connection_waiting(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, server = make(), Server()
    (row,) = a.order(mute())
    hangs = asyncio.Event()

    async def hang(*_: object) -> list[object]:
        await hangs.wait()
        return []

    monkeypatch.setattr(a.table, "open_for", hang)
    link = server.join(a)
    polling = asyncio.create_task(a.poll())
    async with asyncio.timeout(10 * CATCH_UP_S):
        while not link.told:  # noqa: ASYNC110  # a state, not an event
            await asyncio.sleep(0.01)
    assert [command.id for command in link.told] == [row.id]
    hangs.set()
    await polling


async def test_the_task_polls_when_woken_and_each_second(make: Make) -> None:
    a, b, server = make(), make(), Server()
    link = server.join(b)
    running = asyncio.create_task(b.courier.run())
    try:
        async with asyncio.timeout(5.0):
            (row,) = a.order(mute())
            (listener,) = b.wires.listeners["commands"]
            listener("a tenant that nobody here serves")
            listener(TENANT)
            while not link.told:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            (second,) = a.order(mute("v"))  # and nobody wakes it
            while len(link.told) < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    finally:
        running.cancel()
        await asyncio.wait([running])
        await asyncio.get_running_loop().shutdown_default_executor()  # a query may be under way
    assert [command.id for command in link.told] == [row.id, second.id]


async def test_an_end_that_could_not_be_recorded_is_recorded_later(
    make: Make, clock: Clock
) -> None:
    a, server = make(), Server()
    link = server.join(a)
    await a.poll()
    (row,) = a.order(mute())
    a.book.full = True
    link.read_all()
    assert await outcome(a, row.id) is None
    a.book.full = False
    for _ in range(3):
        clock.now += 3.0
        await a.poll()
    assert await outcome(a, row.id) == "done"
    assert len(server.carried_out) == 1
    assert len(link.told) == 1


async def test_what_another_gateway_ended_unseen_is_forgotten(make: Make, clock: Clock) -> None:
    a, b, server = make(), make(), Server()
    deaf, hears = server.join(a), server.join(b)
    await a.poll()
    await b.poll()
    a.order(mute())
    deaf.unread.clear()
    await b.poll()
    hears.read_all()
    assert len(a.commands) == 1
    clock.now += 6.0
    await a.poll()
    assert (len(a.commands), a.ends) == (0, [])
