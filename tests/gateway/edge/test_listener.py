"""Who comes in: never more connections than a tenant may hold, and refusals leave a trace."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import websockets
from websockets.asyncio.client import ClientConnection

from gateway.edge.listener import listen
from gateway.tls import Certificate
from seawall import client
from seawall.errors import HandshakeRefused
from tests.gateway.certificates import Authority
from tests.gateway.live import DEADLINE_S, Live
from tests.gateway.record.making import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")


@asynccontextmanager
async def door(live: Live, **settings: Any) -> AsyncIterator[int]:  # Any: settings of listen
    """Open one more door to a gateway; yields its port."""
    gateway = live.gateway
    find, connect = gateway.keys.find, gateway.service.connect
    server = await listen("127.0.0.1", 0, find, connect, 20.0, False, **settings)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def knock(port: int, key: str, **more: Any) -> websockets.connect:  # Any: websockets' options
    headers = {"Authorization": f"Bearer {key}"}
    return websockets.connect(f"ws://127.0.0.1:{port}/v1", additional_headers=headers, **more)


async def status_of(port: int, key: str) -> tuple[int, dict[str, Any], websockets.Headers]:
    """Return what a refused handshake is answered."""
    with pytest.raises(websockets.InvalidStatus) as refused:
        await knock(port, key)
    response = refused.value.response
    return response.status_code, json.loads(response.body or b"{}"), response.headers


async def test_a_tenant_holds_no_more_connections_than_it_may(live: Live) -> None:
    keys = [await live.key(tenant="crowd"), await live.key(tenant="crowd")]
    other = await live.key(tenant="calm")
    async with door(live, tenant_connections=3) as port:
        held: list[ClientConnection] = [await knock(port, keys[n % 2]) for n in range(3)]
        for key in keys:
            status, body, headers = await status_of(port, key)
            assert (status, body["code"]) == (429, "too_many_connections")
            assert headers["Retry-After"] == "1"
        async with knock(port, other):
            pass
        await held.pop().close()
        async with asyncio.timeout(DEADLINE_S):
            while True:
                try:
                    held.append(await knock(port, keys[0]))
                    break
                except websockets.InvalidStatus:
                    await asyncio.sleep(0.005)
        assert (await status_of(port, keys[0]))[0] == 429
        for each in held:
            await each.close()


async def test_a_handshake_that_fails_is_no_connection_held(live: Live) -> None:
    key = await live.key(tenant="clumsy")
    async with door(live, tenant_connections=1) as port:
        for _ in range(5):  # no Upgrade header: refused after the key was found good
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(
                f"GET /v1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n\r\n".encode()
            )
            assert b" 400 " in await reader.readline()
            writer.close()
        async with knock(port, key):
            assert (await status_of(port, key))[0] == 429


async def test_without_a_quota_any_number_may_come(live: Live) -> None:
    key = await live.key(tenant="many")
    async with door(live) as port:
        held = [await knock(port, key) for _ in range(20)]
        for each in held:
            await each.close()


async def test_refused_keys_are_told_without_the_key_and_not_in_a_flood(
    live: Live, caplog: pytest.LogCaptureFixture
) -> None:
    async with door(live) as port:
        for number in range(20):
            assert (await status_of(port, f"sw_guess-number-{number}"))[0] == 401
    told = [record for record in caplog.records if record.getMessage() == "key refused"]
    assert 1 <= len(told) <= 2
    fields = told[0].__dict__["fields"]
    assert (fields["door"], fields["why"]) == ("edge", "unknown")
    assert "websockets" in fields["agent"]
    assert "guess" not in caplog.text


async def test_an_unknown_path_is_told_in_json(live: Live) -> None:
    with pytest.raises(websockets.InvalidStatus) as refused:
        await websockets.connect(f"ws://{live.gateway.listen}/v2")
    response = refused.value.response
    assert response.status_code == 404
    assert json.loads(response.body or b"")["code"] == "not_found"


async def test_the_client_speaks_wss_with_a_private_authority(
    live: Live, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority(tmp_path_factory.mktemp("ca"))
    certificate = Certificate(*authority.pair())
    key = await live.key(tenant="wss")
    async with door(live, tls=certificate.context) as port:
        uri = f"wss://localhost:{port}/v1"
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
        async with client.connect(uri, key=key, server="s1") as sea:
            user = {"id": "u", "name": "u"}
            verdict = await sea.judge(id="wss-1", room="wss", user=user, text="a blockword")
            assert verdict.action == "block"
        with pytest.raises(HandshakeRefused, match="401"):
            async with client.connect(uri, key="sw_wrong", server="s1"):
                pass


async def test_a_key_that_expires_closes_its_sockets(live: Live) -> None:
    from gateway.record.keys import keys_rotate

    key = await live.key(tenant="expiring", name="expiring-1")
    async with live.peer(key) as peer:
        done = await asyncio.to_thread(keys_rotate, live.data, "expiring-1", 0.2)
        began = asyncio.get_running_loop().time()
        assert await peer.closed() == (4001, "key_revoked")
        assert asyncio.get_running_loop().time() - began <= 2.2
        async with live.peer(done.key) as again:
            assert (await again.chat("hello", room=live.fresh("room")))["action"] == "allow"
    await eventually(lambda: live.gateway.keys.find(key) is None)
