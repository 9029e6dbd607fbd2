"""Start everything, keep it going, stop it without losing what is owed.

Order of start: record, keys, windows, policy, chat path, sockets. Stopping goes the other way: no
new messages, answers out, goodbyes, journal flushed.
"""

from __future__ import annotations

import asyncio
import ctypes
import fcntl
import gc
import json
import resource
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

import uvloop

from detectors.inline import InlineDetectors
from detectors.suffixes import suffixes
from gateway.assembly import ChatPath
from gateway.chat.rulesets import Rulesets
from gateway.config import Config
from gateway.edge.listener import listen
from gateway.housekeeping import Housekeeping
from gateway.http.app import start_http
from gateway.largepages import use_large_pages
from gateway.live import LiveStreams, worker_options
from gateway.log import log, redacted, setup
from gateway.mediachecks import check_media, media_problems
from gateway.metrics import Metrics
from gateway.models import text_models
from gateway.moderation import Moderation
from gateway.outlook import Outlook
from gateway.policy.desk import PolicyDesk
from gateway.ports import check_ports, split_address, telling
from gateway.record.database import ensure
from gateway.record.entry import Entry
from gateway.record.journal import Journal
from gateway.record.keyring import KeyRing
from gateway.record.spillage import Spillage
from gateway.record.tables import Tables
from gateway.record.where import Where
from gateway.state.store import WindowStore
from gateway.state.wake import Wake
from gateway.stream.hands import StreamParts
from gateway.tls import Certificate
from seawall.errors import ConfigError, SeawallError
from seawall.policy.model import Policy

__all__ = ["Gateway", "allow_many_sockets", "run_gateway"]


GC_THRESHOLD = (50_000, 20, 50)
"""Hardly anything on a message's way is a cycle; looking for them 70 times less often saves 2 %."""


