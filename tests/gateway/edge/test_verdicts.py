"""What a chat server sees of the chat path, over a real socket with everything real behind it."""

from __future__ import annotations

import asyncio
import json

import msgspec
import pytest

from seawall import wire
from tests.gateway.live import Live, chat

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_hello_tells_budgets_limits_and_memory(live: Live) -> None:
    async with live.peer() as peer:
        hello = msgspec.convert(
            {k: v for k, v in peer.hello.items() if k != "type"}, wire.HelloReply
        )
        assert hello.version == 1
        assert len(hello.policy) == 16
        assert hello.budgets["chat"].on_timeout == "allow"
        assert hello.limits.text_bytes == 16 * 1024
        assert hello.memory.s <= 120
        assert hello.memory.bytes <= 64 * 2**20
        assert hello.degraded == []


async def test_a_clean_message_is_allowed_with_its_times(live: Live) -> None:
    async with live.peer() as peer:
        verdict = await peer.chat("good evening everyone", room=live.fresh("room"))
        assert verdict["action"] == "allow"
        assert verdict["reasons"] == []
        assert verdict["late"] is False
        assert set(verdict["ms"]) == {"decode", "detect", "state", "decide", "journal", "total"}
        assert verdict["policy"] == peer.hello["policy"]


@pytest.mark.parametrize(
    ("text", "action", "rule"),
    [
        ("this is a blockword indeed", "block", "block-spam"),
        ("get your holdword here", "hold", "hold-giveaway"),
        ("what the maskword man", "mask", "mask-profanity"),
        ("you flagword", "allow", "flag-harassment"),
        ("ｂｌｏｃｋｗｏｒｄ", "block", "block-spam"),
        ("BLOCKWORD", "block", "block-spam"),
    ],
)
async def test_each_action(live: Live, text: str, action: str, rule: str | None) -> None:
    async with live.peer() as peer:
        verdict = await peer.chat(text, room=live.fresh("room"), user=live.fresh("user"))
        assert verdict["action"] == action
        if rule is not None:
            assert verdict["reasons"][0]["rule"] == rule
        if action == "mask":
            assert verdict["text"] == "what the ******** man"


async def test_the_reason_names_the_place_in_the_text_as_sent(live: Live) -> None:
    async with live.peer() as peer:
        text = "🙂 ok then: BLOCKWORD!"
        verdict = await peer.chat(text, room=live.fresh("room"))
        start, end = verdict["reasons"][0]["span"]
        assert text[start:end] == "BLOCKWORD"


async def test_the_notice_is_in_the_users_language(live: Live) -> None:
    async with live.peer() as peer:
        verdict = await peer.chat("blockword", lang="es", room=live.fresh("room"))
        assert verdict["notice"] == "Sin spam, por favor."


async def test_shadow_rules_are_told_apart(live: Live) -> None:
    async with live.peer() as peer:
        verdict = await peer.chat("la " * 200, room=live.fresh("room"))
        assert verdict["action"] == "allow"
        assert verdict["shadow"][0]["rule"] == "shadowed"


async def test_over_a_window_is_blocked_and_slowed(live: Live) -> None:
    room = live.fresh("room")
    async with live.peer() as peer:
        verdicts = [await peer.chat(f"different words {n * 7919}", room=room) for n in range(9)]
        assert [verdict["action"] for verdict in verdicts] == ["allow"] * 8 + ["block"]
        last = verdicts[-1]
        assert last["reasons"][0]["rule"] == "pace"
        assert last["reasons"][0]["detector"] == "window"
        assert last["actions"][0]["kind"] == "slow"
        assert last["actions"][0]["for_s"] == 30
        command = await peer.wait("command", kind="slow")
        assert command["target"] == {"kind": "user", "room": room, "id": "u1"}


async def test_moderators_are_not_counted(live: Live) -> None:
    room = live.fresh("room")
    async with live.peer() as peer:
        for n in range(12):
            verdict = await peer.chat(f"note number {n * 7919}", room=room, roles=["mod"])
            assert verdict["action"] == "allow"


async def test_a_muted_user_is_blocked_until_it_ends(live: Live) -> None:
    room = live.fresh("room")
    async with live.peer() as peer:
        first = await peer.chat("muteword", room=room)
        assert first["actions"][0]["kind"] == "mute"
        await peer.wait("command", kind="mute")
        second = await peer.chat("hello again", room=room)
        assert second["action"] == "block"
        assert second["reasons"][0]["rule"] == "restriction.mute"
        assert second["until"] > 0
        elsewhere = await peer.chat("hello again", room=live.fresh("room"))
        assert elsewhere["action"] == "allow"


