"""Who may come in, how one goes, and that nobody sees or does what is not theirs."""

from __future__ import annotations

import re

import pyotp
import pytest
from playwright.async_api import Browser, expect

from gateway.roles import DEFAULT_MATRIX, Actor, Rights
from gateway.shapes.people import ModeratorChange
from tests.console.pages import DEADLINE_MS, Console, person_at, sign_in, visitor
from tests.console.site import Account, Site, Tenant

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180), pytest.mark.asyncio(loop_scope="module")]


async def fill(console: Console, account: Account, password: str = "") -> None:
    """Fill the form in and send it, by keyboard."""
    page = console.page
    await page.get_by_label("Tenant").fill(account.tenant)
    await page.get_by_label("Name", exact=True).fill(account.name)
    await page.get_by_label("Password", exact=True).fill(password or account.password)
    await console.press("Enter")


async def test_a_wrong_password_says_so_and_many_make_one_wait(
    chromium: Browser, site: Site
) -> None:
    ann = await site.tenant().person()
    async with visitor(chromium, site.url) as console:
        await console.open()
        for _ in range(5):
            # What is shown may still be of the try before: this one's own answer is waited for.
            async with console.page.expect_response("**/v1/session", timeout=DEADLINE_MS) as came:
                await fill(console, ann, "not her password")
            assert (await came.value).status == 401
            told = console.page.get_by_text("Tenant, name or password is wrong.")
            await expect(told).to_be_visible()
            await expect(console.button("Sign in")).to_have_attribute("aria-busy", "false")
        await fill(console, ann)
        await expect(console.page.get_by_text(re.compile("Too many attempts"))).to_be_visible()
        await expect(console.heading("Sign in to Seawall")).to_be_visible()


async def test_the_authenticators_code_is_asked_for_and_signing_out_ends_it_all(
    chromium: Browser, site: Site
) -> None:
    ann = await site.tenant().person(totp=True)
    async with visitor(chromium, site.url) as console:
        await console.open()
        await fill(console, ann)
        code = console.page.get_by_label("Code of your authenticator")
        await expect(code).to_be_focused()
        await code.fill("000000")
        await console.press("Enter")
        await expect(console.page.get_by_text("That code is wrong")).to_be_visible()
        authenticator = pyotp.parse_uri(ann.otpauth)
        assert isinstance(authenticator, pyotp.TOTP)
        await code.fill(authenticator.now())
        await console.press("Enter")
        await console.is_live()
        cookies = await console.page.context.cookies()
        assert [(each["httpOnly"], each["sameSite"]) for each in cookies] == [(True, "Strict")]

        await console.press("g ,")
        await console.button("Sign out").click()
        await expect(console.heading("Sign in to Seawall")).to_be_visible()
        assert (await console.page.context.request.get(f"{site.url}/v1/cases")).status == 401
        assert not await console.page.context.cookies()
        await console.page.reload()
        await expect(console.heading("Sign in to Seawall")).to_be_visible()


async def test_the_browsers_language_holds_until_another_is_chosen(
    chromium: Browser, site: Site
) -> None:
    ann = await site.tenant().person()
    async with visitor(chromium, site.url, locale="de-DE") as console:
        page = console.page
        await console.open()
        await expect(console.heading("Bei Seawall anmelden")).to_be_visible()
        await sign_in(page.context, site.url, ann)
        await page.reload()
        await console.is_live()
        await expect(page.locator("html")).to_have_attribute("lang", "de")
        await console.press("g ,")
        language = page.get_by_label("Sprache")
        await expect(language).to_have_value("system")
        kept = page.expect_response("**/v1/session/settings", timeout=DEADLINE_MS)
        async with kept as answered:
            await language.select_option("en")
        assert (await answered.value).ok
        await page.reload()
        await console.is_live()
        await expect(page.locator("html")).to_have_attribute("lang", "en")


