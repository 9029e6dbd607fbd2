"""Accounts, roles and the audit by HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.roles import DEFAULT_MATRIX
from tests.gateway.http.signed import Browser, Site, signing

DEFAULT: dict[str, Any] = {role: list(may) for role, may in DEFAULT_MATRIX.items()}


@pytest.fixture
async def site(data: Path) -> AsyncIterator[Site]:
    async with signing(data) as it:
        yield it


@pytest.fixture
async def admin(site: Site) -> Browser:
    await site.room.account("root", ("admin",))
    browser = Browser(site)
    await browser.sign_in("root")
    return browser


async def test_an_account_from_first_to_last(site: Site, admin: Browser) -> None:
    body = {"name": "ann", "roles": ["moderator"], "totp": True}
    status, made, _ = await admin.ask("POST", "/v1/moderators", body)
    assert status == 201
    assert made["otpauth"].startswith("otpauth://totp/")
    assert "ann" not in made["moderator"]["pseudonym"]
    status, again, _ = await admin.ask("POST", "/v1/moderators", body)
    assert (status, again["code"]) == (409, "exists")
    path = "/v1/moderators/ann"
    status, made, headers = await admin.ask("PATCH", path, {"totp": False}, {"If-Match": '"1"'})
    assert (status, headers["ETag"], made["moderator"]["totp"]) == (200, '"2"', False)
    status, stale, _ = await admin.ask("PATCH", path, {"disabled": True}, {"If-Match": '"1"'})
    assert (status, stale["code"]) == (412, "changed")
    assert (await admin.ask("PATCH", path, {"disabled": True}))[0] == 200
    assert (await admin.ask("PATCH", "/v1/moderators/bob", {"disabled": True}))[0] == 404
    status, last, _ = await admin.ask("PATCH", "/v1/moderators/root", {"roles": ["lead"]})
    assert (status, last["code"]) == (409, "last_admin")
    _, listed, _ = await admin.ask("GET", "/v1/moderators")
    assert [(each["name"], each["disabled"] is None) for each in listed["items"]] == [
        ("ann", False),
        ("root", True),
    ]
    assert "password" not in str(listed)


async def test_the_matrix_has_an_etag(admin: Browser) -> None:
    status, matrix, headers = await admin.ask("GET", "/v1/roles")
    assert (status, matrix["version"], headers["ETag"]) == (200, 0, '"0"')
    body = {"roles": {**DEFAULT, "analyst": ["overview.read"]}, "queues": {}}
    assert (await admin.ask("PUT", "/v1/roles", body))[0] == 428
    status, written, headers = await admin.ask("PUT", "/v1/roles", body, {"If-Match": '"0"'})
    assert (status, written["by"], headers["ETag"]) == (200, "root", '"1"')
    assert (await admin.ask("PUT", "/v1/roles", body, {"If-Match": '"0"'}))[0] == 412
    body["roles"]["admin"] = []
    status, refused, _ = await admin.ask("PUT", "/v1/roles", body, {"If-Match": '"1"'})
    assert (status, refused["code"]) == (422, "bad_matrix")
    body["roles"] = {"emperor": []}
    assert (await admin.ask("PUT", "/v1/roles", body, {"If-Match": '"1"'}))[0] == 400


async def test_what_a_moderator_may_not(site: Site) -> None:
    await site.room.account()
    browser = Browser(site)
    await browser.sign_in()
    for method, path, body in (
        ("GET", "/v1/moderators", None),
        ("POST", "/v1/moderators", {"name": "x", "roles": ["admin"]}),
        ("PATCH", "/v1/moderators/ann", {"roles": ["admin"]}),
        ("GET", "/v1/roles", None),
        ("PUT", "/v1/roles", {"roles": DEFAULT}),
        ("GET", "/v1/audit", None),
    ):
        headers = {"If-Match": '"0"'} if method == "PUT" else None
        status, said, _ = await browser.ask(method, path, body, headers)
        assert (status, said["code"]) == (403, "forbidden"), path


async def test_the_audit_is_searched(site: Site, admin: Browser) -> None:
    for name in ("ann", "bob"):
        site.room.clock.now += 1
        await admin.ask("POST", "/v1/moderators", {"name": name, "roles": ["moderator"]})
    _, page, _ = await admin.ask("GET", "/v1/audit?what=moderator.&limit=1")
    assert [line["target"] for line in page["items"]] == ["bob"]
    _, rest, _ = await admin.ask("GET", f"/v1/audit?what=moderator.&cursor={page['next']}")
    assert [line["target"] for line in rest["items"]] == ["ann"]
    assert "next" not in rest or rest["next"] is None
    line = rest["items"][0]
    assert (line["who"], line["via"], line["detail"]) == ("root", "session", {"roles": "moderator"})
    _, none, _ = await admin.ask("GET", f"/v1/audit?from={line['at'] + 2}&to={line['at'] + 3}")
    assert none["items"] == []
    status, bad, _ = await admin.ask("GET", "/v1/audit?cursor=x")
    assert (status, bad["code"]) == (400, "bad_cursor")
