"""Tell the other gateways on the same windows store that there is something new to look at.

Rules:
1. A wake is a hint. It may be lost, doubled or late: what matters is found by polling.
2. `publish` never blocks and never raises. What is published while one message is under way leaves
   together with the next, each topic and payload once; what is published while down is dropped.
3. A gateway does not hear its own wakes.
4. One connection (RESP3), asked for a sign of life each second and made again within a second.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from itertools import count
from typing import NoReturn
from uuid import uuid4

import msgspec

from gateway.state.address import Address, Place, Seeds, Sentinels
from gateway.state.lane import Lane, connect, pack
from gateway.state.sentinel import find_primary
from seawall.errors import StateUnavailable

__all__ = ["CHANNEL", "MOST_WAITING", "Heard", "Wake"]

Heard = Callable[[str], None]
"""Takes the payload of a wake; called on the loop, so it must be quick."""

_LOG = logging.getLogger("seawall.wake")

CHANNEL = "seawall:wake"
MOST_WAITING = 1_024
_BEAT_S = 1.0
_REPLY_DEADLINE_S = 1.0
_BACKOFF_S = (0.05, 0.8)


class _Message(msgspec.Struct, array_like=True, frozen=True):
    """What travels: who says it, and topics with their payloads."""

    node: str
    wakes: list[tuple[str, str]]


_DECODER = msgspec.json.Decoder(_Message)


class Wake:
    """Topics to publish and to listen on. Without `start`, or without a place, it does nothing.

    The counters are of wakes: `sent`, `heard` (whether or not anybody listens to their topic) and
    `dropped` for being published while down or while too many waited; `garbled` is of messages.
    """

    def __init__(self) -> None:
        self._node = uuid4().hex
        self._heard: defaultdict[str, list[Heard]] = defaultdict(list)
        self._waiting: dict[tuple[str, str], None] = {}
        self._under_way = False
        self._lane: Lane | None = None
        self._lost = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self.sent = self.heard = self.dropped = self.garbled = 0

    @property
    def up(self) -> bool:
        """Say whether a wake published now would leave."""
        return self._lane is not None and self._lane.is_open

    def on(self, topic: str, heard: Heard) -> None:
        """Have `heard` called with the payload of every wake of `topic` by another gateway."""
        self._heard[topic].append(heard)

    def publish(self, topic: str, payload: str = "") -> None:
        """Wake the other gateways, soon and at most once for what is published meanwhile."""
        if not self.up or len(self._waiting) >= MOST_WAITING:
            self.dropped += 1
            return
        self._waiting[topic, payload] = None
        if not self._under_way:
            self._under_way = True
            asyncio.get_running_loop().call_soon(self._send)

    async def start(self, place: Place | None) -> None:
        """Begin to keep a connection; None, of local windows, leaves it silent."""
        if place is not None and self._keeper is None:
            self._keeper = asyncio.create_task(self._keep(place), name="wake")
            self._keeper.add_done_callback(_report)

    async def close(self) -> None:
        """End the connection; what waits is dropped."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.cancel()
            await asyncio.wait([keeper])

    async def _keep(self, place: Place) -> None:
        said, backoff = "", 0.0
        for turn in count():
            await asyncio.sleep(backoff)
            backoff = min(max(backoff * 2, _BACKOFF_S[0]), _BACKOFF_S[1])
            try:
                lane = await self._connect(place, turn)
                said, backoff = "", 0.0
                try:
                    await self._beat(lane)
                finally:
                    self._lane = None
                    lane.close()
                    self._drop()
            except StateUnavailable as problem:
                if said != str(problem):
                    said = str(problem)
                    fields = {"place": str(place), "reason": said}
                    _LOG.warning("no wakes: others are polled", extra={"fields": fields})

    async def _connect(self, place: Place, turn: int) -> Lane:
        """Connect and subscribe; StateUnavailable if that fails."""
        address = await _address_of(place, turn)
        self._lost.clear()
        lane = await connect(address, self._lost.set, _REPLY_DEADLINE_S, self._take)
        try:
            await lane.request("HELLO", 3, deadline_s=_REPLY_DEADLINE_S)
            # Subscribing is confirmed by a push; the reply is a refusal of it, or the PONG.
            await lane.reply_to(pack(("SUBSCRIBE", CHANNEL)) + pack(("PING",)), _REPLY_DEADLINE_S)
        except BaseException:  # cancelled or failed: nobody else would close it
            lane.close()
            raise
        self._lane = lane
        return lane

    async def _beat(self, lane: Lane) -> NoReturn:
        """Raise StateUnavailable once the connection is lost or gives no sign of life."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(_BEAT_S):
                    await self._lost.wait()
            await lane.request("PING", deadline_s=_REPLY_DEADLINE_S)

    def _send(self) -> None:
        lane, wakes = self._lane, list(self._waiting)
        self._waiting.clear()
        self._under_way = False
        if not wakes:
            return
        try:
            if lane is None:
                raise StateUnavailable("no connection")
            message = msgspec.json.encode(_Message(self._node, wakes))
            lane.send(pack(("PUBLISH", CHANNEL, message)), partial(self._answered, len(wakes)))
        except (StateUnavailable, UnicodeEncodeError):  # the latter of a lone surrogate
            self.dropped += len(wakes)
        else:
            self._under_way = True

    def _answered(self, wakes: int, reply: object) -> None:
        """Send what was published meanwhile."""
        if isinstance(reply, int):
            self.sent += wakes
        else:  # lost, or refused by an access list
            self.dropped += wakes
        self._send()

    def _drop(self) -> None:
        self.dropped += len(self._waiting)
        self._waiting.clear()

    def _take(self, push: object) -> None:
        if not isinstance(push, list) or len(push) != 3 or push[0] != b"message":
            return  # a confirmation of SUBSCRIBE
        try:
            message = _DECODER.decode(push[2])
        except (msgspec.DecodeError, TypeError, UnicodeDecodeError, RecursionError):
            self.garbled += 1
            return
        if message.node == self._node:
            return
        for topic, payload in message.wakes:
            self.heard += 1
            for heard in self._heard.get(topic, ()):
                try:
                    heard(payload)
                except Exception as problem:  # whatever it is, it is the listener's
                    told = {"message": "a listener of Wake failed", "exception": problem}
                    asyncio.get_running_loop().call_exception_handler(told)


async def _address_of(place: Place, turn: int) -> Address:
    """Return where to listen: any node of a cluster will do, they pass messages on."""
    match place:
        case Address():
            return place
        case Seeds():
            return place.nodes[turn % len(place.nodes)]
        case Sentinels():
            return await find_primary(place, _REPLY_DEADLINE_S)


def _report(keeper: asyncio.Task[None]) -> None:
    if not keeper.cancelled() and (problem := keeper.exception()) is not None:
        _LOG.critical("wakes are looked after no more", exc_info=problem)
