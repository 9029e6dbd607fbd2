"""A hand on a room, a phrase taken out of it, and a call that reaches whoever is on call."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, Locator, expect

from tests.console.furnishing import signed_in
from tests.console.pages import person_at
from tests.console.site import Site

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180), pytest.mark.asyncio(loop_scope="module")]

ALWAYS = {
    "name": "Week", "people": ["ann"], "start": "00:00", "end": "00:00", "zone": "UTC",
    "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "first": "2026-01-05",
}  # fmt: skip


async def test_a_message_shows_with_its_verdict_and_is_removed_and_put_back(
    chromium: Browser, site: Site
) -> None:
    tenant = site.tenant()
    ann = await tenant.person()
    async with (
        tenant.server() as chat,
        person_at(chromium, site.url, ann, ("room", "lobby")) as console,
    ):
        await chat.say("good morning", user="bea", name="Bea")
        await chat.say("threatword", user="oscar", name="Oscar")
        rows = console.page.locator(".chat-row")
        await expect(rows).to_have_count(2)
        await expect(rows.nth(1)).to_contain_text("block")
        await console.press("k", "k")
        await expect(rows.nth(0)).to_have_attribute("aria-current", "true")
        await console.press("r")
        await expect(console.toasts).to_contain_text("Removed a message of Bea.")
        await expect(rows.nth(0)).to_contain_text("remove")
        await chat.commanded("remove")
        await console.press("u")
        await expect(console.toasts).to_contain_text("Undone.")
        await chat.commanded("restore")
        await expect(rows.nth(0)).not_to_contain_text("remove")
        assert len(chat.commands) == 2


async def test_what_was_said_stands_beside_who_said_it(chromium: Browser, site: Site) -> None:
    tenant = site.tenant()
    ann = await tenant.person()
    async with tenant.server() as chat, person_at(chromium, site.url, ann) as console:
        await chat.say("threatword", user="oscar", name="Oscar")
        await console.press(".")
        await expect(console.rows).to_have_count(1)
        await console.press("j", "Enter")  # what a case looks like is known from now on
        await expect(console.heading("Threat")).to_be_visible()
        await console.to("room", "lobby")
        row = console.page.locator(".chat-row")
        await expect(row).to_have_count(1)
        name, said = await top_of(row.locator(".who")), await top_of(row.locator(".said"))
        assert abs(said - name) <= 3, (name, said)


async def test_a_switch_is_set_for_a_while_and_given_back(chromium: Browser, site: Site) -> None:
    tenant = site.tenant()
    ann = await tenant.person()
    async with (
        tenant.server() as chat,
        person_at(chromium, site.url, ann, ("room", "lobby")) as console,
    ):
        switch = console.page.locator(".switch", has_text="Slow mode")
        await expect(switch).to_be_visible()
        await console.press("2")
        menu = console.page.get_by_role("menu", name="Change Slow mode")
        await expect(menu.get_by_role("menuitem").first).to_be_focused()
        await console.press("Enter")
        await expect(console.toasts).to_contain_text("Slow mode: On")
        await expect(switch.locator(".standing")).to_contain_text(re.compile(r"On.*4:5\d"))
        await chat.commanded("slow_all")
        assert 0 < (chat.commands[0].for_s or 0) <= 300
        await console.press("2")
        await menu.get_by_role("menuitem", name="Back to automatic").press("Enter")
        await expect(switch.locator(".standing")).to_contain_text("Automatic")
        await chat.commanded("slow_all", back=True)


async def test_a_nuke_is_previewed_confirmed_and_undone_exactly(
    chromium: Browser, site: Site
) -> None:
    tenant = site.tenant()
    ann = await tenant.person()
    async with (
        tenant.server() as chat,
        person_at(chromium, site.url, ann, ("nuke",)) as console,
    ):
        page = console.page
        for n in range(7):
            await chat.say(f"buy CHEAP coins {n}", user=f"u{n % 3}")
        await chat.say("good morning", user="bea")
        await page.get_by_label("Phrase").fill("cheap coins")
        await console.press("Control+Enter")
        blast = page.locator("dl.blast dd")
        await expect(blast).to_have_text(["7", "3", "1", "87.5%"])
        launch = page.locator(".launch").get_by_role("button", name="Nuke")
        await expect(launch).to_have_attribute("aria-disabled", "true")
        await page.get_by_label("Type 7 to confirm").fill("7")
        assert not chat.commands
        await console.press("Enter")
        await chat.commanded("remove", 7)
        verdict = await chat.say("again cheap COINS", user="late")
        assert verdict.action == "block"
        line = page.locator("table tr", has_text="cheap coins")
        await expect(line).to_contain_text("running")
        await line.get_by_role("button", name="Undo exactly").click()
        dialog = page.get_by_role("dialog", name="Undo this nuke?")
        await dialog.get_by_role("button", name="Undo exactly").click()
        await expect(line).to_contain_text("undone by ann")
        await chat.commanded("restore", 8)
        removed = {each.target.id for each in chat.commands if each.kind == "remove"}
        back = {each.target.id for each in chat.commands if each.kind == "restore"}
        assert back == removed | {verdict.id}
        await chat.say("cheap coins once more", user="later")
        await chat.say("good bye", user="later")
        assert chat.counted() == {("remove", False): 7, ("restore", False): 8}


async def test_a_page_rings_whom_it_calls_and_one_key_answers(
    chromium: Browser, site: Site
) -> None:
    tenant = site.tenant()
    ann, bob = await tenant.person(), await tenant.person("bob", "moderator")
    async with signed_in(site.url, ann) as hers:
        await hers.done("PUT", "/v1/rota", {"shifts": [ALWAYS]})
    async with (
        tenant.server() as chat,
        person_at(chromium, site.url, ann) as console,
        person_at(chromium, site.url, bob) as other,
    ):
        await expect(console.page.locator(".oncall")).to_contain_text("you")
        await chat.say("threatword", user="oscar")
        ring = console.page.get_by_role("alertdialog")
        await expect(ring).to_contain_text("A case needs you.")
        await expect(ring).to_contain_text("P0")
        banner, view = await ring.bounding_box(), await console.page.locator("main").bounding_box()
        assert banner is not None
        assert view is not None
        assert banner["y"] + banner["height"] <= view["y"], "it covers nothing of the view"
        assert view["y"] + view["height"] <= 800, "and pushes nothing out of the window"
        await expect(other.page.get_by_role("alertdialog")).to_have_count(0)
        await console.press("A")
        await expect(ring).to_have_count(0)
        await expect(console.heading("Threat")).to_be_visible()
        _, told = await console.api("GET", "/v1/pages")
        (paged,) = told["items"]
        assert (paged["state"], paged["acked_by"]) == ("acked", "ann")


async def test_whoever_opens_the_console_while_called_is_told(
    chromium: Browser, site: Site
) -> None:
    tenant = site.tenant()
    ann = await tenant.person()
    async with tenant.server() as chat, signed_in(site.url, ann) as hers:
        await hers.done("PUT", "/v1/rota", {"shifts": [ALWAYS]})
        await chat.say("threatword", user="oscar")
        await hers.until("/v1/pages", 1)
    async with person_at(chromium, site.url, ann) as console:
        ring = console.page.get_by_role("alertdialog")
        await expect(ring).to_contain_text("A case needs you.", timeout=10_000)


async def top_of(box: Locator) -> float:
    """Return where the letters of the first line begin, px."""
    script = """box => {
      const letters = document.createRange()
      letters.selectNodeContents(box)
      return letters.getClientRects()[0].top
    }"""
    return float(await box.evaluate(script))
