"""The browser that benches of the console look through: found on this machine, headless."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from bench.consoles import Running, Session

__all__ = ["FLAGS", "browsing", "find_browser", "window"]

FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def find_browser() -> str | None:
    """Return a browser's path; say aloud why there is none."""
    found = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if find_spec("playwright") is None:
        print(
            "no pixels: playwright is not installed (pip install seawall[tests])", file=sys.stderr
        )
        return None
    if found is None:
        print(f"no pixels: none of {', '.join(_BROWSERS)} is installed", file=sys.stderr)
    return found


@contextmanager
def browsing(path: str) -> Iterator[Any]:  # Any: playwright's, which need not be installed
    """Start a browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


def window(browser: Any, gateway: Running, session: Session) -> Any:  # Any: playwright's
    """Open a window with an empty cache in which somebody is signed in."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    site = f"http://127.0.0.1:{gateway.http}"
    context.add_cookies([{"name": "seawall", "value": session.token, "url": site}])
    return context
