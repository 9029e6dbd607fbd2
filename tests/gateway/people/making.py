"""Accounts, sessions and gateways for tests about people."""

from __future__ import annotations

import asyncio
from functools import cache
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher

from gateway.people.accounts import Account
from gateway.people.passwords import Passwords
from gateway.people.people import People
from gateway.people.sessions import Ends
from gateway.people.signing import SignedIn
from gateway.record.where import Where
from gateway.roles import Actor, Role
from gateway.shapes.people import SignInBody

__all__ = ["PASSWORD", "WEAK", "Clock", "Room", "Wakes", "hashed"]

PASSWORD = "correct horse battery"


WEAK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
"""A test's parameters: today's take a fifth of a second of work each time."""


@cache
def hashed() -> str:
    """Return the hash of PASSWORD under WEAK."""
    return WEAK.hash(PASSWORD)


class Clock:
    """A wall clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class Wakes:
    """What a gateway says to the others."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []

    def publish(self, topic: str, payload: str = "") -> None:
        self.said.append((topic, payload))


class Room:
    """Two gateways on one record; `people` is the first one's."""

    def __init__(self, where: Where | Path, clock: Clock, ends: Ends | None = None) -> None:
        self.clock = clock
        self.wake = Wakes()
        self.where = where
        self.people = People(where, self.wake, ends, clock, Passwords(WEAK))
        self.other = People(where, Wakes(), ends, clock, Passwords(WEAK))

    async def load(self) -> None:
        await asyncio.gather(self.people.load(), self.other.load())

    async def close(self) -> None:
        await self.people.close()
        await self.other.close()

    async def account(
        self, name: str = "ann", roles: tuple[Role, ...] = ("moderator",), **more: Any
    ) -> Account:
        """Make an account of tenant t, whose password is PASSWORD."""
        accounts = self.people.admin._tables.accounts
        made = await asyncio.to_thread(
            accounts.add, more.pop("tenant", "t"), name, hashed(), roles, self.clock(), **more
        )
        self.people.sessions.changed(made)
        return made

    async def admin(self, name: str = "root") -> Actor:
        """Make an admin and return who they are."""
        account = await self.account(name, ("admin",))
        done = await self.sign_in(account.name)
        return self.people.sessions.actor(done.signed)

    async def sign_in(
        self,
        name: str = "ann",
        password: str = PASSWORD,
        code: str = "",
        remote: str = "192.0.2.1",
        before: str = "",
        tenant: str = "t",
    ) -> SignedIn:
        """Sign in at the first gateway."""
        body = SignInBody(tenant, name, password, code)
        return await self.people.signing.sign_in(body, remote, "tests", before)
