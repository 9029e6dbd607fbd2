"""Settings of the doors reach the doors of a whole gateway."""

from __future__ import annotations

import asyncio
import socket
import ssl
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import websockets

from gateway.config import Config
from gateway.serve import Gateway
from seawall import client
from seawall.errors import ConfigError
from tests.gateway.certificates import Authority
from tests.gateway.live import running
from tests.gateway.record.making import eventually


async def get(url: str, trust: ssl.SSLContext, key: str = "") -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    async with (
        aiohttp.ClientSession() as session,
        session.get(url, ssl=trust, headers=headers) as answer,
    ):
        return answer.status, await answer.json()


@pytest.mark.e2e
async def test_certificate_quota_and_readiness_are_wired(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "ca")
    cert, key_file = authority.pair(days=3.0)
    trust = authority.trusting()
    tls = {"tls_cert": cert, "tls_key": key_file}
    async with running(tmp_path, redis="local", tenant_connections=1, **tls) as live:
        key, moderator = await live.key(), await live.key(role="moderator")
        uri = f"wss://{live.gateway.listen}/v1"
        headers = {"Authorization": f"Bearer {key}"}
        async with websockets.connect(uri, ssl=trust, additional_headers=headers):
            with pytest.raises(websockets.InvalidStatus) as refused:
                await websockets.connect(uri, ssl=trust, additional_headers=headers)
            assert refused.value.response.status_code == 429
        server = await live.key(tenant="other")
        async with client.connect(uri, key=server, server="chat-1", tls=trust) as sea:
            user = {"id": "u", "name": "u", "roles": []}
            assert (await sea.judge(id="m", room="r", user=user, text="hi")).action == "allow"
        base = f"https://{live.gateway.http}"
        status, body = await get(f"{base}/readyz", trust)
        assert (status, body["ready"], body["problems"]) == (200, True, [])
        assert body["because"]["certificate"] == "it expires in 3.0 days"
        assert await get(f"{base}/v1/cases", trust, moderator) == (
            200,
            {"items": [], "next": None},
        )
        status, body = await get(f"{base}/v1/journal/heads", trust, moderator)
        assert status == 200
        assert isinstance(body["items"], list)
        for old, new in zip((cert, key_file), authority.pair("next", days=100.0), strict=True):
            await asyncio.to_thread(Path(new).replace, old)
        live.gateway.reload()  # as SIGHUP does
        certificate = live.gateway.certificate
        assert certificate is not None
        before = certificate.expires
        await eventually(lambda: certificate.expires > before)
        assert "certificate" not in (await get(f"{base}/readyz", trust))[1]["degraded"]


@pytest.mark.e2e
@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"tls_cert": "x.pem"}, "tls_key: is needed where tls_cert is set"),
        ({"tls_cert": "x.pem", "tls_key": "x.key"}, "tls_cert: x.pem: No such file"),
        ({"database": "mysql://u:hunter22@h/x"}, "database: want sqlite"),
        ({"http": "no.such.host.invalid:1"}, "http: cannot listen on"),
    ],
)
async def test_what_cannot_work_is_told_before_anything_is_made(
    tmp_path: Path, settings: dict[str, Any], told: str
) -> None:
    addresses = {"listen": "127.0.0.1:0", "http": "127.0.0.1:0"}
    config = Config(**(addresses | {"data": str(tmp_path / "data")} | settings))
    with pytest.raises(ConfigError, match=told):
        await Gateway(config).start()
    assert not (tmp_path / "data").exists()


@pytest.mark.e2e
async def test_a_port_in_use_is_told_before_anything_is_made(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        config = Config(listen=address, http="127.0.0.1:0", data=str(tmp_path / "data"))
        with pytest.raises(ConfigError, match=f"listen: cannot listen on {address}"):
            await Gateway(config).start()
    assert not (tmp_path / "data").exists()
