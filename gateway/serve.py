"""Start everything, keep it going, stop it without losing what is owed.

Order of start: record, keys, policy, windows, chat path, sockets. Stopping goes the other way: no
new messages, answers out, goodbyes, journal flushed.
"""

from __future__ import annotations

import asyncio
import ctypes
import fcntl
import gc
import json
import os
import resource
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any

import uvloop

from gateway.chat.answers import Answers
from gateway.chat.commands import Commands
from gateway.chat.engine import Engine, Waiter
from gateway.chat.holds import HoldDesk
from gateway.chat.recorder import Recorder
from gateway.chat.rulesets import Rulesets
from gateway.config import Config
from gateway.edge.connection import loop_touch
from gateway.edge.inbox import Inbox
from gateway.edge.listener import listen
from gateway.housekeeping import Housekeeping
from gateway.http.app import start_http
from gateway.http.context import Context
from gateway.log import RestrictionLog, log, setup
from gateway.metrics import Metrics
from gateway.policy.load import load_policy
from gateway.record.database import ensure
from gateway.record.entry import CommandEnd
from gateway.record.holds import Held, Holds, Outcome
from gateway.record.journal import Journal
from gateway.record.keyring import KeyRing
from gateway.service import Service
from gateway.state.labels import Labels
from gateway.state.store import WindowStore
from seawall import wire
from seawall.errors import ConfigError, SeawallError

__all__ = ["Gateway", "allow_many_sockets", "run_gateway", "split_address"]


GC_THRESHOLD = (50_000, 20, 50)
"""Hardly anything on a message's way is a cycle; looking for them 70 times less often saves 2 %."""


def split_address(setting: str, text: str) -> tuple[str, int]:
    """Split a setting's `HOST:PORT` (`[::1]:7400` for IPv6). Raises ConfigError."""
    host, _, port = text.rpartition(":")
    if not host or not (port.isascii() and port.isdecimal()) or int(port) > 65_535:
        raise ConfigError(f"{setting}: {text!r} is not HOST:PORT")
    return host.removeprefix("[").removesuffix("]"), int(port)


