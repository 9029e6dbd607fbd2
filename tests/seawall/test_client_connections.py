"""Connections break, and the client keeps its word; refusals are final, and it says so."""

from __future__ import annotations

import asyncio
import socket
import time
from http import HTTPStatus

import pytest
from hypothesis import given, settings, strategies as st
from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from seawall import wire
from seawall.errors import HandshakeRefused, NotConnected
from tests.seawall.scripted import Link, ask, gateway, join, rule_of, until


async def test_after_a_break_what_waits_is_sent_again_in_order_and_the_session_resumed() -> None:
    second: list[object] = []

    async def script(link: Link) -> None:
        await link.greet()
        if link.number == 1:
            await link.allow()
            await link.next(wire.Chat)
            await link.next(wire.Chat)
            link.cut()
            return
        second.append(await link.next(wire.Resume))
        second.extend([(await link.allow()).id, (await link.allow()).id])
        await link.rest()

    async with gateway(script) as uri, join(uri) as sea:
        await ask(sea, "m0")
        verdicts = await asyncio.gather(ask(sea, "m1"), ask(sea, "m2"))
        assert [verdict.action for verdict in verdicts] == ["allow", "allow"]
        assert second == [wire.Resume("s1"), "m1", "m2"]
        assert sea.counts.breaks == 1


async def test_while_the_gateway_is_away_the_caller_decides_and_nothing_piles_up() -> None:
    async def script(link: Link) -> None:
        await link.greet()
        await link.socket.close(1001)

    async with gateway(script) as uri, join(uri) as sea:
        await until(lambda: not sea.connected)
        verdict = await ask(sea, timeout_s=0.01, on_timeout="block")
        assert verdict.action == "block"
        assert rule_of(verdict) in {"client.disconnected", "client.timeout"}
        assert len(sea._talk.ledger) <= 1


async def test_what_the_gateway_choked_on_is_not_sent_again() -> None:
    async def script(link: Link) -> None:
        await link.greet()
        if link.number == 1:
            await link.next(wire.Chat)
            await link.socket.close(1009)
        else:
            await link.allow()
            await link.rest()

    async with gateway(script) as uri, join(uri) as sea:
        assert rule_of(await ask(sea, "poison")) == "client.disconnected"
        assert (await ask(sea, "m2")).action == "allow"


async def test_a_rate_limited_client_stays_away_as_long_as_told() -> None:
    times: list[float] = []

    async def script(link: Link) -> None:
        times.append(time.monotonic())
        await link.greet()
        if link.number == 1:
            await link.tell(wire.Bye("rate", 0.4))
            await link.socket.close(4003)
        else:
            await link.allow()
            await link.rest()

    async with gateway(script) as uri, join(uri) as sea:
        assert (await ask(sea)).action == "allow"
        assert times[1] - times[0] >= 0.4


@pytest.mark.parametrize("code", [4001, 4004])
async def test_a_final_close_ends_it_and_every_door_says_so(code: int) -> None:
    connections = 0
    go = asyncio.Event()

    async def script(link: Link) -> None:
        nonlocal connections
        connections += 1
        await link.greet()
        await link.next(wire.Chat)
        await go.wait()
        await link.socket.close(code)

    async with gateway(script) as uri, join(uri) as sea:
        waiting = asyncio.ensure_future(ask(sea))
        await until(lambda: bool(sea._waiting))
        go.set()
        assert rule_of(await waiting) == "client.refused"
        assert rule_of(await ask(sea, "m2", on_timeout="block")) == "client.refused"
        with pytest.raises(HandshakeRefused, match=str(code)):
            await sea.send(wire.Room("r1"))
        with pytest.raises(HandshakeRefused, match=str(code)):
            async for _ in sea.commands():
                pass
        assert connections == 1
        await until(lambda: "seawall.client" not in {t.get_name() for t in asyncio.all_tasks()})


async def test_a_wrong_key_is_refused_at_once() -> None:
    def answer(connection: ServerConnection, request: Request) -> Response:
        return connection.respond(HTTPStatus.UNAUTHORIZED, "no such key\n")

    async def script(link: Link) -> None: ...

    async with gateway(script, answer) as uri:
        with pytest.raises(HandshakeRefused, match="key"):
            async with join(uri):
                pass


async def test_a_gateway_that_is_starting_is_tried_again() -> None:
    attempts = 0

    def answer(connection: ServerConnection, request: Request) -> Response | None:
        nonlocal attempts
        attempts += 1
        return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "") if attempts < 3 else None

    async def script(link: Link) -> None:
        await link.greet()
        await link.allow()
        await link.rest()

    async with gateway(script, answer) as uri, join(uri) as sea:
        assert (await ask(sea)).action == "allow"
        assert attempts == 3


