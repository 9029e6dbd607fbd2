"""The process that sees: frames from decoders in, what they show out to its gateway.

    python -P -m workers.vision.run --fd 7 --parent 4242 --listen PATH --memory-mb 900 [--standby]

1. This thread talks, and never computes: slots are given back and new frames taken in while a
   detector looks. Two others look (`workers.vision.lanes`).
2. Every second it says its counts; a gateway that hears nothing ends it. A detector that computes
   for minutes ends it too.
3. With `--standby` it loads everything and waits to be told `Serve`: no door, no thread till then.
4. It dies with its gateway, and what its gateway does not read is bounded: stills go first.
"""

from __future__ import annotations

import argparse
import os
import select
import selectors
import socket
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from time import monotonic

import cv2
import msgspec

from detectors.vision.pdq import Pdq
from seawall.errors import SeawallError
from workers.door import listen, same_user
from workers.life import Sayer, die_with, give_memory_back, last_words, limit, rss_mb, say
from workers.streams.beginning import Beginning
from workers.streams.reports import FromVision, Loaded, Ready, Saw, Stats
from workers.units import frame as framed
from workers.vision.build import Built, build
from workers.vision.decoders import Decoder, Decoders
from workers.vision.desk import Desk
from workers.vision.lanes import Lanes
from workers.vision.looking import Looking
from workers.vision.options import VisionOptions

__all__ = ["EXIT_FAULT", "EXIT_UNABLE", "main", "serve"]

EXIT_UNABLE, EXIT_FAULT = 2, 3
_OPTIONS = msgspec.msgpack.Decoder(VisionOptions).decode
_ENCODE = msgspec.msgpack.Encoder().encode
_STATS_S = 1.0
_LISTS_S = 2.0
_MOST_WAITING = 16 << 20
_FEW_WAITING = 2 << 20
"""With more than this unread, stills stay here."""


