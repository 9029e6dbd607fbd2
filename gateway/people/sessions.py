"""Who is signed in, in a gateway's memory: found in a microsecond, never staler than it says.

Rules:
1. The record is the truth; it is read about once a second, and at once when another gateway says
   that something has changed. While it does not answer, what is known stays good until it expires.
2. A session that was seen to end never works again here, whatever an older reading says; of an
   account the higher version counts.
3. Roles, queues and the matrix are looked up at every question: a session has none of its own.
4. A session ends when it was not used for `idle_s`, and `whole_s` after it began.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from gateway.people.accounts import Account, Accounts
from gateway.people.documents import NOTHING, Documents
from gateway.people.matrix import DOCUMENT, read_matrix, rights_of
from gateway.people.pseudonyms import pseudonym_of_key
from gateway.people.session_table import SessionTable, Signed
from gateway.people.tokens import hash_token
from gateway.record.database import Where
from gateway.record.keys import Key
from gateway.roles import Actor, Rights, Role, without
from gateway.shapes.people import Matrix
from seawall.errors import RecordUnavailable

__all__ = ["TOPIC", "Ends", "Sessions", "Tables"]

_LOG = logging.getLogger("seawall.people")
TOPIC = "people"
"""What gateways wake each other by."""
LOOK_S = 0.05
"""How often an unknown session may be looked up at once, instead of with the next reading."""
TOUCH_S = 30.0
"""How stale in the record the time of a session's last use may be."""
_MOST_GONE = 10_000

Why = Literal["unknown", "expired", "ended"]


class Ends(Struct, frozen=True):
    """When sessions end by themselves, in seconds."""

    idle_s: float = 8 * 3600.0
    whole_s: float = 24 * 3600.0


class Tables:
    """The tables that people stand in, opened together and closed together."""

    def __init__(self, where: Where | Path) -> None:
        self.accounts = Accounts(where)
        self.documents = Documents(where)
        self.sessions = SessionTable(where)

    def close(self) -> None:
        """Let go of the database."""
        for each in vars(self).values():
            each.close()


