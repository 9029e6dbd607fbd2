"""A WebSocket client that sends what no library would, and understands what comes back."""

from __future__ import annotations

import json
import socket
import struct
from contextlib import suppress
from typing import Any, NamedTuple

__all__ = ["CLOSE", "TEXT", "Heard", "Raw", "frame"]

TEXT, CLOSE = 1, 8
PATIENCE_S = 5.0
_MASK = b"\x11\x22\x33\x44"


def frame(
    payload: bytes, opcode: int = TEXT, *, fin: bool = True, reserved: int = 0, masked: bool = True,
    length: int | None = None, wide: int = 0,
) -> bytes:  # fmt: skip
    """Return one frame. `length` is what it claims, said in `wide` bytes besides: 0, 2 or 8."""
    size = len(payload) if length is None else length
    first = (fin << 7) | (reserved << 4) | opcode
    wide = wide or (0 if size < 126 else 2 if size < 65_536 else 8)
    if wide == 0:
        head = struct.pack(">BB", first, (masked << 7) | (size & 0x7F))
    elif wide == 2:
        head = struct.pack(">BBH", first, (masked << 7) | 126, size & 0xFFFF)
    else:
        head = struct.pack(">BBQ", first, (masked << 7) | 127, size)
    if not masked:
        return head + payload
    return head + _MASK + bytes(byte ^ _MASK[place & 3] for place, byte in enumerate(payload))


class Heard(NamedTuple):
    """What came back on a connection until its end. `code`: of the close frame, if one came."""

    lines: list[dict[str, Any]]
    code: int | None


class Raw:
    """One connection, greeted by hand."""

    def __init__(self, listen: str, key: str, rooms: list[str] | None = None) -> None:
        host, _, port = listen.rpartition(":")
        self._socket = socket.create_connection((host, int(port)), PATIENCE_S)
        self._buffer = b""
        self._socket.sendall(
            f"GET /v1 HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
            f"Authorization: Bearer {key}\r\n\r\n".encode()
        )
        while b"\r\n\r\n" not in self._buffer:
            self._more()
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101"), head
        if rooms is not None:
            self.say({"type": "hello", "server": "raw", "rooms": rooms})
            assert self.read()["type"] == "hello"

    def say(self, message: dict[str, Any]) -> None:
        """Send one whole message."""
        self.send(frame(json.dumps(message).encode()))

    def send(self, data: bytes) -> None:
        """Send bytes. The other side may have hung up."""
        with suppress(BrokenPipeError, ConnectionResetError):
            self._socket.sendall(data)

    def read(self) -> dict[str, Any]:
        """Return the next message."""
        while (found := self._frame()) is None or found[0] != TEXT:
            if found is None:
                self._more()
        line: dict[str, Any] = json.loads(found[1])
        return line

    def until(self, ref: str) -> Heard:
        """Hear all that comes until something about `ref` does, or the end; then hang up."""
        lines: list[dict[str, Any]] = []
        code = None
        try:
            while not any(ref in (line.get("id"), line.get("ref")) for line in lines):
                found = self._frame()
                if found is None:
                    self._more()
                elif found[0] == TEXT:
                    lines.append(json.loads(found[1]))
                elif found[0] == CLOSE:
                    code = int.from_bytes(found[1][:2], "big")
        except ConnectionError:
            assert code is not None, "it hung up without a word"
        self._socket.close()
        return Heard(lines, code)

    def finish(self) -> Heard:
        """Say that nothing more comes, and hear what still does."""
        lines: list[dict[str, Any]] = []
        code = None
        with suppress(OSError):  # it may have hung up
            self._socket.shutdown(socket.SHUT_WR)
        with suppress(ConnectionError):
            while True:
                self._more()
        while (found := self._frame()) is not None:
            if found[0] == TEXT:
                lines.append(json.loads(found[1]))
            elif found[0] == CLOSE:
                code = int.from_bytes(found[1][:2], "big")
        self._socket.close()
        assert not self._buffer, "what came last was no whole frame"
        return Heard(lines, code)

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _more(self) -> None:
        data = self._socket.recv(1 << 18)
        if not data:
            raise ConnectionResetError
        self._buffer += data

    def _frame(self) -> tuple[int, bytes] | None:
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        size, start = buffer[1] & 0x7F, 2
        wide = {126: 2, 127: 8}.get(size, 0)
        if len(buffer) < start + wide:
            return None
        if wide:
            size = int.from_bytes(buffer[2 : 2 + wide], "big")
        start += wide
        if len(buffer) < start + size:
            return None
        assert buffer[0] & 0x80, "a server's message is whole"
        self._buffer = buffer[start + size :]
        return buffer[0] & 0x0F, buffer[start : start + size]
