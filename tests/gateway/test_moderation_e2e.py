"""Moderators at work on a running gateway: real sockets, real HTTP, sessions, cookies, CSRF."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.roles import Role
from tests.gateway.live import LEXICON, POLICY, RULES, Live, Peer, chat, running, write_policy
from tests.gateway.moderators import Moderator, console, hired, sign_in, until_case
from tests.gateway.record.making import change, query

pytestmark = pytest.mark.e2e

PHRASE = "buy cheap coins"
FLAGGED = RULES.replace(
    "when: lexicon.harassment, then: allow}",
    "when: lexicon.harassment, then: allow,\n"
    "   case: {queue: abuse, priority: p2, due: 10m, nobody: close}}\n"
    "- {rule: minors, category: minor_safety, when: lexicon.minor_safety, then: block,\n"
    "   case: {queue: safety, priority: p1, due: 10m, nobody: escalate}}",
)
TERMS = f"{LEXICON}  - {{term: minorword, category: minor_safety, severity: critical}}\n"


def policy_in(folder: Path) -> Path:
    """Write a policy whose flags, holds and grave finds ask for somebody."""
    patient = POLICY.replace("hold: {for: 2s", "hold: {for: 60s")
    return write_policy(folder / "policy", policy=patient, lexicon=TERMS, rules=FLAGGED)


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[Live]:
    async with running(tmp_path, policy=policy_in(tmp_path)) as it:
        yield it


async def comes(
    live: Live, name: str, *roles: Role, tenant: str = "t", queues: tuple[str, ...] = ()
) -> Moderator:
    """Make an account and sign in."""
    await asyncio.to_thread(hired, live.data, name, *roles, tenant=tenant, queues=queues)
    return await sign_in(live.gateway.http, name, tenant)


async def obeyed(peer: Peer, kind: str, count: int = 1, **fields: Any) -> list[dict[str, Any]]:
    """Wait for so many commands of a kind, and carry them out. Any: JSON."""
    found = []
    for _ in range(count):
        command = await peer.wait("command", kind=kind, **fields)
        await peer.send({"type": "done", "command": command["id"]})
        found.append(command)
    return found


def audited(live: Live, what: str) -> list[tuple[str, str]]:
    """Return (who, target) of the audit's lines of a kind."""
    return query(live.data, f"SELECT who, target FROM audit WHERE what = '{what}' ORDER BY at, id")


def decisions(live: Live) -> int:
    """Count what people decided."""
    return int(query(live.data, "SELECT count(*) FROM decisions")[0][0])


async def test_a_hold_is_approved_by_somebody_signed_in(live: Live) -> None:
    async with live.peer() as peer:
        ann = await comes(live, "ann")
        said = await peer.chat("holdword for you")
        assert said["action"] == "hold"
        case = await until_case(ann, queue="holds")
        place, body = f"/v1/cases/{case['id']}/decision", {"choice": "approve"}
        for forged in ("", "f" * 64):
            status, told, _ = await ann.ask("POST", place, body, {"X-Seawall-CSRF": forged})
            assert (status, told["code"]) == (403, "csrf")
        elsewhere = {"Origin": "http://evil.example"}
        status, told, _ = await ann.ask("POST", place, body, elsewhere)
        assert (status, told["code"]) == (403, "cross_site")
        assert decisions(live) == 0

        done = await ann.post(place, body)
        assert (done["decision"]["state"], done["decision"]["done"]) == ("applied", 1)
        hold = await peer.wait("hold", id=said["id"])
        assert hold["outcome"] == "approved"
        ended = await ann.get(f"/v1/cases/{case['id']}")
        assert (ended["case"]["state"], ended["case"]["decided_by"]) == ("decided", "ann")


async def test_a_message_is_removed_its_author_muted_and_both_taken_back(live: Live) -> None:
    async with live.peer() as peer:
        ann = await comes(live, "ann")
        said = await peer.chat("flagword you", user="bad")
        assert said["action"] == "allow"
        case = await until_case(ann, queue="abuse")
        async with console(live.gateway.listen, ann) as screen:
            await screen.wait("hello")
            done = await ann.decide(case["id"], "remove_mute", for_s=120, reason="enough")
            assert [each["kind"] for each in done["items"]] == ["remove", "mute"]
            (removed,) = await obeyed(peer, "remove")
            (muted,) = await obeyed(peer, "mute")
            assert (removed["target"]["id"], muted["target"]["id"]) == (said["id"], "bad")
            assert muted["for_s"] == pytest.approx(120, abs=2)
            assert "ann" not in f"{removed}{muted}", "names stay inside"
            assert (await screen.case(case["id"], "decided"))["decided_by"] == "ann"
            assert (await peer.chat("hello", user="bad"))["action"] == "block"

            back = await ann.post(f"/v1/decisions/{done['decision']['id']}/undo", {"reason": "no"})
            assert back["decision"]["state"] == "undone"
            await obeyed(peer, "restore")
            await obeyed(peer, "mute", for_s=0.0)
            assert (await peer.chat("hello again", user="bad"))["action"] == "allow"
            await screen.case(case["id"], "open")


