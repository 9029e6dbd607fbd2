"""A browser shows the page: nothing forbidden, nothing cut off, readable to everybody."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, NoReturn

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from bench.reports.page import html
from tests.bench.reports.found import result

NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--disable-dev-shm-usage"]  # fmt: skip
WIDER = """() => [...document.querySelectorAll('main *')]
    .filter(e => !e.closest('.scroll') && !e.closest('svg'))
    .filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
    .map(e => e.tagName + '.' + e.className)"""
SCROLLED = """() => [...document.querySelectorAll('#stages .scroll')]
    .filter(e => e.scrollWidth > e.clientWidth).map(e => e.ariaLabel)"""
CUT = """() => [...document.querySelectorAll('svg[role=img]')].flatMap(svg => {
    const frame = svg.getBoundingClientRect()
    if (!frame.width) return []
    return [...svg.querySelectorAll('text')].filter(t => {
        const box = t.getBoundingClientRect()
        return box.left < frame.left - 4 || box.right > frame.right + 4
    }).map(t => t.textContent)
})"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(absent: Callable[[str, str], NoReturn]) -> AsyncIterator[Browser]:
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        absent("Chromium", f"none of {', '.join(NAMES)} is on PATH")
    async with async_playwright() as playwright:
        it = await playwright.chromium.launch(executable_path=found, args=QUIET)
        yield it
        await it.close()


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("page") / "page.html"
    path.write_text(html(result(slower=1.3), result()), encoding="utf-8")
    return path.as_uri()


async def opened(
    browser: Browser,
    address: str,
    width: int = 1100,
    scheme: Literal["light", "dark"] = "light",
    script: bool = True,
    bypass: bool = False,
) -> Page:
    context = await browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        java_script_enabled=script,
        bypass_csp=bypass,
    )
    page = await context.new_page()
    await page.goto(address)
    return page


@pytest.mark.e2e
@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("width", [360, 800, 1100])
async def test_nothing_is_cut_off_or_forbidden(browser: Browser, saved: str, width: int) -> None:
    context = await browser.new_context(viewport={"width": width, "height": 900})
    page = await context.new_page()
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    await page.goto(saved)
    assert await page.evaluate("document.documentElement.scrollWidth") == width
    assert await page.evaluate(WIDER) == []
    assert await page.evaluate(CUT) == []
    assert await page.evaluate(SCROLLED) == []
    assert await page.locator("#stages table").count() > 1
    assert told == []
    await context.close()


@pytest.mark.e2e
@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing(
    browser: Browser, saved: str, scheme: Literal["light", "dark"]
) -> None:
    spec = find_spec("axe_playwright_python")
    assert spec is not None
    assert spec.origin is not None
    page = await opened(browser, saved, scheme=scheme, bypass=True)
    await page.add_script_tag(path=Path(spec.origin).parent / "axe.min.js")
    found = await page.evaluate(
        "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"
        ".map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.html.slice(0, 120)).join(' | '))"
    )
    assert found == []
    await page.context.close()


@pytest.mark.e2e
@pytest.mark.asyncio(loop_scope="module")
async def test_pointing_reads_a_plot_off(browser: Browser, saved: str) -> None:
    page = await opened(browser, saved)
    plot = page.locator(".wide svg[data-read]").nth(1)
    await plot.hover()
    assert "p9" in await page.locator("output.read").inner_text()
    await page.context.close()


@pytest.mark.e2e
@pytest.mark.asyncio(loop_scope="module")
async def test_paper_is_white_and_unfolded(browser: Browser, saved: str) -> None:
    page = await opened(browser, saved, width=690, scheme="dark")
    await page.emulate_media(media="print", color_scheme="dark")
    await page.evaluate("dispatchEvent(new Event('beforeprint'))")
    white = await page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert white == "rgb(255, 255, 255)"
    assert await page.locator("table.raw").is_visible()
    assert await page.locator("nav").is_hidden()
    assert await page.evaluate(CUT) == []
    assert await page.evaluate(WIDER) == []
    await page.context.close()


@pytest.mark.e2e
@pytest.mark.asyncio(loop_scope="module")
async def test_it_reads_without_a_script(browser: Browser, saved: str) -> None:
    page = await opened(browser, saved, script=False)
    assert await page.locator(".wide svg[role=img]").first.is_visible()
    assert await page.locator("h2").count() >= 11
    await page.context.close()
