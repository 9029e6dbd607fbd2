"""What was answered under an `Idempotency-Key`, so that who repeats a request is told the same.

Rules:
1. A key is one person's (or key's) in one tenant, for 24 hours, and of one request: method, path,
   question and body. With another request it is refused (422 `key_reused`).
2. While the first is under way the second is refused (409 `in_progress`). One that a gateway has
   left under way for `UNDER_WAY_S` (it died, or gave up waiting) may be made again: what the parts
   behind the API do is compare-and-set, so it happens once all the same, or is told what stands.
3. Only what was done is kept. A refused wish has done nothing, so asking again asks anew.
4. Bodies hold names and decisions: they are sealed, bound to their key.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from gateway.record import schema_people as schema
from gateway.record.database import Where, as_where, open_engine, writing
from gateway.record.seal import Seal
from gateway.record.secret import load_secret
from gateway.refusal import Refused, conflict

__all__ = ["AnsweredCalls", "Kept", "Mark", "fingerprint"]

KEPT_S = 24 * 3600.0
UNDER_WAY_S = 60.0
_SWEPT = 200
_T = schema.answered_calls
_C = _T.c


class Mark(Struct, frozen=True):
    """Whose key it is."""

    tenant: str
    who: str
    key: str


class Kept(Struct, frozen=True):
    """An answer that was given: `headers` are those that belong to it."""

    status: int
    media: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


_ENCODE = msgspec.msgpack.Encoder().encode
_DECODE = msgspec.msgpack.Decoder(Kept).decode


def fingerprint(method: str, path: str, body: bytes) -> bytes:
    """Return what two requests share that are the same. `path` is with its question."""
    head = f"{method}\0{path}\0".encode("utf-8", "surrogatepass")
    return sha256(head + body).digest()


class AnsweredCalls:
    """The table of answered calls. Calls run in a thread and raise RecordUnavailable."""

    def __init__(self, where: Where | Path, wall: Callable[[], float] = time.time) -> None:
        self._engine = open_engine(where)
        self._seal = Seal(load_secret(as_where(where).data))
        self._wall = wall

    async def begin(self, mark: Mark, asked: bytes) -> Kept | None:
        """Return what was answered, or None: it is under way now. Raises Refused 409, 422."""
        return await asyncio.to_thread(self._begin, mark, asked, self._wall())

    async def finish(self, mark: Mark, answer: Kept) -> None:
        """Keep what was answered."""
        await asyncio.to_thread(self._finish, mark, answer, self._wall())

    async def drop(self, mark: Mark) -> None:
        """Forget that it is under way: nothing was done."""
        await asyncio.to_thread(self._drop, mark)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def _begin(self, mark: Mark, asked: bytes, now: float) -> Kept | None:
        with writing(self._engine) as connection:
            _sweep(connection, now)
            fresh = {"asked": asked, "status": 0, "body": b"", "at": now}
            try:
                with connection.begin_nested():
                    connection.execute(insert(_T).values(**msgspec.structs.asdict(mark), **fresh))
            except IntegrityError:
                return self._again(connection, mark, asked, now)
        return None

    def _again(self, connection: Connection, mark: Mark, asked: bytes, now: float) -> Kept | None:
        row = connection.execute(select(_T).where(_mine(mark))).one_or_none()
        if row is None or (row.status == 0 and row.at > now - UNDER_WAY_S):
            raise conflict("in_progress", "the first request with this key is under way")
        if row.at <= now - KEPT_S:
            fresh = {"asked": asked, "status": 0, "body": b"", "at": now}
            connection.execute(update(_T).where(_mine(mark)).values(**fresh))
            return None
        if bytes(row.asked) != asked:
            raise Refused(422, "key_reused", "another request was made with this Idempotency-Key")
        if row.status == 0:
            left = and_(_mine(mark), _C.status == 0, _C.at == row.at)
            if connection.execute(update(_T).where(left).values(at=now)).rowcount != 1:
                raise conflict("in_progress", "the first request with this key is under way")
            return None
        return _DECODE(self._seal.open_bytes(bytes(row.body), _place(mark)))

    def _finish(self, mark: Mark, answer: Kept, now: float) -> None:
        body = self._seal.seal_bytes(_ENCODE(answer), _place(mark))
        told = {"status": answer.status, "body": body, "at": now}
        with writing(self._engine) as connection:
            connection.execute(update(_T).where(_mine(mark), _C.status == 0).values(**told))

    def _drop(self, mark: Mark) -> None:
        with writing(self._engine) as connection:
            connection.execute(delete(_T).where(_mine(mark), _C.status == 0))


def _sweep(connection: Connection, now: float) -> None:
    """Delete some of what is too old: a little with each call keeps the table at a day's size."""
    old = select(_C.tenant, _C.who, _C.key).where(_C.at <= now - KEPT_S).limit(_SWEPT)
    for tenant, who, key in connection.execute(old).all():
        connection.execute(delete(_T).where(_mine(Mark(tenant, who, key)), _C.at <= now - KEPT_S))


def _mine(mark: Mark) -> ColumnElement[bool]:
    return and_(_C.tenant == mark.tenant, _C.who == mark.who, _C.key == mark.key)


def _place(mark: Mark) -> bytes:
    return b"answered\0" + _ENCODE(mark)
