"""Whatever asks for people does so on a running gateway: one line, durable, filled, and ended."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.cases.degraded import Outages
from gateway.record.answered import Answered
from gateway.record.seal import Seal
from gateway.record.secret import load_secret
from tests.gateway.live import LEXICON, POLICY, RULES, Live, chat, running, write_policy
from tests.gateway.record.making import query

FLAGGED = (
    RULES.replace(
        "when: lexicon.harassment, then: allow}",
        "when: lexicon.harassment, then: allow,\n"
        "   case: {queue: abuse, priority: p2, due: 10m, nobody: close}}",
    )
    .replace(
        "then: block, stage: shadow}",
        "then: block, stage: shadow, case: {queue: never, priority: p0}}",
    )
    .replace(
        "  over: {then: slow, for: 30s}",
        "  over: {message: block}\n  case: {queue: floods, priority: p3}",
    )
    .replace(
        "  over: {then: slow_all, for: 30s}",
        "  over: {message: allow, then: slow_all, for: 30s}\n  case: {queue: raids, priority: p1}",
    )
)
COLUMNS = (
    "id", "state", "queue", "priority", "about", "ref", "room", "because", "event", "user",
    "name", "action", "rule", "category", "severity", "alike", "lang", "viewers", "due",
    "nobody", "at",
)  # fmt: skip


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[Live]:
    policy = write_policy(tmp_path / "policy", policy=POLICY, lexicon=LEXICON, rules=FLAGGED)
    async with running(tmp_path, policy=policy, command_s=1.0) as it:
        yield it


def lines(live: Live, **wanted: Any) -> list[dict[str, Any]]:
    """Return the lines of cases that are durable, the first first."""
    names = ", ".join(f'"{name}"' for name in COLUMNS)
    rows = query(live.data, f"SELECT {names} FROM case_lines ORDER BY at, id, state")
    found = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
    return [row for row in found if all(row[name] == wanted[name] for name in wanted)]


async def wait(live: Live, count: int = 1, **wanted: Any) -> list[dict[str, Any]]:
    """Wait until so many lines are durable."""
    until = time.monotonic() + 5.0
    while len(found := await asyncio.to_thread(lines, live, **wanted)) < count:
        assert time.monotonic() < until, lines(live)
        await asyncio.sleep(0.02)
    return found


async def test_a_message_that_is_only_flagged_is_journaled_with_its_evidence(live: Live) -> None:
    opened: list[None] = []
    live.gateway.chat.recorder.case_opened = lambda: opened.append(None)
    async with live.peer() as peer:
        await peer.send({"type": "room", "room": "r1", "viewers": 40})
        said = await peer.chat("flagword you", lang="de")
        assert (said["action"], [each["rule"] for each in said["reasons"]]) == (
            "allow", ["flag-harassment"],
        )  # fmt: skip
        (line,) = await wait(live, queue="abuse")
        assert (line["event"], line["ref"], line["about"]) == (said["id"], said["id"], "verdict")
        assert (line["user"], line["name"], line["lang"]) == ("u1", "u1", "de")
        assert (line["priority"], line["severity"], line["viewers"]) == ("p2", "medium", 40)
        assert line["due"] == pytest.approx(line["at"] + 600.0)
        assert (line["nobody"], line["action"], line["state"]) == ("close", "allow", "open")
        answered = Answered(live.data, Seal(load_secret(live.data)))
        found = await answered.find([("t", said["id"], 0)])
        answered.close()
        assert b'"action":"allow"' in bytes(found["t", said["id"], 0])  # type: ignore[arg-type]
        assert opened
        await peer.chat("a clean message")
        assert len(lines(live)) == 1


async def test_what_is_in_shadow_asks_nobody(live: Live) -> None:
    async with live.peer() as peer:
        said = await peer.chat("word " * 120)
        assert said["action"] == "allow"
        await peer.chat("flagword")
        await wait(live, queue="abuse")
        assert lines(live, queue="never") == []


async def test_a_hold_asks_and_each_of_its_ends_says_so(live: Live) -> None:
    async with live.peer() as peer:
        for kind, outcome in (("approve", "approved"), ("remove", "denied"), ("", "expired")):
            said = await peer.chat(f"holdword for {kind or 'nobody'}", user=f"u-{kind}")
            assert said["action"] == "hold"
            (line,) = await wait(live, event=said["id"], state="open")
            assert (line["queue"], line["priority"], line["about"]) == ("holds", "p2", "hold")
            assert line["due"] == pytest.approx(line["at"] + 2.0)
            assert (line["nobody"], line["rule"]) == ("deny", "hold-giveaway")
            if kind:
                target = {"kind": "message", "room": "r1", "id": said["id"]}
                acted = {"type": "acted", "kind": kind, "by": "mod", "at": 1.0, "target": target}
                await peer.send(acted)
            (ended,) = await wait(live, id=line["id"], state="resolved")
            assert (ended["because"], ended["event"]) == (outcome, said["id"])


async def test_a_withdrawn_hold_asks_nobody_any_more(live: Live) -> None:
    async with live.peer() as peer:
        said = await peer.chat("holdword")
        (line,) = await wait(live, state="open")
        await peer.send({"type": "delete", "id": said["id"], "room": "r1", "by": "u1", "at": 1.0})
        await wait(live, id=line["id"], state="resolved")
        assert len(lines(live)) == 2


async def test_reports_of_a_message_are_alike(live: Live) -> None:
    async with live.peer() as peer:
        for number in (1, 2, 1):
            report = {"type": "report", "id": f"p{number}", "room": "r1", "target": "m-bad"}
            more = {"reason": "insult", "by": f"reader-{number}", "at": 1.0, "text": "you fool"}
            await peer.send(report | more)
            await peer.wait("ack", ref=f"p{number}")
        found = await wait(live, 2, queue="reports")
        assert [(row["ref"], row["about"], row["user"]) for row in found] == [
            ("m-bad", "report", "")
        ] * 2
        assert len({row["alike"] for row in found}) == 1


async def test_a_wave_of_joins_is_one_incident_of_all_who_came(live: Live) -> None:
    async with live.peer() as peer:
        for number in range(30):
            user = {"id": f"raider-{number}", "name": f"Raider {number}"}
            await peer.send({"type": "join", "room": "r1", "user": user, "at": 1.0})
        await peer.wait("command", kind="slow_all")
        found = await wait(live, 20, queue="raids")
        assert len(found) == 20  # the first ten were no wave yet
        assert len({row["alike"] for row in found}) == 1
        assert len({row["user"] for row in found}) == 20
        assert {row["event"] for row in found} == {""}
        assert found[0]["name"].startswith("Raider ")


async def test_a_flood_asks_once_a_run(live: Live) -> None:
    async with live.peer() as peer:
        for number in range(30):
            await peer.send(chat(f"note {number * 7919}"))
        said = [await peer.wait("verdict") for _ in range(30)]
        assert [each["action"] for each in said].count("block") == 22
        line = (await wait(live, queue="floods"))[0]
        assert (line["rule"], line["category"], line["action"]) == ("pace", "flood", "block")
        await peer.chat("flagword", user="u2")
        await wait(live, queue="abuse")
        rows = lines(live, queue="floods")
        assert len(rows) <= 2  # the flood may have begun at the very end of ten seconds
        assert len({row["alike"] for row in rows}) == 1


async def test_a_command_nobody_carries_out_asks(live: Live) -> None:
    async with live.peer() as peer:
        await peer.chat("muteword")
        command = await peer.wait("command", kind="mute")
        failed = {"type": "failed", "command": command["id"], "reason": "no such user"}
        await peer.send(failed)
        (line,) = await wait(live, about="command")
        assert (line["queue"], line["ref"], line["user"]) == ("operations", command["id"], "u1")
        assert line["alike"]


async def test_an_outage_asks_and_its_end_says_so(live: Live) -> None:
    gateway = live.gateway
    down, now = [True], [0.0]
    outages = Outages(
        {"models": lambda: down[0]},
        gateway.chat.recorder.note,
        "node-a",
        lambda: ["t"],
        clock=lambda: now[0],
    )
    async with live.peer() as peer:
        for _ in range(15):
            now[0] += 1.0
            outages.look()
        (line,) = await wait(live, about="gateway")
        assert (line["queue"], line["priority"], line["ref"]) == ("operations", "p1", "models")
        down[0] = False
        for _ in range(5):
            now[0] += 1.0
            outages.look()
        await wait(live, id=line["id"], state="resolved")
        await peer.chat("and the chat went on")


async def test_a_message_sent_again_asks_no_second_time(live: Live) -> None:
    async with live.peer() as peer:
        message = chat("flagword again")
        for _ in range(2):
            await peer.send(message)
            await peer.wait("verdict", id=message["id"])
        await wait(live, queue="abuse")
        await peer.chat("flagword in another room", room="r2", user="u5")
        await wait(live, 2, queue="abuse")
        assert len(lines(live)) == 2
