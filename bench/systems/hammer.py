"""Everybody asks for the same room and user at once: is ever more let through than the limit?

1. When a message was counted is known to between its sending and its answer. What is counted here
   as too much is certainly so: `limit + 1` messages that were all sent and answered within less
   than the window. What may have been too much by a round trip is not told.
2. The store's clock has milliseconds: two entries of 999.1 ms apart may be a second apart to it.
3. The deadline of the store is seconds: when it is missed, gateways count each for itself and their
   limits add up. That is promised so (`docs/explanation/promises.md`) and not what is asked here.
"""

from __future__ import annotations

import asyncio
import json
import time
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from bench.shapes.system import System
from gateway.state.store import WindowStore
from seawall.windows import Check, Mode, Spec

__all__ = [
    "SETTINGS",
    "Hammered",
    "Unanswered",
    "hammer_gateways",
    "hammer_store",
    "most_within",
    "write_policy",
]

SETTINGS = {"SEAWALL_STATE_DEADLINE_MS": "5000", "SEAWALL_LOG_LEVEL": "error"}
"""What gateways need besides the policy to be asked this."""
_TICK_S = 0.001
_DEADLINE_MS = 5_000.0
_ANSWERS_S = 15.0
_STORES = 4
_ASKERS = 16
_TEXT = "ten-signs-"

Span = tuple[float, float]
"""When something was sent and when its answer was there, seconds."""


class Unanswered(RuntimeError):
    """What was asked had no answer for many seconds, or was cut off: nothing can be said."""


class Hammered(msgspec.Struct, frozen=True):
    """What came of it. `most`: let through for certain within one window, wherever it begins.

    `others` counts answers that are neither yes nor no: refusals under load, counts made locally.
    """

    limit: int
    per_s: float
    asked: int
    allowed: int
    most: int
    others: dict[str, int]

    @property
    def share(self) -> float:
        """The most that was let through, over the limit."""
        return self.most / self.limit


def most_within(spans: Sequence[Span], per_s: float) -> int:
    """Return how many were certainly counted within one window (rule 1)."""
    answered: list[float] = []
    most = 0
    for sent, came in sorted(spans, reverse=True):
        insort(answered, came)
        most = max(most, bisect_left(answered, sent + per_s - _TICK_S))
    return most


async def hammer_store(url: str, limit: int, per_s: float, seconds: float) -> Hammered:
    """Ask the bare store for one window, over several connections, as fast as it answers."""
    spec = Spec(Mode.HITS_ACCEPTED, limit, round(per_s * 1000))
    key = f"w:{{room:user}}:hammered-{limit}-{per_s:g}"
    stores = [WindowStore(url, deadline_ms=_DEADLINE_MS) for _ in range(_STORES)]
    spans: list[Span] = []
    others: Counter[str] = Counter()
    asked = 0

    async def ask(store: WindowStore, name: str, until: float) -> None:
        nonlocal asked
        loop, number = asyncio.get_running_loop(), 0
        while (sent := time.perf_counter()) < until:
            answer: asyncio.Future[tuple[int, bool]] = loop.create_future()
            check, number = Check(spec, key, f"{name}-{number}"), number + 1
            store.submit(
                [check],
                None,
                lambda counts, local, to=answer: to.set_result((counts[0], local)),  # type: ignore[misc]
            )
            async with asyncio.timeout(_ANSWERS_S):
                count, local = await answer
            asked += 1
            if count > 0:
                spans.append((sent, time.perf_counter()))
            others["counted locally"] += local

    try:
        for store in stores:
            await store.start()
        until = time.perf_counter() + seconds
        async with asyncio.TaskGroup() as group:
            for at, store in enumerate(stores):
                for asker in range(_ASKERS):
                    group.create_task(ask(store, f"{at}-{asker}", until))
    except* TimeoutError as failed:
        raise Unanswered(f"the store: {failed.exceptions[0]!r}") from failed
    finally:
        for store in stores:
            await store.close()
    return Hammered(limit, per_s, asked, len(spans), most_within(spans, per_s), dict(+others))