async def test_reports_of_one_message_are_one_incident_and_one_decision(live: Live) -> None:
    async with live.peer() as peer:
        ann = await comes(live, "ann")
        said = await peer.chat("something unkind", user="bad")
        for number in range(3):
            report = {"type": "report", "id": f"p{number}", "room": "r1", "target": said["id"]}
            await peer.send({**report, "reason": "insult", "by": f"reader-{number}", "at": 1.0})
        case = await until_case(ann, queue="reports", members=3)
        place = f"/v1/cases/{case['id']}"
        status, told, _ = await ann.ask("POST", f"{place}/decision", {"choice": "remove"})
        assert status == 409, "nobody has looked at what it hits"
        assert told["stands"]["messages"] == 1
        assert decisions(live) == 0
        await ann.decide(case["id"], "remove")
        (removed,) = await obeyed(peer, "remove")
        assert removed["target"]["id"] == said["id"]
        assert len((await ann.get("/v1/decisions?machine=false"))["items"]) == 1


async def test_a_raid_is_one_incident_one_decision_and_one_undo(live: Live) -> None:
    raiders = [f"raider-{number}" for number in range(12)]
    async with live.peer() as peer:
        ann = await comes(live, "ann")
        for user in raiders:
            await peer.send(chat("flagword all of you in here tonight", user=user, room=user))
        case = await until_case(ann, queue="abuse", members=12)
        assert case["users"] == 12
        seen = await ann.get(f"/v1/cases/{case['id']}/preview?choice=remove_mute")
        assert (seen["messages"], seen["users"], seen["refused"]) == (12, 12, "")
        done = await ann.decide(case["id"], "remove_mute")
        assert (done["decision"]["parts"], done["decision"]["done"]) == (24, 24)
        await obeyed(peer, "remove", 12)
        muted = await obeyed(peer, "mute", 12)
        assert sorted(each["target"]["id"] for each in muted) == sorted(raiders)
        undone = await ann.post(f"/v1/decisions/{done['decision']['id']}/undo", {})
        assert {each["state"] for each in undone["items"]} == {"undone"}
        await obeyed(peer, "restore", 12)
        lifted = await obeyed(peer, "mute", 12, for_s=0.0)
        assert sorted(each["target"]["id"] for each in lifted) == sorted(raiders)


async def test_nobody_decides_outside_their_queue_or_tenant(live: Live) -> None:
    """They change nothing, and that they tried is written down."""
    async with live.peer() as peer:
        ann = await comes(live, "ann")
        hal = await comes(live, "hal", queues=("holds",))
        eve = await comes(live, "eve", "admin", tenant="other")
        await peer.chat("flagword you")
        case = await until_case(ann, queue="abuse")
        place = f"/v1/cases/{case['id']}"
        for who, expected in ((hal, 403), (eve, 404)):
            assert (await who.get("/v1/cases"))["items"] == []
            for method, path, body in (
                ("GET", place, None),
                ("GET", f"{place}/members", None),
                ("GET", f"{place}/preview?choice=remove", None),
                ("POST", f"{place}/claim", None),
                ("POST", f"{place}/escalate", {"reason": "mine"}),
                ("POST", f"{place}/notes", {"text": "mine"}),
                ("POST", f"{place}/decision", {"choice": "dismiss"}),
            ):
                status, told, _ = await who.ask(method, path, body)
                assert status == expected, (who.name, path, told)
                assert "flagword" not in str(told)
        after = (await ann.get("/v1/cases"))["items"]
        assert after == [case]
        assert decisions(live) == 0
        assert audited(live, "case.decide") == [("hal", case["id"]), ("eve", case["id"])]


async def test_a_second_opinion_is_given_blind_and_by_somebody_else(live: Live) -> None:
    async with live.peer() as peer:
        ann, bob = await comes(live, "ann"), await comes(live, "bob")
        await peer.chat("flagword you")
        case = await until_case(ann, queue="abuse")
        place = f"/v1/cases/{case['id']}"
        asked = {"question": "is this banter?", "choice": "dismiss"}
        assert (await ann.post(f"{place}/second", asked))["state"] == "second"
        status, told, _ = await ann.ask("POST", f"{place}/decision", {"choice": "dismiss"})
        assert (status, told["code"]) == (409, "second")
        seen = await bob.get(place)
        assert seen["blind"] is True
        assert [note["to"] for note in seen["notes"] if note["kind"] == "second"] == [""]
        await bob.decide(case["id"], "warn")
        seen = await ann.get(place)
        opinion = next(note for note in seen["notes"] if note["kind"] == "opinion")
        assert (opinion["by"], "dismiss" in opinion["text"]) == ("bob", True)


