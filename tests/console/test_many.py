"""However much comes, what one looks at stays where it is and nothing is lost."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import msgspec
import pytest
from playwright.async_api import Browser, expect
from sqlalchemy import insert

from gateway.record.database import open_engine, writing
from gateway.record.schema_cases import cases
from gateway.shapes.cases import CaseLine
from tests.console.pages import Console, person_at
from tests.console.site import Site, Tenant

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180), pytest.mark.asyncio(loop_scope="module")]

FLOOD = 500


async def place_of_active(console: Console) -> tuple[str | None, float]:
    """Return which row keys act on, and where on the screen it stands."""
    box = await console.active.bounding_box()
    assert box is not None
    return await console.active.get_attribute("id"), box["y"]


async def test_nothing_moves_while_a_minutes_500_cases_come_at_once(
    chromium: Browser, site: Site
) -> None:
    tenant = site.tenant()
    ann = await tenant.person()
    async with tenant.server() as chat, person_at(chromium, site.url, ann) as console:
        await chat.say_all([chat.message("giveaway", user=f"first{n}") for n in range(20)])
        await console.press(".")
        await expect(console.rows).to_have_count(20)
        # A lead is called for such cases, over the view: it makes room once, before anybody aims.
        await expect(console.page.get_by_role("alertdialog")).to_be_visible()
        await console.press("j", "j", "j", "x")
        stood = await place_of_active(console)
        for part in range(0, FLOOD, 100):
            messages = [chat.message("threatword", user=f"u{part + n}") for n in range(100)]
            await chat.say_all(messages)
        await expect(console.button(f"{FLOOD} new")).to_be_visible()
        assert await place_of_active(console) == stood
        await expect(console.page.locator(".picked")).to_contain_text("1 selected")

        await console.press(".")  # now in order: those of highest urgency stand before it
        await expect(console.page.locator(".head .beside")).to_have_text(f"{FLOOD + 20} open")
        assert (await place_of_active(console))[0] == stood[0]
        await expect(console.active).to_be_in_viewport()

        await console.press("Escape", "Enter")
        await expect(console.heading("Fake giveaway")).to_be_visible()
        opened = console.page.url
        await chat.say_all([chat.message("threatword", user=f"late{n}") for n in range(100)])
        await console.press("Escape")
        await expect(console.page.locator(".head .beside")).to_contain_text("open")
        await console.press(".")
        await expect(console.page.locator(".head .beside")).to_have_text(f"{FLOOD + 120} open")
        assert (await place_of_active(console))[0] == f"case-{opened.rsplit('/', 1)[1]}"


@pytest.mark.parametrize("many", [1_500, pytest.param(5_000, marks=pytest.mark.soak)])
async def test_of_thousands_of_cases_only_a_window_of_rows_exists(
    chromium: Browser, site: Site, many: int
) -> None:
    tenant = site.tenant()
    ann = await tenant.person()
    await asyncio.to_thread(_fill, tenant, many)
    tall = {"width": 1280, "height": 2400}
    async with person_at(chromium, site.url, ann, viewport=tall) as console:
        await expect(console.page.locator(".head .beside")).to_have_text("200 open and more")
        seen: set[str] = set()
        script = "rows => rows.map(row => row.id)"
        while len(seen) < many:
            known = len(seen)
            ids: list[str] = await console.rows.evaluate_all(script)
            assert len(ids) < 150
            seen.update(ids)
            await console.press("PageDown")
            await console.page.evaluate("() => new Promise(requestAnimationFrame)")
            if len(seen) == known:
                await expect(console.active).to_be_in_viewport()
        await expect(console.page.locator(".head .beside")).to_have_text(f"{many:,} open")
        assert len(seen) == many


def _fill(tenant: Tenant, n: int) -> None:
    """Write open cases as the desk would have."""
    now = time.time()
    empty: dict[str, Any] = {  # Any: columns
        field.name: "" for field in msgspec.structs.fields(CaseLine) if field.type is str
    }
    numbers = {"score": 0.5, "viewers": 3, "members": 1, "users": 1, "version": 1, "sealed": False}
    told = {"state": "open", "about": "verdict", "queue": "abuse", "priority": "p3", "alike": ""}
    ends = {"due": None, "claim_until": None, "decided": None, "open": True, "latest": now}
    base = {**empty, **numbers, **told, **ends, "tenant": tenant.name, "severity": "low"}
    base |= {"category": "spam", "rule": "raid", "room": "lobby", "opened": now, "changed": now}
    rows = [
        {**base, "id": f"c{at:05}", "rank": now + at, "user": f"u{at}", "name": f"U{at}"}
        for at in range(n)
    ]
    engine = open_engine(tenant.live.data)
    with writing(engine) as connection:
        connection.execute(insert(cases), rows)
    engine.dispose()
