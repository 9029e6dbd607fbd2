"""A real PostgreSQL of our own: one throwaway cluster that can be stopped, paused, put far away.

It listens on a private Unix socket and on a port of loopback, with fsync on. PostgreSQL refuses to
run as root: then it runs as its own user, or as nobody, and dies with the thread that started it
(setpriv's parent-death signal).
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from itertools import count
from pathlib import Path

import psycopg

from bench.faults.victim import free_port

__all__ = ["PostgresServer", "find_binary", "postgres", "why_no_postgres"]

START_S = 30.0
_ROLE = "seawall"
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "on",
    "shared_buffers": "32MB",
    "max_connections": "60",
    "log_min_messages": "fatal",
    "autovacuum_naptime": "10s",
}


def find_binary(name: str) -> str | None:
    """Return the path of one of PostgreSQL's programs, None where it is not installed."""
    if found := shutil.which(name):
        return found
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(versions[-1]) if versions else None


class PostgresServer:
    """One cluster. `start` it, and always `remove` it."""

    def __init__(self, initdb: str, postgres: str) -> None:
        self._postgres = postgres
        self._as_user = _other_user()
        # Short, because a Unix socket's path may have a hundred bytes; ours, because pytest's own
        # folders are closed to other users.
        self.folder = Path(tempfile.mkdtemp(prefix="seawall-pg-"))
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = count(1)
        self.address = f"127.0.0.1:{free_port()}"
        if os.geteuid() == 0:
            user = _server_user()
            os.chown(self.folder, user.pw_uid, user.pw_gid)
        self._run(
            *(initdb, "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"),
            *("-U", _ROLE, "-D", str(self.folder / "data")),
        )

    @property
    def pid(self) -> int:
        """The server's process id."""
        assert self._process is not None
        return self._process.pid

    def url(self, name: str) -> str:
        """Return the address of a database, by the Unix socket."""
        port = self.address.rpartition(":")[2]
        return f"postgresql://{_ROLE}@/{name}?host={self.folder}&port={port}"

    @staticmethod
    def url_by(address: str, name: str) -> str:
        """Return the address of a database, by way of what listens at `HOST:PORT`."""
        return f"postgresql://{_ROLE}@{address}/{name}"

    def start(self) -> None:
        """Start the server; return when it answers."""
        options = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
        options += ["-c", f"port={self.address.rpartition(':')[2]}"]
        place = ("-D", str(self.folder / "data"), "-k", str(self.folder))
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self._as_user, self._postgres, *place, *options],
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        until = time.monotonic() + START_S
        while True:
            try:
                psycopg.connect(self.url("postgres")).close()
            except psycopg.OperationalError as error:
                dead = self._process.poll() is not None
                if dead or time.monotonic() > until:
                    raise RuntimeError((self.folder / "log").read_text()) from error
                time.sleep(0.02)
            else:
                return

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop the server: SIGINT cuts the connections first, SIGQUIT is a crash."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(START_S)
            self._process = None

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Stop every process of the server where it stands, and let it go on afterwards."""
        processes = [self.pid, *self._children()]
        try:
            for process in processes:
                _tell(process, signal.SIGSTOP)
            yield
        finally:
            for process in processes:
                _tell(process, signal.SIGCONT)

    @contextmanager
    def away(self, how: signal.Signals) -> Iterator[None]:
        """Stop the server in this way, and start it again."""
        self.stop(how)
        try:
            yield
        finally:
            self.start()

    def _children(self) -> list[int]:
        listed = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        return [int(process) for process in listed.split()]

    def remove(self) -> None:
        """Stop the server and delete its files."""
        self.stop()
        shutil.rmtree(self.folder)

    def create(self, template: str = "template1") -> str:
        """Make a database, a copy of another one; return its name."""
        name = f"test_{next(self._numbers)}"
        with closing(psycopg.connect(self.url("postgres"), autocommit=True)) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
        return name

    def drop(self, name: str) -> None:
        """Delete a database, whoever is connected to it."""
        with closing(psycopg.connect(self.url("postgres"), autocommit=True)) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())

    def _run(self, *command: str) -> None:
        subprocess.run(
            [*self._as_user, *command],
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
            check=True,
        )


def _tell(process: int, what: signal.Signals) -> None:
    with suppress(ProcessLookupError):  # the server's workers end when they are done
        os.kill(process, what)


def _server_user() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("there is no user that PostgreSQL could run as")


def _other_user() -> list[str]:
    """Return what stands before a command so that it dies with us and is not root."""
    before = ["setpriv", "--pdeathsig", "INT"]
    if os.geteuid() == 0:
        user = _server_user()
        before += [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    return before


def why_no_postgres() -> str:
    """Say why no PostgreSQL can be run here; empty when one can."""
    missing = [name for name in ("initdb", "postgres") if find_binary(name) is None]
    if missing:
        return f"PostgreSQL is not installed: no {' and no '.join(missing)}"
    return "" if shutil.which("setpriv") else "there is no `setpriv` to run PostgreSQL with"


@contextmanager
def postgres() -> Iterator[PostgresServer]:
    """Run one until the block ends, from this thread. Raises RuntimeError where that cannot be."""
    initdb, binary = find_binary("initdb"), find_binary("postgres")
    if initdb is None or binary is None:
        raise RuntimeError(why_no_postgres())
    server = PostgresServer(initdb, binary)
    try:
        server.start()
        yield server
    finally:
        server.remove()
