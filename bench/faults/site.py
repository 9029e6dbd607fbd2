"""Two gateways that share a record, a Valkey and a secret, under load, with what can be broken.

1. Two chat servers speak all the time, one to each gateway first; each goes over to the other one
   when its own is gone or silent.
2. What `Layout` calls proxied or a packet line has something of ours in its way that can be told to
   misbehave; all else is direct.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from itertools import count
from pathlib import Path
from secrets import token_hex
from typing import Literal

import msgspec

from bench.faults.crowd import Crowd, Line, chat
from bench.faults.databases import small_disk
from bench.faults.fallback import Fallbacks, fallbacks
from bench.faults.family import child
from bench.faults.packets import PacketLine, packet_line
from bench.faults.policy import write_policy
from bench.faults.postgres import PostgresServer, postgres
from bench.faults.promises import Kept, kept
from bench.faults.proxy import Proxy
from bench.faults.steady import Steady
from bench.faults.stores import Valkey, valkey
from bench.faults.victim import Victim, free_port
from bench.faults.watch import metric, until
from bench.faults.witness import SETTLE_S, settled
from gateway.record.database import ensure
from gateway.record.keys import keys_new
from gateway.record.where import Where

__all__ = ["TENANT", "Layout", "Site", "site_of", "talk"]

TENANT = "t"
_WORDS = ("ship", "moon", "tide", "harbour", "gull", "rope", "salt", "anchor", "sail", "reef")
_SPILLED = 'seawall_queue_depth{queue="spill"}'
_numbers = count(1)


class Layout(msgspec.Struct, frozen=True):
    """What a site is made of. `rate` is messages a second of each of its two chat servers."""

    store: Literal["direct", "proxied"] = "direct"
    record: Literal["sqlite", "small-disk", "postgresql", "postgresql-proxied"] = "sqlite"
    line: Literal["direct", "proxied", "packets"] = "direct"
    """How the servers reach gateway A; B is always reached directly."""
    asks: bool = False
    """Whether every message asks the text model."""
    rate: float = 150.0
    patience_s: float = 1.0
    """How long a server waits in silence before it goes over to the other gateway."""
    settings: dict[str, str] = {}


class Site:
    """All of it. Proxies, packets and PostgreSQL are there only where the layout has them."""

    store: Valkey
    a: Victim
    b: Victim
    key: str
    where: Where
    store_proxy: Proxy
    record_proxy: Proxy
    line: Proxy
    packets: PacketLine
    postgres: PostgresServer

    def __init__(self, folder: Path, layout: Layout) -> None:
        self.folder = folder
        self.layout = layout
        self.crowds: list[Crowd] = []

    @property
    def gateways(self) -> tuple[Victim, Victim]:
        """A and B."""
        return (self.a, self.b)

    @property
    def writers(self) -> list[int]:
        """The processes of the journals' writers."""
        return [child(each.pid, "gateway.record.writer") for each in self.gateways]

    @property
    def workers(self) -> list[int]:
        """The processes of the text models, one of each gateway."""
        return [child(each.pid, "workers.run") for each in self.gateways]

    @property
    def record(self) -> Path:
        """The folder of the SQLite file."""
        return self.folder / "record"

    @property
    def file(self) -> Path:
        """The SQLite file."""
        return self.record / "shared.db"

    @property
    def uris(self) -> tuple[str, str]:
        """Where the servers find A, by its line, and B."""
        first = self.line.address if self.layout.line == "proxied" else self.a.listen
        return f"ws://{first}/v1", f"ws://{self.b.listen}/v1"

    @asynccontextmanager
    async def speaking(self) -> AsyncIterator[list[Steady]]:
        """Let both servers speak until the block ends, and until all they said is answered."""
        crowds = [self.steady(place) for place in (0, 1)]
        self.crowds += crowds
        async with AsyncExitStack() as stack:
            for each in crowds:
                await stack.enter_async_context(each.speaking())
            yield crowds

    def steady(self, place: int) -> Steady:
        """Return a server that speaks to gateway A (0) or B (1) first; it does not run yet."""
        uris, tag = self.uris, f"{'ab'[place]}{next(_numbers)}"
        return Steady(
            uris[place],
            self.key,
            talk(tag),
            self.layout.rate,
            f"server-{'ab'[place]}",
            (uris[1 - place],),
            self.layout.patience_s,
        )

    async def _is_written(self) -> bool:
        """Say whether nothing waits in a spill any more."""
        return not any([await metric(each.http, _SPILLED) for each in self.gateways])

    async def end(self) -> tuple[Kept, Fallbacks]:
        """Obey until no command is open, stop both, hold what was heard against the record."""
        for each in self.gateways:
            if not each.alive:
                await asyncio.to_thread(each.start)
        await until(self._is_written, SETTLE_S)
        await settled(self.where, self.b.listen, self.key)
        stops = [asyncio.to_thread(each.stop) for each in self.gateways]
        statuses = await asyncio.gather(*stops)
        if any(statuses):
            raise RuntimeError(f"a gateway ended with {statuses}: {list(self.a.log)[-3:]}")
        sent = sum(len(each.sent) for each in self.crowds)
        found = await asyncio.to_thread(kept, self.where, self.crowds, sent, TENANT)
        return found, fallbacks(self.crowds)


