"""A hub on a real socket, and consoles that a browser's WebSocket would be."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any

import msgspec
from websockets.asyncio.client import ClientConnection, connect

from gateway.console.handshake import ConsoleDoor
from gateway.console.hub import Hub
from gateway.edge.listener import listen
from gateway.refusal import unknown
from gateway.roles import DEFAULT_MATRIX, Actor, Rights, Role
from gateway.shapes.cases import CaseLine

DEADLINE_S = 5.0


def token(name: str) -> str:
    """Return somebody's session token."""
    return sha256(name.encode()).hexdigest()


ANN = token("ann")


async def until(true: Callable[[], bool]) -> None:
    """Let the loop turn until something is true."""
    async with asyncio.timeout(DEADLINE_S):
        while not true():  # noqa: ASYNC110 - what is waited for has no event of its own
            await asyncio.sleep(0.001)


def actor(name: str = "ann", role: Role = "moderator", **more: Any) -> Actor:
    """Return somebody of the tenant acme. Any: fields of Actor."""
    rights = Rights(frozenset(DEFAULT_MATRIX[role]))
    return Actor("acme", name, f"mod-{name}", (role,), rights, **more)


def case(id: str, version: int = 1, **more: Any) -> CaseLine:
    """Return a case's line. Any: fields of CaseLine."""
    empty: dict[str, Any] = {}
    for field in msgspec.structs.fields(CaseLine):
        empty[field.name] = {"str": "", "float": 0.0, "int": 0, "bool": False}.get(
            getattr(field.type, "__name__", "")
        )
    given = {"state": "open", "about": "verdict", "priority": "p1", "queue": "abuse"}
    return CaseLine(**{**empty, **given, "id": id, "version": version, **more})


class Site:
    """A listening hub. `people` are the sessions' tokens, `cases` what may be seen."""

    def __init__(self) -> None:
        self.people: dict[str, Actor] = {ANN: actor()}
        self.cases: dict[str, CaseLine] = {}
        self.audited: list[tuple[str, str, str]] = []
        self.now = time.monotonic()
        self.port = 0
        self.hub = Hub(
            "gw",
            "1",
            lambda token: self.people.get(token),
            self._find,
            self._audit,
            lambda: self.now,
        )

    async def _audit(self, actor: Actor, what: str, target: str) -> None:
        self.audited.append((actor.name, what, target))

    async def _find(self, actor: Actor, case: str) -> CaseLine:
        if case not in self.cases or not actor.may("cases.read", self.cases[case].queue):
            raise unknown("case")
        return self.cases[case]

    @asynccontextmanager
    async def console(
        self, token: str = ANN, origin: str | None = None, *topics: str, **more: Any
    ) -> AsyncIterator[Console]:
        """Connect as a page would. Any: options of `connect`."""
        here = f"http://127.0.0.1:{self.port}" if origin is None else origin
        async with connect(
            f"ws://127.0.0.1:{self.port}/console",
            additional_headers={"Cookie": f"other=1; seawall={token}"},
            origin=here or None,  # type: ignore[arg-type]  # a NewType of str
            compression=None,
            close_timeout=0.2,
            **more,
        ) as socket:
            console = Console(socket)
            for topic in topics:
                await console.watch(topic)
                await self.watched(topic)
            yield console

    async def watched(self, topic: str) -> None:
        """Wait until somebody hears of a topic."""
        await until(lambda: ("acme", topic) in self.hub)


class Console:
    """One console's end of the socket."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def watch(self, topic: str, verb: str = "watch") -> None:
        """Say what to hear of."""
        await self.socket.send(msgspec.json.encode({"type": verb, "topic": topic}).decode())

    async def wait(self, kind: str) -> dict[str, Any]:
        """Return the next message of a kind. Any: JSON."""
        async with asyncio.timeout(DEADLINE_S):
            while True:
                said = msgspec.json.decode(await self.socket.recv())
                if said["type"] == kind:
                    return dict(said)


@asynccontextmanager
async def site(origins: frozenset[str] = frozenset()) -> AsyncIterator[Site]:
    """Serve a hub."""
    found = Site()
    server = await listen(
        "127.0.0.1",
        0,
        lambda key: None,
        lambda key: None,  # type: ignore[arg-type,return-value]  # no key ever comes
        60.0,
        False,
        admit=ConsoleDoor(found.hub, origins, lambda: found.port).admit,
    )
    found.port = server.sockets[0].getsockname()[1]
    try:
        yield found
    finally:
        await found.hub.close()
        found.hub.drain()
        server.close()
        await server.wait_closed()
