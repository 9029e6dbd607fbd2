"""A worker process: becomes one model, and judges what its gateway asks until the socket ends.

    python -m workers.run --fd 7 --parent 4242 --memory-mb 512
    seawall worker models | seawall worker judge MODEL [TEXT ...]

1. One thread, one model. It reads all that is there, judges one batch, answers, and looks again.
2. It dies with its gateway, even when that is killed, and it ignores the signals that mean "drain".
3. What it may allocate is limited before the model is loaded.
"""

from __future__ import annotations

import argparse
import select
import socket
import sys
import time
from collections.abc import Callable, Sequence
from importlib import import_module

import msgspec

from detectors.models.unit import TextModel
from seawall.errors import ConfigError, SeawallError
from seawall.extras import missing
from workers.by_hand import answer
from workers.judging import Judging
from workers.life import Sayer, die_with, last_words, limit
from workers.units import Asked, Greeting, Load, Option, Told, cut, frame

__all__ = ["EXIT_FAULT", "EXIT_MODEL", "build", "main", "serve"]

EXIT_MODEL, EXIT_FAULT = 2, 3
_READ_BYTES = 1 << 20
_LOAD_S = 10.0
_SEND_S = 30.0

_ENCODE = msgspec.msgpack.Encoder().encode
_ASKED = msgspec.msgpack.Decoder(Asked).decode
_LOAD = msgspec.msgpack.Decoder(Load).decode


def build(where: str, options: dict[str, Option]) -> TextModel:
    """Load `module:Class`. Raises ConfigError saying what is missing or wrong."""
    module, _, name = where.partition(":")
    try:
        make: Callable[..., TextModel] = getattr(import_module(module), name)
        return make(**options)
    except ModuleNotFoundError as error:
        raise ConfigError(missing(error.name or where, "workers")) from error
    except AttributeError as error:
        raise ConfigError(f"{where} cannot be loaded: {error}") from error
    except TypeError as error:
        raise ConfigError(f"{where} takes other options: {error}") from error
    except OSError as error:
        raise ConfigError(f"{where} cannot read its files: {error.strerror}") from error
    except MemoryError as error:
        raise ConfigError(f"{where} needs more memory than it may have") from error


class _Socket:
    """Our end: whole frames in, whole frames out."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._buffer = bytearray()
        self._poll = select.poll()
        self._poll.register(sock.fileno(), select.POLLIN)

    def read(self, wait_s: float | None) -> list[bytes] | None:
        """Return the frames that are there, waiting so long for the first; None at the end."""
        if not self._poll.poll(None if wait_s is None else wait_s * 1000):
            return []
        try:
            arrived = self._sock.recv(_READ_BYTES)
        except ConnectionResetError:
            return None
        if not arrived:
            return None
        self._buffer += arrived
        return cut(self._buffer)

    def write(self, what: Greeting | Told) -> bool:
        """Send; False when nobody listens any more."""
        try:
            self._sock.sendall(frame(_ENCODE(what)))
        except OSError:  # gone, or it has not read for half a minute: nothing to live for
            return False
        return True


def serve(sock: socket.socket) -> int:
    """Judge what comes over a socket until it ends; return the exit status."""
    sock.settimeout(_SEND_S)
    link = _Socket(sock)
    try:
        load, rest = _first(link)
        if load is None:
            return 0
        model = build(load.where, load.options)
    except SeawallError as error:
        link.write(Greeting(problem=str(error)[:500]))
        return EXIT_MODEL
    judging = Judging(model, load.batch, time.monotonic, Sayer(model.name))
    if not link.write(Greeting(model.name[:100], model.version[:100])):
        return 0
    while True:
        for body in rest:
            judging.ask(_ASKED(body))
        if (rest or judging.waiting) and not link.write(judging.turn()):
            return 0
        frames = link.read(0 if judging.waiting else None)
        if frames is None:
            return 0
        rest = frames


def _first(link: _Socket) -> tuple[Load | None, list[bytes]]:
    """Wait for what to become; also return what came behind it."""
    until = time.monotonic() + _LOAD_S
    while (left := until - time.monotonic()) > 0:
        frames = link.read(left)
        if frames is None:
            break
        if frames:
            return _LOAD(frames[0]), frames[1:]
    return None, []


def _child(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--fd", type=int, required=True)
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--memory-mb", type=int, default=0)
    options = parser.parse_args(arguments)
    die_with(options.parent)
    limit(options.memory_mb << 20)
    sys.excepthook = last_words("worker")
    return serve(socket.socket(fileno=options.fd))


def main() -> int:
    """Answer `seawall worker …`: say which models there are, or let one judge by hand."""
    return answer(sys.argv[2:], build)


if __name__ == "__main__":
    raise SystemExit(_child(sys.argv[1:]))