async def hammer_gateways(
    system: System,
    limit: int,
    text: str,
    per_s: float,
    seconds: float,
    connections: int = 8,
    outstanding: int = 8,
) -> Hammered:
    """Send one user's messages to one room over many connections of every gateway at once."""
    lines: list[_Line] = []
    try:
        for target in system.targets:
            for _ in range(connections):
                connection = await connect(
                    f"ws://127.0.0.1:{target.port}{target.path}",
                    additional_headers={"Authorization": f"Bearer {target.key}"},
                    compression=None,
                    ping_interval=None,
                )
                lines.append(_Line(connection, f"h{limit}-{len(lines)}", text))
                await connection.send(target.hello)
                await connection.recv()
        until = time.perf_counter() + seconds
        async with asyncio.TaskGroup() as group:
            for line in lines:
                group.create_task(line.talk(outstanding, until))
    except* (TimeoutError, ConnectionClosed) as failed:
        raise Unanswered(f"{system.name}: {failed.exceptions[0]!r}") from failed
    finally:
        for line in lines:
            await line.connection.close()
    spans = [span for line in lines for span in line.allowed]
    others = sum((line.others for line in lines), Counter())
    asked = sum(line.sent for line in lines)
    return Hammered(limit, per_s, asked, len(spans), most_within(spans, per_s), dict(others))


class _Line:
    """One connection that asks again as soon as it is answered."""

    def __init__(self, connection: ClientConnection, name: str, text: str) -> None:
        self.connection = connection
        self.allowed: list[Span] = []
        self.others: Counter[str] = Counter()
        self.sent = 0
        self._name = name
        self._text = text
        self._waiting: dict[str, float] = {}

    async def talk(self, outstanding: int, until: float) -> None:
        """Ask until then; return when everything is answered. Raises TimeoutError."""
        for _ in range(outstanding):
            await self._send()
        while self._waiting:
            async with asyncio.timeout(_ANSWERS_S):
                said = json.loads(await self.connection.recv())
            now = time.perf_counter()
            match said["type"]:
                case "verdict":
                    sent = self._waiting.pop(said["id"])
                    if said["action"] == "allow":
                        self.allowed.append((sent, now))
                case "error" if said["ref"] is not None:
                    del self._waiting[said["ref"]]
                    self.others[said["code"]] += 1
                case _:
                    continue  # a command, a notice: nothing that answers a message
            if now < until:
                await self._send()

    async def _send(self) -> None:
        ref, self.sent = f"{self._name}-{self.sent}", self.sent + 1
        self._waiting[ref] = time.perf_counter()
        await self.connection.send(_message(ref, self._text))


def write_policy(folder: Path, limits: Sequence[int], per_s: float) -> tuple[Path, list[str]]:
    """Write a policy with a window for each limit; return it, and the text that each counts.

    What is over is blocked, and so is what has no verdict in time: nothing passes uncounted.
    """
    policy = folder / "policy"
    policy.mkdir()
    budget = {"ms": round(_DEADLINE_MS), "on_timeout": "block"}
    manifest = {"policy": "limits", "budgets": {"chat": budget}}
    windows: list[dict[str, object]] = []
    texts = []
    for at, limit in enumerate(limits):
        shortest, longest = 1 + 10 * at, 10 + 10 * at
        texts.append((_TEXT * (at + 1))[:longest])
        windows.append(
            {
                "window": f"hammered-{limit}",
                "key": ["room", "user"],
                "when": f"text.length >= {shortest} and text.length <= {longest}",
                "count": "accepted",
                "limit": limit,
                "per": f"{per_s:g}s",
                "over": {"message": "block"},
                "category": "spam",
            }
        )
    (policy / "policy.yaml").write_text(json.dumps(manifest), encoding="utf-8")
    (policy / "windows.yaml").write_text(json.dumps(windows), encoding="utf-8")
    return policy, texts


def _message(ref: str, text: str) -> str:
    user = {"id": "hammer", "name": "hammer", "roles": []}
    said = {"type": "chat", "id": ref, "room": "anvil", "user": user, "text": text}
    return json.dumps(said | {"at": 4102444800.5, "surface": "chat"})
