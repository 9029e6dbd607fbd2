"""The client against the real gateway: verdicts, commands, holds, and a line that breaks."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from gateway.record.database import database_path
from gateway.record.keys import keys_revoke
from seawall import client, wire
from seawall.client import Client
from seawall.errors import HandshakeRefused, NotConnected, WireError
from tests.gateway.live import DEADLINE_S, POLICY, Live, running, write_policy

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(60), pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def live(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Live]:
    async with running(tmp_path_factory.mktemp("client")) as found:
        yield found


async def until(condition: Callable[[], bool], seconds: float = DEADLINE_S) -> None:
    """Wait for a condition with a deadline, looking often."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110  # a state of another task, not an event
            await asyncio.sleep(0.005)


@asynccontextmanager
async def joined(live: Live, key: str | None = None, **options: Any) -> AsyncIterator[Client]:
    """Connect a client to a gateway. Any: options of `connect`."""
    key = key or await live.key()
    uri = f"ws://{live.gateway.listen}/v1"
    async with client.connect(uri, key=key, server="chat-1", **options) as sea:
        yield sea


async def judged(sea: Client, ref: str, text: str, **more: Any) -> wire.Verdict:
    """Have a text judged. Any: what `judge` takes besides."""
    user = {"id": more.pop("user", "u1"), "name": "Ann", "roles": []}
    given = {"room": "r1", "timeout_s": DEADLINE_S, **more}
    return await sea.judge(id=ref, user=user, text=text, **given)


def rows(data: Path, what: str, *values: object) -> list[tuple[Any, ...]]:
    """Read the gateway's database. Any: what SQLite holds."""
    with closing(sqlite3.connect(database_path(data))) as database:
        return list(database.execute(what, values))


@contextmanager
def journal_stopped(live: Live) -> Iterator[None]:
    """Keep anything from being recorded, so that restricting verdicts wait."""
    pid = live.gateway.journal.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


async def test_a_verdict_says_what_to_do_with_a_message(live: Live) -> None:
    room, one, two, three = (live.fresh("x") for _ in range(4))
    async with joined(live) as sea:
        assert sea.connected
        assert sea.hello is not None
        assert sea.hello.policy == live.gateway.engine.rulesets.of("t").policy.version[:16]
        allowed = await judged(sea, one, "good evening", room=room)
        assert (allowed.id, allowed.rev, allowed.action) == (one, 0, "allow")
        assert (allowed.reasons, allowed.late) == ([], False)
        blocked = await judged(sea, two, "a blockword here", room=room)
        assert (blocked.action, blocked.reasons[0].rule) == ("block", "block-spam")
        assert blocked.reasons[0].span == (2, 11)
        masked = await judged(sea, three, "a maskword here", room=room)
        assert (masked.action, masked.text) == ("mask", "a ******** here")
        assert sea.counts.unchecked == 0


async def test_an_edit_is_judged_afresh(live: Live) -> None:
    room, ref = live.fresh("room"), live.fresh("m")
    async with joined(live) as sea:
        assert (await judged(sea, ref, "good evening", room=room)).action == "allow"
        edited = await judged(sea, ref, "blockword", room=room, rev=1)
        assert (edited.rev, edited.action) == (1, "block")
        assert (await judged(sea, ref, "good night", room=room, rev=2)).action == "allow"


async def test_many_are_judged_together_and_answered_in_order(live: Live) -> None:
    room = live.fresh("room")

    def message(number: int, text: str) -> wire.Chat:
        author = wire.Author(f"u{number}", "Ann", [])
        return wire.Chat(f"{room}-{number}", room, author, text, 1.0, "chat")

    texts = [f"n {n * 7919}" if n % 5 else f"blockword {n * 7919}" for n in range(600)]
    texts[7] = "x" * 20_000
    async with joined(live) as sea:
        answers = await sea.judge_many([message(n, text) for n, text in enumerate(texts)])
        assert len(answers) == 600
        refused = answers.pop(7)
        assert isinstance(refused, WireError)
        assert refused.code == "too_large"
        for number, answer in zip([n for n in range(600) if n != 7], answers, strict=True):
            assert isinstance(answer, wire.Verdict)
            assert answer.id == f"{room}-{number}"
            assert answer.action == ("allow" if number % 5 else "block")
            assert not answer.late


