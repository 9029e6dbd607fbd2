"""A Valkey of its own that gateways share, and everything that can happen to one."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import hiredis

from bench.faults.victim import free_port
from gateway.state.lane import pack
from gateway.state.valkey import find_binary

__all__ = ["Valkey", "valkey"]

_TETHER = Path(__file__).parents[2] / "gateway" / "state" / "tether.py"
_START_S, _ASK_S = 5.0, 15.0
_BUSY_MS, _FREE_S = 200, 0.02
_BUSY = """
local from = redis.call('TIME')
while true do
  local now = redis.call('TIME')
  if (now[1] - from[1]) * 1000 + (now[2] - from[2]) / 1000 > tonumber(ARGV[1]) then return 1 end
end
"""


class Valkey:
    """A server at `path` (a Unix socket) and at `address` (TCP on loopback), empty at each start.

    It dies with this process, and with the thread that starts it.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "s"  # short: a socket's path may have 107 bytes
        self.address = f"127.0.0.1:{free_port()}"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it, empty; return when it answers."""
        port = self.address.rpartition(":")[2]
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-I", "-S", str(_TETHER), str(os.getpid()), str(find_binary())),
                *("--bind", "127.0.0.1", "--port", port, "--unixsocket", str(self.path)),
                *("--save", "", "--maxmemory-policy", "volatile-ttl", "--loglevel", "warning"),
            ],
            stdout=subprocess.DEVNULL,
        )
        until = time.monotonic() + _START_S
        while True:
            try:
                self.ask(("PING",))
            except OSError as error:
                if time.monotonic() > until:
                    raise RuntimeError("Valkey did not start") from error
                time.sleep(0.005)
            else:
                return

    def stop(self) -> None:
        """End it at once, and wait for its end."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def ask(self, *commands: tuple[str | int, ...]) -> list[object]:
        """Send commands and return their replies. Raises OSError, RuntimeError for a refusal."""
        reader = hiredis.Reader()
        replies: list[object] = []
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_ASK_S)
            connection.connect(str(self.path))
            connection.sendall(b"".join(pack(words) for words in commands))
            while len(replies) < len(commands):
                while (reply := reader.gets()) is False:
                    if not (heard := connection.recv(1 << 16)):
                        raise ConnectionResetError("Valkey hung up")
                    reader.feed(heard)
                if isinstance(reply, hiredis.ReplyError):
                    raise RuntimeError(f"Valkey: {reply}")
                replies.append(reply)
        return replies

    @contextmanager
    def away(self) -> Iterator[None]:
        """Kill it; start it anew, empty, in the end."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Stop it where it stands, and let it go on in the end."""
        os.kill(self.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.pid, signal.SIGCONT)

    @contextmanager
    def full(self) -> Iterator[None]:
        """Leave no memory for anything with an end: what fills it is without one."""
        fillers = [("SET", f"filler {number}", "x" * 10_000) for number in range(300)]
        self.ask(*fillers, ("CONFIG", "SET", "maxmemory", "2mb"))
        try:
            yield
        finally:
            self.ask(("CONFIG", "SET", "maxmemory", "200mb"), ("FLUSHALL",))

    @contextmanager
    def starved(self) -> Iterator[None]:
        """Keep it busy with a script of its own, 200 ms at a time with hardly a breath between."""
        stop = threading.Event()

        def spin() -> None:
            while not stop.is_set():
                self.ask(("EVAL", _BUSY, 0, _BUSY_MS))
                stop.wait(_FREE_S)

        with ThreadPoolExecutor(1) as pool:
            spinning = pool.submit(spin)
            try:
                yield
            finally:
                stop.set()
            spinning.result()  # it must have spun to the end


@contextmanager
def valkey() -> Iterator[Valkey]:
    """Run one until the block ends."""
    with TemporaryDirectory(prefix="swf-") as name:
        server = Valkey(Path(name))
        server.start()
        try:
            yield server
        finally:
            server.stop()