async def test_who_speaks_another_protocol_is_no_gateway() -> None:
    async def script(link: Link) -> None:
        await link.rest()

    async with gateway(script, subprotocols=None) as uri:
        with pytest.raises(HandshakeRefused, match=r"seawall\.v1"):
            async with join(uri):
                pass
    with pytest.raises(HandshakeRefused, match="address"):
        async with join("http://127.0.0.1/"):
            pass


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_no_gateway_at_the_start_is_an_error_unless_one_may_start_without() -> None:
    uri = f"ws://127.0.0.1:{free_port()}/v1"
    with pytest.raises(NotConnected, match="no gateway answered"):
        async with join(uri, wait_s=0.1):
            pass
    async with join(uri, wait_s=0) as sea:
        verdict = await ask(sea, timeout_s=0.05, on_timeout="allow")
        assert (verdict.action, rule_of(verdict)) == ("allow", "client.disconnected")
        with pytest.raises(NotConnected):
            await sea.send(wire.Room("r1"), timeout_s=0.01)


async def test_who_still_waits_when_the_client_closes_is_answered() -> None:
    async def script(link: Link) -> None:
        await link.greet()
        await link.rest()

    async with gateway(script) as uri:
        async with join(uri) as sea:
            waiting = asyncio.ensure_future(ask(sea, timeout_s=60))
            told = asyncio.ensure_future(sea.send(wire.Report("x", "r", "u", "y", "u", 1.0)))
            await until(lambda: len(sea._waiting) == 2)
        assert rule_of(await waiting) == "client.disconnected"
        with pytest.raises(NotConnected):
            await told
        assert [command async for command in sea.commands()] == []


async def test_an_error_in_the_block_comes_out_as_it_is() -> None:
    async def script(link: Link) -> None:
        await link.greet()
        await link.rest()

    async with gateway(script) as uri:
        with pytest.raises(ZeroDivisionError):
            async with join(uri):
                raise ZeroDivisionError


@pytest.mark.slow
async def test_a_half_open_connection_is_noticed_and_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("seawall.client.PING_S", 0.3)

    async def script(link: Link) -> None:
        await link.greet()
        if link.number == 1:
            link.socket.transport.pause_reading()  # no pong, no close: the network is gone
        else:
            await link.allow()
        await link.rest()

    async with gateway(script, ping_interval=None) as uri, join(uri) as sea:
        assert (await ask(sea, timeout_s=15)).action == "allow"


FAULTS = st.lists(
    st.sampled_from(
        ["answer", "answer", "answer", "twice", "noise", "busy", "silent", "cut", "bye"]
    ),
    min_size=1,
    max_size=12,
)


@given(faults=FAULTS, count=st.integers(1, 12))
@settings(max_examples=25, deadline=None)
def test_whatever_goes_wrong_every_message_gets_one_verdict(faults: list[str], count: int) -> None:
    left = list(faults)
    harmless = set(faults) <= {"answer", "twice", "noise"}
    timer_s = 10.0 if harmless else 0.4

    async def script(link: Link) -> None:
        await link.greet(inflight=4)
        while True:
            chat = await link.next(wire.Chat)
            verdict = wire.Verdict(chat.id, chat.rev, "allow")
            match left.pop() if left else "answer":
                case "answer":
                    await link.tell(verdict)
                case "twice":
                    await link.tell(verdict, verdict)
                case "noise":
                    await link.socket.send(b"\xff\x00")
                    await link.tell(verdict)
                case "busy":
                    await link.tell(wire.Error(chat.id, chat.rev, "overloaded", "later", 0.001))
                case "cut":
                    return link.cut()
                case "bye":
                    return await link.socket.close(1001)

    async def play() -> None:
        async with gateway(script) as uri, join(uri) as sea:
            asked = [ask(sea, f"m{n}", timeout_s=timer_s) for n in range(count)]
            verdicts = await asyncio.gather(*asked)
            assert [verdict.id for verdict in verdicts] == [f"m{n}" for n in range(count)]
            late = [verdict for verdict in verdicts if verdict.late]
            assert all(rule_of(verdict).startswith("client.") for verdict in late)
            assert sea.counts.answered + sea.counts.unchecked == count + sea.counts.errors
            assert not (harmless and late)

    asyncio.run(play())
