"""One connection to Valkey or Redis for the hot path: commands out, replies in order, nothing else.

Rules:
1. Whoever sends gets exactly one answer: the reply, a `hiredis.ReplyError`, or `StateUnavailable`
   when the connection ends first.
2. At most MOST_PENDING commands wait for a reply; the next one is refused with StateUnavailable.
3. Answers are called inside the read of their reply, so they must not raise.
4. Who talks unasked, sends what is not the protocol or never ends a reply is not the server we
   think it is: the connection ends. Only a lane made with `pushed` takes pushes (RESP3).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import cast

import hiredis

from gateway.state.address import Address
from seawall.errors import StateUnavailable

__all__ = ["MOST_PENDING", "Answer", "Lane", "connect", "pack"]

Answer = Callable[[object], None]

MOST_PENDING = 128

_MOST_REPLY = 16 << 20  # bytes; the largest of ours, a large cluster's map of slots, is below 2 MiB

_MORE = object()


def pack(words: tuple[str | bytes | int, ...]) -> bytes:
    """Return a command in the form it travels in."""
    packed: bytes = hiredis.pack_command(words)  # type: ignore[arg-type]  # its stub allows one word
    return packed


class Lane(asyncio.Protocol):
    """A connection; `lost` is called once when it ends, after all answers."""

    def __init__(self, lost: Callable[[], None], pushed: Answer | None = None) -> None:
        self._lost = lost
        self._pushed = pushed
        self._unread = 0
        self._reader = hiredis.Reader(notEnoughData=_MORE)
        self._pending: deque[Answer] = deque()
        self._transport: asyncio.Transport | None = None

    @property
    def is_open(self) -> bool:
        """Say whether a command sent now would leave."""
        return self._transport is not None and not self._transport.is_closing()

    def send(self, command: bytes, answer: Answer) -> None:
        """Send a packed command; StateUnavailable when the lane is closed or full."""
        transport = self._transport
        if transport is None or len(self._pending) >= MOST_PENDING:
            raise StateUnavailable("no connection" if transport is None else "too many unanswered")
        self._pending.append(answer)
        transport.write(command)

    async def request(self, *words: str | bytes | int, deadline_s: float) -> object:
        """Send one command and return its reply.

        Raises StateUnavailable when the reply is an error, or late; a late one is then ignored.
        """
        return await self.reply_to(pack(words), deadline_s)

    async def reply_to(self, command: bytes, deadline_s: float) -> object:
        """Send one packed command and return its reply, as `request` does."""
        reply: asyncio.Future[object] = asyncio.get_running_loop().create_future()

        def answer(value: object) -> None:
            if not reply.done():
                reply.set_result(value)

        self.send(command, answer)
        try:
            async with asyncio.timeout(deadline_s):
                value = await reply
        except TimeoutError:
            raise StateUnavailable(f"no reply within {deadline_s:g} s") from None
        if isinstance(value, StateUnavailable):
            raise value
        if isinstance(value, hiredis.ReplyError):
            raise StateUnavailable(str(value))
        return value

    def close(self) -> None:
        """End the connection now, without flushing; what is unanswered fails."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        self._transport = cast(asyncio.Transport, transport)  # the base class is all asyncio names

    def data_received(self, data: bytes) -> None:
        """Hand every whole reply to the answer that waits for it."""
        reader, pending = self._reader, self._pending
        reader.feed(data)
        self._unread += len(data)
        try:
            while (reply := reader.gets()) is not _MORE:
                self._unread = 0
                if isinstance(reply, hiredis.PushNotification) and self._pushed is not None:
                    self._pushed(reply)
                elif pending:
                    pending.popleft()(reply)
                else:
                    self.close()
                    return
        except (
            hiredis.ProtocolError,
            MemoryError,
        ):  # the latter of an absurdly long list
            self.close()
        if self._unread > _MOST_REPLY:
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail what is unanswered."""
        self._transport = None
        failure = StateUnavailable(f"the connection ended: {exc or 'closed'}")
        while self._pending:
            self._pending.popleft()(failure)
        self._lost()


async def connect(
    address: Address,
    lost: Callable[[], None],
    deadline_s: float,
    pushed: Answer | None = None,
) -> Lane:
    """Connect, authenticate and select the database; StateUnavailable if that fails or is late."""
    loop = asyncio.get_running_loop()
    lane = Lane(lost, pushed)
    try:
        async with asyncio.timeout(deadline_s):
            if address.path:
                await loop.create_unix_connection(lambda: lane, address.path)
            else:
                await loop.create_connection(
                    lambda: lane, address.host, address.port, ssl=address.tls
                )
    except (OSError, UnicodeError) as problem:  # the latter of a host that is no name
        lane.close()
        raise StateUnavailable(f"{address}: {problem or 'no connection in time'}") from problem
    try:
        if address.password:
            name = (address.username,) if address.username else ()
            await lane.request("AUTH", *name, address.password, deadline_s=deadline_s)
        if address.db:
            await lane.request("SELECT", address.db, deadline_s=deadline_s)
    except BaseException:  # cancelled or failed: nobody else would close it
        lane.close()
        raise
    return lane
