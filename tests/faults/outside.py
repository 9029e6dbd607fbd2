"""What can be seen of a gateway from outside, and patience with a deadline."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import websockets
from websockets.asyncio.client import ClientConnection

from bench.faults.crowd import Line, chat
from bench.faults.victim import Victim
from bench.faults.watch import get, metric

__all__ = ["BACK_S", "WITHIN_MS", "Witness", "talk", "within"]

BACK_S = 2.0
"""How soon after its dependency is back a gateway is as before."""
WITHIN_MS = 100.0
"""The shipped chat budget, twice. What a verdict waited for a core is not counted (`Cores`)."""
_SLACK_S = 0.5
_EACH_S = 0.02
_WORDS = ("ship", "moon", "tide", "harbour", "gull", "rope", "salt", "anchor", "sail", "reef")


def talk(word_each: int = 5, word: str = "blockword") -> Iterator[Line]:
    """Return messages without end, one in `word_each` of which is restricted."""
    for number in count():
        what = word if number % word_each == 0 else "friend"
        text = f"{what} {number} {_WORDS[number % 10]} {_WORDS[number // 10 % 10]}"
        yield chat(f"t{number}", f"r{number % 20}", f"u{number}", text, time.time())


async def within(seconds: float, holds: Callable[[], Awaitable[bool]]) -> float:
    """Wait until something holds; return how long that took. Fails after `seconds` and a little.

    As much longer as this process itself is woken late: then the machine is busy with others.
    """
    began, late_s = time.monotonic(), 0.0
    while not await holds():
        asked = time.monotonic()
        assert asked < began + seconds + _SLACK_S + late_s, "it did not come true in time"
        await asyncio.sleep(_EACH_S)
        late_s += time.monotonic() - asked - _EACH_S
    return time.monotonic() - began


class Witness:
    """Looks at a gateway as its customers and its keepers do."""

    def __init__(self, victim: Victim, key: str) -> None:
        self._victim = victim
        self._key = key
        self._numbers = count(1)

    async def get(self, path: str) -> tuple[int, str]:
        """Ask by HTTP."""
        return await get(self._victim.http, path)

    async def ready(self) -> tuple[int, dict[str, Any]]:
        """Return /readyz: its status and what it says."""
        status, text = await self.get("/readyz")
        return status, json.loads(text)

    async def metric(self, name: str) -> float:
        """Return a metric, named with its labels."""
        return await metric(self._victim.http, name)

    def tells(self, what: str, yes: bool = True) -> Callable[[], Awaitable[bool]]:
        """Return a question: is `what` told as degraded in /readyz, or not any more."""

        async def ask() -> bool:
            return (what in (await self.ready())[1]["degraded"]) is yes

        return ask

    async def well(self) -> bool:
        """Whether nothing is told as degraded in /readyz."""
        return not (await self.ready())[1]["degraded"]

    async def told_everywhere(self, what: str) -> None:
        """See that `what` is told as degraded in /readyz, in a greeting and in the metrics."""
        status, said = await self.ready()
        assert (status, what in said["degraded"]) == (200, True), said
        async with self.server() as (_, hello):
            assert what in hello["degraded"], hello
        assert await self.metric(f'seawall_degraded{{dependency="{what}"}}') == 1.0

    @asynccontextmanager
    async def server(self) -> AsyncIterator[tuple[ClientConnection, dict[str, Any]]]:
        """Connect and be greeted."""
        async with websockets.connect(
            f"ws://{self._victim.listen}/v1",
            additional_headers={"Authorization": f"Bearer {self._key}"},
            compression=None,
        ) as connection:
            await connection.send(json.dumps({"type": "hello", "server": "w", "rooms": ["*"]}))
            async with asyncio.timeout(5.0):
                yield connection, json.loads(await connection.recv())

    async def verdicts(self, *texts: str, user: str = "", room: str = "") -> list[dict[str, Any]]:
        """Send messages of one user in one batch; return verdicts or errors, by order of id."""
        name = f"w{next(self._numbers)}"
        items = [
            chat(f"{name}-{place:03}", room or name, user or name, text, time.time())
            for place, text in enumerate(texts)
        ]
        found: dict[str, dict[str, Any]] = {}
        async with self.server() as (connection, _):
            await connection.send(json.dumps({"type": "batch", "items": items}))
            async with asyncio.timeout(10.0):
                while len(found) < len(items):
                    for line in _flat(json.loads(await connection.recv())):
                        if line["type"] == "verdict":
                            found[line["id"]] = line
                        elif line["type"] == "error":
                            found[line["ref"]] = line
        return [found[ref] for ref in sorted(found)]


def _flat(line: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = line["items"] if line["type"] == "verdicts" else [line]
    return found