@pytest.mark.parametrize("choice", ["allow", "block"])
async def test_silence_is_answered_by_the_callers_choice(live: Live, choice: str) -> None:
    async with joined(live) as sea:
        with journal_stopped(live):
            verdict = await judged(
                sea, live.fresh("m"), "blockword", timeout_s=0.1, on_timeout=choice
            )
            assert (verdict.action, verdict.late) == (choice, True)
            assert verdict.reasons[0].rule == "client.timeout"
        await until(lambda: sea.counts.late == 1)  # the gateway's own verdict, which came too late


@pytest.mark.fault
async def test_without_a_choice_the_policy_says_what_silence_means(tmp_path: Path) -> None:
    text = POLICY.replace("{ms: 2000, on_timeout: allow}, p", "{ms: 100, on_timeout: hold}, p")
    policy = write_policy(tmp_path / "policy", policy=text)
    async with running(tmp_path, policy=policy) as live, joined(live) as sea:
        with journal_stopped(live):
            verdict = await judged(sea, "m1", "blockword", timeout_s=None)
        assert (verdict.action, verdict.late) == ("block", True)
        assert verdict.reasons[0].rule == "client.overloaded"


async def test_what_a_command_did_is_recorded(live: Live) -> None:
    seen: list[wire.Command] = []

    async def carry_out(command: wire.Command) -> None:
        seen.append(command)
        if command.kind == "links_off":
            raise RuntimeError("this chat has no such switch")

    def ended(room: str) -> list[tuple[Any, ...]]:
        what = "SELECT kind, outcome, by, reason FROM commands WHERE room = ? ORDER BY seq"
        return rows(live.data, what, room)

    room, user = live.fresh("room"), live.fresh("u")
    async with joined(live, on_command=carry_out) as sea:
        verdict = await judged(sea, live.fresh("m"), "muteword", room=room, user=user)
        assert verdict.action == "block"
        assert [action.kind for action in verdict.actions] == ["mute"]
        await until(lambda: [row[1] for row in ended(room)] == ["done"])
        assert ended(room) == [("mute", "done", "chat-1", "")]
        assert [(each.kind, each.target.id, each.for_s) for each in seen] == [("mute", user, 60.0)]
        again = await judged(sea, live.fresh("m"), "hello?", room=room, user=user)
        assert (again.action, again.reasons[0].rule) == ("block", "restriction.mute")
        await judged(sea, live.fresh("m"), "linksoff", room=room, user=live.fresh("u"))
        await until(lambda: len(ended(room)) == 2 and ended(room)[1][1] is not None)
        assert ended(room)[1][:3] == ("links_off", "failed", "chat-1")
        assert "no such switch" in ended(room)[1][3]
        assert sea.counts.applied == 1


async def test_a_moderators_word_on_a_held_message_reaches_the_client(live: Live) -> None:
    outcomes: asyncio.Queue[wire.Hold] = asyncio.Queue()
    moderator = await live.key(role="moderator", name=live.fresh("mod"))
    ref = live.fresh("m")
    async with joined(live, on_hold=outcomes.put) as sea:
        verdict = await judged(sea, ref, "holdword", room=live.fresh("room"))
        assert verdict.action == "hold"
        async with (
            aiohttp.ClientSession(headers={"Authorization": f"Bearer {moderator}"}) as session,
            session.post(f"http://{live.gateway.http}/v1/holds/{ref}/0/approve") as reply,
        ):
            assert reply.status == 200
        async with asyncio.timeout(DEADLINE_S):
            hold = await outcomes.get()
        assert (hold.id, hold.rev, hold.outcome) == (ref, 0, "approved")


@pytest.mark.fault
async def test_a_line_that_drops_loses_no_verdict_and_doubles_none(live: Live) -> None:
    room = live.fresh("room")
    async with joined(live) as sea:
        with journal_stopped(live):
            asks = [
                asyncio.create_task(
                    judged(sea, f"{room}-{n}", "blockword", room=room, user=f"u{n}")
                )
                for n in range(20)
            ]
            await until(lambda: live.gateway.service.owed == 20)
            for connection in list(live.gateway.service.connections):
                assert connection.transport is not None
                connection.transport.underlying_transport.abort()
            await until(lambda: sea.counts.breaks == 1)
        verdicts = await asyncio.gather(*asks)
        assert {verdict.action for verdict in verdicts} == {"block"}
        assert not any(verdict.late for verdict in verdicts)
        assert (sea.counts.answered, sea.counts.stray, sea.counts.unchecked) == (20, 0, 0)
    what = "SELECT count(*), count(DISTINCT event) FROM journal WHERE room = ?"
    assert rows(live.data, what, room) == [(20, 20)]