async def test_links_off_holds_for_everybody_but_moderators(live: Live) -> None:
    room = live.fresh("room")
    async with live.peer() as peer:
        await peer.chat("linksoff", room=room, user="bad")
        await peer.wait("command", kind="links_off")
        link = "look at https://news.site.com/today"
        assert (await peer.chat(link, room=room, user="a"))["action"] == "block"
        assert (await peer.chat(link, room=room, user="m", roles=["mod"]))["action"] == "allow"
        assert (await peer.chat("no link here", room=room, user="a"))["action"] == "allow"


async def test_a_shield_holds_newcomers_and_blocks_links(live: Live) -> None:
    room = live.fresh("room")
    async with live.peer() as peer:
        await peer.chat("shieldword", room=room, user="bad")
        await peer.wait("command", kind="shield")
        new = await peer.chat("hi all", room=room, user="fresh")
        assert new["action"] == "hold"
        old = {"id": "old", "name": "old", "roles": [], "first_seen": 1.0}
        assert (await peer.chat("hi all", room=room, user=old))["action"] == "allow"


async def test_care_is_an_action_and_no_penalty(live: Live) -> None:
    async with live.peer() as peer:
        verdict = await peer.chat("careword", room=live.fresh("room"), user=live.fresh("user"))
        assert verdict["action"] == "allow"
        assert [action["kind"] for action in verdict["actions"]] == ["care"]


async def test_a_phrase_split_over_messages_removes_the_earlier_part(live: Live) -> None:
    room = live.fresh("room")
    async with live.peer() as peer:
        first = await peer.chat("split", room=room, id=live.fresh("m"))
        assert first["action"] == "allow"
        second = await peer.chat("phrase", room=room)
        assert second["action"] == "block"
        command = await peer.wait("command", kind="remove")
        assert command["target"]["id"] == first["id"]


async def test_copies_by_many_users_are_held(live: Live) -> None:
    room = live.fresh("room")
    async with live.peer() as peer:
        text = "everybody come and see my wonderful stream right now"
        verdicts = [await peer.chat(text, room=room, user=f"u{n}") for n in range(7)]
        assert [verdict["action"] for verdict in verdicts[:5]] == ["allow"] * 5
        assert verdicts[6]["action"] == "hold"
        assert verdicts[6]["reasons"][0]["rule"] == "copies"


async def test_a_join_wave_slows_the_room(live: Live) -> None:
    room = live.fresh("room")
    async with live.peer() as peer:
        for n in range(11):
            await peer.send({"type": "join", "room": room, "user": {"id": f"j{n}"}, "at": 1.0})
        command = await peer.wait("command", kind="slow_all")
        assert command["target"] == {"kind": "room", "room": room}


async def test_an_edit_is_judged_afresh(live: Live) -> None:
    room, ref = live.fresh("room"), live.fresh("m")
    async with live.peer() as peer:
        assert (await peer.chat("hello", room=room, id=ref))["action"] == "allow"
        edit = await peer.chat("blockword", room=room, id=ref, rev=1)
        assert (edit["action"], edit["rev"]) == ("block", 1)
        unknown = await peer.chat("fine", room=room, id=live.fresh("never-seen"), rev=4)
        assert unknown["action"] == "allow"


async def test_a_sent_again_id_hears_its_first_verdict(live: Live) -> None:
    room = live.fresh("room")
    async with live.peer() as peer:
        message = chat("blockword", room=room)
        await peer.send(message)
        first = await peer.wait("verdict", id=message["id"])
        await peer.send(message)
        assert await peer.wait("verdict", id=message["id"]) == first
    async with live.peer() as other:  # the memory is the tenant's, not the connection's
        await other.send(message)
        assert await other.wait("verdict", id=message["id"]) == first


async def test_a_repeat_is_not_counted_twice(live: Live) -> None:
    room = live.fresh("room")
    async with live.peer() as peer:
        message = chat("only once", room=room)
        for _ in range(12):
            await peer.send(message)
            assert (await peer.wait("verdict", id=message["id"]))["action"] == "allow"
        assert (await peer.chat("another", room=room))["action"] == "allow"


async def test_an_id_with_other_content_is_reused(live: Live) -> None:
    room = live.fresh("room")
    async with live.peer() as peer:
        verdict = await peer.chat("one", room=room)
        await peer.send(chat("two", room=room, id=verdict["id"]))
        error = await peer.wait("error", ref=verdict["id"])
        assert error["code"] == "id_reused"


async def test_an_id_reused_in_flight_does_not_cost_the_first_its_verdict(live: Live) -> None:
    room, ref = live.fresh("room"), live.fresh("m")
    async with live.peer() as peer:
        both = [chat("blockword", room=room, id=ref), chat("something else", room=room, id=ref)]
        await peer.send({"type": "batch", "items": both})
        error = await peer.wait("error", ref=ref)
        assert error["code"] == "id_reused"
        (verdict,) = (await peer.wait("verdicts"))["items"]
        assert (verdict["id"], verdict["action"]) == (ref, "block")


