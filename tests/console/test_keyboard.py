"""All of it works without a mouse, and one always sees where one is."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.console.pages import Console, person_at
from tests.console.site import Site

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180), pytest.mark.asyncio(loop_scope="module")]

# Everything in sight that a mouse could use.
USABLE = """() => {
  const all = document.querySelectorAll(
    'a[href], button, input, select, textarea, summary, [tabindex="0"], [role=option]')
  const seen = [...all].filter(one => {
    const box = one.getBoundingClientRect()
    return box.width > 1 && box.height > 1 && getComputedStyle(one).visibility === 'visible'
  })
  seen.forEach((one, n) => one.dataset.n = n)
  return seen.map(one => [one.dataset.n, one.getAttribute('role') === 'option' ? 'option' : '',
    one.outerHTML.slice(0, 120)])
}"""
FOCUSED = """() => {
  const one = document.activeElement
  const row = document.getElementById(one.getAttribute('aria-activedescendant'))
  const style = getComputedStyle(row ?? one)
  const shows = (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1) ||
    style.boxShadow !== 'none'
  return [one.dataset.n ?? null, shows, one.outerHTML.slice(0, 120)]
}"""


async def walked(console: Console) -> tuple[list[str], list[str]]:
    """Go through the page by Tab; return what was not reached, and what had no visible focus."""
    await console.page.evaluate("() => document.activeElement.blur()")
    usable: list[list[str]] = await console.page.evaluate(USABLE)
    left = {n: html for n, role, html in usable if role != "option"}
    unseen: list[str] = []
    for _ in range(2 * len(usable) + 20):
        await console.press("Tab")
        n, shows, html = await console.page.evaluate(FOCUSED)
        if n is not None and not shows:
            unseen.append(html)
        left.pop(n, None)
        if not left:
            break
    return list(left.values()), unseen


async def test_the_key_map_shows_every_key_and_closes(chromium: Browser, site: Site) -> None:
    tenant = site.tenant()
    ann = await tenant.person()
    async with tenant.server() as chat, person_at(chromium, site.url, ann) as console:
        await chat.say("giveaway", user="mallory")
        await console.press(".")
        await expect(console.rows).to_have_count(1)
        await console.press("?")
        key_map = console.page.get_by_role("dialog", name="Keyboard")
        for says in ("Next case", "Claim or release", "Decide the selected", "Go to Nuke"):
            await expect(key_map).to_contain_text(says)
        await console.press("Escape")
        await expect(key_map).to_have_count(0)
        await console.press("j", "Enter")
        await expect(console.heading("Fake giveaway")).to_be_visible()
        await console.press("?")
        for says in ("Dismiss", "Remove and mute", "Ban", "Write a note", "Escalate"):
            await expect(key_map).to_contain_text(says)


async def test_each_view_has_a_key(chromium: Browser, site: Site) -> None:
    ann = await site.tenant().person(role="admin")
    async with person_at(chromium, site.url, ann) as console:
        for key, name in {
            "h": "Holds", "d": "Decisions", "r": "Rooms", "s": "Streams", "n": "Nuke",
            "o": "Overview", "p": "Policy", "c": "Paging", "m": "People", "a": "Audit",
            "q": "Queue",
        }.items():  # fmt: skip
            await console.page.evaluate("() => document.activeElement.blur()")
            await console.press(f"g {key}")
            await expect(console.heading(name)).to_be_visible()


async def test_all_of_the_queue_and_of_a_case_is_reached_and_focus_is_seen(
    chromium: Browser, site: Site
) -> None:
    tenant = site.tenant()
    ann = await tenant.person()
    async with tenant.server() as chat, person_at(chromium, site.url, ann) as console:
        await chat.say("good morning", user="bea")
        await chat.say("join my giveaway", user="mallory")
        await chat.say("you insultword", user="trudy")
        await console.press(".")
        await expect(console.rows).to_have_count(2)
        assert await walked(console) == ([], [])
        await console.page.get_by_role("listbox", name="Queue").focus()
        await console.press("j", "Enter")
        await expect(console.page.get_by_role("region", name="Decide")).to_be_visible()
        assert await walked(console) == ([], [])


async def test_a_case_is_noted_handed_on_and_decided_with_a_reason_by_keys(
    chromium: Browser, site: Site
) -> None:
    tenant = site.tenant()
    ann = await tenant.person()
    await tenant.person("bob", "moderator")
    async with tenant.server() as chat, person_at(chromium, site.url, ann) as console:
        await chat.say("giveaway", user="mallory")
        await console.press(".")
        await expect(console.rows).to_have_count(1)
        await console.press("j", "Enter")
        await expect(console.heading("Fake giveaway")).to_be_visible()
        await console.press("n")
        await console.page.keyboard.type("seen him before")
        await console.press("Control+Enter")
        await expect(console.page.locator(".notes ol")).to_contain_text("seen him before")
        await console.press("Escape", "e")
        dialog = console.page.get_by_role("dialog", name="Escalate")
        await expect(dialog).to_be_visible()
        await console.page.keyboard.type("needs a lead")
        await console.press("Control+Enter")
        await expect(dialog).to_have_count(0)
        await expect(console.heading("Queue")).to_be_visible()
        await expect(console.active.locator(".c-held")).to_have_text("Escalated")
        await console.press("Enter")
        await expect(console.page.get_by_role("region", name="Decide")).to_be_visible()
        await console.press("y")
        await console.page.keyboard.type("the same link as yesterday")
        await console.press("Enter", "x")
        await expect(console.toasts).to_contain_text("Done: Remove")
        await chat.commanded("remove")
        _, told = await console.api("GET", "/v1/decisions?by=ann")
        assert told["items"][0]["reason"] == "the same link as yesterday"
