"""Where lists come from: files, and https servers of this machine."""

from __future__ import annotations

import asyncio
import contextlib
import os
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import web

from gateway.lists import sources
from gateway.lists.sources import fetch, is_address
from seawall.errors import ConfigError, NetworksFault
from tests.gateway.certificates import Authority


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    file = tmp_path / "list"
    file.write_bytes(b"bad.example\n")
    assert fetch(str(file)) == b"bad.example\n"
    assert not is_address(str(file))


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ConfigError, match="not a regular file"):
        fetch(str(tmp_path / "pipe"))
    with pytest.raises(ConfigError, match="cannot be read"):
        fetch(str(tmp_path / "nothing"))


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("http://lists.example/a", "https only"),
        ("ftp://lists.example/a", "https only"),
        ("file:///etc/passwd", "https only"),
        ("https://127.0.0.1/a", "private address"),
        ("https://2130706433/a", "private address"),
        ("https://[::1]/a", "private address"),
        ("https://localhost:1/a", "private address"),
    ],
)
def test_other_schemes_and_private_addresses_are_refused(source: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        fetch(source)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, ssl.SSLContext]]:
    """Serve lists over https on this machine, in a thread of its own."""
    authority = Authority(tmp_path / "ca")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*authority.pair())
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        runner = asyncio.run_coroutine_threadsafe(_serve(context), loop).result(10)
        port = runner.addresses[0][1]
        yield f"https://localhost:{port}", authority.trusting()
        asyncio.run_coroutine_threadsafe(_end(runner), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _serve(context: ssl.SSLContext) -> web.AppRunner:
    async def listed(_: web.Request) -> web.Response:
        return web.Response(text="bad.example\n")

    async def moved(_: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "/list"})

    async def away(_: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "http://localhost/list"})

    async def around(_: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "/around"})

    async def large(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        with contextlib.suppress(ConnectionError):
            for _ in range(1_200):  # more than is taken; who hung up is not always noticed
                if request.transport is None or request.transport.is_closing():
                    break
                await answer.write(b"x" * 65_536)
                await asyncio.sleep(0)
        return answer

    async def silent(_: web.Request) -> web.Response:
        await asyncio.sleep(30)
        return web.Response()

    app = web.Application()
    routes = {"list": listed, "moved": moved, "away": away, "around": around, "large": large}
    for name, handler in {**routes, "silent": silent}.items():
        app.router.add_get(f"/{name}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    return runner


async def _end(runner: web.AppRunner) -> None:
    """Stop serving, and wait for whoever still answered somebody that hung up."""
    await runner.cleanup()
    answering = asyncio.all_tasks() - {asyncio.current_task()}
    for task in answering:
        task.cancel()
    await asyncio.gather(*answering, return_exceptions=True)
    await asyncio.sleep(0)  # what they let go of is closed in the next pass of the loop


def test_a_list_is_fetched_also_where_it_moved(server: tuple[str, ssl.SSLContext]) -> None:
    base, trust = server
    for path in ("list", "moved"):
        assert fetch(f"{base}/{path}", allow_private=True, trust=trust) == b"bad.example\n"


@pytest.mark.parametrize(
    ("path", "error", "told"),
    [
        ("away", ConfigError, "redirects to http"),
        ("around", NetworksFault, "redirects more than 3 times"),
        ("nothing", NetworksFault, "answered 404"),
    ],
)
def test_what_leads_elsewhere_is_refused(
    server: tuple[str, ssl.SSLContext], path: str, error: type[Exception], told: str
) -> None:
    base, trust = server
    with pytest.raises(error, match=told):
        fetch(f"{base}/{path}", allow_private=True, trust=trust)


def test_a_server_of_this_network_is_asked_only_when_allowed(
    server: tuple[str, ssl.SSLContext],
) -> None:
    base, trust = server
    with pytest.raises(ConfigError, match="private address"):
        fetch(f"{base}/list", trust=trust)


def test_a_server_nobody_trusts_is_not_asked(server: tuple[str, ssl.SSLContext]) -> None:
    base, _ = server
    with pytest.raises(NetworksFault, match="cannot be fetched"):
        fetch(f"{base}/list", allow_private=True)


def test_what_is_too_large_or_too_slow_is_given_up(
    server: tuple[str, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    base, trust = server
    monkeypatch.setattr(sources, "MOST_BYTES", 1 << 20)
    with pytest.raises(ConfigError, match="is over 1 MiB"):
        fetch(f"{base}/large", allow_private=True, trust=trust)
    monkeypatch.setattr(sources, "WITHIN_S", 0.3)
    with pytest.raises(NetworksFault, match="did not answer"):
        fetch(f"{base}/silent", allow_private=True, trust=trust)
