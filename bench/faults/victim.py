"""A gateway of its own process that can be killed, stopped and started again on its folder.

Its ports stay the same over its lives, as those of a restarted server do.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from gateway.record.keys import keys_new
from gateway.record.where import Where

__all__ = ["Victim", "free_port"]

READY_S = 20.0
STOP_S = 20.0
_LOG_LINES = 2_000
_PORTS: set[int] = set()
"""What `free_port` has returned: the kernel may offer one again that nobody has taken yet."""


class Victim:
    """One gateway. `lives` counts its starts; `log` keeps its last lines.

    `listen` and `http` are free ports of loopback unless they are given; `prefix` stands before its
    command, and must become it (`ip netns exec NAME`).
    """

    def __init__(
        self,
        folder: Path,
        policy: Path,
        environ: Mapping[str, str] | None = None,
        *,
        listen: str = "",
        http: str = "",
        prefix: Sequence[str] = (),
        **settings: str,
    ) -> None:
        self.data = folder / "data"
        self.listen = listen or f"127.0.0.1:{free_port()}"
        self.http = http or f"127.0.0.1:{free_port()}"
        self._prefix = tuple(prefix)
        self.lives = 0
        self.log: deque[str] = deque(maxlen=_LOG_LINES)
        self._policy = policy
        self._environ = dict(environ or {})
        self._settings = settings
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None

    @property
    def pid(self) -> int:
        """The process id of the present life."""
        assert self._process is not None
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def where(self) -> Where:
        """Its record."""
        return Where.of(self.data, self._settings.get("database", ""))

    def key(self, tenant: str, role: str = "server", name: str = "faults") -> str:
        """Make a key; the gateway need not run."""
        return keys_new(self.where, tenant, role, name)

    def start(self) -> None:
        """Start it and wait until it serves. Raises RuntimeError with its log when it does not."""
        assert not self.alive
        environ = {
            **{name: value for name, value in os.environ.items() if "SEAWALL" not in name},
            "SEAWALL_MODELS": "",
            **self._environ,
            **{f"SEAWALL_{name.upper()}": value for name, value in self._settings.items()},
        }
        self._process = subprocess.Popen(
            [
                *self._prefix,
                *(sys.executable, "-m", "seawall", "serve", "--data", str(self.data)),
                *("--policy", str(self._policy), "--listen", self.listen, "--http", self.http),
            ],
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            env=environ,
            text=True,
            start_new_session=True,
        )
        ready = threading.Event()
        stream = self._process.stderr
        assert stream is not None
        reading = (self._process, stream, ready)
        self._reader = threading.Thread(target=self._read, args=reading, daemon=True)
        self._reader.start()
        if not ready.wait(READY_S) or not self.alive:
            self.kill()
            raise RuntimeError("the gateway did not start:\n" + "\n".join(list(self.log)[-20:]))
        self.lives += 1

    def kill(self) -> None:
        """SIGKILL it and wait until it is gone."""
        self._end(signal.SIGKILL)

    def kill_all(self) -> None:
        """SIGKILL it together with its journal writer and its Valkey, as a dying host does."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """SIGTERM it, wait for its drain, return its exit status."""
        return self._end(signal.SIGTERM)

    def pause(self) -> None:
        """SIGSTOP it."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT it."""
        os.kill(self.pid, signal.SIGCONT)

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return the log lines of an event. Any: what a line's fields are."""
        lines = [json.loads(line) for line in list(self.log) if line.startswith("{")]
        return [line for line in lines if line.get("event") == name]

    def __enter__(self) -> Victim:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.alive:
            self.kill()

    def _end(self, number: signal.Signals) -> int:
        process = self._process
        assert process is not None
        if process.poll() is None:
            process.send_signal(number)
        status = process.wait(STOP_S)
        if self._reader is not None:
            self._reader.join(STOP_S)
        if process.stderr is not None:
            process.stderr.close()
        return status

    def _read(
        self, process: subprocess.Popen[str], stream: IO[str], ready: threading.Event
    ) -> None:
        for line in stream:
            self.log.append(line.rstrip("\n"))
            if line.startswith('{"event": "ready"'):
                ready.set()
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_S)
        ready.set()  # it ended: whoever waits must look


def free_port() -> int:
    """Return a port of loopback that nobody listens on now, and that was not returned before."""
    while True:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if port not in _PORTS:
            _PORTS.add(port)
            return port
