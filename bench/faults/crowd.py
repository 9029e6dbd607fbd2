"""A chat server that keeps WIRE's rules and remembers everything: what it sent, heard and obeyed.

It is not `seawall.client`: a witness must not share the code of those it watches.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter, deque
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import websockets
from websockets.asyncio.client import ClientConnection

__all__ = ["BATCH", "Crowd", "Line", "chat", "send_batch"]

RETRY_S = 0.05
OPEN_S = 5.0
BATCH = 16
_RESTRICTING = ("mask", "hold", "block", "remove")

Line = dict[str, Any]  # Any: JSON


def chat(ref: str, room: str, user: str, text: str, at: float) -> Line:
    """Build a chat message."""
    who = {"id": user, "name": user, "roles": []}
    return {
        "type": "chat", "id": ref, "room": room, "user": who, "text": text, "at": at,
        "surface": "chat",
    }  # fmt: skip


class Crowd:
    """Sends messages over one connection, again after every break, until each has its verdict.

    At most `inflight` are unanswered at a time. `verdicts` holds every verdict heard, by id. After
    a break it goes to the next of `others`, in turns. Who owes it a verdict and is silent for
    `patience_s` is left as if the line had broken; None waits for ever.
    """

    def __init__(
        self,
        uri: str,
        key: str,
        messages: Iterable[Line],
        inflight: int = 128,
        name: str = "crowd",
        others: Iterable[str] = (),
        patience_s: float | None = None,
    ) -> None:
        self.verdicts: dict[str, list[Line]] = {}
        self.commands: dict[str, Line] = {}
        self.applied: Counter[str] = Counter()
        self.holds: dict[str, list[Line]] = {}
        self.errors: Counter[str] = Counter()
        self.open: dict[str, Line] = {}
        self.sent: dict[str, Line] = {}
        self.heard_at: dict[str, float] = {}
        self.breaks = 0
        self.connected = asyncio.Event()
        self.finished = asyncio.Event()
        self._uris = deque((uri, *others))
        self._patience_s = patience_s
        self._key = key
        self._name = name
        self._rest = deque(messages)
        self._inflight = inflight
        self._seqs: dict[tuple[str, str], int] = {}
        self._session = ""
        self._room = asyncio.Event()
        self._stay: asyncio.Event | None = None
        self._again: set[asyncio.Task[None]] = set()

    @property
    def answered(self) -> int:
        """How many messages have a verdict."""
        return len(self.verdicts)

    @property
    def restricted(self) -> dict[str, Line]:
        """The first verdicts that restricted their message, by id."""
        return {
            ref: heard[0] for ref, heard in self.verdicts.items() if heard[0]["action"] != "allow"
        }

    async def run(self) -> None:
        """Go on until everything has its verdict, over as many connections as it takes."""
        while not self.finished.is_set():
            with suppress(OSError, websockets.WebSocketException, TimeoutError):
                async with websockets.connect(
                    self._uris[0],
                    additional_headers={"Authorization": f"Bearer {self._key}"},
                    compression=None,
                    ping_interval=None,
                    open_timeout=self._patience_s or OPEN_S,
                    close_timeout=1.0,
                ) as connection:
                    await self._live(connection)
            if self.connected.is_set():
                self.breaks += not self.finished.is_set()
                self.connected.clear()
            self._uris.rotate(-1)
            if not self.finished.is_set():
                await asyncio.sleep(RETRY_S)

    async def obey_until(self, done: asyncio.Event) -> None:
        """Stay connected after the last verdict, obeying, until `done`."""
        self.finished.clear()
        self._stay = done
        await self.run()

    async def _live(self, connection: ClientConnection) -> None:
        await connection.send(json.dumps({"type": "hello", "server": self._name, "rooms": ["*"]}))
        async with asyncio.timeout(self._patience_s or OPEN_S):
            hello = json.loads(await connection.recv())
        if hello["type"] != "hello":
            raise TimeoutError(f"greeted with {hello}")
        if self._session:
            resume = {"type": "resume", "session": self._session}
            await connection.send(json.dumps(resume))
        self._session = hello["session"]
        self.connected.set()
        async with asyncio.TaskGroup() as group:
            sending = group.create_task(self._send(connection))
            try:
                with suppress(websockets.ConnectionClosed):
                    await self._read(connection)
            except TimeoutError:
                connection.transport.abort()
            finally:
                for each in (sending, *self._again):
                    each.cancel()

    async def _send(self, connection: ClientConnection) -> None:
        with suppress(websockets.ConnectionClosed):
            again = list(self.open.values())
            for start in range(0, len(again), BATCH):
                await send_batch(connection, again[start : start + BATCH])
            while self._rest:
                while len(self.open) >= self._inflight:
                    self._room.clear()
                    await self._room.wait()
                items = []
                for _ in range(min(BATCH, len(self._rest), self._inflight - len(self.open))):
                    item = self._rest.popleft()
                    self.open[item["id"]] = self.sent[item["id"]] = item
                    items.append(item)
                await send_batch(connection, items)

    async def _read(self, connection: ClientConnection) -> None:
        if self._is_over():
            return
        while True:
            line = json.loads(await self._heard(connection))
            match line["type"]:
                case "verdict":
                    self._verdict(line)
                case "verdicts":
                    for item in line["items"]:
                        self._verdict(item)
                case "command":
                    await self._command(connection, line)
                case "hold":
                    self.holds.setdefault(line["id"], []).append(line)
                case "error":
                    self._error(connection, line)
            if self._is_over():
                return

    async def _heard(self, connection: ClientConnection) -> str | bytes:
        """Wait for a frame. Raises TimeoutError where a verdict was owed in silence too long."""
        while True:
            is_owed = bool(self.open or self._rest)
            try:
                async with asyncio.timeout(self._patience_s):
                    return await connection.recv()
            except TimeoutError:
                if is_owed and (self.open or self._rest):
                    raise

    def _is_over(self) -> bool:
        if self._rest or self.open:
            return False
        if self._stay is not None and not self._stay.is_set():
            return False
        self.finished.set()
        return True

    def _verdict(self, line: Line) -> None:
        self.verdicts.setdefault(line["id"], []).append(line)
        self.heard_at.setdefault(line["id"], time.time())
        self.open.pop(line["id"], None)
        self._room.set()

    async def _command(self, connection: ClientConnection, line: Line) -> None:
        self.commands[line["id"]] = line
        place = (json.dumps(line["target"], sort_keys=True), line["kind"])
        if line["seq"] > self._seqs.get(place, -1):
            self._seqs[place] = line["seq"]
            self.applied[line["id"]] += 1
        await connection.send(json.dumps({"type": "done", "command": line["id"], "at": 0.0}))

    def _error(self, connection: ClientConnection, line: Line) -> None:
        self.errors[line["code"]] += 1
        message = self.open.get(line["ref"] or "")
        if message is not None and line["code"] in ("overloaded", "rate"):
            wait_s = line.get("retry_after") or RETRY_S
            asking = asyncio.create_task(self._ask_again(connection, message, wait_s))
            self._again.add(asking)
            asking.add_done_callback(self._again.discard)

    async def _ask_again(self, connection: ClientConnection, message: Line, wait_s: float) -> None:
        """Send a refused message again; what else is said meanwhile is heard."""
        await asyncio.sleep(wait_s)
        with suppress(websockets.ConnectionClosed):
            await send_batch(connection, [message])


async def send_batch(connection: ClientConnection, items: list[Line]) -> None:
    """Send messages as one batch."""
    await connection.send(json.dumps({"type": "batch", "items": items}))
