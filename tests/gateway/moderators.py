"""Moderators of a running gateway: accounts, their sessions over HTTP, their consoles' sockets."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import websockets

from gateway.people.accounts import Accounts
from gateway.record.where import Where
from gateway.roles import Role
from tests.gateway.people.making import PASSWORD, hashed

__all__ = ["Console", "Moderator", "console", "hired", "sign_in", "until_case"]

DEADLINE_S = 10.0
ANSWER_S = 20.0
"""Longer than the gateway itself gives a request."""
Answer = tuple[int, Any, Mapping[str, str]]
"""Status, body, headers. Any: JSON."""


def hired(
    where: Where | Path,
    name: str,
    *roles: Role,
    tenant: str = "t",
    queues: tuple[str, ...] = (),
) -> None:
    """Make an account; gateways need not run. Its password is PASSWORD."""
    accounts = Accounts(where)
    try:
        accounts.add(tenant, name, hashed(), roles or ("moderator",), time.time(), queues=queues)
    finally:
        accounts.close()


class Moderator:
    """Somebody who has signed in at a gateway's HTTP address."""

    def __init__(self, http: str, name: str) -> None:
        self.http = http
        self.name = name
        self.cookie = ""
        self.csrf = ""

    async def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Ask as a browser on our own page does."""
        sent = {"Cookie": self.cookie, "Origin": f"http://{self.http}", "X-Seawall-CSRF": self.csrf}
        sent = {name: value for name, value in {**sent, **(headers or {})}.items() if value}
        async with (
            asyncio.timeout(ANSWER_S),
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
            session.request(method, f"http://{self.http}{path}", headers=sent, json=body) as reply,
        ):
            read = await reply.read()
            if "Set-Cookie" in reply.headers:
                self.cookie = reply.headers["Set-Cookie"].partition(";")[0]
            return reply.status, json.loads(read) if read else None, reply.headers

    async def get(self, path: str) -> Any:  # JSON
        """Return what is there."""
        status, body, _ = await self.ask("GET", path)
        assert status == 200, (path, status, body)
        return body

    async def post(self, path: str, body: object = None, **headers: str) -> Any:  # JSON
        """Do something that must succeed."""
        status, answer, _ = await self.ask("POST", path, body, headers)
        assert status in (200, 201), (path, status, answer)
        return answer

    async def decide(self, case: str, choice: str, **more: object) -> Any:  # JSON
        """Decide a case, looking at its preview first where it asks for that."""
        body = {"choice": choice, **more}
        status, answer, _ = await self.ask("POST", f"/v1/cases/{case}/decision", body)
        if status == 409 and "token" in (answer.get("stands") or {}):
            seen = await self.get(f"/v1/cases/{case}/preview?choice={choice}")
            body["preview"] = seen["token"]
            status, answer, _ = await self.ask("POST", f"/v1/cases/{case}/decision", body)
        assert status == 200, answer
        return answer


async def sign_in(http: str, name: str, tenant: str = "t") -> Moderator:
    """Sign in; a new account may take a gateway two seconds to hear of."""
    who = Moderator(http, name)
    body = {"tenant": tenant, "name": name, "password": PASSWORD}
    status, shown, _ = await who.ask("POST", "/v1/session", body)
    assert status == 200, shown
    who.csrf = shown["csrf"]
    return who


async def until_case(who: Moderator, count: int = 1, query: str = "", **fields: object) -> Any:
    """Wait until so many cases are listed that have these fields; return the first. Any: JSON."""
    deadline = time.monotonic() + DEADLINE_S
    while True:
        listed = (await who.get(f"/v1/cases?{query}"))["items"]
        found = [each for each in listed if all(each[key] == fields[key] for key in fields)]
        if len(found) >= count:
            return found[0]
        assert time.monotonic() < deadline, listed
        await asyncio.sleep(0.02)


class Console:
    """A live socket."""

    def __init__(self, socket: websockets.ClientConnection) -> None:
        self.socket = socket

    async def wait(self, kind: str) -> dict[str, Any]:  # JSON
        """Return the next message of a kind; others are passed over."""
        async with asyncio.timeout(DEADLINE_S):
            while True:
                told: dict[str, Any] = json.loads(await self.socket.recv())
                if told["type"] == kind:
                    return told

    async def case(self, case: str, state: str) -> dict[str, Any]:  # JSON
        """Return a case's line once it is told in a state."""
        while True:
            for line in (await self.wait("cases"))["items"]:
                if line["id"] == case and line["state"] == state:
                    found: dict[str, Any] = line
                    return found


@asynccontextmanager
async def console(
    listen: str, who: Moderator, topic: str = "queue", **options: Any
) -> AsyncIterator[Console]:
    """Open a console that watches a topic. Any: options of websockets."""
    async with websockets.connect(
        f"ws://{listen}/console",
        additional_headers={"Cookie": who.cookie, "Origin": f"http://{who.http}"},
        compression=None,
        **options,
    ) as socket:
        await socket.send(json.dumps({"type": "watch", "topic": topic}))
        yield Console(socket)
