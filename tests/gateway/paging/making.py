"""A pager on a real record that is told the time, and somebody who receives webhooks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from aiohttp import web
from sqlalchemy import insert, update

from gateway.paging.channels import Plans
from gateway.paging.pager import Pager
from gateway.paging.sending import Sender
from gateway.paging.signing import HEADER
from gateway.paging.store import PageStore
from gateway.people.documents import Documents
from gateway.record.database import open_engine, writing
from gateway.record.schema_cases import cases
from gateway.record.where import Where
from gateway.shapes.cases import CaseLine
from gateway.shapes.paging import (
    DeliveryLine,
    PageLine,
    RotaBody,
    Shift,
    Step,
)

NOW = 1_767_600_000.0  # Monday 2026-01-05, 08:00 UTC
DAYS: list[Any] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
SHIFT = Shift("all", ["ann", "bob"], DAYS, "00:00", "00:00", "UTC", "2026-01-05")


class People:
    """Three people with addresses."""

    def leads(self, tenant: str) -> list[str]:
        return ["lea"]

    def mail(self, tenant: str, name: str) -> str:
        return f"{name}@example.test"

    def pseudonym(self, tenant: str, name: str) -> str:
        return f"mod-{name}"


class Duty:
    """A pager on a real record, told the time."""

    def __init__(self, where: Where) -> None:
        self.now = NOW
        self.where, self.told = where, list[PageLine]()
        self.remarked: list[tuple[str, str]] = []
        self.store = PageStore(where)
        self.documents = Documents(where)
        self.plans = Plans(self.documents, where, lambda: self.now)
        self.sender = Sender(frozenset({"127.0.0.1"}), 1.0)
        self.pager = self.another("gw1")

    def another(self, node: str) -> Pager:
        pager = Pager(
            self.store, self.plans, People(), self.sender, node, "https://mod.test",
            lambda: self.now, lambda tenant, case, person, at: self.remarked.append((case, person)),
        )  # fmt: skip
        pager.heard.append(lambda tenant, line: self.told.append(line))
        return pager

    def case(self, ident: str, **more: Any) -> None:  # Any: columns
        fields: dict[str, Any] = {}
        for field in msgspec.structs.fields(CaseLine):
            kind = getattr(field.type, "__name__", "str")
            empty = {"float": 0.0, "int": 0, "bool": False}
            fields[field.name] = empty.get(kind, None if kind == "Union" else "")
        row = {**fields, "due": None, "claim_until": None, "decided": None}
        row |= {"tenant": "acme", "id": ident, "state": "open", "open": True, "priority": "p0",
                "queue": "fraud", "rule": "wallet", "members": 1, "users": 1, "version": 1,
                "alike": "", **more}  # fmt: skip
        self._write(insert(cases).values(**{k: row[k] for k in cases.c.keys()}))  # noqa: SIM118

    def change(self, ident: str, **new: Any) -> None:  # Any: columns
        self._write(update(cases).where(cases.c.id == ident).values(**new))

    def _write(self, statement: Any) -> None:  # Any: an Insert or an Update
        engine = open_engine(self.where)
        with writing(engine) as connection:
            connection.execute(statement)
        engine.dispose()

    async def after(self, seconds: float) -> None:
        """Let time pass, and look; deliveries under way come to their end."""
        self.now += seconds
        self.pager.poke()
        for _ in range(2):
            await self.pager.attempt(self.now)
            while self.pager._sending:
                await asyncio.wait(self.pager._sending)
        await self.pager.attempt(self.now)

    async def close(self) -> None:
        await self.pager.close()
        await self.sender.close()
        for each in (self.store, self.documents):
            each.close()

    def page(self, ident: str = "k1") -> PageLine:
        found = self.store.page("acme", ident)
        assert found is not None
        return found

    def deliveries(self) -> list[DeliveryLine]:
        return self.store.deliveries("acme", None, None, 100)


@asynccontextmanager
async def hook(answer: Callable[[web.Request], int | str]) -> AsyncIterator[tuple[str, list[Any]]]:
    """Receive webhooks; `answer` is a status, or where to redirect to."""
    got: list[tuple[bytes, str]] = []

    async def receive(request: web.Request) -> web.Response:
        got.append((await request.read(), request.headers.get(HEADER, "")))
        said = answer(request)
        if isinstance(said, str):
            return web.Response(status=302, headers={"Location": said})
        return web.Response(status=said)

    app = web.Application()
    app.router.add_post("/{rest:.*}", receive)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook", got
    finally:
        await runner.cleanup()


def rota(*steps: Step, **more: Any) -> RotaBody:  # Any: fields
    return RotaBody([SHIFT], steps=list(steps), **more)
