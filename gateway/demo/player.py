"""Play a room as a chat server would: ask for each message at its moment, obey what comes back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from gateway.demo.board import Board, Judged
from gateway.demo.rows import Line
from seawall import wire
from seawall.client import Client
from seawall.errors import WireError

__all__ = ["Player"]

AT_ONCE = 512
"""Messages without a verdict before the player waits for one."""
BREATH_S = 2.0
"""Pause before a room is played again."""


class Player:
    """Plays one board's room. `told` hears every verdict and every remark in words."""

    def __init__(
        self, board: Board, pace: float, told: Callable[[Judged | str], None] = lambda _: None
    ) -> None:
        self._board = board
        self._pace = pace
        self._told = told
        self._places = asyncio.Semaphore(AT_ONCE)
        self._began = time.monotonic()
        self._paused_at: float | None = None
        self._resumed = asyncio.Event()
        self._resumed.set()

    def now(self) -> float:
        """Return the seconds since the beginning, without pauses."""
        end = time.monotonic() if self._paused_at is None else self._paused_at
        return end - self._began

    def pause(self) -> None:
        """Stop playing, or go on. What is in force still runs out on the gateway."""
        if self._paused_at is None:
            self._paused_at = time.monotonic()
            self._resumed.clear()
        else:
            self._began += time.monotonic() - self._paused_at
            self._paused_at = None
            self._resumed.set()
        self._board.paused = self._paused_at is not None

    async def obey(self, command: wire.Command) -> None:
        """Carry a command out: here, note it. Streams are another server's."""
        if command.target.kind == "stream":
            raise WireError("not_allowed", "this server sends no stream")
        words = self._board.commanded(command, self.now())
        if words is not None:
            self._told(words)

    async def hear(self, hold: wire.Hold) -> None:
        """Note what became of a held message."""
        words = f"hold of message {hold.id.rpartition('-')[2]}: {hold.outcome}"
        self._board.remark(words)
        self._told(words)

    async def play(self, sea: Client, *, repeat: bool) -> None:
        """Play to the end, or again and again; returns when every message has its verdict."""
        self._began = time.monotonic()
        start = 0.0
        async with asyncio.TaskGroup() as group:
            while True:
                self._board.rounds += 1
                for number, line in enumerate(self._board.room.lines, 1):
                    await self._wait_for(start + line.at / self._pace)
                    await self._places.acquire()
                    id = f"demo-{self._board.rounds}-{number}"
                    group.create_task(self._judge(sea, id, line))
                if not repeat:
                    return
                start = self.now() + BREATH_S
                await self._wait_for(start)

    async def _wait_for(self, moment: float) -> None:
        while True:
            await self._resumed.wait()
            left = moment - self.now()
            if left <= 0:
                return
            # In short steps, so that a pause shifts what comes after it.
            await asyncio.sleep(min(left, 0.05))

    async def _judge(self, sea: Client, id: str, line: Line) -> None:
        try:
            began = time.perf_counter()
            message = wire.Chat(id, line.room, line.user, line.text, time.time(), "chat")
            verdict = await sea.ask(message)
            ms = (time.perf_counter() - began) * 1000
            self._told(self._board.judged(line, verdict, ms, self.now()))
        except WireError as error:
            words = f"refused: {error}"
            self._board.remark(words)
            self._told(words)
        finally:
            self._places.release()
