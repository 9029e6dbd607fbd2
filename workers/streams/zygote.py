"""The process that decoders are forked from: it has imported the codecs, once, for all of them.

    python -P -m workers.streams.zygote --fd 7 --parent 4242

1. One thread, and it never decodes: a fork of it is whole, and costs milliseconds.
2. It says `Awake`, then forks and kills as it is told, and says who is gone and what that cost.
3. It dies with the gateway, its decoders die with it.
4. A decoder's memory is limited, it writes no core, and a step that burns `step_cpu_s` of processor
   time without coming by (a decoder gone astray in hostile bytes) ends it by SIGPROF.
"""

from __future__ import annotations

import argparse
import gc
import os
import resource
import select
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from typing import Final

import av
import cv2
import msgspec

from workers.life import die_with, last_words, limit
from workers.streams.decoder import decode
from workers.streams.orders import Awake, FromZygote, Gone, Kill, Spawn, Spawned, ToZygote
from workers.units import cut, frame

__all__ = ["EXIT_FAULT", "EXIT_LIED", "Zygote"]

EXIT_FAULT, EXIT_LIED = 3, 4
_READ_BYTES: Final = 1 << 16
_MOST_DESCRIPTORS: Final = 64
_SEND_S: Final = 30.0
_ENCODE: Final = msgspec.msgpack.Encoder().encode
_DECODE: Final = msgspec.msgpack.Decoder(ToZygote).decode


class Zygote:
    """The loop over orders and over decoders that end."""

    def __init__(self, sock: socket.socket) -> None:
        sock.settimeout(_SEND_S)
        self._sock = sock
        self._poll = select.poll()
        self._poll.register(sock, select.POLLIN)
        self._buffer = bytearray()
        self._descriptors: list[int] = []
        self._pids: dict[int, int] = {}
        self._watched: dict[int, tuple[int, int]] = {}

    def run(self) -> int:
        """Serve until the gateway hangs up; return the exit status."""
        self._say(Awake(_rss_mb()))
        while True:
            for descriptor, _ in self._poll.poll():
                if descriptor != self._sock.fileno():
                    self._bury(descriptor)
                elif not self._read():
                    return 0

    def _read(self) -> bool:
        try:
            data, descriptors, _, _ = socket.recv_fds(self._sock, _READ_BYTES, _MOST_DESCRIPTORS)
        except OSError:
            return False
        self._descriptors += descriptors
        if not data:
            return False
        self._buffer += data
        for body in cut(self._buffer):
            match _DECODE(body):
                case Spawn() as order:
                    self._spawn(order)
                case Kill(handle):
                    if handle in self._pids:
                        os.kill(self._pids[handle], signal.SIGKILL)
        return True

    def _spawn(self, order: Spawn) -> None:
        if not self._descriptors:
            self._say(Gone(order.handle, 0, 0, problem="no descriptor came with the order"))
            return
        theirs = self._descriptors.pop(0)
        me = os.getpid()
        try:
            pid = os.fork()
        except OSError as error:
            os.close(theirs)
            self._say(Gone(order.handle, 0, 0, problem=f"cannot fork: {error.strerror}"))
            return
        if not pid:
            _live(order, theirs, me, self._inherited(theirs))
        os.close(theirs)
        watch = os.pidfd_open(pid)
        self._pids[order.handle] = pid
        self._watched[watch] = order.handle, pid
        self._poll.register(watch, select.POLLIN)
        self._say(Spawned(order.handle, pid))

    def _inherited(self, theirs: int) -> list[int]:
        """Return the descriptors a decoder has no business with."""
        mine = [self._sock.fileno(), *self._watched, *self._descriptors]
        return [descriptor for descriptor in mine if descriptor != theirs]

    def _bury(self, watch: int) -> None:
        """Take note of a decoder that ended."""
        handle, pid = self._watched.pop(watch)
        self._poll.unregister(watch)
        os.close(watch)
        if self._pids.get(handle) == pid:
            del self._pids[handle]
        _, status, used = os.wait4(pid, 0)
        cpu_s, rss_mb = used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
        self._say(Gone(handle, pid, os.waitstatus_to_exitcode(status), cpu_s, rss_mb))

    def _say(self, what: FromZygote) -> None:
        try:
            self._sock.sendall(frame(_ENCODE(what)))
        except OSError:  # the gateway is gone: so are we
            raise SystemExit(0) from None


def _live(order: Spawn, descriptor: int, parent: int, foreign: list[int]) -> None:
    """Be a decoder, and never come back."""
    status = EXIT_FAULT
    try:
        die_with(parent)
        for other in foreign:
            os.close(other)
        _limit(order)
        with socket.socket(fileno=descriptor) as sock:
            decode(sock, _stepper(order.step_cpu_s))
        status = 0
    except ValueError:
        status = EXIT_LIED
    except Exception as error:  # the last thing this process does: say where, and end
        last_words("decoder")(type(error), error, error.__traceback__)
    finally:
        os._exit(status)


def _stepper(most_s: float) -> Callable[[bool], None]:
    """Return what winds up the alarm that ends a step without end: in processor time, so that a
    busy machine ends nobody.
    """  # fmt: skip
    if most_s <= 0:
        return lambda _: None
    return lambda at_work: signal.setitimer(signal.ITIMER_PROF, most_s if at_work else 0.0) and None


def _limit(order: Spawn) -> None:
    """Bound what a decoder may take."""
    os.nice(max(0, order.nice))
    most = 0
    if order.memory_mb:
        with open("/proc/self/statm", encoding="ascii") as file:
            data = int(file.read().split()[5]) * resource.getpagesize()
        most = data + (order.memory_mb << 20)
    limit(most)


def _rss_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--fd", type=int, required=True)
    parser.add_argument("--parent", type=int, required=True)
    options = parser.parse_args(arguments)
    die_with(options.parent)
    limit(0)
    sys.excepthook = last_words("zygote")
    av.logging.set_level(None)
    cv2.setNumThreads(0)
    # What is there now is shared by all decoders: a collection must not touch its pages.
    gc.collect()
    gc.freeze()
    return Zygote(socket.socket(fileno=options.fd)).run()


if __name__ == "__main__":
    raise SystemExit(_main(sys.argv[1:]))
