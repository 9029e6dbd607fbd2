"""The gateway's end of a worker's socket: frames in, frames out, and when it ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

from workers.units import cut

__all__ = ["Link"]


class Link(asyncio.Protocol):
    """Gives every whole frame to `arrived`, in order. A ValueError of its says the worker lies."""

    def __init__(self, arrived: Callable[[bytes], None]) -> None:
        self._arrived = arrived
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self.closed: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        """Ends with "" when the worker is gone, else with what it said that cannot be."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport; its buffer is bounded by what may wait for the worker."""
        # uvloop's transports are ones by behaviour, not by descent.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Cut frames out of what arrived."""
        if self.closed.done():
            return
        self._buffer += data
        try:
            for body in cut(self._buffer):
                self._arrived(body)
        except ValueError as error:  # msgspec's errors are ones, too
            self.end(str(error) or "garbage")

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits that this life is over."""
        self.end("")

    def end(self, why: str) -> None:
        """Hear nothing more."""
        if not self.closed.done():
            self.closed.set_result(why)

    def write(self, data: bytes) -> None:
        """Send; never blocks."""
        if self._transport is not None:
            self._transport.write(data)

    def abort(self) -> None:
        """Close at once: nobody reads what is still to be written."""
        if self._transport is not None:
            self._transport.abort()
