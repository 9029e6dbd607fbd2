"""Keys of servers and people: made, rotated, listed, revoked. Only a key's hash is ever stored.

Blocking functions for the command line; they work while gateways serve from the same record, and
every gateway's `KeyRing` notices within a second.
"""

from __future__ import annotations

import secrets
import time
from hashlib import sha256
from pathlib import Path
from typing import Literal, get_args

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection, Row, insert, or_, select, update

from gateway.record import schema
from gateway.record.database import Where, ensure, open_engine, reading, writing
from seawall.errors import ConfigError

__all__ = [
    "PREFIX",
    "Key",
    "Role",
    "Rotation",
    "hash_key",
    "keys_list",
    "keys_new",
    "keys_revoke",
    "keys_rotate",
    "to_key",
]

PREFIX = "sw_"
_RANDOM_BYTES = 32
_NAME_CHARACTERS = 128
_LONGEST_S = 100 * 366 * 86_400.0

Role = Literal["server", "moderator", "admin"]


class Key(Struct, frozen=True):
    """What is known of a key. Times are seconds since the epoch.

    `revoked` is None while it works; `expires` None where it works until it is revoked.
    """

    id: str
    tenant: str
    role: Role
    name: str
    created: float
    revoked: float | None = None
    expires: float | None = None

    def works(self, now: float) -> bool:
        """Say whether the key opens a door at `now`."""
        return self.revoked is None and (self.expires is None or now < self.expires)


class Rotation(Struct, frozen=True):
    """A new key, to be shown once, whose it is, and the old one, which expires."""

    key: str
    made: Key
    old: Key


def hash_key(key: str) -> bytes:
    """Return what is stored of a key. A plain hash suffices: the key is 256 random bits."""
    return sha256(key.encode("utf-8", "surrogatepass")).digest()


def to_key(row: Row[tuple[object, ...]]) -> Key:
    """Make a Key of a row of the table."""
    values = row._mapping
    return Key(**{name: values[name] for name in Key.__struct_fields__})


def keys_new(
    where: Where | Path, tenant: str, role: str, name: str, expires_s: float | None = None
) -> str:
    """Make a key and return it; it can never be read again. Raises ConfigError.

    It expires `expires_s` from now, or never.
    """
    for what, value in (("tenant", tenant), ("name", name)):
        if not 1 <= len(value) <= _NAME_CHARACTERS or not value.isprintable():
            raise ConfigError(f"{what}: 1 to {_NAME_CHARACTERS} printable characters are needed")
    if role not in get_args(Role):
        raise ConfigError(f"role: {role!r} is none of {', '.join(get_args(Role))}")
    if expires_s is not None and not 0 < expires_s <= _LONGEST_S:
        raise ConfigError("expires: a time from now is needed, at most a hundred years")
    now = time.time()
    ensure(where)
    engine = open_engine(where)
    try:
        with writing(engine) as connection:
            expires = None if expires_s is None else now + expires_s
            return _insert(connection, tenant, role, name, now, expires)[0]
    finally:
        engine.dispose()


def keys_list(where: Where | Path) -> list[Key]:
    """Return all keys, revoked ones too, oldest first. Raises ConfigError."""
    engine = open_engine(where)
    try:
        with reading(engine) as connection:
            rows = connection.execute(select(schema.keys).order_by(schema.keys.c.created))
            return [to_key(row) for row in rows]
    finally:
        engine.dispose()


def keys_revoke(where: Where | Path, key_id_or_name: str) -> Key:
    """Revoke one key by its id, or by its name when only one working key bears it.

    A revoked key stays as it is. Raises ConfigError when no key or several answer to the name.
    """
    engine = open_engine(where)
    try:
        with writing(engine) as connection:
            now = time.time()
            key = _find(connection, key_id_or_name, now)
            return key if key.revoked is not None else _end(connection, key, revoked=now)
    finally:
        engine.dispose()


def keys_rotate(where: Where | Path, key_id_or_name: str, grace_s: float) -> Rotation:
    """Make a key like another one, which works for `grace_s` more; with 0 it ends at once.

    One that would expire sooner still does; where it had an end, the new one has none. Raises
    ConfigError when no working key or several answer to the name.
    """
    if not 0 <= grace_s <= _LONGEST_S:
        raise ConfigError("grace: a time from now is needed, at most a hundred years")
    engine = open_engine(where)
    try:
        with writing(engine) as connection:
            now = time.time()
            old = _find(connection, key_id_or_name, now)
            if not old.works(now):
                raise ConfigError(f"{old.id} no longer works; make a new key instead")
            ends = now + grace_s if old.expires is None else min(now + grace_s, old.expires)
            old = _end(connection, old, expires=ends)
            key, made = _insert(connection, old.tenant, old.role, old.name, now, None)
            return Rotation(key, made, old)
    finally:
        engine.dispose()


def _insert(
    connection: Connection, tenant: str, role: str, name: str, now: float, expires: float | None
) -> tuple[str, Key]:
    key = PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)
    row = {
        "id": f"k_{secrets.token_hex(6)}",
        "tenant": tenant,
        "role": role,
        "name": name,
        "created": now,
        "expires": expires,
    }
    connection.execute(insert(schema.keys).values(**row, sha256=hash_key(key)))
    return key, Key(**row)  # type: ignore[arg-type]  # the row is a Key, field by field


def _end(connection: Connection, key: Key, **ends: float) -> Key:
    table = schema.keys
    connection.execute(update(table).where(table.c.id == key.id).values(**ends))
    return replace(key, **ends)


def _find(connection: Connection, wanted: str, now: float) -> Key:
    table = schema.keys
    asked = select(table).where(or_(table.c.id == wanted, table.c.name == wanted))
    found = [to_key(row) for row in connection.execute(asked.order_by(table.c.created))]
    by_id = [key for key in found if key.id == wanted]
    working = by_id or [key for key in found if key.works(now)] or found[-1:]
    if len(working) == 1:
        return working[0]
    if not working:
        raise ConfigError(f"no key has the id or name {wanted!r}")
    ids = ", ".join(f"{key.id} ({key.tenant})" for key in working)
    raise ConfigError(f"several keys are named {wanted!r}; name one by its id: {ids}")
