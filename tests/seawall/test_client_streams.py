"""A live stream is opened, sent, resumed and ended over a client's connection."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from seawall import wire
from seawall.actions import Target
from seawall.client import Client
from seawall.errors import HandshakeRefused, NotConnected, WireError
from tests.seawall.scripted import Link, ask, gateway, join, until

_CUT = wire.Command("c1", 1, "cut", Target("stream", "r1", "s1"))


def live_of(sea: Client, **options: Any) -> Any:  # Any: passed on to `stream` as it is
    given = {"stream": "s1", "room": "r1", "user": {"id": "u1"}, "container": "webm", **options}
    return sea.stream(**given)


async def test_a_stream_is_opened_sent_and_ended() -> None:
    heard: list[Any] = []

    async def script(link: Link) -> None:
        await link.greet()
        begun = await link.opens(credit=100)
        heard.extend([(begun.stream, begun.container, begun.resume), await link.piece()])
        heard.append(await link.next(wire.StreamStat))
        heard.append(await link.next(wire.StreamClose))
        await link.tell(wire.Ack("s1"))
        await link.rest()

    async with gateway(script) as uri, join(uri) as sea:
        async with live_of(sea) as live:
            await live.send(b"abc")
            assert await live.drained(5)
            await live.stat(12)
            assert await live.close("over")
        assert (live.sent, live.dropped, live.waiting, live.opens) == (3, 0, 0, 1)
        assert len(sea._talk.flows) == 0
    assert heard == [
        ("s1", "webm", False),
        (0, b"abc"),
        wire.StreamStat("s1", 12),
        wire.StreamClose("s1", reason="over"),
    ]


async def test_credit_is_kept_and_what_waits_too_long_is_dropped() -> None:
    more = asyncio.Event()
    heard: list[tuple[int, bytes]] = []

    async def script(link: Link) -> None:
        await link.greet()
        await link.opens(credit=4)
        heard.append(await link.piece())
        await more.wait()
        await link.tell(wire.Credit("s1", 4))
        heard.append(await link.piece())
        await link.next(wire.StreamClose)
        await link.tell(wire.Ack("s1"))
        await link.rest()

    async with gateway(script) as uri, join(uri) as sea, live_of(sea, keep_s=0.05) as live:
        await live.send(b"1111")
        await live.send(b"2222")
        assert not await live.drained(0.1)
        await live.send(b"3333")
        assert live.dropped == 4
        more.set()
        assert await live.drained(5)
    assert heard == [(0, b"1111"), (2, b"3333")]


async def test_messages_and_media_share_a_connection() -> None:
    async def script(link: Link) -> None:
        await link.greet()
        await link.opens(credit=1 << 20)
        await link.piece()
        await link.allow()
        await link.next(wire.StreamClose)
        await link.tell(wire.Ack("s1"))
        await link.rest()

    async with gateway(script) as uri, join(uri) as sea, live_of(sea) as live:
        await live.send(b"abc")
        assert (await ask(sea)).action == "allow"


async def test_a_broken_stream_is_resumed_and_goes_on_counting() -> None:
    heard: list[Any] = []

    async def script(link: Link) -> None:
        await link.greet()
        if link.number == 1:
            await link.opens(credit=100)
            heard.append(await link.piece())
            link.cut()
            return
        heard.append((await link.next(wire.Resume)).session)
        begun = await link.opens(credit=100, next=1)
        heard.append((begun.stream, begun.resume))
        heard.append(await link.piece())
        await link.next(wire.StreamClose)
        await link.tell(wire.Ack("s1"))
        await link.rest()

    async with gateway(script) as uri, join(uri) as sea, live_of(sea, keep_s=20) as live:
        await live.send(b"abc")
        await until(lambda: not sea.connected)
        await live.send(b"def")
        assert await live.drained(5)
        assert live.opens == 2
    assert heard == [(0, b"abc"), "s1", ("s1", True), (1, b"def")]


async def test_a_cut_stops_the_bytes_before_it_is_done() -> None:
    heard: list[Any] = []

    async def script(link: Link) -> None:
        await link.greet()
        await link.opens(credit=4)
        heard.append(await link.piece())
        await link.tell(_CUT)
        heard.append((await link.next(wire.Done)).command)
        await link.tell(wire.Credit("s1", 100))
        heard.append((await link.next(wire.StreamClose)).reason)
        await link.tell(wire.Ack("s1"))
        await link.rest()

    live: Any = None

    async def obey(command: wire.Command) -> None:
        assert command.kind == "cut"
        live.stop()

    async with (
        gateway(script) as uri,
        join(uri, on_command=obey) as sea,
        live_of(sea, keep_s=20) as opened,
    ):
        live = opened
        await live.send(b"1111")
        await live.send(b"2222")
        await until(lambda: bool(live.stopped))
        await live.send(b"3333")
        assert live.sent == 4
        await live.close("cut")
    assert heard == [(0, b"1111"), "c1", "cut"]


async def test_findings_and_coverage_are_handed_over() -> None:
    reason = wire.Reason("r", "scam.phishing", "high")
    finding = wire.Finding("s1", "speech", 1.0, 2.0, "allow", [reason], False)
    coverage = wire.Coverage("s1", 0.0, 5.0, 1.0, 0.5, [])
    heard: list[Any] = []

    async def script(link: Link) -> None:
        await link.greet()
        await link.tell(finding, coverage)
        await link.rest()

    async def hear(told: wire.Finding | wire.Coverage) -> None:
        heard.append(told)
        if isinstance(told, wire.Finding):
            raise ValueError("a handler of the caller's that fails")

    async with gateway(script) as uri, join(uri, on_finding=hear, on_coverage=hear) as sea:
        await until(lambda: len(heard) == 2)
        assert sea.counts.failed == 1
    assert heard == [finding, coverage]


async def test_a_refused_stream_says_why() -> None:
    async def script(link: Link) -> None:
        await link.greet()
        begun = await link.next(wire.StreamOpen)
        await link.tell(wire.Error(begun.id, None, "unsupported", "no media here"))
        await link.rest()

    async with gateway(script) as uri, join(uri) as sea:
        with pytest.raises(WireError, match="no media here"):
            async with live_of(sea):
                raise AssertionError("it was refused")
        assert sea.counts.errors == 1
        with pytest.raises(WireError, match="bad_field"):
            live_of(sea, stream="")
        with pytest.raises(WireError, match="bad_field"):
            live_of(sea, user={"name": "nobody"})


async def test_an_overloaded_gateway_is_asked_again() -> None:
    async def script(link: Link) -> None:
        await link.greet()
        begun = await link.next(wire.StreamOpen)
        await link.tell(wire.Error(begun.id, None, "overloaded", "later", 0.01))
        await link.opens(credit=10)
        await link.next(wire.StreamClose)
        await link.tell(wire.Ack("s1"))
        await link.rest()

    async with gateway(script) as uri, join(uri) as sea, live_of(sea) as live:
        assert live.opens == 1


async def test_a_gateway_that_does_not_answer_is_not_waited_for_for_ever() -> None:
    async def script(link: Link) -> None:
        await link.greet()
        await link.rest()

    async with gateway(script) as uri, join(uri) as sea:
        with pytest.raises(NotConnected, match="did not open"):
            async with live_of(sea, within_s=0.05):
                raise AssertionError("it was not opened")
        assert len(sea._talk.flows) == 0


async def test_a_stream_that_the_gateway_closed_is_opened_again_with_the_next_bytes() -> None:
    heard: list[tuple[int, bytes]] = []

    async def script(link: Link) -> None:
        await link.greet()
        await link.opens(credit=10)
        await link.next(wire.StreamStat)
        await link.tell(wire.Error("s1", None, "unknown_stream", "nothing came of it"))
        await link.opens(credit=10)
        heard.append(await link.piece())
        await link.next(wire.StreamClose)
        await link.tell(wire.Ack("s1"))
        await link.rest()

    async with gateway(script) as uri, join(uri) as sea, live_of(sea) as live:
        await live.stat(1)
        await until(lambda: bool(sea.counts.errors))
        await live.send(b"abc")
        await until(lambda: bool(heard))
        assert live.opens == 2


async def test_a_refusal_for_good_ends_the_waiting() -> None:
    async def script(link: Link) -> None:
        await link.greet()
        await link.next(wire.StreamOpen)
        await link.socket.close(4001, "revoked")

    async with gateway(script) as uri:
        with pytest.raises(HandshakeRefused):
            async with join(uri) as sea, live_of(sea):
                raise AssertionError("it was refused")


async def test_a_key_that_is_revoked_ends_the_sending() -> None:
    async def script(link: Link) -> None:
        await link.greet()
        await link.opens(credit=100)
        await link.piece()
        await link.socket.close(4001, "revoked")

    async def sending(uri: str) -> None:
        async with join(uri) as sea, live_of(sea) as live:
            await live.send(b"abc")
            await until(lambda: sea._ended is not None)
            await live.send(b"def")

    async with gateway(script) as uri:
        with pytest.raises(HandshakeRefused):
            await sending(uri)


async def test_a_cut_during_a_break_is_obeyed_before_the_refusal_is_told() -> None:
    heard: list[str] = []

    async def script(link: Link) -> None:
        await link.greet()
        if link.number == 1:
            await link.opens(credit=100)
            await link.piece()
            link.cut()
            return
        begun = await link.next(wire.StreamOpen)
        await link.tell(wire.Error(begun.id, None, "not_allowed", "the stream was cut"), _CUT)
        heard.append((await link.next(wire.Done)).command)
        await link.rest()

    async def obey(command: wire.Command) -> None:
        heard.append(f"obeyed {command.kind}")

    async with gateway(script) as uri, join(uri, on_command=obey) as sea:
        async with live_of(sea) as live:
            await live.send(b"abc")
            await until(lambda: len(heard) == 2)
            assert (live.stopped, live.refused) == (True, None)
            await live.send(b"def")
            assert live.sent == 3
            assert not await live.close("cut")
            assert live.refused is not None
        assert len(sea._talk.flows) == 0
    assert heard == ["obeyed cut", "c1"]


async def test_a_stream_that_nobody_sends_any_more_is_closed_and_may_be_opened_again() -> None:
    heard: list[Any] = []

    async def script(link: Link) -> None:
        await link.greet()
        await link.tell(wire.StreamOpened("s1", 7, 100, next=4))
        heard.append(await link.next(wire.StreamClose))
        await link.tell(wire.Ack("s1"))
        begun = await link.opens(credit=100, handle=8)
        heard.extend([begun.resume, await link.piece(8)])
        await link.next(wire.StreamClose)
        await link.tell(wire.Ack("s1"))
        await link.rest()

    async with gateway(script) as uri, join(uri) as sea:
        await until(lambda: len(heard) == 1)
        async with live_of(sea) as live:
            await live.send(b"abc")
            assert await live.drained(5)
            await until(lambda: len(heard) == 3)
    assert heard == [wire.StreamClose("s1"), False, (0, b"abc")]
