"""A connection that breaks says so, comes back by itself, and costs nobody their claim."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Browser, Route, WebSocketRoute, expect

from tests.console.furnishing import signed_in
from tests.console.pages import person_at
from tests.console.site import Site, serving, until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180), pytest.mark.asyncio(loop_scope="module")]


async def test_offline_is_said_and_what_was_missed_is_there_afterwards(
    chromium: Browser, site: Site
) -> None:
    tenant = site.tenant()
    ann = await tenant.person()
    async with tenant.server() as chat, person_at(chromium, site.url, ann) as console:
        await chat.say("giveaway", user="one")
        await console.press(".")
        await expect(console.rows).to_have_count(1)
        await console.press("j", "c")
        await expect(console.active.locator(".c-held")).to_have_text("you")

        await console.page.context.set_offline(True)
        await expect(console.connection).to_contain_text("Offline")
        await console.press("c")  # shown as given back, then put right
        await expect(console.toasts).to_contain_text("The gateway cannot be reached")
        await expect(console.active.locator(".c-held")).to_have_text("you")
        await chat.say("giveaway", user="two")

        await console.page.context.set_offline(False)
        await console.is_live()
        await expect(console.rows).to_have_count(2)
        await expect(console.active.locator(".c-held")).to_have_text("you")


async def test_what_came_before_the_live_connection_is_there_once_it_is_up(
    chromium: Browser, site: Site
) -> None:
    tenant = site.tenant()
    ann = await tenant.person()
    may_connect = asyncio.Event()

    async def late(socket: WebSocketRoute) -> None:
        await may_connect.wait()
        socket.connect_to_server()

    async with tenant.server() as chat, person_at(chromium, site.url, ann) as console:
        await chat.say("giveaway", user="one")
        await console.press(".")
        await expect(console.rows).to_have_count(1)
        await console.page.route_web_socket("**/console", late)
        await console.page.reload()
        await expect(console.rows).to_have_count(1)
        async with signed_in(site.url, ann) as asked:
            await chat.say("threatword", user="two")
            await asked.until("/v1/cases?state=open", 2)
        may_connect.set()
        await console.is_live()
        await expect(console.rows).to_have_count(2)


async def test_an_answer_older_than_what_was_told_does_not_stand(
    chromium: Browser, site: Site
) -> None:
    tenant = site.tenant()
    ann, ben = await tenant.person(), await tenant.person("ben")
    asked: list[int] = []
    may_come = asyncio.Event()

    async def hold(route: Route) -> None:
        answer = await route.fetch()
        asked.append((await answer.json())["case"]["version"])
        await may_come.wait()
        await route.fulfill(response=answer)

    async with (
        tenant.server() as chat,
        person_at(chromium, site.url, ann) as console,
        signed_in(site.url, ben) as other,
    ):
        await chat.say("giveaway", user="one")
        await console.press(".")
        await expect(console.rows).to_have_count(1)
        (case,) = await other.until("/v1/cases?state=open", 1)
        await console.page.route(f"**/v1/cases/{case['id']}", hold)
        await console.press("j", "Enter")
        await until(lambda: asked == [1], "the case was asked for")
        await other.done("POST", f"/v1/cases/{case['id']}/claim")
        await expect(console.page.locator(".strip-row")).to_contain_text("ben")
        may_come.set()
        await expect(console.heading("Fake giveaway")).to_be_visible()
        await expect(console.page.locator(".news")).to_contain_text("ben")
        await until(lambda: asked == [1, 2], "it was asked for once more")


async def test_a_gateway_that_restarts_keeps_sessions_and_claims(
    chromium: Browser, tmp_path: Path
) -> None:
    async with serving(tmp_path) as site:
        tenant = site.tenant()
        ann = await tenant.person()
        async with tenant.server() as chat:
            await chat.say("giveaway", user="one")
        browser = person_at(chromium, site.url, ann)
        console = await browser.__aenter__()
        await expect(console.rows).to_have_count(1)
        await console.press("j", "c", "Enter")
        await expect(console.page.get_by_role("button", name="Release")).to_be_visible()
    try:
        await expect(console.connection).to_contain_text("Reconnecting")
        await expect(console.heading("Fake giveaway")).to_be_visible()
        async with serving(tmp_path, again=site):
            await console.is_live()
            await console.press("d")
            await expect(console.toasts).to_contain_text("Done: Dismiss")
            await console.press("u")
            await expect(console.toasts).to_contain_text("Taken back")
            _, told = await console.api("GET", "/v1/cases?state=open")
            assert [each["state"] for each in told["items"]] == ["open"]
            _, seen = await console.api("GET", f"/v1/cases/{told['items'][0]['id']}")
            assert "stalled" not in {note["kind"] for note in seen["notes"]}
    finally:
        await browser.__aexit__(None, None, None)
