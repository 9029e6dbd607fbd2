"""The generator as chat servers are written: asyncio and `websockets`, one task reads, one writes.

It is slower than the raw one and measures the same: it shows what a client's own loop adds. It has
no ill-behaved clients; a scenario with slow readers or reconnects is refused.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from bench.generator import Target
from bench.load.links import OPENING_S, LinkError
from bench.load.messages import payloads
from bench.load.plan import Busy, Heard, Job, Plan, new_heard
from bench.load.raw import LINGER_S, QUIET_S
from bench.load.replies import Replies, Rest
from bench.shapes.scenario import ScenarioError

__all__ = ["Realistic"]

MAX_FRAME = 8 * 1024 * 1024


class _Greeting(msgspec.Struct):
    at: float = 0.0


class _Link:
    """One connection, and the messages that wait for their turn to be written."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.waiting: asyncio.Queue[bytes] = asyncio.Queue()  # open loop: bounded by the schedule
        self.rest = Rest()


class Realistic:
    """A process's share of a run, over open connections. Raises LinkError, ScenarioError."""

    def __init__(self, job: Job, plan: Plan) -> None:
        clients = job.scenario.clients
        if clients.slow or clients.reconnect:
            raise ScenarioError("the asyncio generator has no slow readers and no reconnects")
        self._plan = plan
        self.heard: Heard = new_heard(len(plan.due))
        self.busy = Busy()
        self._replies = Replies(job.run, job.speaks, self.heard, plan.total, job.sample)
        self._stack = AsyncExitStack()
        self._runner = asyncio.Runner()
        self._last = 0.0
        self._links = self._runner.run(self._open())

    def run(self, began: float) -> None:
        """Send every message at its time after `began` (monotonic), then wait for answers."""
        self._runner.run(self._run(began))

    def close(self) -> None:
        """Break the connections off: a server that answers no goodbye would hold us up."""
        for link in self._links:
            link.socket.transport.abort()
        self._runner.run(self._stack.aclose())
        self._runner.close()

    async def _open(self) -> list[_Link]:
        try:
            async with asyncio.timeout(OPENING_S):
                return [_Link(await self._dial(target)) for target in self._plan.links]
        except (OSError, WebSocketException, TimeoutError) as error:
            await self._stack.aclose()
            raise LinkError(str(error) or "a connection did not open in time") from error

    async def _dial(self, target: Target) -> ClientConnection:
        headers = {"Authorization": f"Bearer {target.key}"} if target.key else {}
        socket = await self._stack.enter_async_context(
            connect(
                f"ws://127.0.0.1:{target.port}{target.path}",
                additional_headers=headers,
                compression=None,
                max_size=MAX_FRAME,
                proxy=None,
            )
        )
        if target.hello:
            asked = time.time()
            await socket.send(target.hello)
            greeting = msgspec.json.decode(await socket.recv(decode=False), type=_Greeting)
            if greeting.at:
                self.heard.clocks.append((asked, greeting.at, time.time()))
        return socket

    async def _run(self, began: float) -> None:
        used = time.process_time()
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._read(link)) for link in self._links]
            tasks += [group.create_task(_write(link)) for link in self._links]
            async for place, now in self._due(began):
                self.heard.sent[place] = now
                link = self._links[place % len(self._links)]
                for payload in payloads(self._plan.frames[place]):
                    link.waiting.put_nowait(payload)
            self.busy = Busy(time.process_time() - used, time.monotonic() - began)
            await self._drain()
            for task in tasks:
                task.cancel()

    async def _due(self, began: float) -> AsyncIterator[tuple[int, float]]:
        """Yield each message's place when it is due, and the time."""
        for place, due in enumerate((self._plan.due + began).tolist()):
            now = time.monotonic()
            if due > now:
                await asyncio.sleep(due - now)
                now = time.monotonic()
            elif not place % 32:  # late: let the others have a turn
                await asyncio.sleep(0)
            yield place, now

    async def _drain(self) -> None:
        self._last = time.monotonic()
        while True:
            await asyncio.sleep(0.02)
            done = self._replies.answered.count(1) == len(self._plan.due)
            if time.monotonic() - self._last > (LINGER_S if done else QUIET_S):
                return

    async def _read(self, link: _Link) -> None:
        try:
            while True:
                data = await link.socket.recv(decode=False)
                now = time.monotonic()
                if self._replies.take(link.rest, data, now):
                    self._last = now
                for command in self._replies.commands:
                    link.waiting.put_nowait(b'{"type":"done","command":"%b"}' % command)
                    self.heard.commands += 1
                self._replies.commands.clear()
        except ConnectionClosed as closed:
            code = closed.rcvd.code if closed.rcvd is not None else 1006
            self.heard.closes[str(code)] += 1


async def _write(link: _Link) -> None:
    try:
        while True:
            await link.socket.send(await link.waiting.get(), text=True)
    except ConnectionClosed:
        return  # the reader counts it
