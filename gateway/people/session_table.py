"""Sessions in the record: opened, ended, found. Blocking: call it in a thread.

Rules:
1. Only a token's SHA-256 is kept: the token is 256 random bits, so a plain hash suffices.
2. A session is opened in the transaction that checks that the account still is what was verified,
   and uses up the authenticator's step: the same code opens one session, at all gateways together.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from gateway.people.accounts import Account
from gateway.record.database import Where, open_engine, reading, writing
from gateway.record.schema_people import moderators, sessions

__all__ = ["MOST_SESSIONS", "SessionTable", "Signed"]

MOST_SESSIONS = 16
"""Sessions of one person at once; the oldest ends when one more begins."""
_S, _M = sessions.c, moderators.c


class Signed(Struct, frozen=True):
    """A session. `session` is the hash of its token, `seen` when it was last used."""

    session: bytes
    tenant: str
    name: str
    csrf: str
    created: float
    seen: float
    expires: float
    agent: str


_COLUMNS = [
    _S.token.label("session"),
    *(_S[name] for name in Signed.__struct_fields__ if name != "session"),
]


class SessionTable:
    """The table of sessions. Every call raises RecordUnavailable when the database is away."""

    def __init__(self, where: Where | Path) -> None:
        self._engine = open_engine(where)

    def open(
        self, account: Account, signed: Signed, step: int | None, instead: bytes | None = None
    ) -> bool:
        """Begin a session; False where the account or its authenticator's step is another by now.

        `instead` is a session that ends in its favour.
        """
        same = (_M.tenant == account.tenant) & (_M.name == account.name) & _M.disabled.is_(None)
        same &= _M.password == account.password
        # As it is: an authenticator that was changed meanwhile has another secret.
        same &= _M.totp.is_(None) if account.totp is None else _M.totp == account.totp
        if step is not None:
            same &= _M.totp_used < step
        used = _M.totp_used if step is None else step
        with writing(self._engine) as connection:
            done = connection.execute(update(moderators).where(same).values(totp_used=used))
            if done.rowcount != 1:
                return False
            row = {**_values(signed), "ended": None}
            connection.execute(insert(sessions).values(**row))
            _end(connection, (_S.token == instead) & _S.ended.is_(None), signed.created)
            self._end_oldest(connection, signed)
        return True

    def end(self, session: bytes, now: float) -> None:
        """End one; nothing happens where it has ended."""
        with writing(self._engine) as connection:
            _end(connection, (_S.token == session) & _S.ended.is_(None), now)

    def find(self, session: bytes, now: float) -> Signed | None:
        """Return one that has not ended."""
        one = select(*_COLUMNS).where(_S.token == session, _S.ended.is_(None), _S.expires > now)
        with reading(self._engine) as connection:
            row = connection.execute(one).first()
        return None if row is None else _signed(row)

    def live(self, now: float) -> list[Signed]:
        """Return all that have not ended; some may have been unused for too long."""
        query = select(*_COLUMNS).where(_S.ended.is_(None), _S.expires > now)
        with reading(self._engine) as connection:
            return [_signed(row) for row in connection.execute(query)]

    def touch(self, seen: Iterable[tuple[bytes, float]]) -> None:
        """Say when sessions were last used, here; what another gateway said later stays."""
        at = dict(seen)
        later = (_S.token == bindparam("session")) & (_S.seen < bindparam("at"))
        # Those that somebody is ending are left out: nobody may wait here who holds locks.
        free = select(_S.token).where(_S.token.in_(list(at))).with_for_update(skip_locked=True)
        with writing(self._engine) as connection:
            found = [bytes(token) for (token,) in connection.execute(free)]
            if found:
                rows = [{"session": session, "at": at[session]} for session in found]
                connection.execute(update(sessions).where(later).values(seen=bindparam("at")), rows)

    def purge(self, before: float) -> int:
        """Delete what expired before a time; return how many."""
        with writing(self._engine) as connection:
            return connection.execute(delete(sessions).where(_S.expires < before)).rowcount

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def _end_oldest(self, connection: Connection, signed: Signed) -> None:
        theirs = (_S.tenant == signed.tenant) & (_S.name == signed.name) & _S.ended.is_(None)
        query = select(_S.token).where(theirs, _S.expires > signed.created)
        rows = connection.execute(query.order_by(_S.created.desc(), _S.token)).all()
        for (token,) in rows[MOST_SESSIONS:]:
            _end(connection, _S.token == token, signed.created)


def _end(connection: Connection, which: Any, now: float) -> None:
    connection.execute(update(sessions).where(which).values(ended=now))


def _values(signed: Signed) -> dict[str, Any]:
    values = {name: getattr(signed, name) for name in Signed.__struct_fields__}
    values["token"] = values.pop("session")
    return values


def _signed(row: Row[Any]) -> Signed:
    values = dict(row._mapping)
    return Signed(**{**values, "session": bytes(values["session"])})