async def test_a_claim_and_a_session_outlive_the_gateway(tmp_path: Path) -> None:
    policy = policy_in(tmp_path)
    async with running(tmp_path, policy=policy) as live, live.peer() as peer:
        ann = await comes(live, "ann")
        bob = await comes(live, "bob")
        await peer.chat("flagword you")
        case = await until_case(ann, queue="abuse")
        claimed = await ann.post(f"/v1/cases/{case['id']}/claim")
    async with running(tmp_path, policy=policy) as live:
        ann.http = bob.http = live.gateway.http
        (line,) = (await bob.get("/v1/cases"))["items"]
        assert (line["claimed_by"], line["claim_until"]) == ("ann", claimed["claim_until"])
        for path, body in (("claim", None), ("decision", {"choice": "dismiss"})):
            status, told, _ = await bob.ask("POST", f"/v1/cases/{case['id']}/{path}", body)
            assert (status, told["code"]) == (409, "claimed")
            assert told["stands"]["claimed_by"] == "ann"
        await ann.decide(case["id"], "dismiss")


async def test_a_case_is_given_to_who_is_there_and_left_to_all_when_it_is_not_taken(
    tmp_path: Path,
) -> None:
    settings = {"policy": policy_in(tmp_path), "case_give_s": 1.0}
    async with running(tmp_path, **settings) as live, live.peer() as peer:
        ann, bob = await comes(live, "ann"), await comes(live, "bob")
        async with console(live.gateway.listen, ann) as screen:
            await screen.wait("hello")  # bob has signed in, and has no console open
            await peer.chat("flagword you", user="bad")
            case = await until_case(bob, queue="abuse", assigned="ann")
            place = f"/v1/cases/{case['id']}/claim"
            status, told, _ = await bob.ask("POST", place)
            assert (status, told["code"]) == (409, "assigned")
            await until_case(bob, queue="abuse", assigned="")
        assert (await bob.post(place))["claimed_by"] == "bob"
        shown = await bob.get(f"/v1/cases/{case['id']}")
        told = [(each["kind"], each["by"], each["to"]) for each in shown["notes"]]
        assert told[1:3] == [("assigned", "", "ann"), ("released", "", "ann")]


async def test_whoever_comes_second_is_told_who_was_first(live: Live) -> None:
    async with live.peer() as peer:
        ann, bob = await comes(live, "ann"), await comes(live, "bob")
        await peer.chat("flagword you", user="bad")
        case = await until_case(ann, queue="abuse")
        place = f"/v1/cases/{case['id']}/decision"
        both = await asyncio.gather(
            ann.ask("POST", place, {"choice": "dismiss"}),
            bob.ask("POST", place, {"choice": "remove"}),
        )
        assert sorted(status for status, _, _ in both) == [200, 409]
        (told,) = (body for status, body, _ in both if status == 409)
        first = next(body for status, body, _ in both if status == 200)
        assert told["code"] == "already_decided"
        assert told["stands"]["decision"]["by"] == first["decision"]["by"]
        assert told["stands"]["fresh"] is False
        winner = ann if first["decision"]["by"] == "ann" else bob
        again = await winner.post(place, {"choice": first["decision"]["choice"]})
        assert (again["fresh"], again["decision"]["id"]) == (False, first["decision"]["id"])
        assert decisions(live) == 1


async def test_a_repeated_request_under_one_key_is_answered_the_same(live: Live) -> None:
    async with live.peer() as peer:
        ann = await comes(live, "ann")
        said = await peer.chat("clean enough", user="bad")
        place, key = "/v1/rooms/r1/actions", {"Idempotency-Key": "once"}
        body = {"target": "message", "id": said["id"], "kind": "remove"}
        answers = [await ann.ask("POST", place, body, key) for _ in range(3)]
        assert [status for status, _, _ in answers] == [200] * 3
        assert len({str(told) for _, told, _ in answers}) == 1
        assert [headers.get("Idempotent-Replayed") for _, _, headers in answers] == [
            None, "true", "true",
        ]  # fmt: skip
        await obeyed(peer, "remove")
        assert decisions(live) == 1
        status, told, _ = await ann.ask("POST", place, {**body, "kind": "self_only"}, key)
        assert status == 422, told
        bob = await comes(live, "bob")  # a key is its asker's alone
        status, _, headers = await bob.ask("POST", place, body, key)
        assert (status, headers.get("Idempotent-Replayed")) == (200, None)
        assert decisions(live) == 2


