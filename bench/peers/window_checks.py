"""What a window check costs whoever asks for it, and Valkey: ours beside the library `limits`.

All ask one server about the same random keys, 64 callers at once, as the messages of one tick do;
`limits` by its moving window (exact, as ours is) over redis-py, and one caller at a time besides.
Turns are taken in one process, so that its own CPU clock says what each has cost.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from itertools import count

import msgspec
from limits import RateLimitItemPerSecond
from limits.aio.strategies import MovingWindowRateLimiter

from bench.peers.moving_window import storage
from gateway.state.store import WindowStore
from seawall.windows import Check, Mode, Spec

__all__ = ["NAMES", "Turn", "turns"]

NAMES = ("seawall", "limits", "limits, one at a time")
AT_ONCE = 64
KEYS = 5_000
LIMIT, PER_S = 20, 1
_DEADLINE_MS = 5_000.0

Work = Callable[[int], Awaitable[None]]


class Turn(msgspec.Struct, frozen=True):
    """One turn of one side: CPU microseconds a check, of the asking process and of Valkey."""

    name: str
    checks: int
    client_us: float
    server_us: float


async def turns(
    socket: str, rounds: int, checks: int, server_cpu_s: Callable[[], float]
) -> AsyncIterator[Turn]:
    """Take turns, so many checks each; the first round warms up and is not told.

    `socket` is the server's; `server_cpu_s` says what CPU it has used so far.
    Raises RuntimeError when a check of ours was not answered by the server.
    """
    async with _ours(socket) as ours, _theirs(socket) as (gathered, single):
        sides = dict(zip(NAMES, (ours, gathered, single), strict=True))
        for turn in range(rounds + 1):
            for name, work in sides.items():
                many = checks if name != NAMES[2] else max(AT_ONCE, checks // 8)
                server, client = server_cpu_s(), time.process_time()
                await work(many)
                client = time.process_time() - client
                server = server_cpu_s() - server
                if turn:
                    yield Turn(name, many, client / many * 1e6, server / many * 1e6)


@asynccontextmanager
async def _ours(socket: str) -> AsyncIterator[Work]:
    """Ask as the gateway does: a submission each, sent together at the end of the tick."""
    store = WindowStore(f"unix://{socket}", deadline_ms=_DEADLINE_MS)
    spec, members = Spec(Mode.HITS_ACCEPTED, LIMIT, PER_S * 1000), count()
    keys = _keys()

    async def ask(checks: int) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(checks // AT_ONCE):
            answered: asyncio.Future[None] = loop.create_future()
            done = partial(_count_down, [AT_ONCE], answered)
            for _ in range(AT_ONCE):
                store.submit([Check(spec, next(keys), f"m{next(members)}")], None, done)
            await answered
        if store.local:
            raise RuntimeError(f"{store.local} checks were not answered by the server")

    await store.start()
    try:
        yield ask
    finally:
        await store.close()


@asynccontextmanager
async def _theirs(socket: str) -> AsyncIterator[tuple[Work, Work]]:
    """Ask by `limits`: 64 hits gathered over 64 connections, and one after the other."""
    store, pool = storage(socket, AT_ONCE)
    limiter, item, keys = (
        MovingWindowRateLimiter(store),
        RateLimitItemPerSecond(LIMIT, PER_S),
        _keys(),
    )

    async def gathered(checks: int) -> None:
        for _ in range(checks // AT_ONCE):
            await asyncio.gather(*(limiter.hit(item, next(keys)) for _ in range(AT_ONCE)))

    async def single(checks: int) -> None:
        for _ in range(checks):
            await limiter.hit(item, next(keys))

    try:
        yield gathered, single
    finally:
        await pool.disconnect()


def _count_down(
    left: list[int], answered: asyncio.Future[None], counts: list[int], local: bool
) -> None:
    left[0] -= 1
    if not left[0]:
        answered.set_result(None)


def _keys() -> Iterator[str]:
    """Return keys by chance, without end, the same ones for every side."""
    chance = random.Random(7)
    names = [f"w:{{room:user-{number}}}:messages" for number in range(KEYS)]
    while True:
        yield chance.choice(names)
