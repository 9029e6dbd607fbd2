"""Pictures of every view, to be looked at by people: not part of the ordinary run.

SEAWALL_PICTURES=FOLDER pytest -m soak tests/console/test_pictures.py
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.console.furnishing import Furnished, furnished
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


@pytest.fixture
def folder() -> Path:
    """Give the folder that the pictures go into."""
    found = Path(os.environ["SEAWALL_PICTURES"])
    found.mkdir(parents=True, exist_ok=True)
    return found


async def test_pictures_of_every_view(chromium: Browser, site: Site, folder: Path) -> None:
    async with furnished(site) as home:
        for n in range(120):
            words = ("giveaway", "threatword", "insultword", "fine day", "raidword", "hello all")
            text, room = words[n % 6], ("lobby", "markets", "music")[n % 3]
            await home.chat.say(text, f"user{n}", room, f"Person {n}")
        for scheme in SCHEMES:
            for width, height in WIDTHS:
                options: dict[str, Any] = {  # as new_context takes them
                    "viewport": {"width": width, "height": height},
                    "color_scheme": scheme,
                    "faultless": False,
                }
                at = folder / f"{scheme}-{width}"
                async with visitor(chromium, site.url, **options) as console:
                    await console.open()
                    await take(console, at, "signin")
                async with person_at(chromium, site.url, home.admin, **options) as console:
                    await views(console, at, home)
                    await dialogs(console, at)


async def take(console: Console, at: Path, name: str) -> None:
    """Take one picture once nothing loads any more."""
    await expect(console.page.get_by_text("Loading…")).to_have_count(0)
    await console.page.screenshot(path=f"{at}-{name.replace('/', '-')}.png")


async def views(console: Console, at: Path, home: Furnished) -> None:
    """Take each view, and each case."""
    for view in VIEWS:
        await console.to(*view.split("/"))
        await expect(console.page.locator("main h1").first).to_be_visible()
        await take(console, at, view)
    for n, case in enumerate(home.cases):
        await console.to("case", case)
        await expect(console.page.get_by_role("region", name="Decide")).to_be_visible()
        await take(console, at, f"case{n}")


async def dialogs(console: Console, at: Path) -> None:
    """Take what opens over a view or in it."""
    await console.press("?")
    await take(console, at, "keymap")
    await console.press("Escape", "g ,")
    await take(console, at, "menu")
    await console.press("Escape")
    await console.to("queue")
    await expect(console.active).to_be_in_viewport()
    await console.page.get_by_role("listbox", name="Queue").press("Home")
    await expect(console.rows.first).to_have_class(re.compile("active"))
    await console.press("x", "j", "x", "j", "x")
    await take(console, at, "selected")
    await console.press("b")
    await expect(console.page.get_by_role("dialog")).to_be_visible()
    await take(console, at, "bulk")
    await console.press("Escape")
    await console.to("decisions")
    await console.page.locator(".split-list tbody tr").first.click()
    await take(console, at, "decision")
    await console.to("nuke", phrase="hello all")
    await console.button("Preview").first.click()
    await expect(console.page.locator("dl.blast")).to_be_visible()
    await take(console, at, "nuke-preview")