class Gateway:
    """A running gateway. `listen` and `http` are the addresses in use once started."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.metrics = Metrics()
        self.listen = ""
        self.http = ""
        self.live: LiveStreams | None = None
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
        if self.live is not None:
            await self.live.drain(max(0.1, until - time.monotonic()))
        if self.service.owed:
            log.error("drain cut short", extra={"fields": {"owed": self.service.owed}})
        self.service.goodbye()
        self.moderation.drain()
        await asyncio.sleep(0)
        await self._stack.aclose()

    async def _start(self) -> None:
        config = self.config
        where = Where.of(config.data, config.database)  # what can be told at once is told at once
        self.models = text_models(config.models, config.models_file)
        self.certificate = Certificate.of(config.tls_cert, config.tls_key)
        check_ports(http=config.http, listen=config.listen)
        if config.media:
            self._seeing = worker_options(config)
            check_media(config, self._seeing)
        else:
            for why in media_problems(config):
                log.warning("wrong once media is on", extra={"fields": {"why": why}})
        ensure(where)
        self._stack.enter_context(_only_one(where.data))
        models = asyncio.create_task(self._start_models())
        self._stack.push_async_callback(_ended, models)
        await self._start_record(where)
        self.desk = PolicyDesk(where.data, self._note)
        self._stack.push_async_callback(self.desk.close)
        await self._start_windows(where.data)
        rulesets = await _rulesets(config, self.desk)
        await self._start_chat(where, rulesets)
        self.outlook = Outlook(self)
        keeper = Housekeeping(self, rulesets)
        await self._stack.enter_async_context(keeper)
        self.reload = keeper.reload
        self.metrics.policy = keeper.policy_loads
        self.metrics.rules = self.desk.brakes.hits
        self.metrics.eased = self.desk.brakes.standing
        await models
        self._tell_unheard(rulesets)
        if self.live is not None:
            await self.live.start()
        gc.collect()  # all of this stops the loop for a moment: nobody may wait for us yet
        gc.freeze()
        give_memory_back()
        use_large_pages()
        await self._open_sockets()

    def _tell_unheard(self, rulesets: Rulesets) -> None:
        """Say which first opinions a policy asks for and nobody here can give."""
        if self.models is None:
            return
        for name in sorted(rulesets.asked() - self.models.names):
            log.warning("asked model does not run", extra={"fields": {"model": name}})

    def _note(self, entry: Entry) -> None:
        """Record what the policies' brakes did; who owns a rule hears of it by its case."""
        self.chat.recorder.note(entry, lambda: None)

    async def _start_models(self) -> None:
        """Spawn text workers; they load while everything else starts."""
        if self.models is not None:
            self._stack.push_async_callback(self.models.close)
            await self.models.start()

    async def _start_record(self, where: Where) -> None:
        config = self.config
        self.journal = Journal(where, wait_ms=config.record_wait_ms, spill_mb=config.spill_mb)
        await self.journal.start()
        self._stack.push_async_callback(self.journal.stop)
        self.spillage = Spillage(where.data, config.spill_mb << 20)
        self.keys = KeyRing(where)
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
        self.wake = Wake()
        self.wake.on("keys", lambda _: self.keys.poke())
        self._stack.push_async_callback(self.wake.close)
        await self.wake.start(self.windows.place)

    async def _start_chat(self, where: Where, rulesets: Rulesets) -> None:
        self.tables = Tables(where)
        self._stack.callback(self.tables.close)
        self.chat = ChatPath(
            self.config,
            self.metrics,
            rulesets,
            self.journal,
            self.tables,
            self.windows,
            self.wake,
            self.models,
            self.desk.brakes,
        )
        self._stack.push_async_callback(self.chat.close)
        self.engine, self.service = self.chat.engine, self.chat.service
        await self.chat.load()
        self.live = self._streams(where, rulesets) if self.config.media else None
        self.moderation = Moderation(
            self.config,
            where,
            self.metrics,
            rulesets,
            self.tables,
            self.chat,
            self.live,
            self.wake,
            self.desk.brakes,
        )
        self._stack.push_async_callback(self.moderation.close)
        await self.moderation.load()

    def _streams(self, where: Where, rulesets: Rulesets) -> LiveStreams:
        """Put together what takes in streams; its workers start later. Raises ConfigError."""
        chat = self.chat

        parts = StreamParts(
            rulesets,
            self.windows,
            chat.labels,
            chat.recorder,
            chat.commands,
            self.journal,
            self.metrics,
            self.tables.evidence,
            self.tables.standing,
            self.desk.brakes,
            chat.labels_changed,
        )
        live = LiveStreams(self.config, where, parts, self._seeing)
        self._stack.push_async_callback(live.close)
        chat.also_ended.append(live.hands.ended)
        door = self.service.streams
        door.chatted, door.reported = live.spikes.seen, live.hands.judge.reported
        door.lead_to(live.path, live.hands.orders.refusal)
        return live

    async def _open_sockets(self) -> None:
        config, stack = self.config, self._stack
        tls = None if self.certificate is None else self.certificate.context
        host, port = split_address("http", config.http)
        with telling("http", config.http):
            runner, http_port = await start_http(self.outlook.context(), host, port, tls)
        stack.push_async_callback(runner.cleanup)
        self.moderation.http_port = http_port
        self.http = f"{host}:{http_port}"
        host, port = split_address("listen", config.listen)
        with telling("listen", config.listen):
            self._server = await listen(
                host,
                port,
                self.keys.find,
                self.service.connect,
                config.ping_s,
                config.debug_echo,
                tls=tls,
                tenant_connections=config.tenant_connections,
                admit=self.moderation.door.admit,
            )
        stack.callback(self._server.close)
        self.moderation.edge_port = self._server.sockets[0].getsockname()[1]
        self.listen = f"{host}:{self.moderation.edge_port}"


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait((task,))


async def _rulesets(config: Config, desk: PolicyDesk) -> Rulesets:
    folder = Path(config.policy_folder())
    read_at = time.time()
    default, detectors = await desk.load(folder, None)
    built: dict[str | None, InlineDetectors | None] = {None: detectors}
    tenants: dict[str, Policy] = {}
    for name, path in config.tenants.items():
        tenants[name], built[name] = await desk.load(folder, Path(path))
    suffixes()  # read before the first link comes: it takes a budget
    desk.begin([(None, default), *tenants.items()])
    ready = {name: each for name, each in built.items() if each is not None}
    return Rulesets(default, tenants, read_at, ready)


@contextmanager
def _only_one(data: Path) -> Iterator[None]:
    """Hold the data folder: two gateways in one would count apart. Raises ConfigError."""
    with (data / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as problem:
            raise ConfigError(f"{data}: another gateway serves from this folder") from problem
        yield


def run_gateway(config: Config) -> int:
    """Serve until SIGTERM or SIGINT; return the exit status. SIGHUP reloads the policy."""
    setup(config.log_level)
    allow_many_sockets()
    try:
        uvloop.run(_serve(config))
    except SeawallError as problem:
        print(redacted(f"seawall: {problem}"), file=sys.stderr)
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
