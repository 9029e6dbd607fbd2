"""One's own session by HTTP: cookies, tokens of changes, and everything that is none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.http.sessions import socket_address
from gateway.people.throttle import FREE_OF_NAME
from gateway.refusal import Refused
from tests.gateway.http.signed import Browser, Site, signing
from tests.gateway.people.making import PASSWORD

NEW = "another long password"


@pytest.fixture
async def site(data: Path) -> AsyncIterator[Site]:
    async with signing(data) as it:
        await it.room.account("ann", ("lead",), queues=["fraud"], langs=["de"])
        yield it


async def test_a_day_at_the_console(site: Site) -> None:
    browser = Browser(site)
    assert (await browser.ask("GET", "/v1/session"))[0] == 401
    shown = await browser.sign_in()
    assert (shown["name"], shown["roles"], shown["queues"]) == ("ann", ["lead"], ["fraud"])
    assert shown["socket"] == "ws://127.0.0.1:7400/console"
    assert shown["expires"] == site.room.clock() + 8 * 3600
    assert "cases.bulk" in shown["permissions"]
    assert "people.manage" not in shown["permissions"]
    (cookie,) = browser.set
    assert cookie.startswith("seawall=")
    assert cookie.endswith("Max-Age=86400; Path=/; HttpOnly; SameSite=Strict")
    assert shown["csrf"] not in cookie
    status, again, headers = await browser.ask("GET", "/v1/session")
    assert (status, again["csrf"]) == (200, shown["csrf"])
    assert headers["Cache-Control"] == "no-store"
    settings = {**shown["settings"], "theme": "dark", "blur": False}
    status, again, _ = await browser.ask("PUT", "/v1/session/settings", settings)
    assert (status, again["settings"]) == (200, settings)
    status, _, _ = await browser.ask("DELETE", "/v1/session")
    assert status == 204
    assert "Max-Age=0" in browser.set[0]
    assert browser.cookies["seawall"] == ""


async def test_over_tls_the_cookie_is_the_hosts_own(data: Path) -> None:
    async with signing(data, tls=True) as site:
        await site.room.account()
        browser = Browser(site)
        browser.origin = f"https://127.0.0.1:{site.port}"
        shown = await browser.sign_in()
        assert browser.set[0].startswith("__Host-seawall=")
        assert browser.set[0].endswith("; Secure")
        assert shown["socket"].startswith("wss://")
        token = browser.cookies.pop("__Host-seawall")
        browser.cookies["seawall"] = token  # a plain page could have set this one
        assert (await browser.ask("GET", "/v1/session"))[0] == 401


CHANGES = [
    ({}, 200, ""),
    ({"X-Seawall-CSRF": ""}, 403, "csrf"),
    ({"X-Seawall-CSRF": "0" * 64}, 403, "csrf"),
    ({"Origin": "http://evil.example"}, 403, "cross_site"),
    ({"Origin": "null"}, 403, "cross_site"),
    ({"Origin": "", "Sec-Fetch-Site": "cross-site"}, 403, "cross_site"),
    ({"Origin": "", "Sec-Fetch-Site": "same-origin"}, 200, ""),
    ({"Cookie": ""}, 401, "unauthorized"),
    ({"Cookie": "seawall=" + "0" * 64}, 401, "signed_out"),
    ({"Cookie": "seawall=%00; \t;=;seawall"}, 401, "signed_out"),
    ({"Content-Type": "text/plain"}, 415, "unsupported_media_type"),
    ({"Authorization": "Bearer sw_moderator"}, 403, "no_session"),
    ({"Authorization": "Bearer sw_nobodys"}, 401, "unauthorized"),
    ({"Authorization": "Bearer sw_server"}, 403, "forbidden"),
    ({"Authorization": "Basic YW5uOng="}, 401, "unauthorized"),
]


@pytest.mark.parametrize(("headers", "status", "code"), CHANGES)
async def test_who_may_change_by_cookie(
    site: Site, headers: dict[str, str], status: int, code: str
) -> None:
    browser = Browser(site)
    await browser.sign_in()
    found, body, _ = await browser.ask("PUT", "/v1/session/settings", {}, headers)
    assert (found, body.get("code", "")) == (status, code)


async def test_a_key_needs_no_token_and_wins_over_a_cookie(site: Site) -> None:
    browser = Browser(site)
    await browser.sign_in()
    body = {"name": "bob", "roles": ["moderator"]}
    headers = {"Authorization": "Bearer sw_admin", "X-Seawall-CSRF": "", "Origin": ""}
    status, made, answered = await browser.ask("POST", "/v1/moderators", body, headers)
    assert (status, answered["ETag"]) == (201, '"1"')
    await Browser(site).sign_in("bob", made["password"])
    (line,) = (await site.people.audit.page("t", what="moderator.add")).items
    assert (line.who, line.via) == ("admin", "key")


async def test_the_token_of_one_session_is_none_of_anothers(site: Site) -> None:
    one, other = Browser(site), Browser(site)
    await one.sign_in()
    await other.sign_in()
    one.csrf = other.csrf
    _, body, _ = await one.ask("PUT", "/v1/session/settings", {})
    assert body["code"] == "csrf"


async def test_a_cookie_that_was_signed_out_is_told_and_counted(site: Site) -> None:
    browser = Browser(site)
    await browser.sign_in()
    kept = dict(browser.cookies)
    await browser.ask("DELETE", "/v1/session")
    browser.cookies = kept
    before = site.people.signing.refused.count
    status, body, headers = await browser.ask("GET", "/v1/session")
    assert (status, body["code"]) == (401, "signed_out")
    assert headers["Content-Type"].startswith("application/problem+json")
    assert site.people.signing.refused.count == before + 1


async def test_an_expired_cookie_is_told(site: Site) -> None:
    browser = Browser(site)
    await browser.sign_in()
    site.room.clock.now += 8 * 3600 + 1
    status, body, _ = await browser.ask("GET", "/v1/session")
    assert (status, body["code"]) == (401, "session_expired")


async def test_no_session_is_begun_from_another_page(site: Site) -> None:
    browser = Browser(site)
    body = {"tenant": "t", "name": "ann", "password": PASSWORD}
    status, said, _ = await browser.ask(
        "POST", "/v1/session", body, {"Origin": "https://evil.example"}
    )
    assert (status, said["code"]) == (403, "cross_site")
    assert browser.set == []


async def test_a_planted_cookie_is_exchanged(site: Site) -> None:
    browser = Browser(site)
    browser.cookies["seawall"] = "ab" * 32
    await browser.sign_in()
    first = browser.cookies["seawall"]
    assert first != "ab" * 32
    await browser.sign_in()
    browser.cookies["seawall"], second = first, browser.cookies["seawall"]
    assert (await browser.ask("GET", "/v1/session"))[1]["code"] == "signed_out"
    browser.cookies["seawall"] = second
    assert (await browser.ask("GET", "/v1/session"))[0] == 200


async def test_too_many_tries_are_told_how_long_to_wait(site: Site) -> None:
    browser = Browser(site)
    body = {"tenant": "t", "name": "ann", "password": "wrong"}
    for _ in range(FREE_OF_NAME):
        status, said, _ = await browser.ask("POST", "/v1/session", body)
        assert (status, said["code"]) == (401, "bad_credentials")
    status, said, headers = await browser.ask("POST", "/v1/session", body)
    assert (status, said["code"], headers["Retry-After"]) == (429, "throttled", "1")


async def test_a_new_password_gives_a_new_cookie(site: Site) -> None:
    browser, other = Browser(site), Browser(site)
    await browser.sign_in()
    await other.sign_in()
    before = browser.cookies["seawall"]
    body = {"old": PASSWORD, "new": "too short"}
    assert (await browser.ask("PUT", "/v1/session/password", body))[0] in (400, 422)
    body["new"] = NEW
    status, shown, _ = await browser.ask("PUT", "/v1/session/password", body)
    assert status == 200
    browser.csrf = shown["csrf"]
    assert browser.cookies["seawall"] != before
    assert (await browser.ask("PUT", "/v1/session/settings", {}))[0] == 200
    assert (await other.ask("GET", "/v1/session"))[1]["code"] == "signed_out"


@pytest.mark.parametrize(
    ("secure", "host", "address"),
    [
        (False, "gw:7401", "ws://gw:7400/console"),
        (True, "mod.example", "wss://mod.example:7400/console"),
        (False, "[::1]:7401", "ws://[::1]:7400/console"),
        (False, "", "ws://localhost:7400/console"),
    ],
)
def test_the_live_sockets_address(secure: bool, host: str, address: str) -> None:
    assert socket_address(secure, host, 7400) == address


def test_a_host_that_is_none_is_refused() -> None:
    with pytest.raises(Refused):
        socket_address(False, "[::1", 7400)
