"""Every message asked is answered in time, by the gateway or by the caller's own choice."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import msgspec
import pytest

from seawall import wire
from seawall.errors import NotConnected, WireError
from seawall.ledger import QUEUE
from tests.seawall.scripted import ANN, Link, ask, gateway, join, rule_of, until


async def test_a_message_is_asked_and_its_verdict_comes_back() -> None:
    heard: list[Any] = []

    async def script(link: Link) -> None:
        request = link.socket.request
        assert request is not None
        heard.extend([request.headers["Authorization"], link.socket.subprotocol])
        heard.extend([link.socket.protocol.extensions, await link.greet(), await link.allow()])
        await link.rest()

    async with gateway(script) as uri, join(uri, rooms=["r1"]) as sea:
        verdict = await ask(sea, at=5.0)
        assert verdict == wire.Verdict("m1", 0, "allow", policy="p1")
        assert sea.connected
        assert sea.hello is not None
        assert sea.hello.session == "s1"
    assert heard == [
        "Bearer sw_test",
        wire.SUBPROTOCOL,
        [],
        wire.Hello("chat-1", ["r1"]),
        wire.Chat("m1", "r1", wire.Author("u1", "Ann", []), "hello", 5.0, "chat"),
    ]


async def test_an_edit_is_a_message_with_a_rev() -> None:
    async def script(link: Link) -> None:
        await link.greet()
        edit = await link.next(wire.Edit)
        await link.tell(wire.Verdict(edit.id, edit.rev, "mask", text="h***o"))
        await link.rest()

    async with gateway(script) as uri, join(uri) as sea:
        verdict = await ask(sea, rev=2)
        assert (verdict.rev, verdict.action, verdict.text) == (2, "mask", "h***o")


@pytest.mark.parametrize("choice", ["allow", "block"])
async def test_silence_is_answered_by_the_caller_and_what_comes_later_dropped(choice: str) -> None:
    release = asyncio.Event()

    async def script(link: Link) -> None:
        await link.greet()
        chat = await link.next(wire.Chat)
        await release.wait()
        await link.tell(wire.Verdict(chat.id, chat.rev, "hold"))
        await link.rest()

    async with gateway(script) as uri, join(uri) as sea:
        verdict = await ask(sea, timeout_s=0.05, on_timeout=choice)
        assert (verdict.action, verdict.late, rule_of(verdict)) == (choice, True, "client.timeout")
        release.set()
        await until(lambda: sea.counts.late == 1)
        assert (sea.counts.unchecked, sea.counts.answered) == (1, 0)


async def test_a_choice_that_is_none_is_refused_before_anything_is_sent() -> None:
    async def script(link: Link) -> None:
        await link.greet()
        await link.rest()

    async with gateway(script) as uri, join(uri) as sea:
        with pytest.raises(WireError, match="bad_field: on_timeout: want allow or block"):
            await ask(sea, timeout_s=0.0, on_timeout="maybe")
        assert sea.counts.unchecked == 0


async def test_without_a_choice_policy_says_what_silence_means_and_when() -> None:
    async def script(link: Link) -> None:
        await link.greet(on_timeout="hold")
        await link.rest()

    async with gateway(script) as uri, join(uri) as sea:
        began = time.monotonic()
        verdict = await sea.judge(id="m1", room="r1", user=ANN, text="hello")
        assert verdict.action == "block"
        assert 0.09 < time.monotonic() - began < 2.0


async def test_a_second_verdict_for_the_same_message_is_dropped() -> None:
    async def script(link: Link) -> None:
        await link.greet()
        await link.allow()
        await link.tell(wire.Verdict("m1", 0, "block"), wire.Verdict("never asked", 0, "block"))
        await link.allow()
        await link.rest()

    async with gateway(script) as uri, join(uri) as sea:
        assert (await ask(sea)).action == "allow"
        assert (await ask(sea, "m2")).action == "allow"
        assert sea.counts.stray == 2


async def test_noise_from_the_gateway_is_ignored() -> None:
    async def script(link: Link) -> None:
        await link.greet()
        await link.socket.send('{"type":"telepathy","of":"a newer gateway"}')
        await link.socket.send("not json")
        await link.socket.send(b"\x00\xff binary")
        await link.socket.send('{"type":"verdict"}')
        await link.tell(wire.Error(None, None, "bad_json", "what?"), wire.Hold("m9", 0, "denied"))
        await link.allow()
        await link.rest()

    async with gateway(script) as uri, join(uri) as sea:
        assert (await ask(sea)).action == "allow"
        assert (sea.counts.unreadable, sea.counts.errors) == (4, 1)


async def test_a_refused_message_raises_what_the_gateway_said() -> None:
    async def script(link: Link) -> None:
        await link.greet()
        await link.next(wire.Chat)
        await link.tell(wire.Error("m1", 0, "id_reused", "other content"))
        await link.rest()

    async with gateway(script) as uri, join(uri) as sea:
        with pytest.raises(WireError) as caught:
            await ask(sea)
        assert (caught.value.code, caught.value.ref, caught.value.rev) == ("id_reused", "m1", 0)
        with pytest.raises(WireError, match="too_large"):
            await sea.judge(id="m2", room="r1", user=ANN, text="x" * 16_385)
        with pytest.raises(WireError, match="bad_field"):
            await sea.judge(id="m2", room="", user=ANN, text="x")


async def test_the_same_message_cannot_wait_twice() -> None:
    async def script(link: Link) -> None:
        await link.greet()
        await link.rest()

    async with gateway(script) as uri, join(uri) as sea, asyncio.TaskGroup() as group:
        first = group.create_task(ask(sea))
        await until(lambda: bool(sea._waiting))
        with pytest.raises(WireError, match="id_reused"):
            await ask(sea)
        first.cancel()


async def test_no_more_is_in_flight_than_the_gateway_allows() -> None:
    asked: list[str] = []
    go = asyncio.Event()

    async def script(link: Link) -> None:
        await link.greet(inflight=2)
        waiting = [await link.next(wire.Chat), await link.next(wire.Chat)]
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await link.next(wire.Chat)
        go.set()
        for _ in range(5):
            chat = waiting.pop(0)
            asked.append(chat.id)
            await link.tell(wire.Verdict(chat.id, 0, "allow"))
            if len(asked) + len(waiting) < 5:
                waiting.append(await link.next(wire.Chat))
        await link.rest()

    async with gateway(script) as uri, join(uri) as sea:
        verdicts = await asyncio.gather(*(ask(sea, f"m{n}") for n in range(5)))
        assert go.is_set()
        assert [verdict.action for verdict in verdicts] == ["allow"] * 5
        assert asked == [f"m{n}" for n in range(5)]


async def test_an_overloaded_gateway_is_asked_again_in_time() -> None:
    async def script(link: Link) -> None:
        await link.greet()
        for code in ("overloaded", "rate"):
            await link.next(wire.Chat)
            await link.tell(wire.Error("m1", 0, code, "later", 0.02))
        await link.allow()
        await link.rest()

    async with gateway(script) as uri, join(uri) as sea:
        assert (await ask(sea)).action == "allow"
        assert sea.counts.retried == 2


async def test_a_gateway_overloaded_for_longer_than_the_timer_is_not_waited_for() -> None:
    async def script(link: Link) -> None:
        await link.greet()
        await link.next(wire.Chat)
        await link.tell(wire.Error("m1", 0, "overloaded", "much later", 60.0))
        await link.rest()

    async with gateway(script) as uri, join(uri) as sea:
        verdict = await ask(sea, timeout_s=10, on_timeout="block")
        assert (verdict.action, rule_of(verdict)) == ("block", "client.overloaded")


async def test_more_than_can_be_queued_is_answered_at_once() -> None:
    async def script(link: Link) -> None:
        await link.greet(inflight=1)
        await link.rest()

    async with gateway(script) as uri, join(uri) as sea:
        for number in range(QUEUE + 1):
            sea._talk.ledger.open((str(number), 0), b"{}")
        verdict = await ask(sea, timeout_s=10)
        assert rule_of(verdict) == "client.overloaded"


async def test_an_answer_in_the_tick_of_giving_up_changes_nothing() -> None:
    async def script(link: Link) -> None:
        await link.greet()
        await link.rest()

    async with gateway(script) as uri, join(uri) as sea:
        waiting = asyncio.ensure_future(ask(sea))
        await until(lambda: sea._talk.ledger.in_flight == 1)
        waiting.cancel()
        answer = msgspec.json.encode(wire.Verdict("m1", 0, "allow"))
        sea._handle(sea._talk.received(answer))
        await asyncio.wait([waiting])
        assert waiting.cancelled()
        assert not sea._waiting


def chats(*ids: str) -> list[wire.Chat]:
    who = wire.Author("u1", "Ann", [])
    return [wire.Chat(id, "r1", who, "hello", 1.0, "chat") for id in ids]


async def test_many_messages_go_in_one_batch_and_come_back_in_order() -> None:
    async def script(link: Link) -> None:
        await link.greet()
        batch = await link.next(wire.Batch)
        answers = [
            wire.Verdict(item.id, 0, "allow") for item in batch.items if isinstance(item, wire.Chat)
        ]
        await link.tell(wire.Verdicts(answers[::-1]))
        await link.rest()

    async with gateway(script) as uri, join(uri) as sea:
        broken = wire.Chat("", "r1", wire.Author("u1", "Ann", []), "hello", 1.0, "chat")
        answers = await sea.judge_many([*chats("a", "b"), broken, *chats("c")], timeout_s=5)
        assert [answer.id for answer in answers if isinstance(answer, wire.Verdict)] == [
            "a",
            "b",
            "c",
        ]
        assert isinstance(answers[2], WireError)


async def test_a_batch_refused_for_one_message_is_judged_for_the_others() -> None:
    async def script(link: Link) -> None:
        await link.greet()
        await link.next(wire.Batch)
        await link.tell(wire.Error("b", 0, "not_allowed", "no such room"))
        assert [(await link.allow()).id, (await link.allow()).id] == ["a", "c"]
        await link.rest()

    async with gateway(script) as uri, join(uri) as sea:
        a, b, c = await sea.judge_many(chats("a", "b", "c"), timeout_s=5)
        assert isinstance(a, wire.Verdict)
        assert isinstance(b, WireError)
        assert isinstance(c, wire.Verdict)


async def test_telling_returns_when_written_or_acknowledged() -> None:
    heard: list[object] = []

    async def script(link: Link) -> None:
        await link.greet()
        heard.append(await link.next(wire.Join))
        report = await link.next(wire.Report)
        await link.tell(wire.Ack(report.id))
        report = await link.next(wire.Report)
        await link.tell(wire.Error(report.id, None, "not_allowed", "no"))
        await link.rest()

    async with gateway(script) as uri, join(uri) as sea:
        came = wire.Join("r1", wire.User("u1"), 1.0)
        await sea.send(came)
        await sea.send(wire.Report("x1", "r1", "u2", "spam", "u1", 1.0))
        assert heard == [came]
        with pytest.raises(WireError, match="not_allowed"):
            await sea.send(wire.Report("x2", "r1", "u2", "spam", "u1", 1.0))
        with pytest.raises(NotConnected, match=r"0\.05 s"):
            await sea.send(wire.Report("x3", "r1", "u2", "spam", "u1", 1.0), timeout_s=0.05)