class Gateway:
    """Our gateway's end: answers go out without ever waiting for it."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self.sock = sock
        self.stills_left_out = 0
        self._out = bytearray()

    def say(self, message: FromVision) -> None:
        """Queue a message."""
        if isinstance(message, Saw) and message.still and len(self._out) > _FEW_WAITING:
            self.stills_left_out += 1
            message = msgspec.structs.replace(message, still=b"")
        self._out += framed(_ENCODE(message))

    def write(self) -> bool:
        """Write what can be; True where something is left. Raises EOFError when it is of no use."""
        try:
            while self._out:
                del self._out[: self.sock.send(memoryview(self._out)[: 1 << 16])]
        except BlockingIOError:
            if len(self._out) > _MOST_WAITING:
                raise EOFError("the gateway does not read") from None
        except OSError as error:
            raise EOFError("the gateway is gone") from error
        return bool(self._out)

    def read(self) -> None:
        """Notice its end. Raises EOFError; ValueError where it says what nobody says."""
        try:
            data = self.sock.recv(1 << 12)
        except BlockingIOError:
            return
        except OSError as error:
            raise EOFError("the gateway is gone") from error
        if not data:
            raise EOFError("the gateway is gone")
        raise ValueError("the gateway says what nobody says to a vision worker")


class Server:
    """One life of the process, once it can see."""

    def __init__(
        self, gateway: Gateway, door: socket.socket, built: Built, options: VisionOptions
    ) -> None:
        self._gateway = gateway
        self._door = door
        self._options = options
        self._built = built
        reads = built.text is not None
        self.desk = Desk(monotonic, options.ocr_every_s, options.ocr_wait_s, reads)
        self._decoders = Decoders(options.streams, self.desk.put, self.desk.forget, self._unwatch)
        self._selector = selectors.DefaultSelector()
        self._selector.register(gateway.sock, selectors.EVENT_READ)
        self._selector.register(door, selectors.EVENT_READ)
        self._selector.register(self.desk.wake, selectors.EVENT_READ)
        self._say_at = 0.0

    def run(self) -> None:
        """Serve until the gateway ends. Raises EOFError then."""
        while True:
            for key, mask in self._selector.select(max(0.0, self._say_at - monotonic())):
                if key.fileobj is self._gateway.sock:
                    if mask & selectors.EVENT_READ:
                        self._gateway.read()
                elif key.fileobj is self._door:
                    self._accept()
                elif isinstance(key.data, Decoder):
                    self._decoder(key.data, mask)
            self._pass_on()
            now = monotonic()
            if now >= self._say_at:
                self._say_at = now + _STATS_S
                self._second(now)
            self._watch(self._gateway.sock, self._gateway.write(), None)

    def _accept(self) -> None:
        with suppress(OSError):  # it left again, or we have no descriptor to spare
            sock, _ = self._door.accept()
            if not same_user(sock):
                sock.close()
                return
            decoder = self._decoders.add(sock, monotonic())
            if decoder is not None:
                self._selector.register(sock, selectors.EVENT_READ, decoder)

    def _decoder(self, decoder: Decoder, mask: int) -> None:
        if mask & selectors.EVENT_WRITE and decoder.sock.fileno() >= 0:
            self._watch(decoder.sock, self._decoders.written(decoder), decoder)
        if mask & selectors.EVENT_READ and decoder.sock.fileno() >= 0:
            self._decoders.heard(decoder, monotonic())

    def _pass_on(self) -> None:
        told, released = self.desk.fetch()
        for frame, unit in released:
            waits = self._decoders.released(frame, unit)
            if waits is not None:
                self._watch(waits.sock, True, waits)
        for each in told:
            self._gateway.say(each)

    def _second(self, now: float) -> None:
        self._decoders.sweep(now)
        if self.desk.stuck_s() > self._options.stuck_s:
            say("vision", f"a detector computes for more than {self._options.stuck_s:g} s")
            raise TimeoutError
        counts = self.desk.counts
        refused = {f"decoder.{why}": count for why, count in self._decoders.refused.items()}
        lost = {**counts.lost, **refused}
        if self._gateway.stills_left_out:
            lost["still"] = self._gateway.stills_left_out
        depth = {**self.desk.depth(), "decoders": len(self._decoders)}
        said = (dict(counts.done), lost, round(counts.busy_s, 3), rss_mb(), counts.lag_s)
        self._gateway.say(Stats(depth, *said, weak=self._built.weak))

    def _watch(self, sock: socket.socket, writes: bool, decoder: Decoder | None) -> None:
        if sock.fileno() < 0:
            return
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if writes else 0)
        if self._selector.get_key(sock).events != events:
            self._selector.modify(sock, events, decoder)

    def _unwatch(self, decoder: Decoder) -> None:
        self._selector.unregister(decoder.sock)


def serve(sock: socket.socket, path: str, *, standby: bool = False) -> int:
    """See what decoders show until the gateway's socket ends; return the exit status."""
    gateway = Gateway(sock)
    beginning = Beginning(sock)
    sayer = Sayer("vision")
    try:
        told = beginning.options()
        if told is None:
            return 0
        options = _OPTIONS(told)
        built = build(options, in_turn=standby)
        if standby and not _called(gateway, beginning):
            return 0
        door = listen(path)
    except (SeawallError, MemoryError, ImportError, OSError, ValueError) as error:
        return _unable(gateway, str(error) or type(error).__name__)
    cut_off = options.still_from, options.still_width
    server = Server(gateway, door, built, options)
    looking = Looking(built.light, built.heavy, *cut_off, sayer)
    Lanes(server.desk, looking, built.text, lambda: os._exit(EXIT_FAULT)).start()
    if built.known is not None and options.hashes:
        built.known.refresh()  # a spare may have waited for days
        _say_of(built.known, built.known.problems, sayer)
        lists = threading.Thread(target=_refresh, args=(built.known, sayer), daemon=True)
        lists.start()
    gateway.say(Ready(built.versions, built.compute.device))
    try:
        server.run()
    except EOFError:
        return 0
    except TimeoutError:
        return EXIT_FAULT
    return EXIT_FAULT


def _called(gateway: Gateway, beginning: Beginning) -> bool:
    """Say that everything is loaded, and wait to be needed; False when the gateway is gone."""
    gateway.say(Loaded())
    gateway.write()
    return beginning.called()


def _unable(gateway: Gateway, problem: str) -> int:
    """Say why nothing will ever be seen here."""
    gateway.say(Ready(problem=problem[:500]))
    with suppress(EOFError):
        while gateway.write():
            select.select([], [gateway.sock], [], 1.0)
    return EXIT_UNABLE


def _refresh(known: Pdq, sayer: Sayer) -> None:
    """Read lists again whenever their files change."""
    while True:
        time.sleep(_LISTS_S)
        _say_of(known, known.refresh(), sayer)


def _say_of(known: Pdq, names: Iterable[str], sayer: Sayer) -> None:
    """Say what becomes of lists that cannot be read."""
    for name in names:
        sayer(f"hash list {name} is {known.problems[name]}")


def main(arguments: Sequence[str]) -> int:
    """Become a vision worker; return its exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--fd", type=int, required=True)
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--listen", required=True)
    parser.add_argument("--memory-mb", type=int, default=0)
    parser.add_argument("--standby", action="store_true")
    options = parser.parse_args(arguments)
    die_with(options.parent)
    give_memory_back()
    limit(options.memory_mb << 20)
    sys.excepthook = last_words("vision")
    cv2.setNumThreads(0)
    return serve(socket.socket(fileno=options.fd), options.listen, standby=options.standby)


if __name__ == "__main__":
    status = main(sys.argv[1:])
    sys.stderr.flush()
    os._exit(status)  # threads that compute are not waited for
