"""Promise: whatever breaks while people decide, they are told, and nothing is half-done or doubled.

What cannot be made durable did not happen (503); what was made durable is carried out once, by
whichever gateway is there then. Claims last through restarts; consoles hear of what other gateways
did, with or without Valkey.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from string import ascii_lowercase
from typing import Any

import pytest

from bench.faults.databases import locked, replaced
from bench.faults.family import child
from bench.faults.victim import Victim
from gateway.record.where import Where
from tests.faults.outside import within
from tests.faults.pair import SECRET, found, peer, rows
from tests.faults.stepping import SteppedClock
from tests.gateway.live import LEXICON, POLICY, RULES, Peer, write_policy
from tests.gateway.moderators import Moderator, console, hired, sign_in, until_case
from tests.gateway.postgres import PostgresServer
from tests.gateway.record.making import change
from tests.gateway.records import fresh_record
from tests.gateway.state.nodes import Server, serving

pytestmark = [pytest.mark.e2e, pytest.mark.fault, pytest.mark.timeout(60)]

FLAGGED = RULES.replace(
    "when: lexicon.harassment, then: allow}",
    "when: lexicon.harassment, then: allow,\n"
    "   case: {queue: abuse, priority: p2, due: 10m, nobody: close}}",
)
TOLD_S = 2.0
"""How soon a console of another gateway hears what was decided, also without Valkey."""
_numbers = count(1)


class Site:
    """A gateway process, its chat server and two moderators."""

    def __init__(self, victim: Victim, key: str) -> None:
        self.victim = victim
        self.key = key
        self.ann = Moderator(victim.http, "ann")
        self.bob = Moderator(victim.http, "bob")

    @property
    def where(self) -> Where:
        """Its record."""
        return self.victim.where

    async def come(self) -> None:
        """Have both sign in."""
        self.ann, self.bob = [await sign_in(self.victim.http, name) for name in ("ann", "bob")]

    async def flagged(self, on: Peer) -> tuple[str, str]:
        """Have a message open a case; return the case and the message."""
        user = f"u{next(_numbers)}"
        said = await on.chat(f"flagword {user}", user=user, room=f"room-{user}")
        case = await until_case(self.ann, query="limit=200", user=user)
        return str(case["id"]), str(said["id"])


def ready(
    folder: Path, url: str = "", clock: SteppedClock | None = None, **settings: str
) -> Victim:
    """Make a gateway's record and policy, with two moderators."""
    patient = POLICY.replace("hold: {for: 2s", "hold: {for: 60s")
    policy = write_policy(folder / "policy", policy=patient, lexicon=LEXICON, rules=FLAGGED)
    environ = {"SEAWALL_SECRET": SECRET, **({} if clock is None else clock.environ)}
    victim = Victim(folder, policy, environ, database=url, **{"redis": "local", **settings})
    fresh_record(victim.where)
    return victim


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests read the records too."""
    monkeypatch.setenv("SEAWALL_SECRET", SECRET)


@asynccontextmanager
async def site(victim: Victim) -> AsyncIterator[Site]:
    """Run it, with two moderators signed in."""
    key = victim.key("t")
    for name in ("ann", "bob"):
        await asyncio.to_thread(hired, victim.where, name)
    with victim:
        it = Site(victim, key)
        await it.come()
        yield it


async def refused(who: Moderator, case: str) -> None:
    """See that nothing can be done about a case, and that this is said."""
    wishes: dict[str, dict[str, str] | None] = {
        "decision": {"choice": "remove_mute"},
        "claim": None,
        "notes": {"text": "is anybody there"},
    }
    answers = await asyncio.gather(
        *(who.ask("POST", f"/v1/cases/{case}/{path}", body) for path, body in wishes.items())
    )
    for status, told, headers in answers:
        # Who waits behind others for a locked file may reach the end of a request's time first.
        assert (status, told["code"]) in ((503, "record_unavailable"), (503, "timeout")), told
        assert int(headers["Retry-After"]) >= 1


async def nothing_happened(on: Site, case: str, seen: list[dict[str, Any]]) -> None:
    """See that a case waits as before, and that no command was given. Any: JSON."""
    shown = await until_answer(on.ann, f"/v1/cases/{case}")
    assert (shown["case"]["state"], shown["case"]["claimed_by"]) == ("open", "")
    assert [note["kind"] for note in shown["notes"]] == ["opened"]
    assert await asyncio.to_thread(rows, on.where, "decisions") == []
    assert [each for each in seen if each["type"] == "command"] == []


async def until_answer(who: Moderator, path: str) -> Any:  # JSON
    """Ask until there is an answer that is not 503."""
    answers: list[Any] = []

    async def answered() -> bool:
        status, body, _ = await who.ask("GET", path)
        assert status in (200, 503), body
        answers.append(body)
        return status == 200

    await within(5.0, answered)
    return answers[-1]


async def decides(on: Site, server: Peer, case: str) -> None:
    """Decide a case and see that it is carried out, once."""
    done = await on.ann.decide(case, "remove_mute")
    assert done["decision"]["state"] == "applied", done
    await carried_out(on, server)


async def carried_out(on: Site, server: Peer) -> None:
    """Obey, and see that there is one removal and one mute, both for good."""
    for kind in ("remove", "mute"):
        command = await server.wait("command", kind=kind)
        await server.send({"type": "done", "command": command["id"]})
    commands = await found(
        on.where, "commands", lambda them: {each.outcome for each in them} == {"done"}
    )
    assert sorted(each.kind for each in commands) == ["mute", "remove"]
    (decision,) = await found(
        on.where, "decisions", lambda them: [each.state for each in them] == ["applied"]
    )
    assert (decision.parts, decision.done, decision.failed) == (2, 2, 0)
    journaled = await asyncio.to_thread(rows, on.where, "journal")
    events = [row.event for row in journaled if row.event.startswith(decision.id)]
    assert sorted(events) == sorted(set(events)), "no part is recorded twice"
    assert len(events) == 2


async def test_a_locked_database_is_told_and_nothing_is_half_done(tmp_path: Path) -> None:
    async with site(ready(tmp_path)) as on, peer(on.victim, on.key) as server:
        case, _ = await on.flagged(server)
        file = on.where.file
        assert file is not None
        with locked(file):
            await refused(on.ann, case)
        await nothing_happened(on, case, server.seen)
        await decides(on, server, case)


async def test_a_plan_that_cannot_be_written_whole_is_not_written(tmp_path: Path) -> None:
    """The audit is there, the case and the decision could be written, its parts could not."""
    async with site(ready(tmp_path)) as on, peer(on.victim, on.key) as server:
        case, _ = await on.flagged(server)
        change(on.where, "ALTER TABLE decision_parts RENAME TO parts_away")
        status, told, _ = await on.ann.ask(
            "POST", f"/v1/cases/{case}/decision", {"choice": "remove_mute"}
        )
        assert (status, told["code"]) == (503, "record_unavailable"), told
        change(on.where, "ALTER TABLE parts_away RENAME TO decision_parts")
        await nothing_happened(on, case, server.seen)
        await decides(on, server, case)


async def test_a_replaced_database_is_worked_on(tmp_path: Path) -> None:
    """A copy in its place, as after a restore: sessions, cases and decisions go on in it."""
    async with site(ready(tmp_path)) as on, peer(on.victim, on.key) as server:
        case, _ = await on.flagged(server)
        file = on.where.file
        assert file is not None
        writer = child(on.victim.pid, "gateway.record.writer")
        os.kill(writer, signal.SIGSTOP)
        try:
            await asyncio.to_thread(replaced, file)
        finally:
            os.kill(writer, signal.SIGCONT)
        await until_answer(on.ann, f"/v1/cases/{case}")
        await decides(on, server, case)


@pytest.mark.parametrize(
    "how", [signal.SIGINT, pytest.param(signal.SIGQUIT, marks=pytest.mark.soak)]
)
async def test_a_stopped_postgresql_is_told_and_nothing_is_half_done(
    tmp_path: Path, postgres_server: PostgresServer, postgres_url: str, how: signal.Signals
) -> None:
    async with site(ready(tmp_path, postgres_url)) as on, peer(on.victim, on.key) as server:
        case, _ = await on.flagged(server)
        await asyncio.to_thread(postgres_server.stop, how)
        try:
            await refused(on.ann, case)
            status, _, _ = await on.ann.ask("GET", "/v1/cases")
            assert status == 503
            assert (await server.chat("blockword"))["action"] == "block", "the chat goes on"
        finally:
            postgres_server.start()
        await nothing_happened(on, case, server.seen)
        await decides(on, server, case)


async def test_killed_between_plan_and_parts_the_next_start_finishes_once(tmp_path: Path) -> None:
    clock = SteppedClock(tmp_path)
    victim = ready(tmp_path, clock=clock)
    async with site(victim) as on:
        async with peer(victim, on.key) as server:
            case, _ = await on.flagged(server)
            # The plan goes to the database; its parts would go through this writer.
            os.kill(child(victim.pid, "gateway.record.writer"), signal.SIGSTOP)
            body = {"choice": "remove_mute"}
            asked = asyncio.create_task(on.ann.ask("POST", f"/v1/cases/{case}/decision", body))
            (plan,) = await found(victim.where, "decisions", lambda them: len(them) == 1)
            assert (plan.state, plan.done) == ("applying", 0)
            await asyncio.to_thread(victim.kill_all)
            with pytest.raises(Exception, match=r".*"):  # cut off, in whatever way
                await asked
        parts = await asyncio.to_thread(rows, victim.where, "decision_parts")
        assert [part.state for part in parts] == ["planned", "planned"]
        clock.step(20.0)  # the dead one's lease has run out
        await asyncio.to_thread(victim.start)
        async with peer(victim, on.key) as server:
            await carried_out(on, server)
        line = (await on.ann.get(f"/v1/cases/{case}"))["case"]
        assert (line["state"], line["decided_by"]) == ("decided", "ann")
        again = await on.ann.post(f"/v1/cases/{case}/decision", body)
        assert (again["fresh"], again["decision"]["id"]) == (False, plan.id)


async def test_killed_with_claims_open_the_leases_last_and_then_run_out(tmp_path: Path) -> None:
    clock = SteppedClock(tmp_path)
    victim = ready(tmp_path, clock=clock)
    async with site(victim) as on:
        async with peer(victim, on.key) as server:
            case, _ = await on.flagged(server)
            place = f"/v1/cases/{case}"
            claimed = await on.ann.post(f"{place}/claim")
            await asyncio.to_thread(victim.kill_all)
        await asyncio.to_thread(victim.start)
        status, told, _ = await on.bob.ask("POST", f"{place}/claim")
        assert (status, told["code"]) == (409, "claimed")
        assert told["stands"]["claim_until"] == claimed["claim_until"]
        clock.step(130.0)

        async def free() -> bool:
            line = (await on.bob.get(place))["case"]
            return bool(line["state"] == "open" and not line["claimed_by"])

        await within(5.0, free)
        assert (await on.bob.post(f"{place}/claim"))["claimed_by"] == "bob"
        notes = [note["kind"] for note in (await on.bob.get(place))["notes"]]
        assert notes == ["opened", "claimed", "stalled", "claimed"]


@pytest.mark.parametrize("offset_s", [3600.0, -3600.0], ids=["forth", "back"])
async def test_a_clock_that_jumps_stops_no_work(tmp_path: Path, offset_s: float) -> None:
    """New cases are told and decided. Forth, what was claimed is free again; back, it stays."""
    clock = SteppedClock(tmp_path)
    victim = ready(tmp_path, clock=clock)
    async with site(victim) as on, peer(victim, on.key) as server:
        old, _ = await on.flagged(server)
        await on.ann.post(f"/v1/cases/{old}/claim")
        async with console(victim.listen, on.bob) as screen:
            await screen.wait("hello")
            clock.step(offset_s)
            case, _ = await on.flagged(server)
            await screen.case(case, "open")
            await decides(on, server, case)
            await screen.case(case, "decided")
            status, told, _ = await on.bob.ask("POST", f"/v1/cases/{old}/claim")
            if offset_s < 0:
                assert (status, told["code"]) == (409, "claimed")
            else:  # its ten minutes are over, too: it has ended, or is free for a moment more
                ended = status == 409 and told["stands"]["state"] == "expired"
                assert status == 200 or ended, told


async def test_a_console_that_never_reads_holds_up_nobody(tmp_path: Path) -> None:
    chance = random.Random(6)
    async with site(ready(tmp_path)) as on, peer(on.victim, on.key) as server:
        host, _, port = on.victim.listen.rpartition(":")
        deaf = socket.socket()
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect((host, int(port)))
        deaf.setblocking(False)
        options = {"sock": deaf, "max_queue": 1}
        async with console(on.victim.listen, on.bob, "room:loud", **options) as slow:
            slow.socket.transport.pause_reading()
            async with console(on.victim.listen, on.ann) as screen:
                await screen.wait("hello")
                for number in range(400):
                    text = " ".join(chance.choices(ascii_lowercase, k=900))
                    said = await server.chat(text, user=f"s{number}", room="loud")
                    assert said["action"] == "allow"
                began = time.monotonic()
                case, _ = await on.flagged(server)
                await screen.case(case, "open")
                assert time.monotonic() - began < TOLD_S
            slow.socket.transport.resume_reading()
            missed = await slow.wait("missed")
            assert (missed["topic"], missed["count"] > 0) == ("room:loud", True)


@asynccontextmanager
async def pair(
    folder: Path, url: str, clock: SteppedClock | None = None
) -> AsyncIterator[tuple[Site, Site, Server]]:
    """Run two gateways on one PostgreSQL and one Valkey; `clock` is B's."""
    with serving() as valkey:
        a = ready(folder / "a", url, redis=valkey.url)
        b = ready(folder / "b", url, clock, redis=valkey.url)
        async with site(a) as on_a:
            with b:
                on_b = Site(b, on_a.key)
                on_b.ann, on_b.bob = [await sign_in(b.http, name) for name in ("ann", "bob")]
                yield on_a, on_b, valkey