@pytest.mark.fault
async def test_a_gateway_that_restarts_loses_no_verdict_and_doubles_none(tmp_path: Path) -> None:
    async with running(tmp_path) as first:
        key = await first.key()
        listen = first.gateway.listen
        stack = client.connect(f"ws://{listen}/v1", key=key, server="chat-1")
        sea = await stack.__aenter__()
        assert (await judged(sea, "before", "blockword")).action == "block"

    answered = 0

    async def one(number: int) -> wire.Verdict:
        nonlocal answered
        text = f"blockword {number}" if number % 2 else f"n {number * 7919}"
        found = await judged(sea, f"m{number}", text, user=f"u{number}", timeout_s=20.0)
        answered += 1
        return found

    try:
        asks = [asyncio.create_task(one(number)) for number in range(100)]
        await until(lambda: not sea.connected)
        assert answered == 0
        async with running(tmp_path, listen=listen) as second:
            await until(lambda: answered >= 50, 20.0)
            asks += [asyncio.create_task(one(number)) for number in range(100, 300)]
            verdicts = await asyncio.gather(*asks)
            for number, verdict in enumerate(verdicts):
                assert (verdict.id, verdict.late) == (f"m{number}", False)
                assert verdict.action == ("block" if number % 2 else "allow")
            assert (sea.counts.answered, sea.counts.stray, sea.counts.breaks) == (301, 0, 1)
            what = "SELECT count(*), count(DISTINCT event) FROM journal WHERE event <> ''"
            assert rows(second.data, what) == [(151, 151)]
    finally:
        await stack.__aexit__(None, None, None)


@pytest.mark.fault
async def test_a_command_without_done_is_sent_again_after_the_line_drops(live: Live) -> None:
    room = live.fresh("room")
    release, seen = asyncio.Event(), list[str]()

    async def carry_out(command: wire.Command) -> None:
        seen.append(command.id)
        await release.wait()

    async with joined(live, on_command=carry_out) as sea:
        await judged(sea, live.fresh("m"), "muteword", room=room, user=live.fresh("u"))
        await until(lambda: len(seen) == 1)
        for connection in list(live.gateway.service.connections):
            assert connection.transport is not None
            connection.transport.underlying_transport.abort()
        await until(lambda: sea.counts.breaks == 1 and sea.connected)
        await until(lambda: sea._commands.qsize() == 1)  # it came again and waits its turn
        release.set()
        what = "SELECT outcome FROM commands WHERE room = ?"
        await until(lambda: rows(live.data, what, room) == [("done",)])
        await until(lambda: sea.counts.repeated == 1)
        assert (seen, sea.counts.applied) == ([seen[0]], 1)


async def test_a_revoked_key_is_refused_for_good(live: Live) -> None:
    name = live.fresh("leaver")
    key = await live.key(name=name)
    async with joined(live, key) as sea:
        assert (await judged(sea, live.fresh("m"), "hello", room=name)).action == "allow"
        await asyncio.to_thread(keys_revoke, live.data, name)
        await until(lambda: not sea.connected)
        verdict = await judged(sea, live.fresh("m"), "hello", room=name, on_timeout="block")
        assert (verdict.action, verdict.reasons[0].rule) == ("block", "client.refused")
        with pytest.raises(HandshakeRefused, match="4001"):
            await anext(sea.commands())
    with pytest.raises(HandshakeRefused, match="401"):
        async with joined(live, key):
            pass


async def test_a_wrong_path_or_no_gateway_at_all_is_told(live: Live) -> None:
    key = await live.key()
    with pytest.raises(HandshakeRefused, match="404"):
        async with client.connect(f"ws://{live.gateway.listen}/v2", key=key, server="s"):
            pass
    with pytest.raises(NotConnected, match="no gateway answered"):
        async with client.connect("ws://127.0.0.1:9/v1", key=key, server="s", wait_s=0.2):
            pass
