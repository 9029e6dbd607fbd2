"""Restrictions on a running gateway: they last, are taken back exactly, a human's word wins."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import aiohttp

from tests.gateway.live import LEXICON, POLICY, RULES, Live, Peer, running, write_policy

LADDER = """
ladder:
  half_life: 7d
  steps: [{strikes: 2, then: {slow: 30s}}, {strikes: 4, then: {mute: 60s}}]
"""
STRIKING = """
- {rule: strike-spam, category: spam, when: lexicon.spam, then: block, strikes: 2}
- window: wave
  on: [join]
  key: [room]
  of: user
  count: attempted
  limit: 5
  per: 2s
  over: {message: allow, then: shield, for: 2s}
"""


async def call(
    live: Live, method: str, path: str, body: Any = None, key: str = ""
) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {key or await live.key(role='moderator', name='ola')}"}
    url = f"http://{live.gateway.http}{path}"
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, url, headers=headers, json=body) as reply,
    ):
        return reply.status, await reply.json(content_type=None)


def silent(peer: Peer, what: str, **fields: Any) -> bool:
    return not any(
        each["type"] == what and all(each.get(name) == fields[name] for name in fields)
        for each in peer.seen
    )


async def test_a_mute_survives_a_restart_and_one_call_takes_it_back(tmp_path: Path) -> None:
    async with running(tmp_path) as live, live.peer() as peer:
        muted = await peer.chat("muteword")
        assert muted["action"] == "block"
        await peer.wait("command", kind="mute")
        acted = {"type": "acted", "kind": "ban", "by": "mod", "at": 1.0}
        await peer.send({**acted, "target": {"kind": "user", "id": "u9"}})
        await peer.chat("so that it is recorded", user="u3")
    async with running(tmp_path) as live, live.peer() as peer:
        assert (await peer.chat("still muted"))["action"] == "block"
        assert (await peer.chat("banned everywhere", user="u9"))["action"] == "block"
        status, done = await call(live, "POST", f"/v1/decisions/{muted['id']}/revert", {})
        assert (status, done["fresh"], done["labels"]) == (200, True, 1)
        told = await peer.wait("command", kind="mute", for_s=0.0)
        assert told["target"]["id"] == "u1"
        restored = await peer.wait("command", kind="restore")
        assert restored["target"] == {"kind": "message", "room": "r1", "id": muted["id"], "rev": 0}
        assert (await peer.chat("free again"))["action"] == "allow"
        status, again = await call(live, "POST", f"/v1/decisions/{muted['id']}/revert", {})
        assert (status, again["fresh"], again["by"]) == (200, False, done["by"])
        assert (await call(live, "POST", "/v1/decisions/nothing/revert", {}))[0] == 404


async def test_the_ladder_goes_on_over_a_restart_and_a_revert_takes_a_step_back(
    tmp_path: Path,
) -> None:
    policy = write_policy(
        tmp_path / "policy", policy=POLICY + LADDER, lexicon=LEXICON, rules=STRIKING
    )
    async with running(tmp_path, policy=policy) as live, live.peer() as peer:
        first = await peer.chat("blockword one", user="u1")
        assert [each["kind"] for each in first["actions"]] == ["slow"]
        await peer.chat("blockword", user="u2")
    async with running(tmp_path, policy=policy) as live, live.peer() as peer:
        await call(live, "POST", f"/v1/decisions/{first['id']}/revert", {})
        again = await peer.chat("blockword two", user="u1")
        assert [each["kind"] for each in again["actions"]] == ["slow"]
        other = await peer.chat("blockword two", user="u2")
        assert [each["kind"] for each in other["actions"]] == ["mute"]


async def test_a_flood_raises_one_command_and_one_label(tmp_path: Path) -> None:
    async with running(tmp_path) as live, live.peer() as peer:
        for n in range(40):
            await peer.chat(f"note {n * 7919}")
        await peer.wait("command", kind="slow")
        assert silent(peer, "command", kind="slow")


async def joins(peer: Peer, room: str, number: int, pause_s: float = 0.0) -> None:
    for n in range(number):
        user = {"id": f"{time.monotonic_ns()}-{n}"}
        await peer.send({"type": "join", "room": room, "user": user, "at": 1.0})
        await asyncio.sleep(pause_s)


async def test_a_wave_raises_the_shield_keeps_it_up_and_lets_it_go(tmp_path: Path) -> None:
    policy = write_policy(tmp_path / "policy", lexicon=LEXICON, rules=STRIKING)
    async with running(tmp_path, policy=policy) as live, live.peer() as peer:
        await joins(peer, "r1", 30)
        up = await peer.wait("command", kind="shield")
        assert up["for_s"] == 2.0
        await peer.chat("hello", roles=["mod"])
        assert silent(peer, "command", kind="shield")  # thirty joins, one command
        for _ in range(8):  # under the limit, over half of it, for longer than the shield lasts
            await joins(peer, "r1", 4, 0.1)
        assert live.gateway.chat.labels.facts("t", "r1", "x", time.time()).room
        more = await peer.wait("command", kind="shield")
        assert more["for_s"] == 2.0
        until = time.monotonic() + 5.0
        while live.gateway.chat.labels.facts("t", "r1", "x", time.time()).room:
            assert time.monotonic() < until, "it is not released"
            await asyncio.sleep(0.02)


async def test_a_moderators_switch_wins_and_lasts(tmp_path: Path) -> None:
    policy = write_policy(tmp_path / "policy", lexicon=LEXICON, rules=RULES)
    path = "/v1/rooms/r1/switches/shield"
    async with running(tmp_path, policy=policy) as live, live.peer() as peer:
        status, on = await call(live, "PUT", path, {"on": True})
        assert (status, on["switch"]) == (200, True)
        assert "for_s" not in await peer.wait("command", kind="shield")
        assert (await peer.chat("see example.com"))["action"] == "block"
        await call(live, "PUT", path, {"on": False, "for_s": None})
        await peer.wait("command", kind="shield", for_s=0.0)
        raised = await peer.chat("shieldword", user="u2")
        assert raised["action"] == "block"
        assert raised["actions"] == []
        assert (await peer.chat("see example.com", user="u3"))["action"] == "allow"
    async with running(tmp_path, policy=policy) as live, live.peer() as peer:
        status, shown = await call(live, "GET", "/v1/rooms/r1/switches")
        assert {each["name"]: each["switch"] for each in shown["items"]}["shield"] is False
        await call(live, "DELETE", path)
        raised = await peer.chat("shieldword", user="u4")
        assert [each["kind"] for each in raised["actions"]] == ["shield"]


async def test_what_the_platform_did_to_a_held_message_ends_its_hold(tmp_path: Path) -> None:
    patient = POLICY.replace("hold: {for: 2s", "hold: {for: 60s")
    policy = write_policy(tmp_path / "policy", policy=patient)
    async with running(tmp_path, policy=policy) as live, live.peer() as peer:
        for kind, outcome in (("approve", "approved"), ("remove", "denied")):
            held = await peer.chat("holdword")
            assert held["action"] == "hold"
            target = {"kind": "message", "room": "r1", "id": held["id"], "rev": 0}
            message = {"type": "acted", "kind": kind, "by": "mod", "at": 1.0, "target": target}
            await peer.send(message)
            assert (await peer.wait("hold", id=held["id"]))["outcome"] == outcome


async def test_what_the_platform_removed_a_revert_of_ours_leaves_away(tmp_path: Path) -> None:
    async with running(tmp_path) as live, live.peer() as peer:
        first, second = await peer.chat("split"), await peer.chat("phrase")
        assert (first["action"], second["action"]) == ("allow", "block")
        await peer.wait("command", kind="remove")  # of the first part
        target = {"kind": "message", "room": "r1", "id": first["id"]}
        await peer.send({"type": "acted", "kind": "remove", "by": "m", "at": 1.0, "target": target})
        await peer.chat("blockword", user="u2")  # recorded after it, and told when it is durable
        path = f"/v1/decisions/{second['id']}/revert"
        status, done = await call(live, "POST", path, {"reason": "r"})
        assert status == 200
        restored = [each["target"]["id"] for each in done["commands"] if each["kind"] == "restore"]
        assert restored == [second["id"]]
