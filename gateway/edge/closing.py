"""The end of a WebSocket: the closing handshake of RFC 6455 section 7, for whoever listens.

A socket that is closed over unread bytes is reset, and a reset overtakes the goodbye: so whoever
says goodbye reads on, unheeding, until the other side has closed too.
"""

from __future__ import annotations

import asyncio
from typing import cast

from picows import WSCloseCode, WSFrame, WSTransport

__all__ = ["LINGER_S", "answer_close", "close_code", "say_close"]

LINGER_S = 1.0
"""How long the other side may take to close after our goodbye, before it is cut off."""


def close_code(frame: WSFrame) -> WSCloseCode:
    """Return the code that answers a close frame: its own where it may stand on the wire.

    picows lets 0 and 1006 through, which RFC 6455 7.4 keeps off it, and reserved bits.
    """
    if frame.rsv1 or frame.rsv2 or frame.rsv3:
        return WSCloseCode.PROTOCOL_ERROR
    if not frame.get_payload_as_bytes():
        return WSCloseCode.OK
    code = frame.get_close_code()
    unsayable = code in (WSCloseCode.NO_INFO, WSCloseCode.ABNORMAL_CLOSURE)
    return WSCloseCode.PROTOCOL_ERROR if unsayable else code


def answer_close(transport: WSTransport, frame: WSFrame) -> None:
    """Answer the other side's goodbye and hang up."""
    transport.send_close(close_code(frame))
    transport.disconnect()


def say_close(transport: WSTransport, code: int, why: str, *, reads: bool) -> None:
    """Say goodbye with a close code of WIRE, and hang up once the other side has.

    Where it does not read (`reads`), a goodbye would only wait with the rest: it is cut off now.
    """
    transport.send_close(cast(WSCloseCode, code), why.encode())  # picows' stub knows no 4xxx codes
    if reads:
        transport.underlying_transport.resume_reading()
        asyncio.get_running_loop().call_later(LINGER_S, _cut, transport)
    else:
        transport.underlying_transport.abort()


def _cut(transport: WSTransport) -> None:
    if not transport.is_disconnected:
        transport.disconnect()
