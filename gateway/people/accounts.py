"""Local accounts in the record: found, made, changed. Blocking: call it in a thread.

Rules:
1. Every change is one transaction with the account's version in it; nothing is read and written
   back apart.
2. A tenant that has a working admin keeps one: the last can be neither disabled nor demoted.
3. What changes who somebody is (password, roles, disabled, authenticator) ends their sessions in
   the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Row, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from gateway.people.pseudonyms import new_pseudonym
from gateway.record.database import Where, open_engine, reading, writing
from gateway.record.schema_people import moderators, sessions
from gateway.refusal import Refused, conflict, unknown
from gateway.roles import Role
from gateway.shapes.people import Settings

__all__ = ["Account", "Accounts"]

_M, _S = moderators.c, sessions.c
_TRIES = 8
_ROLES = msgspec.json.Decoder(list[Role])
_TEXTS = msgspec.json.Decoder(list[str])
_SETTINGS = msgspec.json.Decoder(Settings)


class Account(Struct, frozen=True):
    """An account as it stands. `password` is its hash, `totp` the sealed secret; never shown."""

    tenant: str
    name: str
    pseudonym: str
    password: str
    totp: bytes | None
    totp_used: int
    roles: tuple[Role, ...]
    queues: tuple[str, ...]
    langs: tuple[str, ...]
    skills: tuple[str, ...]
    email: str
    settings: Settings
    created: float
    changed: float
    disabled: float | None
    version: int


class Accounts:
    """The table of accounts. Every call raises RecordUnavailable when the database is away."""

    def __init__(self, where: Where | Path) -> None:
        self._engine = open_engine(where)

    def find(self, tenant: str, name: str) -> Account | None:
        """Return an account, disabled ones too."""
        with reading(self._engine) as connection:
            row = connection.execute(select(moderators).where(_is(tenant, name))).first()
        return None if row is None else to_account(row)

    def of(self, tenant: str | None = None) -> list[Account]:
        """Return all accounts, or a tenant's, by tenant and name."""
        query = select(moderators).order_by(_M.tenant, _M.name)
        query = query if tenant is None else query.where(_M.tenant == tenant)
        with reading(self._engine) as connection:
            return [to_account(row) for row in connection.execute(query)]

    def unlike(self, known: Mapping[tuple[str, str], int]) -> list[Account]:
        """Return the accounts that are not known in their version, by (tenant, name)."""
        with reading(self._engine) as connection:
            versions = connection.execute(select(_M.tenant, _M.name, _M.version))
            if all(known.get((tenant, name)) == version for tenant, name, version in versions):
                return []
            accounts = [to_account(row) for row in connection.execute(select(moderators))]
        return [each for each in accounts if known.get((each.tenant, each.name)) != each.version]

    def add(
        self,
        tenant: str,
        name: str,
        password: str,
        roles: Iterable[Role],
        now: float,
        *,
        totp: bytes | None = None,
        **more: Any,  # queues, langs, skills, email: as the columns have them, lists not yet JSON
    ) -> Account:
        """Make an account; `password` is a hash. Raises Refused 409 `exists`."""
        row: dict[str, Any] = {
            "tenant": tenant, "name": name, "password": password, "totp": totp, "totp_used": 0,
            "roles": list(roles), "queues": [], "langs": [], "skills": [], "email": "",
            "settings": Settings(), "created": now, "changed": now, "disabled": None, "version": 1,
        }  # fmt: skip
        for _ in range(_TRIES):  # another account may have the pseudonym already
            values = _columns({**row, **more, "pseudonym": new_pseudonym()})
            try:
                with writing(self._engine) as connection:
                    if connection.execute(select(_M.name).where(_sounds(tenant, name))).first():
                        raise conflict("exists", f"there is a moderator {name!r} already")
                    try:
                        connection.execute(insert(moderators).values(**values))
                    except IntegrityError as error:
                        raise _Taken from error
                    return self._one(connection, tenant, name)
            except _Taken:
                continue
        raise conflict("exists", f"there is a moderator {name!r} already, or no pseudonym is left")

    def change(
        self, tenant: str, name: str, version: int | None, now: float, **what: Any
    ) -> Account:
        """Change columns of an account (lists not yet JSON); return it as it is then.

        Raises Refused 404, 412 `changed` where `version` is not the one in force (None: any), 409
        `last_admin`.
        """
        with writing(self._engine) as connection:
            others = select(moderators).where(_M.tenant == tenant).order_by(_M.name)
            # Locked in one order, so that of two admins who disable each other one comes second.
            rows = [to_account(row) for row in connection.execute(others.with_for_update())]
            found = next((each for each in rows if each.name == name), None)
            if found is None:
                raise unknown("moderator")
            if version is not None and version != found.version:
                raise Refused(412, "changed", f"somebody has changed {name!r} meanwhile")
            _keep_an_admin(rows, found, what)
            values = {**_columns(what), "changed": now, "version": found.version + 1}
            connection.execute(update(moderators).where(_is(tenant, name)).values(**values))
            if _is_somebody_else(found, what):
                self._end_sessions(connection, tenant, name, now)
            return self._one(connection, tenant, name)

    def rehash(self, account: Account, password: str) -> None:
        """Keep the same password under today's parameters, unless it was changed meanwhile."""
        same = _is(account.tenant, account.name) & (_M.password == account.password)
        with writing(self._engine) as connection:
            connection.execute(update(moderators).where(same).values(password=password))

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def _one(self, connection: Connection, tenant: str, name: str) -> Account:
        return to_account(connection.execute(select(moderators).where(_is(tenant, name))).one())

    def _end_sessions(self, connection: Connection, tenant: str, name: str, now: float) -> None:
        theirs = (_S.tenant == tenant) & (_S.name == name) & _S.ended.is_(None)
        connection.execute(update(sessions).where(theirs).values(ended=now))


