"""The decoders' side of the vision worker: who is connected, and which slots of theirs are held.

1. A decoder says `Attach` with its memory, `Shown` again and again, then `Detach`. One that says
   something else, shows a slot that was not given back, a size beyond it, or a stream that somebody
   else has, is lying or broken: it is closed, and what waits of it is lost. Nobody else's is.
2. What it showed before it left is looked at all the same: its memory stays as long as it is seen.
3. It is never waited for. It may have `_MOST_BUFFERED` bytes unread here, and as many unread there.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from contextlib import suppress

import msgspec

from workers.streams.mailbox import Gallery
from workers.streams.units import Attach, Freed, Shown, ToVision
from workers.units import cut, frame as framed
from workers.vision.frames import Frame, Unit

__all__ = ["Decoder", "Decoders"]

_DECODE = msgspec.msgpack.Decoder(ToVision).decode
_ENCODE = msgspec.msgpack.Encoder().encode
_READ_BYTES = 1 << 14
_MOST_BUFFERED = 1 << 16
_MOST_DESCRIPTORS = 4
_ATTACH_S = 5.0

Put = Callable[[Frame, bool], None]


class Decoder:
    """One connection. `handle` is None until it said which stream it decodes."""

    def __init__(self, sock: socket.socket, came: float) -> None:
        sock.setblocking(False)
        self.sock = sock
        self.came = came
        self.handle: int | None = None
        self.held: dict[int, Frame] = {}
        """The frames whose slots it was not given back, by slot."""
        self._gallery: Gallery | None = None
        self._every_s = 0.0
        self._descriptors: list[int] = []
        self._in = bytearray()
        self._out = bytearray()

    def read(self, now: float, put: Put, free: Callable[[int], bool]) -> bool:
        """Take in what it says; False where it has left. Raises ValueError where it lies.

        `free` says whether nobody decodes a stream yet.
        """
        try:
            data, descriptors, flags, _ = socket.recv_fds(self.sock, _READ_BYTES, _MOST_DESCRIPTORS)
        except BlockingIOError:
            return True
        except OSError:
            return False
        self._descriptors += descriptors
        if flags & socket.MSG_CTRUNC or len(self._descriptors) > 1:
            raise ValueError("too many descriptors")
        if not data:
            return False
        self._in += data
        for body in cut(self._in):
            said = _DECODE(body)
            if isinstance(said, Shown):
                self._show(said, now, put)
            elif isinstance(said, Attach):
                self._attach(said, free)
            else:
                return False
        if len(self._in) > _MOST_BUFFERED:
            raise ValueError("a message has no end")
        return True

    def give_back(self, frame: Frame, unit: Unit) -> bool:
        """Free a frame's slot once no unit needs it. Raises ValueError where it does not listen.

        True where something waits to be written.
        """
        frame.holds.discard(unit)
        if frame.holds or self.held.get(frame.slot) is not frame:
            return bool(self._out)
        del self.held[frame.slot]
        if self.sock.fileno() >= 0:
            self._out += framed(_ENCODE(Freed(frame.slot)))
            return self.write()
        return False

    def write(self) -> bool:
        """Write what waits; True where something is left. Raises ValueError as `give_back`."""
        with suppress(OSError):  # full: later; gone: reading tells
            del self._out[: self.sock.send(self._out)]
        if len(self._out) > _MOST_BUFFERED:
            raise ValueError("it does not read")
        return bool(self._out)

    def overdue(self, now: float) -> bool:
        """Say whether it has been connected for too long without a word."""
        return self.handle is None and now - self.came > _ATTACH_S

    def close(self) -> None:
        """Hear and say nothing more; frames it showed stay until they were seen."""
        self.sock.close()
        for descriptor in self._descriptors:
            os.close(descriptor)
        self._descriptors.clear()
        self._out.clear()

    def _attach(self, said: Attach, free: Callable[[int], bool]) -> None:
        if self.handle is not None or not self._descriptors:
            raise ValueError("attached twice, or without memory")
        if not free(said.handle):
            raise ValueError("the stream has a decoder")
        descriptor = self._descriptors.pop()
        try:
            self._gallery = Gallery(descriptor, said.slots, said.slot_bytes)
        except OSError as error:
            raise ValueError(f"its memory cannot be seen: {error.strerror}") from error
        self.handle = said.handle
        self._every_s = said.read_every_s if said.read_every_s > 0.0 else 0.0  # no number is none

    def _show(self, said: Shown, now: float, put: Put) -> None:
        if self._gallery is None or self.handle is None:
            raise ValueError("shows before it attached")
        if said.slot in self.held:
            raise ValueError("shows a slot that was not given back")
        frame = Frame(self.handle, said, self._gallery, now, self._every_s)
        self.held[said.slot] = frame
        put(frame, said.changed)


class Decoders:
    """All connections, and which streams they have."""

    def __init__(
        self,
        most: int,
        put: Put,
        forget: Callable[[int], None],
        closing: Callable[[Decoder], None],
    ) -> None:
        """At most `most` connections. `forget` drops what waits of a stream.

        `closing` is called before a connection is closed: it is not to be watched any more.
        """
        self._most = most
        self._put = put
        self._forget = forget
        self._closing = closing
        self._all: set[Decoder] = set()
        self._of: dict[int, Decoder] = {}
        self._leaving: dict[int, Decoder] = {}
        self.refused: dict[str, int] = {}
        """How many connections were closed, by why: `full`, `lied`, `silent`."""

    def __len__(self) -> int:
        return len(self._all)

    def add(self, sock: socket.socket, now: float) -> Decoder | None:
        """Take a connection in; None where there is no room, and it is closed."""
        if len(self._all) >= self._most:
            sock.close()
            self._count("full")
            return None
        decoder = Decoder(sock, now)
        self._all.add(decoder)
        return decoder

    def heard(self, decoder: Decoder, now: float) -> None:
        """Read from a connection."""
        try:
            stays = decoder.read(now, self._put, self._is_free)
        except ValueError:  # msgspec's errors are ones, too
            self._lied(decoder)
            return
        if decoder.handle is not None:
            self._of.setdefault(decoder.handle, decoder)
        if not stays:
            self._leave(decoder)

    def released(self, frame: Frame, unit: Unit) -> Decoder | None:
        """Note that a unit needs no slot any more; return a decoder that waits to be written to."""
        for decoder in (self._of.get(frame.handle), self._leaving.get(frame.handle)):
            if decoder is None or decoder.held.get(frame.slot) is not frame:
                continue
            try:
                waits = decoder.give_back(frame, unit)
            except ValueError:
                self._lied(decoder)
                return None
            if not decoder.held and self._leaving.get(frame.handle) is decoder:
                self._gone(frame.handle)
            return decoder if waits else None
        return None

    def written(self, decoder: Decoder) -> bool:
        """Write what waits; True where something is left."""
        try:
            return decoder.write()
        except ValueError:
            self._lied(decoder)
            return False

    def sweep(self, now: float) -> None:
        """Close those that have not said who they are."""
        for decoder in [each for each in self._all if each.overdue(now)]:
            self._leave(decoder)
            self._count("silent")

    def _is_free(self, handle: int) -> bool:
        return handle not in self._of

    def _lied(self, decoder: Decoder) -> None:
        self._count("lied")
        handle = decoder.handle
        self._leave(decoder)
        if handle is not None and handle not in self._of:
            self._forget(handle)

    def _leave(self, decoder: Decoder) -> None:
        self._all.discard(decoder)
        self._closing(decoder)
        decoder.close()
        handle = decoder.handle
        if handle is None or self._of.get(handle) is not decoder:
            return
        del self._of[handle]
        self._leaving[handle] = decoder
        if not decoder.held:
            self._gone(handle)

    def _gone(self, handle: int) -> None:
        self._leaving.pop(handle, None)
        if handle not in self._of:
            self._forget(handle)

    def _count(self, why: str) -> None:
        self.refused[why] = self.refused.get(why, 0) + 1
