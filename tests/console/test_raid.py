"""A raid of 300 accounts is one incident: one preview, one decision, one undo, exact."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.console.pages import person_at
from tests.console.site import Site

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180), pytest.mark.asyncio(loop_scope="module")]

RAIDERS = 300


async def test_a_raid_is_one_incident_one_decision_and_one_undo(
    chromium: Browser, site: Site
) -> None:
    tenant = site.tenant()
    ann = await tenant.person()
    async with tenant.server() as chat, person_at(chromium, site.url, ann) as console:
        await chat.say_all(
            [
                chat.message("raidword come and join us all at once", user=f"raider{n}")
                for n in range(RAIDERS)
            ]
        )
        await console.press(".")
        await expect(console.rows).to_have_count(1)
        await expect(console.rows.first).to_contain_text("300 users")
        await console.press("j", "Enter")
        await expect(console.page.locator(".head")).to_contain_text("Incident: 300 events")

        await console.press("m")  # remove and mute
        dialog = console.page.get_by_role("dialog", name="Remove and mute: what it hits")
        numbers = dialog.locator("dl.numbers dd")
        await expect(numbers).to_have_text(["300", "300", "1", "0"])
        assert not chat.commands, "nothing happens before it is confirmed"
        await console.press("Enter")
        await expect(console.toasts).to_contain_text("Done: Remove and mute")
        await chat.commanded("remove", RAIDERS)
        await chat.commanded("mute", RAIDERS)
        hit = {(each.kind, each.target.id) for each in chat.commands}

        await console.press("u")
        await expect(console.toasts).to_contain_text("Taken back. The case is open again.")
        await chat.commanded("restore", RAIDERS)
        await chat.commanded("mute", RAIDERS, back=True)
        counts = chat.counted()
        assert counts == {
            ("remove", False): RAIDERS,
            ("mute", False): RAIDERS,
            ("restore", False): RAIDERS,
            ("mute", True): RAIDERS,
        }
        back = {
            ("remove" if each.kind == "restore" else "mute", each.target.id)
            for each in chat.commands
            if each.kind == "restore" or each.for_s == 0
        }
        assert back == hit