class Sessions:
    """Sessions, accounts and matrices as they stand. Everything but `refresh` is quick."""

    def __init__(
        self, tables: Tables, ends: Ends | None = None, wall: Callable[[], float] = time.time
    ) -> None:
        self.gone: list[Callable[[frozenset[bytes]], None]] = []
        """Hear which sessions (by the hash of their token) no longer work."""
        self.ends = ends or Ends()
        self.failing = False
        self._tables = tables
        self._wall = wall
        self._signed: dict[bytes, Signed] = {}
        self._seen: dict[bytes, float] = {}
        self._past: OrderedDict[bytes, Why] = OrderedDict()
        self._accounts: dict[tuple[str, str], Account] = {}
        self._matrices: dict[str, Matrix] = {}
        self._default = read_matrix(NOTHING)
        self._rights: dict[tuple[str, tuple[Role, ...]], Rights] = {}
        self._read_at = 0.0
        self._looked_at = 0.0
        self._touched_at = 0.0
        self._poked = asyncio.Event()

    # -- asked ----------------------------------------------------------------------------------

    def find(self, token: str) -> Signed | None:
        """Return whose session this is, None when it is nobody's (or no longer)."""
        session = hash_token(token)
        signed = None if session is None else self._signed.get(session)
        return signed if signed is not None and self._works(signed) else None

    def why(self, token: str) -> Why:
        """Say why `find` returned None."""
        session = hash_token(token)
        if session is None:
            return "unknown"
        return "expired" if session in self._signed else self._past.get(session, "unknown")

    def actor(self, signed: Signed) -> Actor:
        """Return whoever is signed in, with what they may do now."""
        account = self._accounts.get((signed.tenant, signed.name))
        if account is None or account.disabled is not None:
            return Actor(signed.tenant, signed.name, "", (), Rights(frozenset()))
        return self._actor(account)

    def actor_by(self, token: str) -> Actor | None:
        """Return whose token this is, with what they may do now; None when it is nobody's."""
        signed = self.find(token)
        return None if signed is None else self.actor(signed)

    def actor_named(self, tenant: str, name: str) -> Actor | None:
        """Return somebody who works here by name, with what they may do now."""
        account = self._accounts.get((tenant, name))
        return None if account is None or account.disabled is not None else self._actor(account)

    def actor_of_key(self, key: Key) -> Actor:
        """Return who a moderator's or an admin's key stands for: a lead, or an admin.

        What is sealed opens for an admin's key only: a key is nobody who could answer for it.
        """
        roles: tuple[Role, ...] = ("admin",) if key.role == "admin" else ("lead",)
        rights = self._rights_of(key.tenant, roles)
        if key.role != "admin":
            rights = without(rights, "evidence.sealed")
        pseudonym = pseudonym_of_key(key.id)
        return Actor(key.tenant, key.name, pseudonym, roles, rights, "key")

    def account(self, tenant: str, name: str) -> Account | None:
        """Return an account as it is known here, without its password."""
        return self._accounts.get((tenant, name))

    def accounts(self, tenant: str) -> list[Account]:
        """Return a tenant's accounts by name, without their passwords."""
        mine = [each for each in self._accounts.values() if each.tenant == tenant]
        return sorted(mine, key=lambda each: each.name)

    def matrix(self, tenant: str) -> Matrix:
        """Return the tenant's matrix."""
        return self._matrices.get(tenant, self._default)

    def ends_at(self, signed: Signed) -> float:
        """Return when a session ends if it is not used again."""
        return min(signed.expires, self._last_seen(signed) + self.ends.idle_s)

    def stale_s(self) -> float:
        """Return how many seconds ago the record was last read."""
        return time.monotonic() - self._read_at

    def __len__(self) -> int:
        return len(self._signed)

    # -- told -----------------------------------------------------------------------------------

    def touch(self, signed: Signed) -> None:
        """Note that a session is used."""
        self._seen[signed.session] = self._wall()

    def opened(self, signed: Signed, account: Account) -> None:
        """Take in a session that was opened here."""
        self.changed(account)
        self._signed[signed.session] = signed

    def ended(self, sessions: Iterable[bytes], why: Why = "ended") -> None:
        """Forget sessions that ended, for good."""
        ended = frozenset(sessions)
        for session in ended:
            self._signed.pop(session, None)
            self._seen.pop(session, None)
            self._past[session] = why
            self._past.move_to_end(session)
        while len(self._past) > _MOST_GONE:
            self._past.popitem(last=False)
        if ended:
            for hear in self.gone:
                hear(ended)

    def ended_of(self, tenant: str, name: str) -> None:
        """Forget all sessions of a person."""
        theirs = [
            each for each in self._signed.values() if (each.tenant, each.name) == (tenant, name)
        ]
        self.ended(each.session for each in theirs)

    def changed(self, account: Account) -> None:
        """Take in an account that was changed here."""
        key = account.tenant, account.name
        known = self._accounts.get(key)
        if known is None or known.version < account.version:
            self._accounts[key] = replace(account, password="")

    def matrix_changed(self, tenant: str, matrix: Matrix) -> None:
        """Take in a tenant's matrix."""
        if self.matrix(tenant).version < matrix.version:
            self._matrices[tenant] = matrix
            self._rights.clear()

    def poke(self) -> None:
        """Have `run` read the record now: somebody said that something has changed."""
        self._poked.set()

    # -- by the clock ---------------------------------------------------------------------------

    async def look(self, token: str) -> None:
        """Look in the record for a session younger than the last reading, at most every LOOK_S.

        Raises RecordUnavailable.
        """
        session, now = hash_token(token), time.monotonic()
        known = session is None or session in self._signed or session in self._past
        if session is None or known or now - self._looked_at < LOOK_S:
            return
        self._looked_at = now
        signed = await asyncio.to_thread(self._tables.sessions.find, session, self._wall())
        if signed is None or session in self._past:
            return
        account = await asyncio.to_thread(self._tables.accounts.find, signed.tenant, signed.name)
        if account is not None and session not in self._past:
            self.opened(signed, account)

    async def refresh(self) -> None:
        """Read the record. Raises RecordUnavailable; then what is known stays."""
        before = frozenset(self._signed)
        versions = {key: account.version for key, account in self._accounts.items()}
        live, accounts, matrices = await asyncio.to_thread(self._read, versions)
        for account in accounts:
            self.changed(account)
        for tenant, matrix in matrices.items():
            self.matrix_changed(tenant, matrix)
        found = {each.session: each for each in live if each.session not in self._past}
        # What was opened here while the record was read may be younger than what was read.
        young = {each: signed for each, signed in self._signed.items() if each not in before}
        self._expire()  # before what ended by itself is taken for ended by somebody
        lost = [each for each in before if each not in found and each in self._signed]
        self._signed = {**found, **young}
        self._read_at = time.monotonic()
        self.ended(lost)

    async def run(self, every_s: float = 1.0) -> None:
        """Refresh until cancelled, and say in the record when sessions were last used."""
        while True:
            with suppress(TimeoutError):  # as most of the time: nobody called, so look
                async with asyncio.timeout(every_s):
                    await self._poked.wait()
            self._poked.clear()
            try:
                await self.refresh()
                await self._tell_seen()
                self.failing = False
            except RecordUnavailable as error:
                if not self.failing:
                    _LOG.error("accounts and sessions cannot be read: %s", error)
                self.failing = True
                self._expire()

    def _read(
        self, versions: Mapping[tuple[str, str], int]
    ) -> tuple[list[Signed], list[Account], dict[str, Matrix]]:
        tables = self._tables
        accounts = tables.accounts.unlike(versions)
        documents = tables.documents.newest(DOCUMENT)
        matrices = {tenant: read_matrix(each) for tenant, each in documents.items()}
        return tables.sessions.live(self._wall()), accounts, matrices

    async def _tell_seen(self) -> None:
        now = time.monotonic()
        if now - self._touched_at < TOUCH_S or not self._seen:
            return
        self._touched_at = now
        seen = {each: at for each, at in self._seen.items() if each in self._signed}
        await asyncio.to_thread(self._tables.sessions.touch, seen.items())
        self._seen = {each: at for each, at in self._seen.items() if seen.get(each) != at}

    def _expire(self) -> None:
        """Drop what has run out."""
        out = [each.session for each in self._signed.values() if not self._lasts(each)]
        self.ended(out, "expired")

    def _works(self, signed: Signed) -> bool:
        account = self._accounts.get((signed.tenant, signed.name))
        return self._lasts(signed) and account is not None and account.disabled is None

    def _lasts(self, signed: Signed) -> bool:
        return self._wall() < self.ends_at(signed)

    def _last_seen(self, signed: Signed) -> float:
        return max(signed.seen, self._seen.get(signed.session, 0.0))

    def _actor(self, account: Account) -> Actor:
        return Actor(
            account.tenant,
            account.name,
            account.pseudonym,
            account.roles,
            self._rights_of(account.tenant, account.roles),
            "session",
            frozenset(account.queues),
            frozenset(account.langs),
            frozenset(account.skills),
        )

    def _rights_of(self, tenant: str, roles: tuple[Role, ...]) -> Rights:
        found = self._rights.get((tenant, roles))
        if found is None:
            found = self._rights[tenant, roles] = rights_of(self.matrix(tenant), roles)
        return found
