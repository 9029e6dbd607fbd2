"""No view keeps anybody out: axe-core finds nothing serious, in light and in dark.

A page is the same in both but for its colours (they follow `color-scheme` in CSS alone), so in dark
only the rules about colours are asked, of the page that stands there.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.console.furnishing import Furnished, furnished
from tests.console.pages import Console, person_at, visitor
from tests.console.site import Site

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180), pytest.mark.asyncio(loop_scope="module")]

VIEWS: tuple[tuple[str, ...], ...] = (
    ("queue",),
    ("holds",),
    ("decisions",),
    ("rooms",),
    ("room", "lobby"),
    ("streams",),
    ("nuke",),
    ("overview",),
    ("policy",),
    ("policy", "versions"),
    ("policy", "compare"),
    ("policy", "files"),
    ("paging",),
    ("paging", "rota"),
    ("paging", "channels"),
    ("paging", "deliveries"),
    ("people",),
    ("people", "roles"),
    ("audit",),
)
RUN = """async colours => {
  const only = colours ? {runOnly: ['color-contrast', 'link-in-text-block']} : {}
  const found = await axe.run(document, {resultTypes: ['violations'], ...only})
  return found.violations.filter(one => ['serious', 'critical'].includes(one.impact)).map(one =>
    one.id + ': ' + one.nodes.slice(0, 4).map(node =>
      node.target.join(' ') + ' ' + (node.any[0]?.message ?? '')).join(' | '))
}"""


def axe() -> Path:
    """Return where axe-core is; it comes as a Python package."""
    spec = find_spec("axe_playwright_python")
    assert spec is not None, "pip install axe-playwright-python"
    assert spec.origin is not None
    return Path(spec.origin).parent / "axe.min.js"


async def serious(console: Console) -> list[str]:
    """Return what axe-core calls serious or critical here, in light and in dark."""
    page = console.page
    await expect(page.get_by_text("Loading…")).to_have_count(0)
    if not await page.evaluate("() => 'axe' in window"):
        await page.add_script_tag(path=axe())
    found: list[str] = await page.evaluate(RUN, False)
    await page.emulate_media(color_scheme="dark")
    found += [f"in dark, {each}" for each in await page.evaluate(RUN, True)]
    await page.emulate_media(color_scheme="light")
    return [f"{page.url.split('#')[-1]}: {each}" for each in found]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def home(site: Site) -> AsyncIterator[Furnished]:
    """Furnish one tenant for all of them: nothing here changes it."""
    async with furnished(site) as it:
        yield it


async def test_nothing_serious_in_any_view(chromium: Browser, site: Site, home: Furnished) -> None:
    options: dict[str, Any] = {"bypass_csp": True, "color_scheme": "light"}  # as new_context
    found: list[str] = []
    async with visitor(chromium, site.url, **options) as console:
        await console.open("queue")
        await expect(console.heading("Sign in to Seawall")).to_be_visible()
        found += await serious(console)
    async with person_at(chromium, site.url, home.admin, **options) as console:
        for view in VIEWS:
            await console.to(*view)
            await expect(console.page.locator("main h1").first).to_be_visible()
            found += await serious(console)
        for case in home.cases:
            await console.to("case", case)
            await expect(console.page.get_by_role("region", name="Decide")).to_be_visible()
            found += await serious(console)
        await console.press("?")
        await expect(console.page.get_by_role("dialog", name="Keyboard")).to_be_visible()
        found += await serious(console)
    assert not found, "\n".join(found)
