"""A case is decided by keyboard alone and taken back, and no two people decide it."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.console.pages import person_at
from tests.console.site import Site

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180), pytest.mark.asyncio(loop_scope="module")]


async def test_a_case_arrives_is_claimed_decided_and_undone_by_keyboard_alone(
    chromium: Browser, site: Site
) -> None:
    tenant = site.tenant()
    ann = await tenant.person()
    async with tenant.server() as chat, person_at(chromium, site.url, ann) as console:
        await expect(console.page.get_by_text("Nothing waits.")).to_be_visible()
        await chat.say("who wants lunch", user="bea")
        await chat.say("join my giveaway today", user="mallory", name="Mallory")
        await console.press(".")  # show what is new
        await expect(console.rows).to_have_count(1)
        await console.press("j", "c")
        await expect(console.active.locator(".c-held")).to_have_text("you")

        await console.press("Enter")
        await expect(console.heading("Fake giveaway")).to_be_visible()
        message = console.page.get_by_role("article", name="The message")
        await expect(message.locator("mark")).to_have_text("giveaway")
        before = console.page.get_by_role("list", name="Before")
        await expect(before).to_contain_text("who wants lunch")

        await console.press("m")  # remove and mute
        await expect(console.toasts).to_contain_text("Done: Remove and mute")
        await chat.commanded("remove")
        await chat.commanded("mute")
        await expect(console.heading("Queue")).to_be_visible()

        await console.press("u")
        await expect(console.toasts).to_contain_text("Taken back. The case is open again.")
        await chat.commanded("restore")
        await chat.commanded("mute", back=True)
        await expect(console.heading("Fake giveaway")).to_be_visible()
        history = console.page.locator(".notes")
        await expect(history).to_contain_text("took it back")
        assert len(chat.commands) == 4


async def test_of_two_browsers_the_later_is_told_who_was_first(
    chromium: Browser, site: Site
) -> None:
    tenant = site.tenant()
    ann, bob = await tenant.person(), await tenant.person("bob", "moderator")
    deaf: list[bool] = []
    async with (
        tenant.server() as chat,
        person_at(chromium, site.url, ann) as hers,
        person_at(chromium, site.url, bob, deaf=deaf) as his,
    ):
        await chat.say("join my giveaway today", user="mallory")
        for console in (hers, his):
            await console.press(".")
            await expect(console.rows).to_have_count(1)
            await console.press("j", "Enter")
            await expect(console.heading("Fake giveaway")).to_be_visible()
        await expect(hers.page.get_by_text("Also looking: bob")).to_be_visible()
        await expect(his.page.get_by_text("Also looking: ann")).to_be_visible()

        his_page = his.page.url
        deaf.append(True)  # from now on his window knows nothing of what she does
        await hers.press("d")
        await expect(hers.toasts).to_contain_text("Done: Dismiss")
        await his.press("m")
        await expect(his.toasts).to_contain_text("ann was first: Dismiss")
        await expect(his.page.locator(".ended")).to_contain_text("Dismiss, ann")
        assert his.page.url == his_page, "what he looks at stays open"
        assert not chat.commands
        case = his_page.rsplit("/", 1)[1]
        status, told = await his.api("POST", f"/v1/cases/{case}/decision", {"choice": "remove"})
        print(status, told)
        assert (status, told["code"]) == (409, "already_decided")
