"""A Chromium, a built console and a gateway that serves it, for everything that a person does."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import NoReturn

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from hatch_build import ConsoleHook
from tests.console.site import Site, serving

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = [
    "--no-sandbox",  # root has none
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    # Each window would draw two address bars besides, unseen: half of what opening one costs. The
    # last list of features counts, so it begins with what Playwright turns off.
    "--disable-features="
    "AvoidUnnecessaryBeforeUnloadCheckSync,DestroyProfileOnBrowserClose,HttpsUpgrades,"
    "HttpsFirstBalancedModeAutoEnable,LensOverlay,MediaRouter,OptimizationHints,PaintHolding,"
    "ThirdPartyStoragePartitioning,"
    "WebUIOmniboxAimPopup,WebUIOmniboxFullPopup,WebUIOmniboxPopup",
]
Absent = Callable[[str, str], NoReturn]


@pytest.fixture(scope="session")
def built(absent: Absent) -> None:
    """Build the console where it is missing or older than its sources."""
    hook = ConsoleHook(str(ROOT), {}, None, None, "", "wheel")  # type: ignore[arg-type]  # unused
    with (Path(tempfile.gettempdir()) / "seawall-console.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two workers of one run build it once
        try:
            hook.initialize("editable", {})
        except SystemExit:
            absent("console", "it could not be built: is there Node 20.19 or newer with npm?")
    if not (ROOT / "gateway" / "http" / "static" / "index.html").is_file():
        absent("console", "it is not built")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium(built: None, absent: Absent) -> AsyncIterator[Browser]:
    """Start a browser for a module; each test has windows of its own."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        absent("Chromium", f"none of {', '.join(NAMES)} is on PATH")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=QUIET)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """Run a gateway for a module; each test has a tenant of its own."""
    async with serving(tmp_path_factory.mktemp("site")) as it:
        yield it