async def told_in_time(on_a: Site, on_b: Site, server: Peer) -> None:
    """Decide on A, and see that a console on B is told, and B who was first."""
    async with console(on_b.victim.listen, on_b.bob) as screen:
        await screen.wait("hello")
        case, _ = await on_a.flagged(server)
        await screen.case(case, "open")
        began = time.monotonic()
        await on_a.ann.decide(case, "dismiss")
        line = await screen.case(case, "decided")
        assert time.monotonic() - began < TOLD_S
        assert line["decided_by"] == "ann"
        status, told, _ = await on_b.bob.ask(
            "POST", f"/v1/cases/{case}/decision", {"choice": "remove"}
        )
        assert (status, told["code"]) == (409, "already_decided")
        assert told["stands"]["decision"]["by"] == "ann"


async def test_what_one_gateway_decides_another_one_tells(
    tmp_path: Path, postgres_url: str
) -> None:
    """With Valkey, and without it: then they look."""
    async with pair(tmp_path, postgres_url) as (a, b, valkey), peer(a.victim, a.key) as server:
        await told_in_time(a, b, server)
        valkey.kill()
        await told_in_time(a, b, server)


async def test_a_gateway_that_dies_is_finished_for_by_the_other(
    tmp_path: Path, postgres_url: str
) -> None:
    """A dies between plan and parts; B, which has heard of none of it, carries it out, once."""
    clock = SteppedClock(tmp_path)
    async with pair(tmp_path, postgres_url, clock) as (a, b, _):
        async with peer(a.victim, a.key) as server:
            case, _ = await a.flagged(server)
            os.kill(child(a.victim.pid, "gateway.record.writer"), signal.SIGSTOP)
            asked = asyncio.create_task(
                a.ann.ask("POST", f"/v1/cases/{case}/decision", {"choice": "remove_mute"})
            )
            await found(a.where, "decisions", lambda them: len(them) == 1)
            await asyncio.to_thread(a.victim.kill_all)
            with pytest.raises(Exception, match=r".*"):  # cut off, in whatever way
                await asked
        async with peer(b.victim, a.key) as server:
            clock.step(20.0)  # the dead one's lease has run out
            await carried_out(b, server)
