"""A server that is honest about one thing: it does exactly what it was told to do wrong.

The harness is tried against it. Its one argument is JSON (`Orders`); it prints its port and serves
until killed. Numbers of messages count from 1, in order of arrival.
"""

from __future__ import annotations

import asyncio
import sys
import time

import msgspec
from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest, ws_create_server

from bench.load.lifeline import tied

__all__ = ["Orders", "main"]


class Orders(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to do: stall the whole loop, answer later, drop, double, answer what nobody asked.

    The first stall comes half a period after the first message.
    """

    stall_s: float = 0.0
    every_s: float = 10.0
    stalls: int = 3
    delay_s: float = 0.0
    drop: tuple[int, ...] = ()
    double: tuple[int, ...] = ()
    invent: tuple[int, ...] = ()
    skew_s: float = 0.0
    """How far its clock is ahead."""


class _Said(msgspec.Struct):
    type: str
    id: str = ""


class _Server:
    def __init__(self, orders: Orders) -> None:
        self.orders = orders
        self._count = 0
        self._loop = asyncio.get_running_loop()

    def heard(self, transport: WSTransport, said: _Said) -> None:
        if said.type == "hello":
            at = time.time() + self.orders.skew_s
            _send(transport, b'{"type":"hello","session":"s","version":1,"at":%f}' % at)
        elif said.type == "chat":
            self._count += 1
            if self._count == 1 and self.orders.stall_s:
                self._loop.call_later(self.orders.every_s / 2, self._stall, 1)
            self._answer(transport, said.id, self._count)

    def _answer(self, transport: WSTransport, ref: str, number: int) -> None:
        orders = self.orders
        if number in orders.drop:
            return
        names = [ref] * (2 if number in orders.double else 1)
        names += ["nobody-asked"] if number in orders.invent else []
        for name in names:
            line = b'{"type":"verdict","id":"%b","rev":0,"action":"allow"}' % name.encode()
            if orders.delay_s:
                self._loop.call_later(orders.delay_s, _send, transport, line)
            else:
                _send(transport, line)

    def _stall(self, number: int) -> None:
        time.sleep(self.orders.stall_s)  # the whole loop stands still: that is the point
        if number < self.orders.stalls:
            wait = self.orders.every_s - self.orders.stall_s
            self._loop.call_later(wait, self._stall, number + 1)


class _Connection(WSListener):
    def __init__(self, server: _Server) -> None:
        super().__init__()
        self._server = server

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is WSMsgType.TEXT:
            payload = frame.get_payload_as_bytes()
            self._server.heard(transport, msgspec.json.decode(payload, type=_Said))
        elif frame.msg_type is WSMsgType.CLOSE:
            transport.disconnect()


def _send(transport: WSTransport, line: bytes) -> None:
    if not transport.is_disconnected:
        transport.send(WSMsgType.TEXT, line)


async def _serve(orders: Orders) -> None:
    server = _Server(orders)

    def accept(request: WSUpgradeRequest) -> WSListener:
        return _Connection(server)

    listening = await ws_create_server(accept, "127.0.0.1", 0)
    print(listening.sockets[0].getsockname()[1], flush=True)
    await listening.serve_forever()


def main() -> int:
    """Serve."""
    tied()
    asyncio.run(_serve(msgspec.json.decode(sys.argv[1], type=Orders)))
    return 0


if __name__ == "__main__":
    main()
