"""Pictures of every view, to be looked at by people: not part of the ordinary run.

SEAWALL_PICTURES=FOLDER pytest -m soak tests/console/test_pictures.py
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.console.furnishing import furnished
from tests.console.pages import Console, Scheme, person_at, visitor
from tests.console.site import Site

pytestmark = [
    pytest.mark.soak,
    pytest.mark.timeout(900),
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif("SEAWALL_PICTURES" not in os.environ, reason="SEAWALL_PICTURES is not set"),
]

VIEWS = (
    "queue", "holds", "decisions", "rooms", "room/lobby", "streams", "nuke", "overview", "policy",
    "policy/versions", "policy/files", "paging", "paging/rota", "paging/channels",
    "paging/deliveries", "people", "people/roles", "audit",
)  # fmt: skip
WIDTHS = ((1280, 800), (1920, 1080))
SCHEMES: tuple[Scheme, ...] = ("light", "dark")


async def test_pictures_of_every_view(chromium: Browser, site: Site) -> None:
    folder = Path(os.environ["SEAWALL_PICTURES"])
    folder.mkdir(parents=True, exist_ok=True)
    async with furnished(site) as home:
        for n in range(120):
            words = ("giveaway", "threatword", "insultword", "fine day", "raidword", "hello all")
            text, room = words[n % 6], ("lobby", "markets", "music")[n % 3]
            await home.chat.say(text, f"user{n}", room, f"Person {n}")
        for scheme in SCHEMES:
            for width, height in WIDTHS:
                viewport = {"width": width, "height": height}
                options = {"viewport": viewport, "color_scheme": scheme, "faultless": False}

                async def take(console: Console, name: str, at: str = f"{scheme}-{width}") -> None:
                    await expect(console.page.get_by_text("Loading…")).to_have_count(0)
                    path = folder / f"{at}-{name.replace('/', '-')}.png"
                    await console.page.screenshot(path=path)

                async with visitor(chromium, site.url, **options) as console:
                    await console.open()
                    await take(console, "signin")
                async with person_at(chromium, site.url, home.admin, **options) as console:
                    await console.press("A")
                    for view in VIEWS:
                        await console.to(*view.split("/"))
                        await expect(console.page.locator("main h1").first).to_be_visible()
                        await take(console, view)
                    for n, case in enumerate(home.cases):
                        await console.to("case", case)
                        region = console.page.get_by_role("region", name="Decide")
                        await expect(region).to_be_visible()
                        await take(console, f"case{n}")
                    await console.press("?")
                    await take(console, "keymap")
                    await console.press("Escape", "g ,")
                    await take(console, "menu")
                    await console.press("Escape")
                    await console.to("queue")
                    await expect(console.rows.first).to_be_visible()
                    await console.press("Home", "x", "j", "x", "j", "x")
                    await take(console, "selected")
                    await console.press("b")
                    await expect(console.page.get_by_role("dialog")).to_be_visible()
                    await take(console, "bulk")
                    await console.press("Escape")
                    await console.to("decisions")
                    await console.page.locator(".split-list tbody tr").first.click()
                    await take(console, "decision")
                    await console.to("nuke", phrase="hello all")
                    await console.page.get_by_role("button", name="Preview").first.click()
                    await expect(console.page.locator("dl.blast")).to_be_visible()
                    await take(console, "nuke-preview")
