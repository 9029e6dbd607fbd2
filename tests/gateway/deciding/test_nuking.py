"""Nukes over the wire: the past is removed, the future blocked, and all of it taken back."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from gateway.deciding.nuking import Nuking
from gateway.refusal import Refused
from gateway.shapes.rooms import NukeBody
from tests.gateway.deciding.nukes_live import actor, nuking_of, start, until
from tests.gateway.live import Live, Peer, chat, running

pytestmark = pytest.mark.e2e
PHRASE = "buy cheap coins"
BODY = NukeBody(PHRASE, "remove", "r1")
CLEAN = ("good morning", "how is it going", "what a match", "who plays next", "see you tomorrow")


async def said(peer: Peer, *texts: str, **more: Any) -> list[str]:
    """Say some texts; return the ids, in order."""
    ids = []
    for number, text in enumerate(texts):
        message = chat(text, user=f"{more.get('who', 'u')}{number}", **_but_who(more))
        await peer.send(message)
        await peer.wait("verdict", id=message["id"])
        ids.append(message["id"])
    return ids


def _but_who(more: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in more.items() if name != "who"}


async def commands(peer: Peer, count: int, kind: str) -> list[dict[str, Any]]:
    """Wait for so many commands of a kind, and obey them."""
    found = []
    for _ in range(count):
        command = await peer.wait("command", kind=kind)
        await peer.send({"type": "done", "command": command["id"]})
        found.append(command)
    return found


def shown(live: Live) -> dict[str, str]:
    """Return what the room shows, by id."""
    return {each.event: each.action for each in live.gateway.chat.recent.of("t", "r1")}


async def test_past_and_future_are_hit_and_taken_back_exactly(tmp_path: Path) -> None:
    """What a nuke removed and blocked comes back; what others did stays."""
    async with running(tmp_path) as live, live.peer() as peer:
        nuking = nuking_of(live)
        clean = await said(peer, *CLEAN)
        past = await said(peer, "Buy  CHEAP coins!", "b u y c h e a p c o i n s", who="p")
        blocked = await said(peer, "blockword buy cheap coins", who="x")
        exempt = await said(peer, PHRASE, who="m", roles=["mod"])
        nuke = await start(nuking, BODY)
        removed = await commands(peer, 2, "remove")
        assert {each["target"]["id"] for each in removed} == set(past)
        assert nuke.hits == 2
        assert nuke.decision is not None
        assert (nuke.decision.state, nuke.decision.done) == ("applied", 2)
        verdict = await peer.chat("now buy ch3ap c0ins", user="f1")
        assert verdict["action"] == "block"
        assert verdict["reasons"][0]["rule"] == f"nuke.{nuke.id}"
        assert (await peer.chat("hello again", user="f2"))["action"] == "allow"
        assert (await peer.chat(PHRASE, user="f3", room="r2"))["action"] == "allow"
        assert (await peer.chat(PHRASE, user="m9", roles=["mod"]))["action"] == "allow"
        stands = shown(live)
        assert [stands[each] for each in past] == ["remove", "remove"]
        assert stands[verdict["id"]] == "block"

        undone = await nuking.undo(actor(), nuke.id, "too much")
        back = await commands(peer, 3, "restore")
        assert {each["target"]["id"] for each in back} == {*past, verdict["id"]}
        assert undone.decision is not None
        assert undone.decision.state == "undone"
        assert undone.ended_by == "lea"
        assert (await peer.chat(PHRASE, user="f4"))["action"] == "allow", "it is over"
        stands = shown(live)
        assert {stands[each] for each in (*past, verdict["id"])} == {"restore"}
        assert {stands[each] for each in (*clean, *exempt)} == {"allow"}
        assert stands[blocked[0]] == "block", "another rule did that"


async def test_mutes_are_set_and_end_with_the_undo(tmp_path: Path) -> None:
    """Everybody who said it is muted, also who says it later; nobody is after the undo."""
    async with running(tmp_path) as live, live.peer() as peer:
        nuking = nuking_of(live)
        await said(peer, *CLEAN)
        await said(peer, PHRASE, who="p")
        nuke = await start(nuking, replace(BODY, action="mute", for_s=300.0))
        (muted,) = await commands(peer, 1, "mute")
        assert muted["target"]["id"] == "p0"
        assert (await peer.chat(f"{PHRASE} now", user="f1"))["action"] == "block"
        (later,) = await commands(peer, 1, "mute")
        assert later["target"]["id"] == "f1"
        assert (await peer.chat(f"blockword {PHRASE}", user="f2"))["action"] == "block"
        await commands(peer, 1, "mute")
        for user in ("p0", "f1", "f2"):
            assert (await peer.chat("may I speak", user=user))["action"] == "block"
        await nuking.undo(actor(), nuke.id, "")
        lifted = [await peer.wait("command", kind="mute", for_s=0.0) for _ in range(3)]
        assert {each["target"]["id"] for each in lifted} == {"p0", "f1", "f2"}
        for user in ("p0", "f1", "f2"):
            assert (await peer.chat("may I speak now", user=user))["action"] == "allow"


async def test_it_ends_by_itself_once_it_has_hit_its_cap(tmp_path: Path) -> None:
    async with running(tmp_path) as live, live.peer() as peer:
        nuking = nuking_of(live)
        await said(peer, *CLEAN)
        await said(peer, PHRASE, who="p")
        await start(nuking, replace(BODY, most=3))
        actions = [(await peer.chat(PHRASE, user=f"f{n}"))["action"] for n in range(4)]
        assert actions == ["block", "block", "allow", "allow"], "one of the past, two of the future"
        await until(lambda: not live.gateway.chat.nukes.live)
        (nuke,) = (await nuking.all(actor())).items
        assert (nuke.ended_by, nuke.hits) == ("cap", 3)


async def test_it_goes_on_after_a_restart_until_it_is_stopped(tmp_path: Path) -> None:
    async with running(tmp_path) as live, live.peer() as peer:
        nuking = nuking_of(live)
        await said(peer, *CLEAN)
        nuke = await start(nuking, BODY)
    again = running(tmp_path, policy=tmp_path / "policy")
    async with again as live, live.peer() as peer:
        nuking = nuking_of(live)
        assert (await peer.chat(PHRASE, user="f1"))["action"] == "block"
        stopped = await nuking.stop(actor(name="max"), nuke.id)
        assert stopped.ended_by == "max"
        assert stopped.hits == 1
        assert (await peer.chat(PHRASE, user="f2"))["action"] == "allow"
        twice = await nuking.stop(actor(), nuke.id)
        assert twice.ended_by == "max", "the first who stopped it did"


async def test_an_undo_that_a_restart_cut_short_goes_on(tmp_path: Path) -> None:
    async with running(tmp_path) as live, live.peer() as peer:
        nuking = nuking_of(live)
        nuke = await start(nuking, BODY)
        blocked = await peer.chat(PHRASE, user="f1")
        assert blocked["action"] == "block"
        await live.gateway.chat.nukes.end("t", nuke.id, "lea")
        await nuking._plans.undo(actor(), nuke.id, "oops")  # and then it dies
    again = running(tmp_path, policy=tmp_path / "policy")
    async with again as live, live.peer() as peer:
        (back,) = await commands(peer, 1, "restore")
        assert back["target"]["id"] == blocked["id"]


async def test_nothing_starts_without_its_own_preview(tmp_path: Path) -> None:
    async with running(tmp_path) as live, live.peer() as peer:
        nuking = nuking_of(live)
        await said(peer, *(f"{PHRASE} {each}" for each in CLEAN), who="p")
        with pytest.raises(Refused) as refused:
            await nuking.preview(actor("moderator"), BODY)
        assert refused.value.status == 403
        assert await code_of(nuking, BODY) == "preview_needed"
        token = (await nuking.preview(actor(), BODY)).token
        assert await code_of(nuking, replace(BODY, action="ban", preview=token)) == "preview_other"
        assert await code_of(nuking, replace(BODY, preview=f"{token}0")) == "preview_other"
        assert await code_of(nuking, NukeBody("\u200b\u200b", preview=token)) == "phrase_unseen"
        over = await nuking.preview(actor(), replace(BODY, most=4))
        assert over.refused == "it would hit 5 messages, and 4 is the most it may"
        assert over.token == ""
        first, second = await asyncio.gather(
            *(nuking.start(actor(), replace(BODY, preview=token)) for _ in range(2)),
            return_exceptions=True,
        )
        started = [each for each in (first, second) if not isinstance(each, BaseException)]
        assert started, "one of them started it"
        assert len((await nuking.all(actor())).items) == 1, "and only once"


async def code_of(nuking: Nuking, body: NukeBody) -> str:
    with pytest.raises(Refused) as refused:
        await nuking.start(actor(), body)
    return refused.value.code


async def test_what_is_too_broad_is_refused(tmp_path: Path) -> None:
    async with running(tmp_path) as live, live.peer() as peer:
        nuking = nuking_of(live)
        texts = [f"well {n} {'yes' if n % 2 else 'no'}" for n in range(60)]
        for number, text in enumerate(texts):
            await peer.chat(text, user=f"u{number}")
        preview = await nuking.preview(actor(), NukeBody("yes"))
        assert preview.messages == 30
        assert preview.share == 0.5
        assert "too broad" in preview.refused
        everywhere = await nuking.preview(actor(), NukeBody("well"))
        assert everywhere.refused
        assert len(everywhere.sample) == 10
