"""A debug echo: every message back as it came, for RFC 6455 suites. Off unless `debug_echo` is set.

It speaks through the same listener and assembler as the real door; only what is done with a whole
message differs.
"""

from __future__ import annotations

from picows import WSCloseCode, WSFrame, WSListener, WSMsgType, WSTransport

from gateway.edge.closing import close_code
from gateway.edge.frames import Assembler, Kind, Violation

__all__ = ["ECHO_BYTES", "Echo", "kind_of"]

ECHO_BYTES = 16 * 1024 * 1024
_KINDS = {
    WSMsgType.TEXT: Kind.TEXT,
    WSMsgType.BINARY: Kind.BINARY,
    WSMsgType.CONTINUATION: Kind.CONTINUATION,
}


def kind_of(frame: WSFrame) -> Kind | None:
    """Return a data frame's kind; None for a control frame."""
    return _KINDS.get(frame.msg_type)


class Echo(WSListener):
    """One echoing connection."""

    def __init__(self) -> None:
        super().__init__()
        self._frames = Assembler(ECHO_BYTES)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Take one frame; echo the message it completes."""
        kind = kind_of(frame)
        if kind is None:
            if frame.msg_type is WSMsgType.CLOSE:
                transport.send_close(close_code(frame), frame.get_close_message())
                transport.disconnect()
            return
        reserved = frame.rsv1 or frame.rsv2 or frame.rsv3
        whole = self._frames.add(kind, frame.fin, reserved, frame.get_payload_as_bytes())
        if isinstance(whole, Violation):
            _end(transport, WSCloseCode.PROTOCOL_ERROR)
        elif whole is not None:
            if not whole.binary and not _is_utf8(whole.data):
                _end(transport, WSCloseCode.INVALID_TEXT)
                return
            transport.send(WSMsgType.BINARY if whole.binary else WSMsgType.TEXT, whole.data)


def _end(transport: WSTransport, code: WSCloseCode) -> None:
    transport.send_close(code)
    transport.disconnect()


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