async def test_tenants_do_not_see_each_other(live: Live) -> None:
    room = live.fresh("room")
    theirs = await live.key(tenant="other")
    async with live.peer() as peer, live.peer(theirs) as other:
        verdict = await peer.chat("muteword", room=room)
        same = chat("muteword but other", room=room, id=verdict["id"])
        await other.send(same)
        assert (await other.wait("verdict", id=same["id"]))["action"] == "block"
        await peer.wait("command", kind="mute")
        assert (await other.wait("command", kind="mute"))["target"]["room"] == room
        third = await other.chat("hello", room=room, user="somebody")
        assert third["action"] == "allow"


async def test_a_batch_is_answered_together(live: Live) -> None:
    room = live.fresh("room")
    async with live.peer() as peer:
        items = [chat(f"line {n * 7919}", room=room, user=f"u{n}") for n in range(5)]
        joins = [{"type": "join", "room": room, "user": {"id": "x"}, "at": 1.0}]
        await peer.send({"type": "batch", "items": items + joins})
        found = await peer.wait("verdicts")
        assert {verdict["id"] for verdict in found["items"]} == {item["id"] for item in items}


async def test_a_pipelined_burst_gets_every_verdict_once(live: Live) -> None:
    async with live.peer() as peer:
        messages = [chat(f"x {n}", user=f"p{n}", room=f"p{n % 7}") for n in range(500)]
        for message in messages:
            await peer.send(message)
        owed = {message["id"] for message in messages}
        while owed:
            found = await peer.read()
            if found["type"] not in ("command", "hold"):  # an earlier test's
                assert found["id"] in owed, found
                owed.remove(found["id"])


async def test_a_profile_is_judged_by_name_and_bio(live: Live) -> None:
    async with live.peer() as peer:
        ref = live.fresh("profile")
        user = {"id": "u1", "name": "nice blockword"}
        await peer.send({"type": "profile", "id": ref, "user": user, "at": 1.0, "bio": "hello"})
        assert (await peer.wait("verdict", id=ref))["action"] == "block"


async def test_reports_and_answers_are_acknowledged(live: Live) -> None:
    async with live.peer() as peer:
        report = {"type": "report", "id": live.fresh("rep"), "room": "r", "target": "u9",
                  "reason": "scam", "by": "u1", "at": 1.0}  # fmt: skip
        await peer.send(report)
        await peer.wait("ack", ref=report["id"])
        answer = {"type": "answer", "id": live.fresh("ans"), "ref": "m1", "at": 1.0}
        await peer.send(answer)
        await peer.wait("ack", ref=answer["id"])


async def test_what_the_platform_did_itself_is_respected(live: Live) -> None:
    room = live.fresh("room")
    target = {"kind": "user", "room": room, "id": "u1"}
    acted = {"type": "acted", "target": target, "kind": "mute", "by": "mod", "at": 1.0}
    async with live.peer() as peer:
        await peer.send(acted)
        assert (await peer.chat("hello", room=room))["action"] == "block"
        await peer.send({**acted, "kind": "unmute"})
        assert (await peer.chat("hello again", room=room))["action"] == "allow"


async def test_a_rooms_owner_is_its_host(live: Live) -> None:
    room = live.fresh("room")
    async with live.peer() as peer:
        await peer.send({"type": "room", "room": room, "owners": ["u1"], "viewers": 5})
        for n in range(12):
            assert (await peer.chat(f"note {n * 7919}", room=room))["action"] == "allow"


async def test_streams_are_refused_politely_for_now(live: Live) -> None:
    async with live.peer() as peer:
        stream = {"type": "stream.open", "id": "o1", "stream": "st1", "room": "r",
                  "user": {"id": "u"}, "container": "webm"}  # fmt: skip
        await peer.send(stream)
        assert (await peer.wait("error", ref="o1"))["code"] == "unsupported"
        await peer.send({"type": "stream.close", "stream": "st1"})
        assert (await peer.wait("error", ref="st1"))["code"] == "unknown_stream"


async def test_messages_of_one_user_are_judged_in_arrival_order(live: Live) -> None:
    room = live.fresh("room")
    async with live.peer() as peer:
        messages = [chat(f"n {n * 7919}", room=room) for n in range(20)]
        await peer.socket.send([json.dumps(messages[0])])
        for message in messages[1:]:
            await peer.send(message)
        found = {}
        for _ in messages:
            verdict = await peer.wait("verdict")
            found[verdict["id"]] = verdict["action"]
        actions = [found[message["id"]] for message in messages]
        assert actions == ["allow"] * 8 + ["block"] * 12


async def test_many_connections_at_once(live: Live) -> None:
    async def one(number: int) -> None:
        async with live.peer() as peer:
            for n in range(5):
                room = f"c{number}"
                verdict = await peer.chat(f"hello {n * 7919}", room=room, user=f"c{number}")
                assert verdict["action"] == "allow"

    async with asyncio.TaskGroup() as group:
        for number in range(20):
            group.create_task(one(number))
