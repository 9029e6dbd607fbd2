"""Keys of servers and people: made, listed, revoked. Only a key's hash is ever stored.

Blocking functions for the command line; they work while a gateway serves from the same folder, and
the gateway's `KeyRing` notices within a second.
"""

from __future__ import annotations

import secrets
import time
from hashlib import sha256
from pathlib import Path
from typing import Literal, get_args

from msgspec import Struct
from sqlalchemy import Row, insert, or_, select, update

from gateway.record import schema
from gateway.record.database import ensure, open_engine, reading, writing
from seawall.errors import ConfigError

__all__ = ["PREFIX", "Key", "Role", "hash_key", "keys_list", "keys_new", "keys_revoke", "to_key"]

PREFIX = "sw_"
_RANDOM_BYTES = 32
_NAME_CHARACTERS = 128

Role = Literal["server", "moderator", "admin"]


class Key(Struct, frozen=True):
    """What is known of a key. Times are seconds since the epoch; `revoked` None while it works."""

    id: str
    tenant: str
    role: Role
    name: str
    created: float
    revoked: float | None = None


def hash_key(key: str) -> bytes:
    """Return what is stored of a key. A plain hash suffices: the key is 256 random bits."""
    return sha256(key.encode("utf-8", "surrogatepass")).digest()


def to_key(row: Row[tuple[object, ...]]) -> Key:
    """Make a Key of a row of the table."""
    values = row._mapping
    return Key(**{name: values[name] for name in Key.__struct_fields__})


def keys_new(data_dir: Path, tenant: str, role: str, name: str) -> str:
    """Make a key and return it; it can never be read again. Raises ConfigError."""
    for what, value in (("tenant", tenant), ("name", name)):
        if not 1 <= len(value) <= _NAME_CHARACTERS or not value.isprintable():
            raise ConfigError(f"{what}: 1 to {_NAME_CHARACTERS} printable characters are needed")
    if role not in get_args(Role):
        raise ConfigError(f"role: {role!r} is none of {', '.join(get_args(Role))}")
    key = PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)
    row = {
        "id": f"k_{secrets.token_hex(6)}",
        "sha256": hash_key(key),
        "tenant": tenant,
        "role": role,
        "name": name,
        "created": time.time(),
    }
    ensure(data_dir)
    engine = open_engine(data_dir)
    try:
        with writing(engine) as connection:
            connection.execute(insert(schema.keys).values(row))
    finally:
        engine.dispose()
    return key


def keys_list(data_dir: Path) -> list[Key]:
    """Return all keys, revoked ones too, oldest first. Raises ConfigError."""
    engine = open_engine(data_dir)
    try:
        with reading(engine) as connection:
            rows = connection.execute(select(schema.keys).order_by(schema.keys.c.created))
            return [to_key(row) for row in rows]
    finally:
        engine.dispose()


def keys_revoke(data_dir: Path, key_id_or_name: str) -> Key:
    """Revoke one key by its id, or by its name when only one working key bears it.

    A revoked key stays as it is. Raises ConfigError when no key or several answer to the name.
    """
    table = schema.keys
    engine = open_engine(data_dir)
    try:
        with writing(engine) as connection:
            wanted = or_(table.c.id == key_id_or_name, table.c.name == key_id_or_name)
            found = [to_key(row) for row in connection.execute(select(table).where(wanted))]
            key = _the_one(found, key_id_or_name)
            if key.revoked is not None:
                return key
            now = time.time()
            connection.execute(update(table).where(table.c.id == key.id).values(revoked=now))
            return Key(key.id, key.tenant, key.role, key.name, key.created, now)
    finally:
        engine.dispose()


def _the_one(found: list[Key], wanted: str) -> Key:
    by_id = [key for key in found if key.id == wanted]
    working = by_id or [key for key in found if key.revoked is None] or found[-1:]
    if len(working) == 1:
        return working[0]
    if not working:
        raise ConfigError(f"no key has the id or name {wanted!r}")
    ids = ", ".join(f"{key.id} ({key.tenant})" for key in working)
    raise ConfigError(f"several keys are named {wanted!r}; name one by its id: {ids}")
