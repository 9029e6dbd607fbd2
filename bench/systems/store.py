"""A Valkey of the bench's own, for peers and for gateways that share one."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from bench.peers.process import Process, cores, environment, pin
from gateway.state.valkey import find_binary

__all__ = ["Store", "valkey"]

_START_S = 10.0


class Store(msgspec.Struct, frozen=True):
    """A running Valkey: the path of its unix socket, its process."""

    path: str
    pid: int


@contextmanager
def valkey(folder: Path, memory_mb: int = 256) -> Iterator[Store]:
    """Run one that keeps nothing on disk. Raises NotStarted, ConfigError where there is none."""
    path = folder / "valkey.sock"
    settings = {
        "port": "0",
        "unixsocket": str(path),
        "dir": str(folder),
        "save": "",
        "appendonly": "no",
        "maxmemory": str(memory_mb << 20),
        "maxmemory-policy": "volatile-ttl",
    }
    words = [word for name, value in settings.items() for word in (f"--{name}", value)]
    process = Process("Valkey", [str(find_binary()), *words], environment())
    try:
        process.started()
        until = time.monotonic() + _START_S
        while not path.exists():
            if not process.alive:
                raise process.failed("it ended")
            if time.monotonic() > until:
                raise process.failed(f"no socket after {_START_S:g} s")
            time.sleep(0.005)
        pin((process.pid,), cores()[1])
        os.chmod(path, 0o700)
        yield Store(str(path), process.pid)
    finally:
        process.stop()