async def test_a_session_that_ends_asks_to_sign_in_and_goes_on_where_one_was(
    chromium: Browser, site: Site
) -> None:
    tenant = site.tenant()
    ann = await tenant.person()
    async with tenant.server() as chat, person_at(chromium, site.url, ann) as console:
        await chat.say("giveaway", user="mallory")
        await console.press(".")
        await expect(console.rows).to_have_count(1)
        await console.press("j", "Enter")
        await expect(console.heading("Fake giveaway")).to_be_visible()
        where = console.page.url
        fresh = await reset(tenant, ann)
        await expect(console.heading("Sign in to Seawall")).to_be_visible()
        await expect(console.page.get_by_label("Name", exact=True)).to_be_visible()
        assert await console.page.get_by_text("giveaway").count() == 0
        await fill(console, fresh)
        await expect(console.heading("Fake giveaway")).to_be_visible()
        assert console.page.url == where
        await console.is_live()


async def reset(tenant: Tenant, account: Account) -> Account:
    """Give somebody a new password, which ends their sessions."""
    rights = Rights(frozenset(DEFAULT_MATRIX["admin"]))
    admin = Actor(tenant.name, "setup", "setup", ("admin",), rights, via="command")
    people = tenant.live.gateway.moderation.people
    made = await people.admin.change(admin, account.name, ModeratorChange(reset=True), None)
    return Account(account.tenant, account.name, made.password)


async def test_an_analyst_sees_no_way_to_act_and_the_api_knows_none_either(
    chromium: Browser, site: Site
) -> None:
    tenant = site.tenant()
    eve = await tenant.person("eve", "analyst")
    async with tenant.server() as chat, person_at(chromium, site.url, eve) as console:
        await chat.say("giveaway", user="mallory")
        await console.press(".")
        await expect(console.rows).to_have_count(1)
        views = console.page.get_by_role("navigation", name="Views")
        await expect(views.get_by_role("link", name=re.compile("Queue"))).to_be_visible()
        for hidden in ("Nuke", "People", "Audit"):
            await expect(views.get_by_role("link", name=hidden)).to_have_count(0)
        await console.to("nuke")
        told = console.page.get_by_text("Your role does not include this view.")
        await expect(told).to_be_visible()

        _, page = await console.api("GET", "/v1/cases?state=open")
        case = page["items"][0]["id"]
        await console.to("room", "lobby")
        await expect(
            console.page.get_by_text("Your role does not see what is said")
        ).to_be_visible()
        await expect(console.page.locator(".chat-row")).to_have_count(0)
        await expect(console.button(re.compile("^Change"))).to_have_count(0)
        nuke = {"phrase": "giveaway"}
        act = {"target": "user", "id": "mallory", "kind": "ban"}
        for method, path, body in (
            ("POST", f"/v1/cases/{case}/claim", None),
            ("POST", f"/v1/cases/{case}/decision", {"choice": "dismiss"}),
            ("POST", f"/v1/cases/{case}/notes", {"text": "hello"}),
            ("POST", "/v1/cases/bulk/preview", {"cases": [case], "choice": "dismiss"}),
            ("POST", "/v1/nukes/preview", nuke),
            ("POST", "/v1/rooms/lobby/actions", act),
            ("PUT", "/v1/rooms/lobby/switches/locked", {"on": True}),
            ("GET", "/v1/moderators", None),
            ("GET", "/v1/audit", None),
        ):
            status, refused = await console.api(method, path, body)
            assert (status, refused["code"]) == (403, "forbidden"), (path, refused)
        assert not chat.commands


async def test_cases_of_other_queues_are_not_there(chromium: Browser, site: Site) -> None:
    tenant = site.tenant()
    bob = await tenant.person("bob", "moderator", queues=["abuse"])
    async with tenant.server() as chat, person_at(chromium, site.url, bob) as console:
        await chat.say("giveaway", user="mallory")
        await chat.say("insultword", user="trudy")
        await console.press(".")
        await expect(console.rows).to_have_count(1)
        await expect(console.rows.first).to_contain_text("Harassment")
        options = console.page.locator(".pick-queue option")
        await expect(options).to_have_text(["All queues", "abuse (1)"])