class Gateway:
    """A running gateway. `listen` and `http` are the addresses in use once started."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.metrics = Metrics()
        self.listen = ""
        self.http = ""
        self._stack = AsyncExitStack()

    async def start(self) -> None:
        """Start every part. Raises what keeps it from starting; nothing is left behind then."""
        try:
            await self._start()
        except BaseException:
            await self._stack.aclose()
            raise

    async def stop(self) -> None:
        """Drain: accept nothing new, answer what is owed, say goodbye, flush the journal."""
        self._server.close()
        self.service.drain()
        until = time.monotonic() + self.config.drain_s
        # Polled, because an event would cost every message of the hot path a look at it.
        while self.service.owed and time.monotonic() < until:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        if self.service.owed:
            log.error("drain cut short", extra={"fields": {"owed": self.service.owed}})
        self.service.goodbye()
        await asyncio.sleep(0)
        await self._stack.aclose()

    async def _start(self) -> None:
        data = Path(self.config.data)
        for setting in ("http", "listen"):  # told before anything is made or started
            split_address(setting, getattr(self.config, setting))
        ensure(data)
        self._stack.enter_context(_only_one(data))
        await self._start_record(data)
        rulesets = self._rulesets()
        await self._start_windows(data)
        self._build_chat(data, rulesets)
        self._measure()
        keeper = Housekeeping(self, rulesets)
        await self._stack.enter_async_context(keeper)
        self.reload = keeper.reload
        self.metrics.policy = keeper.policy_loads
        await self._open_sockets()
        gc.collect()
        gc.freeze()
        give_memory_back()

    async def _start_record(self, data: Path) -> None:
        self.journal = Journal(data)
        await self.journal.start()
        self._stack.push_async_callback(self.journal.stop)
        self.keys = KeyRing(data)
        self._stack.callback(self.keys.close)
        await self.keys.refresh()

    async def _start_windows(self, data: Path) -> None:
        config = self.config
        self.windows = WindowStore(
            config.redis,
            deadline_ms=config.state_deadline_ms,
            memory_bytes=config.redis_memory_mb << 20,
            directory=data,
        )
        await self.windows.start()
        self._stack.push_async_callback(self.windows.close)

    def _build_chat(self, data: Path, rulesets: Rulesets) -> None:
        config, metrics = self.config, self.metrics
        loop = asyncio.get_running_loop()
        self.labels = Labels(half_life_s=rulesets.of("").policy.ladder.half_life_s)
        self.commands = Commands(config.command_s, metrics, self._command_ended)
        table = Holds(data)
        self._stack.callback(table.close)
        self.holds = HoldDesk(
            table,
            self.journal,
            lambda tenant, room: rulesets.of(tenant).for_room(room),
            self.commands.tell,
            metrics,
        )
        self.recorder = Recorder(
            self.journal,
            self.labels,
            self.commands,
            self.holds.opened,
            metrics,
            loop.call_later,
            RestrictionLog(loop.call_soon),
            config.evidence_days * 86_400.0,
            config.log_text,
        )
        answers: Answers[Waiter] = Answers(config.memory_s, config.memory_mb * 1024 * 1024)
        self.engine = Engine(
            rulesets,
            self.windows,
            self.labels,
            answers,
            self.recorder,
            metrics,
            loop.call_soon,
            config.queue,
        )
        self.service = Service(
            config,
            self.engine,
            self.commands,
            self.labels,
            self.holds,
            self.recorder,
            metrics,
            loop_touch(loop),
            Inbox(loop.call_soon, self.engine.flush),
        )

    def _rulesets(self) -> Rulesets:
        folder = Path(self.config.policy_folder())
        read_at = time.time()
        default = load_policy(folder, None)
        tenants = {
            name: load_policy(folder, Path(path)) for name, path in self.config.tenants.items()
        }
        return Rulesets(default, tenants, read_at)

    async def _open_sockets(self) -> None:
        config, stack = self.config, self._stack
        host, port = split_address("http", config.http)
        with _telling("http", config.http):
            runner, http_port = await start_http(self._context(), host, port)
        stack.push_async_callback(runner.cleanup)
        self.http = f"{host}:{http_port}"
        host, port = split_address("listen", config.listen)
        with _telling("listen", config.listen):
            self._server = await listen(
                host, port, self.keys.find, self.service.connect, config.ping_s, config.debug_echo
            )
        stack.callback(self._server.close)
        self.listen = f"{host}:{self._server.sockets[0].getsockname()[1]}"

    def _measure(self) -> None:
        metrics = self.metrics
        windows = self.windows
        metrics.windows["asked"] = lambda: windows.checks
        metrics.windows["local"] = lambda: windows.local
        metrics.windows["late"] = lambda: windows.late
        metrics.windows["failed"] = lambda: windows.failed
        metrics.degraded["windows"] = lambda: windows.degraded
        metrics.degraded["journal"] = lambda: not self.journal.alive
        metrics.degraded["keys"] = lambda: self.keys.stale_s() > 10.0
        metrics.queues["verdicts"] = lambda: self.engine.in_work
        metrics.queues["journal"] = lambda: self.journal.pending
        metrics.queues["commands"] = lambda: len(self.commands)
        metrics.queues["answers"] = lambda: len(self.engine.answers)

    def _command_ended(self, tenant: str, command: wire.Command, end: CommandEnd) -> None:
        self.recorder.ended(tenant, command, end, time.time())

    def _context(self) -> Context:
        return Context(
            self.metrics,
            self.keys.find,
            self._problems,
            self._status,
            self._list_holds,
            self._decide_hold,
        )

    def _problems(self) -> list[str]:
        problems = []
        if self.service.draining:
            problems.append("draining")
        if not self.journal.alive:
            problems.append("the journal's writer is not running")
        return problems

    def _status(self) -> dict[str, Any]:
        policy = self.engine.rulesets.of("").policy
        return {
            "degraded": [name for name, down in self.metrics.degraded.items() if down()],
            "policy": policy.version[:16],
            "connections": self.metrics.connections,
            "loop_lag_ms": round(self.metrics.loop_lag_s * 1000, 3),
        }

    async def _list_holds(self, tenant: str, limit: int) -> list[dict[str, Any]]:
        return [_shown(held) for held in await self.holds.waiting(tenant, limit)]

    async def _decide_hold(
        self, tenant: str, ref: str, rev: int, outcome: Outcome, by: str
    ) -> dict[str, Any] | None:
        decision = await self.holds.decide(tenant, ref, rev, outcome, by, time.time())
        return None if decision is None else {**_shown(decision.held), "fresh": decision.fresh}


@contextmanager
def _telling(setting: str, address: str) -> Iterator[None]:
    """Make a socket that cannot be opened the setting's fault, as it mostly is: a port in use."""
    try:
        yield
    except OSError as problem:
        number = problem.errno or 0  # below 0 for a name that cannot be resolved
        why = os.strerror(number) if number > 0 else problem.strerror
        raise ConfigError(f"{setting}: cannot listen on {address}: {why or problem}") from problem


@contextmanager
def _only_one(data: Path) -> Iterator[None]:
    """Hold the data folder: two gateways in one would count apart. Raises ConfigError."""
    with (data / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as problem:
            raise ConfigError(f"{data}: another gateway serves from this folder") from problem
        yield


def _shown(held: Held) -> dict[str, Any]:
    names = [name for name in Held.__struct_fields__ if name != "tenant"]
    return {name: getattr(held, name) for name in names}


def run_gateway(config: Config) -> int:
    """Serve until SIGTERM or SIGINT; return the exit status. SIGHUP reloads the policy."""
    setup(config.log_level)
    allow_many_sockets()
    try:
        uvloop.run(_serve(config))
    except SeawallError as problem:
        print(f"seawall: {problem}", file=sys.stderr)
        return 1
    return 0


def allow_many_sockets() -> None:
    """Raise this process's soft limit of open files to its hard one: each connection is a file."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def give_memory_back() -> None:
    """Return to the system what loading policies has freed; glibc would keep tens of megabytes."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


async def _serve(config: Config) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    gateway = Gateway(config)
    await gateway.start()
    gc.set_threshold(*GC_THRESHOLD)
    loop.add_signal_handler(signal.SIGHUP, gateway.reload)
    ready = {"event": "ready", "listen": gateway.listen, "http": gateway.http}
    print(json.dumps(ready), file=sys.stderr, flush=True)
    await stopping.wait()
    log.info("draining")
    await gateway.stop()
    log.info("stopped")