class _Taken(Exception):
    """The pseudonym, or in the same moment the name, is somebody's."""


def to_account(row: Row[Any]) -> Account:
    """Make an Account of a row of the table."""
    values = dict(row._mapping)
    for name in ("queues", "langs", "skills"):
        values[name] = tuple(_TEXTS.decode(values[name]))
    values["roles"] = tuple(_ROLES.decode(values["roles"]))
    values["settings"] = _SETTINGS.decode(values["settings"])
    values["totp"] = None if values["totp"] is None else bytes(values["totp"])
    return Account(**values)


def _is(tenant: str, name: str) -> Any:
    return (_M.tenant == tenant) & (_M.name == name)


def _sounds(tenant: str, name: str) -> Any:
    """Find a name however it is capitalised: `Ann` beside `ann` is a trap."""
    return (_M.tenant == tenant) & (func.lower(_M.name) == name.lower())


def _columns(values: dict[str, Any]) -> dict[str, Any]:
    """Write lists and settings as JSON."""
    kept = ("roles", "queues", "langs", "skills", "settings")
    return {
        name: msgspec.json.encode(value).decode() if name in kept else value
        for name, value in values.items()
    }


def _works_as_admin(account: Account) -> bool:
    return account.disabled is None and "admin" in account.roles


def _keep_an_admin(rows: list[Account], found: Account, what: dict[str, Any]) -> None:
    stays = what.get("disabled", found.disabled) is None
    stays = stays and "admin" in what.get("roles", found.roles)
    others = any(_works_as_admin(each) for each in rows if each.name != found.name)
    if _works_as_admin(found) and not stays and not others:
        raise conflict("last_admin", "nobody else of this tenant is an admin: make one first")


def _is_somebody_else(found: Account, what: dict[str, Any]) -> bool:
    roles = what.get("roles")
    return (
        "password" in what
        or "totp" in what
        or what.get("disabled") is not None
        or (roles is not None and set(roles) != set(found.roles))
    )
