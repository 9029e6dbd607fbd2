"""A tenant in which everything has happened once, so that each view has something to show."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from tests.console.site import DEADLINE_S, Account, ChatServer, Site, Tenant

__all__ = ["Furnished", "Signed", "furnished", "signed_in"]


class Signed:
    """Somebody who asks the API with the cookie of a session."""

    def __init__(self, http: aiohttp.ClientSession, url: str, csrf: str) -> None:
        self._http = http
        self._url = url
        self._headers = {"X-Seawall-CSRF": csrf, "Origin": url}

    async def ask(
        self, method: str, path: str, body: object = None
    ) -> tuple[int, dict[str, object]]:
        """Ask; return the status and what was answered."""
        sees = {"If-Match": '"0"'} if method == "PUT" else {}  # nobody has changed it before
        headers = {**self._headers, **sees}
        asked = self._http.request(method, self._url + path, json=body, headers=headers)
        async with asked as answer:
            return answer.status, await answer.json(content_type=None)

    async def done(self, method: str, path: str, body: object = None) -> dict[str, object]:
        """Ask for something that must work."""
        status, told = await self.ask(method, path, body)
        assert status < 300, (path, status, told)
        return told

    async def until(self, path: str, n: int) -> list[dict[str, Any]]:  # Any: JSON
        """Ask for a list until so many are in it."""
        async with asyncio.timeout(DEADLINE_S):
            while True:
                told = await self.done("GET", path)
                items = told["items"]
                assert isinstance(items, list)
                if len(items) >= n:
                    return items
                await asyncio.sleep(0.05)


@asynccontextmanager
async def signed_in(url: str, account: Account) -> AsyncIterator[Signed]:
    """Sign in without a browser."""
    jar = aiohttp.CookieJar(unsafe=True)  # an address of numbers has cookies too
    body = {"tenant": account.tenant, "name": account.name, "password": account.password}
    async with aiohttp.ClientSession(cookie_jar=jar) as http:
        headers = {"Origin": url}
        async with http.post(f"{url}/v1/session", json=body, headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            shown = await answer.json()
        yield Signed(http, url, shown["csrf"])


@dataclass(frozen=True, slots=True)
class Furnished:
    """A tenant with an admin; `cases` are open ones, one of each kind."""

    tenant: Tenant
    chat: ChatServer
    admin: Account
    cases: tuple[str, ...]


@asynccontextmanager
async def furnished(site: Site) -> AsyncIterator[Furnished]:
    """Fill a tenant with people, rooms, cases of each kind, decisions, a nuke, a rota, a page."""
    tenant = site.tenant()
    admin = await tenant.person("ada", "admin", email="ada@example.org")
    await tenant.person("ben", "moderator", queues=["abuse"], langs=["de"], skills=["minors"])
    await tenant.person("cleo", "auditor", totp=True)
    async with (
        tenant.server() as chat,
        tenant.reporter() as report,
        signed_in(site.url, admin) as ada,
    ):
        await chat.say("good morning everybody", user="bea", name="Bea")
        await chat.say("how is the market today", user="cem", name="Cem", room="markets")
        await chat.say("join my giveaway now", user="mallory", name="Mallory")
        await chat.say("you insultword", user="trudy", name="Trudy")
        await chat.say("threatword for you", user="oscar", name="Oscar", room="markets")
        for n in range(12):
            await chat.say("raidword come and join us all", user=f"r{n}", name=f"Raider {n}")
        await chat.say("giveaway", user="done", name="Done")
        await chat.say("lovely weather", user="dan", name="Dan", id="reported-1")
        at = time.time()
        await report(
            {"type": "report", "id": "rep1", "room": "lobby", "target": "reported-1",
             "reason": "harassment", "by": "bea", "at": at, "text": "he follows me everywhere"}
        )  # fmt: skip
        rota = {
            "shifts": [
                {"name": "Week", "people": ["ada", "ben"], "start": "00:00", "end": "00:00",
                 "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
                 "zone": "Europe/Berlin", "first": "2026-01-05", "rotate": "never"}
            ],
            "quiet": [
                {"days": ["sun"], "start": "02:00", "end": "03:00", "zone": "Europe/Berlin"}
            ],
        }  # fmt: skip
        await ada.done("PUT", "/v1/rota", rota)
        await ada.done("PUT", "/v1/rooms/lobby/switches/slow_all", {"on": True, "for_s": 1800})
        cases = await _cases(ada, 6)
        decided = cases.pop("done")
        await ada.done("POST", f"/v1/cases/{decided}/notes", {"text": "seen before, same link"})
        await ada.done("POST", f"/v1/cases/{decided}/decision", {"choice": "remove"})
        await ada.done("POST", f"/v1/cases/{cases['mallory']}/claim")
        await ada.done("POST", f"/v1/cases/{cases['mallory']}/notes", {"text": "the third today"})
        nuke = {"phrase": "lovely weather", "room": "lobby"}
        preview = await ada.done("POST", "/v1/nukes/preview", nuke)
        await ada.done("POST", "/v1/nukes", {**nuke, "preview": preview["token"]})
        await ada.done("POST", "/v1/pages/drill", {})
        yield Furnished(tenant, chat, admin, tuple(cases.values()))


async def _cases(asker: Signed, n: int) -> dict[str, str]:
    """Wait for so many cases; return them by whom they are about (of an incident, by its kind)."""
    items = await asker.until("/v1/cases?state=open&limit=200", n)
    return {each["user"] or each["about"]: each["id"] for each in items}
