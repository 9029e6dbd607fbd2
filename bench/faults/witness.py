"""Who looks on during a fault: what greetings tell, whether limits hold, who was struck."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

import websockets
from sqlalchemy import Select, func, select
from websockets.asyncio.client import ClientConnection

from bench.faults.crowd import Crowd, Line, chat
from gateway.record import schema
from gateway.record.database import open_engine, reading
from gateway.record.where import Where

__all__ = [
    "SETTLE_S",
    "let_through",
    "open_commands",
    "recorded",
    "settled",
    "strikes",
    "told_degraded",
]

SETTLE_S = 15.0
_PATIENCE_S = 10.0
_numbers = count(1)


@asynccontextmanager
async def _server(listen: str, key: str) -> AsyncIterator[tuple[ClientConnection, Line]]:
    """Connect to a gateway and be greeted."""
    async with websockets.connect(
        f"ws://{listen}/v1",
        additional_headers={"Authorization": f"Bearer {key}"},
        compression=None,
        open_timeout=_PATIENCE_S,
    ) as connection:
        await connection.send(json.dumps({"type": "hello", "server": "witness", "rooms": ["*"]}))
        async with asyncio.timeout(_PATIENCE_S):
            hello: Line = json.loads(await connection.recv())
        yield connection, hello


async def told_degraded(listen: str, key: str) -> list[str]:
    """Return what a gateway's greeting calls degraded."""
    async with _server(listen, key) as (_, hello):
        return list(hello["degraded"])


async def let_through(listen: str, key: str, many: int) -> int:
    """Send so many messages of one new user at once; return how many are allowed."""
    name = f"witness-{time.time_ns()}-{next(_numbers)}"
    items = [
        chat(f"{name}-{place}", name, name, f"hello there {place}", time.time())
        for place in range(many)
    ]
    actions: dict[str, str] = {}
    async with _server(listen, key) as (connection, _):
        await connection.send(json.dumps({"type": "batch", "items": items}))
        async with asyncio.timeout(_PATIENCE_S):
            while len(actions) < many:
                line = json.loads(await connection.recv())
                for each in line["items"] if line["type"] == "verdicts" else [line]:
                    if each["type"] == "verdict":
                        actions[each["id"]] = each["action"]
                    elif each["type"] == "error":
                        actions[each["ref"] or ""] = f"error {each['code']}"
    return sum(action == "allow" for action in actions.values())


def strikes(where: Where, since: float, until: float) -> int:
    """Count strikes given for messages of a time."""
    table = schema.strikes
    chosen = (table.c.at >= since) & (table.c.at < until)
    return _count(where, select(func.count()).select_from(table).where(chosen))


def recorded(where: Where) -> set[str]:
    """Return the ids of all messages that have a verdict in the journal."""
    journal = schema.journal.c
    engine = open_engine(where)
    try:
        with reading(engine) as connection:
            rows = connection.execute(select(journal.event).where(journal.kind == "verdict"))
            return {row.event for row in rows}
    finally:
        engine.dispose()


def open_commands(where: Where) -> int:
    """Count commands whose end is not recorded."""
    table = schema.commands
    return _count(where, select(func.count()).select_from(table).where(table.c.outcome.is_(None)))


async def settled(where: Where, listen: str, key: str, seconds: float = SETTLE_S) -> None:
    """Stay connected and obey until no command is open, for so long at most."""
    over = asyncio.Event()
    staying = asyncio.create_task(Crowd(f"ws://{listen}/v1", key, ()).obey_until(over))
    until = time.monotonic() + seconds
    try:
        while await asyncio.to_thread(open_commands, where) and time.monotonic() < until:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    finally:
        over.set()
        staying.cancel()
        await asyncio.gather(staying, return_exceptions=True)


def _count(where: Where, query: Select[int]) -> int:
    engine = open_engine(where)
    try:
        with reading(engine) as connection:
            return int(connection.execute(query).scalar_one())
    finally:
        engine.dispose()
