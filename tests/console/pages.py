"""The console as a person meets it: a page with its keys, and everything that must never happen."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Literal
from urllib.parse import quote, urlencode

from playwright.async_api import Browser, BrowserContext, Locator, Page, WebSocketRoute, expect

from tests.console.site import DEADLINE_S, Account

__all__ = ["DEADLINE_MS", "WAITS", "Console", "Scheme", "person_at", "sign_in", "visitor"]

Scheme = Literal["light", "dark"]
DEADLINE_MS = DEADLINE_S * 1000
WAITS = {"timeout": DEADLINE_MS}
_NETWORK = re.compile(r"Failed to load resource|WebSocket connection to|ERR_")
expect.set_options(timeout=DEADLINE_MS)


class Console:
    """One browser window of the console. `faults` is all that the page did wrong."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.faults: list[str] = []
        page.set_default_timeout(DEADLINE_MS)
        page.on("dialog", lambda dialog: self.faults.append(f"dialog {dialog.message}"))
        page.on("pageerror", lambda error: self.faults.append(f"error {error}"))
        page.on("console", lambda line: self._hear(line.type, line.text))

    def _hear(self, kind: str, text: str) -> None:
        # What the network refuses is the gateway's word, told by the browser on its own.
        if kind in ("error", "warning") and not _NETWORK.search(text):
            self.faults.append(f"{kind} {text}")

    async def open(self, view: str = "queue", *parts: str, **query: str) -> None:
        """Go to a view and wait for its heading."""
        await self.page.goto(f"{self.url}/{hash_of(view, *parts, **query)}")
        await expect(self.page.locator("main h1").first).to_be_visible()

    async def to(self, view: str, *parts: str, **query: str) -> None:
        """Go on to another view, as a link would."""
        await self.page.evaluate(
            "where => { location.hash = where }", hash_of(view, *parts, **query)
        )

    async def press(self, *keys: str) -> None:
        """Press keys one after the other: "j", "g q", "Control+Enter"."""
        for key in keys:
            for one in key.split(" "):
                await self.page.keyboard.press(one)

    @property
    def rows(self) -> Locator:
        """The rows of the queue that exist."""
        return self.page.locator(".case-row[role=option]")

    @property
    def active(self) -> Locator:
        """The row that keys act on."""
        return self.page.locator(".case-row.active")

    @property
    def toasts(self) -> Locator:
        """What was told last."""
        return self.page.locator(".toast")

    @property
    def connection(self) -> Locator:
        """How the live connection stands."""
        return self.page.locator("[data-live]")

    async def is_live(self) -> None:
        """Wait for the live connection."""
        await expect(self.connection).to_have_attribute("data-live", "live")

    def heading(self, text: str | re.Pattern[str]) -> Locator:
        """The view's own heading."""
        return self.page.get_by_role("heading", name=text, level=1)

    def button(self, name: str | re.Pattern[str]) -> Locator:
        """A button by what it says."""
        return self.page.get_by_role("button", name=name)

    async def api(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Ask the API as this page may, with its cookie and token (Any: JSON)."""
        script = """async ([method, path, body]) => {
          const me = await (await fetch('/v1/session')).json()
          const headers = {'Content-Type': 'application/json', 'X-Seawall-CSRF': me.csrf}
          const answer = await fetch(path, {method, headers, body: body && JSON.stringify(body)})
          return [answer.status, await answer.json().catch(() => null)]
        }"""
        status, shown = await self.page.evaluate(script, [method, path, body])
        return status, shown


def hash_of(view: str, *parts: str, **query: str) -> str:
    """Return the address of a view."""
    path = "/".join(quote(each, safe="") for each in (view, *parts))
    return f"#/{path}" + (f"?{urlencode(query)}" if query else "")


@asynccontextmanager
async def visitor(
    browser: Browser, url: str, *, faultless: bool = True, **options: Any
) -> AsyncIterator[Console]:  # Any: as new_context takes them
    """Open a window for somebody who has not signed in."""
    options.setdefault("viewport", {"width": 1280, "height": 800})
    options.setdefault("reduced_motion", "reduce")
    context = await browser.new_context(**options)
    try:
        console = Console(await context.new_page(), url)
        yield console
        assert not (faultless and console.faults), console.faults
    finally:
        await context.close()


@asynccontextmanager
async def person_at(
    browser: Browser, url: str, account: Account, view: Sequence[str] = ("queue",), **options: Any
) -> AsyncIterator[Console]:  # Any: as new_context takes them
    """Open a window for somebody who has signed in, at a view.

    Once something stands in the list `deaf`, it hears nothing over its live socket any more.
    """
    deaf = options.pop("deaf", None)
    async with visitor(browser, url, **options) as console:
        if deaf is not None:
            await _deafen(console.page, deaf)
        await sign_in(console.page.context, url, account)
        await console.open(*view)
        await console.is_live()
        yield console


async def _deafen(page: Page, deaf: Sequence[bool]) -> None:
    def route(ours: WebSocketRoute) -> None:
        theirs = ours.connect_to_server()
        theirs.on_message(lambda said: None if deaf else ours.send(said))

    await page.route_web_socket(re.compile("/console$"), route)


async def sign_in(context: BrowserContext, url: str, account: Account) -> None:
    """Get a session's cookie as the page's form would."""
    body = {"tenant": account.tenant, "name": account.name, "password": account.password}
    answer = await context.request.post(f"{url}/v1/session", data=body, headers={"Origin": url})
    assert answer.ok, await answer.text()
