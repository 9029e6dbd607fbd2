"""The built console: served as it is, kept where it may be, and nothing else of the machine."""

from __future__ import annotations

import gzip
import os
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given, strategies as st
from yarl import URL

from gateway.http.app import make_app
from gateway.http.signing_in import DESK, PeopleDesk
from gateway.http.static import Console
from tests.gateway.http.serving import at_ease

PAGE = b"<!doctype html><title>Seawall</title>"
SCRIPT = b"export const a = 1;" * 50


@pytest.fixture
def built(tmp_path: Path) -> Path:
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (tmp_path / "secret.txt").write_bytes(b"secret")
    (folder / "index.html").write_bytes(PAGE)
    (folder / "favicon.svg").write_bytes(b"<svg/>")
    (folder / "assets" / "index-abc123.js").write_bytes(SCRIPT)
    (folder / "assets" / "index-abc123.js.gz").write_bytes(gzip.compress(SCRIPT))
    (folder / "assets" / "index-abc123.js.br").write_bytes(b"as if it were brotli")
    (folder / "assets" / "leak.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "notes.exe").write_bytes(b"MZ")
    return folder


async def serve(app: web.Application) -> AsyncIterator[URL]:
    async with TestServer(app) as server:
        yield server.make_url("/")


@pytest.fixture
async def site(built: Path) -> AsyncIterator[URL]:
    async for url in serve(make_app(at_ease(), built=built)):
        yield url


async def fetch(
    url: URL, path: str, method: str = "GET", **headers: str
) -> tuple[int, bytes, aiohttp.ClientResponse]:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    sent.setdefault("Accept-Encoding", "identity")
    where = URL(f"{str(url).rstrip('/')}{path}", encoded=True)
    async with (
        aiohttp.ClientSession(auto_decompress=False) as session,
        session.request(method, where, headers=sent, allow_redirects=False) as answer,
    ):
        return answer.status, await answer.read(), answer


@pytest.mark.parametrize("path", ["/", "/index.html", "/queue", "/cases/k1", "/a.b/view", "/v1x"])
async def test_each_view_is_the_page_and_is_never_kept(site: URL, path: str) -> None:
    status, body, answer = await fetch(site, path)
    assert (status, body) == (200, PAGE)
    assert answer.content_type == "text/html"
    assert answer.headers["Cache-Control"] == "no-store"


async def test_files_with_a_hash_are_kept_for_a_year(site: URL) -> None:
    status, body, answer = await fetch(site, "/assets/index-abc123.js")
    assert (status, body) == (200, SCRIPT)
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    etag = answer.headers["ETag"]
    status, body, _ = await fetch(site, "/assets/index-abc123.js", If_None_Match=f'"x", {etag}')
    assert (status, body) == (304, b"")
    status, body, answer = await fetch(site, "/assets/index-abc123.js", "HEAD")
    assert (status, body, answer.headers["Content-Length"]) == (200, b"", str(len(SCRIPT)))


@pytest.mark.parametrize(
    ("accepts", "encoding"),
    [
        ("gzip, br", "br"),
        ("gzip", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("identity", None),
        ("*", None),
    ],
)
async def test_packed_siblings_are_sent_to_who_takes_them(
    site: URL, accepts: str, encoding: str | None
) -> None:
    status, body, answer = await fetch(site, "/assets/index-abc123.js", Accept_Encoding=accepts)
    assert (status, answer.headers.get("Content-Encoding")) == (200, encoding)
    assert answer.headers["Vary"] == "Accept-Encoding"
    if encoding == "gzip":
        assert gzip.decompress(body) == SCRIPT


@pytest.mark.parametrize(
    "path",
    [
        "/assets/nothing.js",
        "/assets/leak.txt",
        "/notes.exe",
        "/secret.txt",
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "/assets/%2e%2e%2f%2e%2e%2fsecret.txt",
        "/..%5csecret.txt",
        "//secret.txt",
        "/assets/index-abc123.js.gz",
        "/index.html%00.js",
    ],
)
async def test_nothing_else_is_there(site: URL, path: str) -> None:
    status, body, _ = await fetch(site, path)
    assert status == 404
    assert b"secret" not in body


async def test_the_api_is_not_the_console(site: URL) -> None:
    for path in ("/v1", "/v1/", "/v1/nothing"):
        status, _, answer = await fetch(site, path)
        assert (status, answer.content_type) == (404, "application/problem+json")


async def test_nothing_may_run_that_is_not_ours(site: URL) -> None:
    _, _, answer = await fetch(site, "/")
    policy = dict(
        each.strip().split(" ", 1) for each in answer.headers["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    for name, value in {
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }.items():
        assert answer.headers[name] == value
    assert "Server" not in answer.headers


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("mod.example:7401", "'self' ws://mod.example:7400"),
        ("[::1]:7401", "'self' ws://[::1]:7400"),
        ("a;script-src *", "'self'"),
        ("a'unsafe-inline'", "'self'"),
    ],
)
async def test_the_page_may_reach_the_live_socket_and_no_host_widens_that(
    built: Path, host: str, allowed: str
) -> None:
    def socket(tls: bool, asked: str) -> str:
        return f"ws://{asked.removesuffix(':7401')}:7400/console"

    desk = PeopleDesk(None, socket)  # type: ignore[arg-type]
    async for url in serve(make_app(at_ease(extra=((DESK, desk),)), built=built)):
        _, _, answer = await fetch(url, "/", Host=host)
        assert f"connect-src {allowed};" in answer.headers["Content-Security-Policy"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"]


async def test_a_console_that_is_not_built_says_how(tmp_path: Path) -> None:
    async for url in serve(make_app(at_ease(), built=tmp_path / "none")):
        status, body, answer = await fetch(url, "/queue")
        assert (status, answer.content_type) == (200, "text/html")
        assert b"make console" in body
        assert b"<script" not in body
        assert b"style=" not in body


async def test_a_console_that_is_built_anew_is_found(
    built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.http.static.LOOK_S", 0.0)
    async for url in serve(make_app(at_ease(), built=built)):
        assert (await fetch(url, "/"))[1] == PAGE
        (built / "index.html").write_bytes(b"<title>2</title>")
        os.utime(built / "index.html", (1, 1))
        assert (await fetch(url, "/"))[1] == b"<title>2</title>"


@given(st.text(max_size=40))
def test_only_what_is_listed_is_ever_read(path: str) -> None:
    console = Console(Path("/nonexistent"))
    assert console.page(path) is None or "." not in path.rpartition("/")[2]
