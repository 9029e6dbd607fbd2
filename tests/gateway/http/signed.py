"""A gateway's API with people, and browsers that ask it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from gateway.http.parts import Parts
from gateway.http.sessions import socket_address
from gateway.http.signing_in import DESK, PeopleDesk
from gateway.people.people import People
from tests.gateway.http.serving import serving
from tests.gateway.people.making import PASSWORD, Clock, Room

__all__ = ["Browser", "Site", "signing"]


class Site:
    """A served API with the people behind it."""

    def __init__(self, port: int, room: Room) -> None:
        self.port = port
        self.room = room

    @property
    def people(self) -> People:
        return self.room.people


@asynccontextmanager
async def signing(data: Path, tls: bool = False) -> AsyncIterator[Site]:
    """Serve the API with people on a record; `tls` as if it ended in front of us."""
    room = Room(data, Clock())
    await room.load()
    desk = PeopleDesk(room.people, lambda secure, host: socket_address(secure, host, 7400), tls=tls)
    parts = Parts(audit=room.people.audit)
    try:
        async with serving(parts=parts, extra=((DESK, desk),)) as port:
            yield Site(port, room)
    finally:
        await room.close()


class Browser:
    """Keeps cookies as a browser does, and says where a page came from."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.origin = f"http://127.0.0.1:{site.port}"
        self.cookies: dict[str, str] = {}
        self.csrf = ""
        self.set: list[str] = []

    async def ask(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Any, Mapping[str, str]]:
        """Ask; return status, what was answered, and its headers."""
        sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if method != "GET":
            sent |= {"Origin": self.origin, "X-Seawall-CSRF": self.csrf}
        if body is not None:
            sent["Content-Type"] = "application/json"
        sent = {name: value for name, value in {**sent, **(headers or {})}.items() if value}
        data = None if body is None else msgspec.json.encode(body)
        url = f"http://127.0.0.1:{self._site.port}{path}"
        async with (
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
            session.request(method, url, headers=sent, data=data) as answer,
        ):
            read = await answer.read()
            self.set = answer.headers.getall("Set-Cookie", [])
            for each in self.set:
                name, _, rest = each.partition("=")
                self.cookies[name] = rest.partition(";")[0]
            return answer.status, msgspec.json.decode(read) if read else None, answer.headers

    async def sign_in(self, name: str = "ann", password: str = PASSWORD) -> dict[str, Any]:
        """Sign in, and remember the token of changes."""
        body = {"tenant": "t", "name": name, "password": password}
        status, shown, _ = await self.ask("POST", "/v1/session", body)
        assert status == 200, shown
        assert isinstance(shown, dict)
        self.csrf = shown["csrf"]
        return shown
