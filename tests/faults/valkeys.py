"""The Valkey of a gateway, embedded or at a Unix socket, as somebody who breaks it sees it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from pathlib import Path

import hiredis

from bench.faults.family import child
from bench.faults.victim import Victim
from gateway.state.lane import pack
from gateway.state.valkey import find_binary

__all__ = ["Embedded", "Store", "Unix"]

_TETHER = Path(__file__).parents[2] / "gateway" / "state" / "tether.py"


class Store(ABC):
    """A server at a Unix socket. `restarts_itself`: somebody starts it again when it is killed."""

    restarts_itself = False

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    @abstractmethod
    def pid(self) -> int:
        """Its process id."""

    def pause(self) -> None:
        """Stop it where it stands."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        os.kill(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        """End it at once."""
        os.kill(self.pid, signal.SIGKILL)

    def start(self) -> None:  # noqa: B027  # where it restarts itself there is nothing to do
        """Start it again, empty."""

    def ask(self, *commands: tuple[str | int, ...]) -> list[object]:
        """Send commands and return their replies."""
        reader = hiredis.Reader()
        replies: list[object] = []
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(5.0)
            connection.connect(str(self.path))
            connection.sendall(b"".join(pack(words) for words in commands))
            while len(replies) < len(commands):
                while (reply := reader.gets()) is False:
                    reader.feed(connection.recv(1 << 16))
                assert not isinstance(reply, hiredis.ReplyError), reply
                replies.append(reply)
        return replies

    def fill(self) -> None:
        """Leave no memory for anything with an end: what stays is without one."""
        fillers = [("SET", f"filler {number}", "x" * 10_000) for number in range(300)]
        self.ask(*fillers, ("CONFIG", "SET", "maxmemory", "2mb"))

    def free(self) -> None:
        """Give the memory back."""
        self.ask(("CONFIG", "SET", "maxmemory", "200mb"), ("FLUSHALL",))


class Embedded(Store):
    """The one that a gateway carries."""

    restarts_itself = True

    def __init__(self, victim: Victim) -> None:
        super().__init__(victim.data / "valkey" / "valkey.sock")
        self._victim = victim

    @property
    def pid(self) -> int:
        """Its process id."""
        return child(self._victim.pid, "valkey-server")


class Unix(Store):
    """One of its own, which dies with this process."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "s")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its address."""
        return f"unix://{self.path}"

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it, empty; return when it answers."""
        settings = ("--port", "0", "--unixsocket", str(self.path), "--save", "")
        tether = (sys.executable, "-I", "-S", str(_TETHER), str(os.getpid()))
        self._process = subprocess.Popen(
            [*tether, str(find_binary()), *settings, "--loglevel", "warning"],
            stdout=subprocess.DEVNULL,
        )
        until = time.monotonic() + 5.0
        while True:
            try:
                self.ask(("PING",))
            except OSError:
                assert time.monotonic() < until, "it did not start"
                time.sleep(0.005)
            else:
                return

    def kill(self) -> None:
        """End it at once, and wait for its end."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