def talk(tag: str) -> Iterator[Line]:
    """Return messages without end, each of somebody else: one in ten is restricted in some way."""
    for number in count():
        word = (
            "muteword" if number % 100 == 0 else "holdword" if number % 50 == 5
            else "maskword" if number % 50 == 15 else "blockword" if number % 10 == 7 else "friend"
        )  # fmt: skip
        text = f"{word} {tag} {number} {_WORDS[number % 10]} {_WORDS[number // 10 % 10]}"
        yield chat(f"{tag}-{number}", f"r{number % 50}", f"u{tag}-{number}", text, time.time())


@asynccontextmanager
async def site_of(folder: Path, layout: Layout) -> AsyncIterator[Site]:
    """Run a site until the block ends. Raises RuntimeError where a part of it does not start."""
    site = Site(folder, layout)
    async with AsyncExitStack() as stack:
        environ = stack.enter_context(_secret())
        site.store = stack.enter_context(valkey())
        settings = {
            "redis": await _store(site, stack),
            "database": await _record(site, stack),
            "models": "linear" if layout.asks else "",
            "log_level": "error",
            **layout.settings,
        }
        policy = write_policy(folder / "policy", asks=layout.asks)
        if layout.line == "packets":
            site.packets = stack.enter_context(packet_line())
            site.a = Victim(
                folder / "a", policy, environ, prefix=site.packets.prefix,
                listen=f"{site.packets.address}:{free_port()}",
                http=f"{site.packets.quiet}:{free_port()}", **settings,
            )  # fmt: skip
        else:
            site.a = Victim(folder / "a", policy, environ, **settings)
        site.b = Victim(folder / "b", policy, environ, **settings)
        for each in site.gateways:
            await asyncio.to_thread(ensure, each.where)
        site.key = await asyncio.to_thread(keys_new, site.where, TENANT, "server", "faults")
        if layout.line == "proxied":
            site.line = await stack.enter_async_context(Proxy.before(site.a.listen))
        for each in site.gateways:
            stack.callback(_end, each)
        await asyncio.gather(*(asyncio.to_thread(each.start) for each in site.gateways))
        yield site


async def _store(site: Site, stack: AsyncExitStack) -> str:
    """Return the address of the Valkey as the gateways find it."""
    if site.layout.store == "direct":
        return f"unix://{site.store.path}"
    proxy = Proxy.before(site.store.address)
    site.store_proxy = await stack.enter_async_context(proxy)
    return f"redis://{site.store_proxy.address}"


async def _record(site: Site, stack: AsyncExitStack) -> str:
    """Return the address of the record as the gateways find it; `where` is our own way to it."""
    if site.layout.record in ("sqlite", "small-disk"):
        site.record.mkdir()
        if site.layout.record == "small-disk":
            stack.enter_context(small_disk(site.record))
        ours = theirs = f"sqlite://{site.file}"
    else:
        site.postgres = stack.enter_context(postgres())
        name = site.postgres.create()
        ours = theirs = site.postgres.url(name)
        if site.layout.record == "postgresql-proxied":
            proxy = Proxy.before(site.postgres.address)
            site.record_proxy = await stack.enter_async_context(proxy)
            theirs = site.postgres.url_by(site.record_proxy.address, name)
    site.where = Where.of(site.folder / "a" / "data", ours)
    return theirs


@contextmanager
def _secret() -> Iterator[Mapping[str, str]]:
    """Have one secret for both gateways and for us, who read their record too."""
    before = os.environ.get("SEAWALL_SECRET")
    environ = {"SEAWALL_SECRET": token_hex(32)}
    os.environ.update(environ)
    try:
        yield environ
    finally:
        del os.environ["SEAWALL_SECRET"]
        if before is not None:
            os.environ["SEAWALL_SECRET"] = before


def _end(gateway: Victim) -> None:
    if gateway.alive:
        gateway.kill_all()
