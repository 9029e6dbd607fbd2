"""The sockets of the process that listens: one to the gateway, one from each decoder.

1. Nothing blocks: what the gateway does not read waits, up to a bound, and then we end.
2. A decoder that says what cannot be loses its connection; nobody else notices.
3. A connection is one stream. When it ends, so does the stream, said or not.
"""

from __future__ import annotations

import socket
from collections.abc import Callable

import msgspec

from workers.streams.reports import FromSpeech
from workers.streams.units import Attach, Detach, Sound, ToSpeech
from workers.units import LENGTH, cut, frame

__all__ = ["MOST_BYTES", "Decoder", "Gateway"]

MOST_BYTES = 1 << 20
"""The largest frame of a decoder: half a minute of sound."""
_READ_BYTES = 1 << 16
_UNREAD_BYTES = 16 << 20

_ENCODE = msgspec.msgpack.Encoder().encode
_TO_SPEECH = msgspec.msgpack.Decoder(ToSpeech).decode


class Gateway:
    """Our end of the gateway's socket."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self._sock = sock
        self._in = bytearray()
        self._out = bytearray()

    def fileno(self) -> int:
        """Return the socket's descriptor."""
        return self._sock.fileno()

    @property
    def waits(self) -> bool:
        """Whether something is left to be written."""
        return bool(self._out)

    def read(self) -> list[bytes] | None:
        """Return the frames that are there; None at the end. Raises ValueError for no frame."""
        try:
            arrived = self._sock.recv(_READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return []
        except OSError:
            return None
        if not arrived:
            return None
        self._in += arrived
        return cut(self._in)

    def say(self, what: FromSpeech) -> None:
        """Put a message in line."""
        self._out += frame(_ENCODE(what))

    def write(self) -> bool:
        """Send what the kernel takes; False when nobody reads it any more."""
        while self._out:
            try:
                sent = self._sock.send(self._out)
            except (BlockingIOError, InterruptedError):
                return len(self._out) <= _UNREAD_BYTES
            except OSError:
                return False
            del self._out[:sent]
        return True


class Decoder:
    """One decoder's connection, and the stream it is."""

    def __init__(
        self,
        sock: socket.socket,
        now: float,
        attach: Callable[[Attach], None],
        sound: Callable[[int, Sound], None],
    ) -> None:
        """`attach` and `sound` are called with what it says; a ValueError of theirs is a lie."""
        sock.setblocking(False)
        self.handle: int | None = None
        """The stream's, None until it said it."""
        self.since = now
        self._sock = sock
        self._in = bytearray()
        self._attach = attach
        self._sound = sound

    def fileno(self) -> int:
        """Return the socket's descriptor."""
        return self._sock.fileno()

    def close(self) -> None:
        """Hang up."""
        self._sock.close()

    def read(self) -> bool:
        """Take what is there; False at the end. Raises ValueError for what no decoder says."""
        try:
            arrived = self._sock.recv(_READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return True
        except OSError:
            return False
        if not arrived:
            return False
        self._in += arrived
        if len(self._in) >= LENGTH.size and LENGTH.unpack_from(self._in)[0] > MOST_BYTES:
            raise ValueError("a frame that is too long")
        return all(self._take(_TO_SPEECH(body)) for body in cut(self._in))

    def _take(self, said: ToSpeech) -> bool:
        match said:
            case Attach():
                if self.handle is not None:
                    raise ValueError("attached twice")
                self.handle = said.handle
                self._attach(said)
            case Sound():
                if self.handle is None:
                    raise ValueError("sound before it was said of what")
                self._sound(self.handle, said)
            case Detach():
                return False
        return True