async def test_a_nuke_hits_past_and_future_and_is_taken_back_exactly(live: Live) -> None:
    async with live.peer() as peer:
        lea, ann = await comes(live, "lea", "lead"), await comes(live, "ann")
        for number in range(6):
            await peer.chat(f"a calm remark, number {number * 7919}", user=f"calm-{number}")
        past = [(await peer.chat(f"{PHRASE} now", user=f"p{n}"))["id"] for n in range(2)]
        body = {"phrase": PHRASE, "action": "remove", "room": "r1", "back_s": 60, "ahead_s": 60}
        status, _, _ = await ann.ask("POST", "/v1/nukes/preview", body)
        assert status == 403, "a lead's work"
        status, told, _ = await lea.ask("POST", "/v1/nukes", body)
        assert status == 409, told
        seen = await lea.post("/v1/nukes/preview", body)
        assert (seen["messages"], seen["users"]) == (2, 2)
        nuke = await lea.post("/v1/nukes", {**body, "preview": seen["token"]})
        removed = await obeyed(peer, "remove", 2)
        assert {each["target"]["id"] for each in removed} == set(past)
        late = await peer.chat(f"again: {PHRASE}", user="f1")
        assert late["action"] == "block"
        other = await peer.chat(f"blockword {PHRASE}", user="f2")
        assert other["action"] == "block"
        await lea.post(f"/v1/nukes/{nuke['id']}/undo", {"reason": "too much"})
        restored = await obeyed(peer, "restore", 3)
        assert {each["target"]["id"] for each in restored} == {*past, late["id"]}
        assert (await peer.chat(PHRASE, user="f3"))["action"] == "allow"


VIEWS = (
    ("/v1/cases/{case}", "case.view", "{case}"),
    ("/v1/cases/{case}/members", "case.members", "{case}"),
    ("/v1/users/bad", "user.view", "bad"),
    ("/v1/rooms/r1", "room.view", "r1"),
    ("/v1/rooms/r1/messages", "room.view", "r1"),
    ("/v1/holds", "holds.view", ""),
)


async def test_evidence_is_shown_only_once_it_is_written_who_saw_it(live: Live) -> None:
    async with live.peer() as peer:
        ann = await comes(live, "ann")
        await peer.chat("flagword you", user="bad")
        await peer.chat("holdword you", user="bad")
        case = (await until_case(ann, queue="abuse"))["id"]
        change(live.data, "ALTER TABLE audit RENAME TO audit_away")
        for path, what, _ in VIEWS:
            status, told, _ = await ann.ask("GET", path.format(case=case))
            assert (status, told["code"]) == (503, "record_unavailable"), what
            assert "flagword" not in str(told)
            assert "holdword" not in str(told)
        change(live.data, "ALTER TABLE audit_away RENAME TO audit")
        for path, what, target in VIEWS:
            before = len(audited(live, what))
            await ann.get(path.format(case=case))
            lines = audited(live, what)
            assert len(lines) == before + 1
            assert lines[-1] == ("ann", target.format(case=case))


async def test_a_sealed_case_is_a_leads(live: Live) -> None:
    async with live.peer() as peer:
        ann, lea = await comes(live, "ann"), await comes(live, "lea", "lead")
        await peer.chat("minorword here", user="bad")
        case = await until_case(lea, queue="safety")
        assert case["sealed"] is True
        place = f"/v1/cases/{case['id']}"
        assert (await ann.get("/v1/cases"))["items"] == []
        for method, path, body in (
            ("GET", place, None),
            ("GET", f"{place}/members", None),
            ("POST", f"{place}/claim", None),
            ("POST", f"{place}/decision", {"choice": "uphold"}),
        ):
            status, told, _ = await ann.ask(method, path, body)
            assert (status, "minorword" in str(told)) == (403, False), told
        async with (
            console(live.gateway.listen, ann) as hers,
            console(live.gateway.listen, lea) as leads,
        ):
            await hers.wait("hello")
            await leads.wait("hello")
            await peer.chat("minorword again", user="worse", room="r2")
            assert (await leads.wait("cases"))["items"][0]["sealed"] is True
            await peer.chat("flagword you", user="other", room="r3")
            assert (await hers.wait("cases"))["items"][0]["queue"] == "abuse", "not the sealed one"
        seen = await lea.get(place)
        assert seen["members"]["items"][0]["text"] == "minorword here"
        await lea.decide(case["id"], "uphold")


async def test_an_analyst_sees_a_case_without_its_evidence(live: Live) -> None:
    async with live.peer() as peer:
        ann, cyd = await comes(live, "ann"), await comes(live, "cyd", "analyst")
        await peer.chat("flagword you", user="bad")
        case = (await until_case(ann, queue="abuse"))["id"]
        seen = await cyd.get(f"/v1/cases/{case}")
        assert [each["text"] for each in seen["members"]["items"]] == [None]
        assert seen["context"] == []
        assert "flagword" not in str(seen)
