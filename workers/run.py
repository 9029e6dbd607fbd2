"""A worker process: becomes one model, and judges what its gateway asks until the socket ends.

    python -m workers.run --fd 7 --parent 4242 --memory-mb 512
    seawall worker models | seawall worker judge MODEL [TEXT ...]

1. One thread, one model. It reads all that is there, judges one batch, answers, and looks again.
2. It dies with its gateway, even when that is killed, and it ignores the signals that mean "drain".
3. What it may allocate is limited before the model is loaded.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import resource
import select
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from types import TracebackType

import msgspec

from detectors.models.unit import TextModel
from seawall.errors import ConfigError, SeawallError
from seawall.extras import missing
from workers.by_hand import answer
from workers.judging import Judging
from workers.units import Asked, Greeting, Load, Option, Told, cut, frame

__all__ = ["EXIT_FAULT", "EXIT_MODEL", "build", "main", "serve"]

EXIT_MODEL, EXIT_FAULT = 2, 3
_READ_BYTES = 1 << 20
_LOAD_S = 10.0
_SEND_S = 30.0
_SAY_EVERY_S = 5.0
_PR_SET_PDEATHSIG = 1  # linux/prctl.h

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
    judging = Judging(model, load.batch, time.monotonic, _Sayer(model.name))
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


class _Sayer:
    """Says what failed on stderr, once in a while: a model that fails always must not flood."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._after = 0.0

    def __call__(self, what: str) -> None:
        now = time.monotonic()
        if now >= self._after:
            self._after = now + _SAY_EVERY_S
            _say(self._model, what)


def _say(process: str, what: str) -> None:
    """Write a line of the log: stderr is the gateway's."""
    at = round(time.time(), 3)
    line = {"at": at, "level": "error", "event": "worker", "process": process, "what": what}
    # A log on a full disk must not end us; then there is nowhere left to say it.
    with suppress(OSError):
        sys.stderr.write(f"{msgspec.json.encode(line).decode()}\n")
        sys.stderr.flush()


def _last_words(
    kind: type[BaseException], _error: BaseException, trace: TracebackType | None
) -> None:
    """Say what ended us and where, without its message: that may quote what somebody wrote."""
    where = ""
    while trace is not None:
        where = f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}"
        trace = trace.tb_next
    _say("worker", f"{kind.__name__} at {where}")


def _die_with(parent: int) -> None:
    """Arrange that this process does not outlive its parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the line above
        raise SystemExit(0)


def _limit(memory_mb: int) -> None:
    """Bound what may be allocated, so that a model gone wild fails here and not elsewhere."""
    if memory_mb:
        most = memory_mb << 20
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core would hold what people wrote


def _child(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--fd", type=int, required=True)
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--memory-mb", type=int, default=0)
    options = parser.parse_args(arguments)
    _die_with(options.parent)
    _limit(options.memory_mb)
    sys.excepthook = _last_words
    return serve(socket.socket(fileno=options.fd))


def main() -> int:
    """Answer `seawall worker …`: say which models there are, or let one judge by hand."""
    return answer(sys.argv[2:], build)


if __name__ == "__main__":
    raise SystemExit(_child(sys.argv[1:]))
