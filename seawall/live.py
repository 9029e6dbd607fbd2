"""A live stream in the hands of whoever sends it; the connection it goes over is the client's.

Nothing here knows a clock or a socket: the client hands both in (`Line`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple

from seawall import wire
from seawall.errors import NotConnected, WireError
from seawall.streaming import Flow, Flows

__all__ = ["Line", "LiveStream", "open_stream"]


class Line(NamedTuple):
    """What a client does for its streams."""

    wall_s: Callable[[], float]
    """Seconds since the epoch."""
    steady_s: Callable[[], float]
    """Seconds that only grow."""
    wake: Callable[[], None]
    """Have what waits written."""
    pause: Callable[[], Awaitable[None]]
    """Let others run."""
    until: Callable[[Callable[[], bool], float], Awaitable[bool]]
    """Wait until something holds, at most so many seconds; say whether it does."""
    check: Callable[[], None]
    """Raises what ended the client for good, HandshakeRefused or NotConnected."""


class LiveStream:
    """One stream, opened by `Client.stream`."""

    def __init__(self, line: Line, flow: Flow) -> None:
        self._line = line
        self._flow = flow

    @property
    def stream(self) -> str:
        """Its id."""
        return self._flow.opening.stream

    @property
    def sent(self) -> int:
        """Bytes handed to the connection."""
        return self._flow.sent

    @property
    def dropped(self) -> int:
        """Bytes given up because there was no credit or no connection for too long."""
        return self._flow.dropped

    @property
    def waiting(self) -> int:
        """Bytes that wait for credit or a connection."""
        return self._flow.waiting

    @property
    def opens(self) -> int:
        """How often the gateway opened it: more than once after breaks."""
        return self._flow.opens

    @property
    def stopped(self) -> bool:
        """Whether `stop` was called: nothing more goes out."""
        return self._flow.stopped

    @property
    def refused(self) -> WireError | None:
        """Why the gateway takes no more of it; None while it does."""
        told = self._line.steady_s() >= self._flow.refused_at
        return self._flow.refused if told else None

    @property
    def complaint(self) -> WireError | None:
        """What the gateway says is wrong with what was sent last; it goes on all the same."""
        return self._flow.complaint

    def begins_with(self, head: bytes) -> None:
        """Tell what the container begins with (a WebM's header, an MP4's `moov`).

        It is sent again where a gateway begins in the middle of the stream after a break.
        """
        self._flow.head = head

    async def send(self, data: bytes, *, at: float | None = None) -> None:
        """Send bytes of the container, captured `at` (seconds since the epoch; now).

        Never waits for the gateway: what is out of credit for too long is dropped, oldest first.
        Raises WireError when the gateway does not take this stream.
        """
        self._check()
        if not self._flow.stopped:
            captured = self._line.wall_s() if at is None else at
            self._flow.offer(data, captured, self._line.steady_s())
            self._line.wake()
        await self._line.pause()

    async def drained(self, within_s: float) -> bool:
        """Wait until nothing waits to be sent; say whether it came so far."""
        done = await self._line.until(lambda: not self._waits, within_s)
        self._check()
        return done

    async def stat(self, viewers: int) -> None:
        """Tell how many watch."""
        self._check()
        self._flow.tell(wire.StreamStat(self.stream, viewers))
        self._line.wake()
        await self._line.pause()

    def stop(self) -> None:
        """Send nothing more, not even what waits: it was cut. `close` still says the end."""
        self._flow.stop()

    async def close(self, reason: str | None = None, within_s: float = 5.0) -> bool:
        """End the stream after what waits; say whether the gateway confirmed it in time."""
        if self._flow.refused is not None:  # the command that says why may be on its way
            left_s = self._flow.refused_at - self._line.steady_s()
            await self._line.until(lambda: self._is_refused, max(0.0, left_s))
            return False
        if not self._flow.is_ending:
            self._flow.close(wire.StreamClose(self.stream, reason=reason))
            self._line.wake()
        await self._line.until(lambda: self._flow.closed or self._is_refused, within_s)
        return self._flow.closed

    async def opened(self, within_s: float) -> None:
        """Wait until the gateway takes it. Raises WireError, NotConnected."""
        self._line.wake()
        await self._line.until(lambda: self._flow.is_open or self._is_refused, within_s)
        self._check()
        if not self._flow.is_open:
            raise NotConnected(f"the gateway did not open the stream in {within_s} s")

    @property
    def _is_refused(self) -> bool:
        return self.refused is not None

    @property
    def _waits(self) -> bool:
        return self._flow.waiting > 0 and not self._is_refused

    def _check(self) -> None:
        self._line.check()
        if (refused := self.refused) is not None:
            raise refused


@asynccontextmanager
async def open_stream(
    line: Line, flows: Flows, flow: Flow, within_s: float
) -> AsyncIterator[LiveStream]:
    """Open a stream for the block, and close it after. Raises WireError, NotConnected."""
    flows.add(flow)
    live = LiveStream(line, flow)
    try:
        await live.opened(within_s)
        yield live
    finally:
        if flow.opens:
            await live.close(within_s=within_s)
        flows.remove(flow)
