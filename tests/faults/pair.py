"""Two gateway processes on one record, one Valkey and one secret; and servers to talk to them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import websockets
from sqlalchemy import select

from bench.faults.crowd import Crowd
from bench.faults.promises import Kept, kept
from bench.faults.victim import Victim
from gateway.record import schema
from gateway.record.database import open_engine, reading
from gateway.record.where import Where
from tests.gateway.live import POLICY, RULES, Peer, write_policy
from tests.gateway.records import fresh_record
from tests.gateway.state.nodes import serving

__all__ = ["SECRET", "Pair", "call", "found", "pair_on", "peer", "rows", "settle", "until"]

SECRET = "5e" * 32
DEADLINE_S = 10.0
COMMAND_S = 5.0
_PACE = "limit: 8\n  per: 60s\n  over: {then: slow, for: 30s}"
_TEN = "limit: 10\n  per: 60s\n  over: {message: block}"


class Pair:
    """Gateways A and B. Tests that end one start it again (`mend`)."""

    def __init__(self, a: Victim, b: Victim) -> None:
        self.a = a
        self.b = b
        self.server = a.key("t", name="chat")
        self.moderator = a.key("t", "moderator", name="mod")

    @property
    def where(self) -> Where:
        """Their record."""
        return self.a.where

    def mend(self) -> None:
        """Start whichever does not run."""
        for each in (self.a, self.b):
            if not each.alive:
                each.start()

    def uris(self, *order: Victim) -> list[str]:
        """Return the addresses of both, or of some."""
        return [f"ws://{each.listen}/v1" for each in order or (self.a, self.b)]

    async def found(
        self, table: str, condition: Callable[[list[Any]], bool], **equal: object
    ) -> list[Any]:
        """Wait until rows of the record are so. Any: what SQLAlchemy gives."""
        return await found(self.where, table, condition, **equal)

    def rows(self, table: str, **equal: object) -> list[Any]:
        """Read rows of the record. Any: what SQLAlchemy gives."""
        return rows(self.where, table, **equal)

    async def kept(self, crowds: list[Crowd], sent: int) -> Kept:
        """Obey until no command is open, stop both, hold what was heard against the record."""
        await settle(self.where, self.uris()[0], self.server)
        await asyncio.gather(asyncio.to_thread(self.a.stop), asyncio.to_thread(self.b.stop))
        return await asyncio.to_thread(kept, self.where, crowds, sent)


def rows(where: Where, table: str, **equal: object) -> list[Any]:
    """Read rows of a record whose columns are equal to these. Any: what SQLAlchemy gives."""
    asked = schema.metadata.tables[table]
    engine = open_engine(where)
    try:
        with reading(engine) as connection:
            query = select(asked).where(*(asked.c[key] == is_ for key, is_ in equal.items()))
            return list(connection.execute(query))
    finally:
        engine.dispose()


async def found(
    where: Where, table: str, condition: Callable[[list[Any]], bool], **equal: object
) -> list[Any]:
    """Wait until rows of a record are so. Any: what SQLAlchemy gives."""
    async with asyncio.timeout(2 * DEADLINE_S):
        while not condition(  # noqa: ASYNC110  # another process's state, not an event
            seen := await asyncio.to_thread(rows, where, table, **equal)
        ):
            await asyncio.sleep(0.02)
    return seen


async def settle(where: Where, uri: str, key: str) -> None:
    """Stay connected and obey until no command is open."""
    settled = asyncio.Event()
    staying = asyncio.create_task(Crowd(uri, key, ()).obey_until(settled))
    try:
        await found(where, "commands", lambda open_ones: open_ones == [], outcome=None)
    finally:
        settled.set()
        staying.cancel()
        await asyncio.gather(staying, return_exceptions=True)


@contextmanager
def pair_on(folder: Path, database: str, **settings: str) -> Iterator[Pair]:
    """Run two gateways; SEAWALL_SECRET must be set, for the tests read the record too."""
    policy = write_policy(
        folder / "policy",
        policy=_held_for(30),
        rules=RULES.replace(_PACE, _TEN),
    )
    with serving() as valkey:
        shared = {
            "redis": valkey.url,
            "database": database,
            "state_deadline_ms": "500",
            "command_s": str(COMMAND_S),
            **settings,
        }
        environ = {"SEAWALL_SECRET": SECRET}
        a, b = (Victim(folder / name, policy, environ, **shared) for name in ("a", "b"))
        fresh_record(a.where)
        pair = Pair(a, b)
        with a, b:
            yield pair


def _held_for(seconds: int) -> str:
    return POLICY.replace("hold: {for: 2s", f"hold: {{for: {seconds}s")


@asynccontextmanager
async def peer(
    gateway: Victim | str, key: str, rooms: list[str] | None = None, server: str = "s1"
) -> AsyncIterator[Peer]:
    """Connect as a server and say hello; a key may be too new for a second."""
    address = gateway if isinstance(gateway, str) else gateway.listen
    headers = {"Authorization": f"Bearer {key}"}
    async with asyncio.timeout(DEADLINE_S):
        while True:
            try:
                socket = await websockets.connect(
                    f"ws://{address}/v1",
                    additional_headers=headers,
                    compression=None,
                    ping_interval=None,
                )
            except (OSError, websockets.InvalidHandshake):
                await asyncio.sleep(0.05)
            else:
                break
    async with socket:
        found = Peer(socket)
        await found.send({"type": "hello", "server": server, "rooms": rooms or ["*"]})
        found.hello = await found.read()
        assert found.hello["type"] == "hello", found.hello
        yield found


async def call(
    gateway: Victim, key: str, method: str, path: str, body: object = None
) -> tuple[int, Any]:
    """Ask a gateway's HTTP API. Any: JSON."""
    headers = {"Authorization": f"Bearer {key}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.request(method, f"http://{gateway.http}{path}", json=body) as reply,
    ):
        return reply.status, await reply.json()


async def until(condition: Callable[[], bool], seconds: float = DEADLINE_S) -> float:
    """Wait for another task's state; return how long it took."""
    began = time.monotonic()
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110  # a state, not an event
            await asyncio.sleep(0.002)
    return time.monotonic() - began
