"""A real gateway in a child process, on free ports, with a folder of its own that goes with it."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import aiohttp
import msgspec

import seawall
from gateway.demo.board import Health
from gateway.demo.stream import media_policy
from gateway.state import tether
from seawall.errors import NotConnected

__all__ = ["Child", "running_gateway"]

TENANT = "demo"
LEAD = "lead"
TENANT_FILE = Path(__file__).with_name("tenant.yaml")
START_S = 180.0
"""A busy machine may need so long for the shipped policy and all models; mostly it is seconds."""
STILL_S = 10.0
STOP_S = 8.0
LINES = 40
"""Last lines of the gateway's log that are kept, to tell why it failed."""


T = TypeVar("T")


class _Ready(msgspec.Struct):
    event: str = ""
    listen: str = ""
    http: str = ""


class Child:
    """The gateway's process. `key` is a server's key of tenant `demo`, `password` its lead's."""

    def __init__(self, process: asyncio.subprocess.Process, key: str, password: str) -> None:
        self.key = key
        self.password = password
        self.listen = ""
        self.http = ""
        self.log: deque[str] = deque(maxlen=LINES)
        self._process = process
        self._is_silent = False

    @property
    def uri(self) -> str:
        """Where chat servers connect."""
        return f"ws://{self.listen}/v1"

    @property
    def console(self) -> str:
        """Where the console is, and how to sign in, in one line."""
        who = f"tenant {TENANT}, name {LEAD}, password {self.password}"
        return f"http://{self.http}/  {who}"

    @property
    def is_running(self) -> bool:
        """Say whether the process lives."""
        return self._process.returncode is None

    async def read_log(self, ready: asyncio.Event) -> None:
        """Keep the last lines of its log until it ends; note where it listens."""
        assert self._process.stderr is not None
        while True:
            try:
                line = await self._process.stderr.readline()
            except ValueError:  # a line longer than the reader's limit; the rest of it follows
                continue
            if not line:
                self._is_silent = True
                break
            text = line.decode(errors="replace").rstrip()
            self.log.append(text)
            if not self.listen and '"ready"' in text:
                self._note_ready(text)
                if self.listen:
                    ready.set()
        ready.set()

    def _note_ready(self, text: str) -> None:
        try:
            found = msgspec.json.decode(text, type=_Ready)
        except msgspec.DecodeError:
            return
        if found.event == "ready":
            self.listen, self.http = found.listen, found.http

    async def health(self, session: aiohttp.ClientSession) -> Health:
        """Ask how it is."""
        if not self.is_running:
            return Health(note="gone")
        try:
            async with session.get(f"http://{self.http}/readyz") as reply:
                status = json.loads(await reply.text())
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            return Health(note=f"no answer ({type(error).__name__})")
        ready = status.get("ready") is True
        return Health(
            ready=ready,
            policy=str(status.get("policy", "")),
            degraded=tuple(map(str, status.get("degraded", ()))),
            memory_mb=_memory_mb(self._process.pid),
            note="ready" if ready else "; ".join(map(str, status.get("problems", ["not ready"]))),
        )

    def last_words(self, what: str) -> str:
        """Say what happened to it, and what it said last."""
        return _words(what, self.log)

    async def stop(self) -> None:
        """End the process and wait for it: politely, then not."""
        if self._is_silent:  # it is ending by itself
            await self._wait(1.0)
        for send in (self._process.terminate, self._process.kill):
            if self.is_running:
                send()
                await self._wait(STOP_S)

    async def _wait(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._process.wait()


@asynccontextmanager
async def running_gateway(*, media: bool = False) -> AsyncIterator[Child]:
    """Start a gateway, and stop it at the end. Raises NotConnected with its last words."""
    with TemporaryDirectory(prefix="seawall-demo-", ignore_cleanup_errors=True) as folder:
        data = Path(folder)
        config = data / "seawall.toml"
        lines = ["media = true", f"policy = {_quoted(media_policy(data))}"] if media else []
        lines += ["[tenants]", f"{TENANT} = {_quoted(TENANT_FILE)}", ""]
        config.write_text("\n".join(lines), "utf-8")
        where = ["--tenant", TENANT, "--data", folder]
        key = await _made("key", "keys", "new", "--role", "server", "--name", "demo", *where)
        roles = ["--role", "lead", "--role", "admin"]
        password = await _made("account", "moderators", "add", LEAD, *roles, *where)
        local = "127.0.0.1:0"
        process = await _start(
            ["serve", "--config", str(config), "--listen", local, "--http", local, "--data", folder]
        )
        child = Child(process, key, password)
        ready = asyncio.Event()
        reading = asyncio.create_task(child.read_log(ready))
        try:
            await _patiently(ready.wait(), child.last_words)
            if not child.listen:
                raise NotConnected(child.last_words("ended at once"))
            yield child
        finally:
            await child.stop()
            reading.cancel()
            await asyncio.wait([reading])


def _quoted(path: Path) -> str:
    return json.dumps(str(path))


async def _made(what: str, *arguments: str) -> str:
    """Run a command that makes something; return the last word that it prints."""
    process = await _start(arguments)
    try:
        out, err = await _patiently(process.communicate(), lambda why: _words(f"{why}: {what}", ()))
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise NotConnected(_words(f"made no {what}", err.decode(errors="replace").splitlines()))
    return out.decode().split()[-1]


async def _patiently(wanted: Awaitable[T], words: Callable[[str], str]) -> T:
    """Wait for a process of ours, and say now and then that we do.

    Raises NotConnected with `words` about it when it takes too long.
    """
    task = asyncio.ensure_future(wanted)
    waited = 0.0
    try:
        while not (await asyncio.wait({task}, timeout=STILL_S))[0]:
            waited += STILL_S
            if waited >= START_S:
                raise NotConnected(words(f"was not ready after {START_S:g} s"))
            print(f"still starting, {waited:.0f} s: the machine is busy …", file=sys.stderr)
        return task.result()
    finally:
        task.cancel()


async def _start(arguments: Sequence[str]) -> asyncio.subprocess.Process:
    """Run our own command line, tied to this process, out of reach of the terminal's Ctrl-C."""
    root = str(Path(seawall.__file__).parents[1])
    path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        str(tether.__file__),
        str(os.getpid()),
        sys.executable,
        "-m",
        "seawall",
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL if arguments[0] == "serve" else asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
        start_new_session=True,
    )


def _words(what: str, log: Sequence[str]) -> str:
    said = "\n  ".join(list(log)[-8:]) or "(it said nothing)"
    return f"the demo's gateway {what}:\n  {said}"


def _memory_mb(pid: int) -> float:
    try:
        status = Path(f"/proc/{pid}/status").read_text("utf-8")
    except OSError:  # it just ended, or this is not Linux
        return 0.0
    found = [line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(found[0]) / 1024 if found else 0.0
