"""The HTTP API over a real socket: health, metrics, holds, and errors in one shape."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.gateway.live import Live, running

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def live(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Live]:
    async with running(tmp_path_factory.mktemp("http")) as found:
        yield found


async def call(live: Live, method: str, path: str, key: str | None = None) -> tuple[int, Any, str]:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    url = f"http://{live.gateway.http}{path}"
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, url, headers=headers) as reply,
    ):
        is_json = reply.content_type.endswith("json")
        return reply.status, await (reply.json() if is_json else reply.text()), reply.content_type


async def test_health_and_readiness(live: Live) -> None:
    status, body, _ = await call(live, "GET", "/healthz")
    assert (status, body) == (200, {"status": "ok"})
    status, body, _ = await call(live, "GET", "/readyz")
    assert status == 200
    assert body["ready"] is True
    assert body["degraded"] == []
    assert len(body["policy"]) == 16


async def test_metrics_are_prometheus_text(live: Live) -> None:
    async with live.peer() as peer:
        await peer.chat("hello", room=live.fresh("room"))
        await peer.chat("blockword", room=live.fresh("room"))
    status, text, kind = await call(live, "GET", "/metrics")
    assert status == 200
    assert kind == "text/plain"
    assert 'seawall_verdicts_total{action="block",rule="block-spam"}' in text
    assert 'seawall_stage_seconds_bucket{le="+Inf",stage="total"}' in text
    for name in ("seawall_queue_depth", "seawall_degraded", "seawall_loop_lag_seconds"):
        assert name in text
    assert "user" not in text.replace("user_", "")


async def test_holds_are_listed_decided_once_and_told(live: Live) -> None:
    moderator = await live.key(role="moderator", name="ola")
    other = await live.key(role="moderator", name="kim")
    async with live.peer() as peer:
        verdict = await peer.chat("holdword one", room=live.fresh("room"))
        assert verdict["action"] == "hold"
        assert verdict["until"] > 0
        status, body, _ = await call(live, "GET", "/v1/holds", moderator)
        assert status == 200
        held = next(item for item in body["items"] if item["id"] == verdict["id"])
        assert held["text"] == "holdword one"
        assert held["rule"] == "hold-giveaway"
        path = f"/v1/holds/{verdict['id']}/0"
        status, body, _ = await call(live, "POST", f"{path}/approve", moderator)
        assert (status, body["outcome"], body["by"]) == (200, "approved", "ola")
        told = await peer.wait("hold", id=verdict["id"])
        assert told["outcome"] == "approved"
        status, body, _ = await call(live, "POST", f"{path}/deny", other)
        assert (status, body["outcome"], body["by"]) == (409, "approved", "ola")
        status, body, _ = await call(live, "POST", f"{path}/approve", moderator)
        assert (status, body["outcome"]) == (200, "approved")


async def test_holds_come_in_pages_and_none_twice(live: Live) -> None:
    moderator = await live.key(role="moderator")
    async with live.peer() as peer:
        sent = [
            (await peer.chat(f"holdword page {n}", room=live.fresh("room")))["id"] for n in range(3)
        ]
        seen: list[str] = []
        query = "?limit=1"
        while query:
            status, body, _ = await call(live, "GET", f"/v1/holds{query}", moderator)
            assert status == 200
            assert len(body["items"]) <= 1
            seen += [item["id"] for item in body["items"]]
            query = f"?limit=1&cursor={body['next']}" if body["next"] else ""
    assert [each for each in seen if each in sent] == sent


async def test_a_hold_expires_as_policy_says(live: Live) -> None:
    async with live.peer() as peer:
        verdict = await peer.chat("holdword two", room=live.fresh("room"))
        told = await peer.wait("hold", id=verdict["id"])
        assert told["outcome"] == "expired"


async def test_a_deleted_messages_hold_is_over(live: Live) -> None:
    moderator = await live.key(role="moderator")
    async with live.peer() as peer:
        verdict = await peer.chat("holdword three", room="rx")
        await peer.send(
            {"type": "delete", "id": verdict["id"], "room": "rx", "by": "u1", "at": 1.0}
        )
        assert (await peer.wait("hold", id=verdict["id"]))["outcome"] == "denied"
        status, body, _ = await call(
            live, "POST", f"/v1/holds/{verdict['id']}/0/approve", moderator
        )
        assert status == 409
        assert body["by"] == "deleted by u1"


async def test_another_tenants_holds_do_not_exist(live: Live) -> None:
    theirs = await live.key(tenant="other", role="moderator")
    async with live.peer() as peer:
        verdict = await peer.chat("holdword four", room=live.fresh("room"))
        status, body, _ = await call(live, "GET", "/v1/holds", theirs)
        assert (status, body["items"]) == (200, [])
        path = f"/v1/holds/{verdict['id']}/0/approve"
        assert (await call(live, "POST", path, theirs))[0] == 404


@pytest.mark.parametrize(
    ("method", "path", "role", "status", "code"),
    [
        ("GET", "/v1/holds", None, 401, "unauthorized"),
        ("GET", "/v1/holds", "server", 403, "forbidden"),
        ("GET", "/v1/holds?limit=0", "moderator", 400, "bad_field"),
        ("GET", "/v1/holds?limit=many", "moderator", 400, "bad_field"),
        ("GET", "/v1/holds?cursor=none", "moderator", 400, "bad_cursor"),
        ("GET", "/v1/holds?cursor=WzEuMCwiYVx1MDAwMCIsMF0", "moderator", 400, "bad_cursor"),
        ("POST", "/v1/holds/nobody/0/approve", "moderator", 404, "not_found"),
        ("POST", "/v1/holds/x/one/approve", "moderator", 400, "bad_field"),
        ("POST", "/v1/holds/x/99999999999999/deny", "admin", 400, "bad_field"),
        ("GET", "/v1/nowhere", "moderator", 404, "not_found"),
        ("GET", "/nowhere.js", None, 404, "not_found"),
        ("DELETE", "/v1/holds", "moderator", 405, "method_not_allowed"),
    ],
)
async def test_misuse_has_one_shape(
    live: Live, method: str, path: str, role: str | None, status: int, code: str
) -> None:
    key = await live.key(role=role) if role else None
    found, body, kind = await call(live, method, path, key)
    assert (found, body["code"], kind) == (status, code, "application/problem+json")
    assert body["message"]


async def test_a_revoked_key_stops_working(live: Live) -> None:
    from gateway.record.keys import keys_revoke

    key = await live.key(role="moderator", name="leaver")
    assert (await call(live, "GET", "/v1/holds", key))[0] == 200
    await asyncio.to_thread(keys_revoke, live.data, "leaver")
    await live.gateway.keys.refresh()
    assert (await call(live, "GET", "/v1/holds", key))[0] == 401
