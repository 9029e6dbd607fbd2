"""Batches into PostgreSQL.

1. A batch is one transaction in one round trip: its statements go out in a pipeline. A table's rows
   travel as one JSON value that the server takes apart, which costs a quarter of what a parameter
   a column does on our side.
2. A connection that breaks during COMMIT leaves open whether the batch is there. It is sent again;
   that its rows stand already under the very same hash is then no conflict.
3. Before all else a transaction locks the messages it decides (`repeats`): whoever else decides
   one of them waits for its end, and sees it. That another verdict stands ends the transaction on
   the server, so that nobody waits for our answer to it.
4. Rows are written in the order of their keys, so that two writers seldom wait for each other in a
   circle; when they do, the server ends one of the two and it tries again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set as AbstractSet
from operator import itemgetter

import msgspec
import psycopg
from psycopg.errors import (
    DeadlockDetected,
    DivisionByZero,
    SerializationFailure,
    UniqueViolation,
)

from gateway.record import postgres
from gateway.record.chain import GENESIS, Head
from gateway.record.columns import (
    COLUMNS,
    ENDED_S,
    HEADS_S,
    HOLDS_S,
    KEYS,
    LINES_S,
    STRIKES_S,
    UPDATES,
)
from gateway.record.entry import TOO_LATE
from gateway.record.ledger import Batch, Value, certain
from gateway.record.repeats import Key, buckets, standing
from gateway.record.where import Where
from seawall.errors import OurFault, RecordUnavailable

__all__ = ["PostgresStore"]

STATEMENT_S = 5.0
_TRIES = 5
_JSON = msgspec.json.Encoder().encode
_TYPES = {
    **dict.fromkeys(("form",), "integer"),
    **dict.fromkeys(("seq", "n", "rev", "count", "strikes", "viewers"), "bigint"),
    **dict.fromkeys(("at", "score", "ms_total", "created", "expires"), "double precision"),
    **dict.fromkeys(("decided", "told", "for_s", "ended_at", "leased"), "double precision"),
    **dict.fromkeys(("sent", "until", "set_at", "changed", "due"), "double precision"),
    **dict.fromkeys(("legal_hold",), "boolean"),
}
_BYTES = frozenset({"prev", "hash", "sealed"})


def _type(table: str, name: str) -> str:
    if name == "ended":  # a time for commands, a fact for labels and strikes
        return "boolean" if table in ("labels", "strikes") else "double precision"
    return _TYPES.get(name, "text")


def _source(table: str, columns: Sequence[str]) -> str:
    names = ", ".join(f'"{name}" {_type(table, name)}' for name in columns)
    return f"json_to_recordset(%s::json) AS r({names})"


def _insert(table: str, conflict: str = "") -> str:
    columns = COLUMNS[table]
    names = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join(
        f"decode(r.\"{name}\", 'base64')" if name in _BYTES else f'r."{name}"' for name in columns
    )
    source = _source(table, columns)
    return f"INSERT INTO {table} ({names}) SELECT {values} FROM {source} {conflict}"


def _update(table: str, rows: str, changes: str, condition: str = "") -> str:
    same = " AND ".join(f't."{name}" = r."{name}"' for name in KEYS[rows])
    source = _source(rows, UPDATES[rows])
    return f"UPDATE {table} AS t SET {changes} FROM {source} WHERE {same} {condition}"


def _struck_again() -> str:
    """An event strikes once, unless its decision came too late and was taken back."""
    key = KEYS["strikes"]
    rest = (name for name in COLUMNS["strikes"] if name not in key)
    changes = ", ".join(f'"{name}" = excluded."{name}"' for name in rest)
    names = ", ".join(f'"{name}"' for name in key)
    fallen = f"strikes.ended AND strikes.rule = '{TOO_LATE}'"
    return f"ON CONFLICT ({names}) DO UPDATE SET {changes} WHERE {fallen}"


def _fallen(table: str, condition: str) -> str:
    """Delete what was kept beside decisions that were taken back as too late."""
    source = _source("fallen", UPDATES["fallen"])
    same = "t.tenant = r.tenant AND t.id = r.id AND t.rev = r.rev"
    return f"DELETE FROM {table} AS t USING {source} WHERE {same} {condition}"


def _fallen_strikes() -> str:
    """End the strikes of such decisions; a row stays for a while: others may have heard of it."""
    source = _source("fallen", UPDATES["fallen"])
    changes = f"ended = true, rule = '{TOO_LATE}', changed = r.changed"
    same = 't.tenant = r.tenant AND t."user" = r."user" AND t.event = r.id AND t.rev = r.rev'
    return f"UPDATE strikes AS t SET {changes} FROM {source} WHERE {same}"


def _newest_label() -> str:
    key = KEYS["labels"]
    rest = (name for name in COLUMNS["labels"] if name not in key)
    changes = ", ".join(f'"{name}" = excluded."{name}"' for name in rest)
    names = ", ".join(f'"{name}"' for name in key)
    return f"ON CONFLICT ({names}) DO UPDATE SET {changes} WHERE labels.set_at <= excluded.set_at"


_FIRST_COUNTS = ("evidence", "holds", "commands", "case_lines")
_BESIDE = (
    ("fallen", _fallen("evidence", "AND NOT t.legal_hold")),
    ("fallen", _fallen("holds", "")),
    ("fallen", _fallen_strikes()),
    *((name, _insert(name, "ON CONFLICT DO NOTHING")) for name in _FIRST_COUNTS),
    ("strikes", _insert("strikes", _struck_again())),
    ("labels", _insert("labels", _newest_label())),
    (
        "ends",
        _update(
            "commands",
            "ends",
            'outcome = r.outcome, "by" = r."by", reason = r.reason, ended = r.ended',
            "AND t.outcome IS NULL",
        ),
    ),
    ("strike_ends", _update("strikes", "strike_ends", "ended = true, changed = r.changed")),
    (
        "hold_ends",
        _update(
            "holds",
            "hold_ends",
            'outcome = coalesce(t.outcome, r.outcome), "by" = coalesce(t."by", r."by"),'
            " decided = coalesce(t.decided, r.decided), told = coalesce(t.told, r.told)",
        ),
    ),
)
_JOURNAL = _insert("journal")
_NAMES = COLUMNS | UPDATES
_META = (
    "INSERT INTO meta (key, value) VALUES (%s, %s)"
    " ON CONFLICT (key) DO UPDATE SET value = excluded.value"
)
_PUBLISH = (
    "INSERT INTO heads (writer, seq, hash, at) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING"
)
_LAST = "SELECT seq, hash, n FROM journal WHERE writer = %s ORDER BY seq DESC LIMIT 1"
_STANDING = (
    "SELECT tenant, event, rev, content FROM (SELECT value ->> 0 AS tenant, value ->> 1 AS event,"
    " (value ->> 2)::bigint AS rev, value ->> 3 AS content FROM json_array_elements(%s::json))"
    f" AS r WHERE {standing('%s')} = 1"
)
_LOCKS = 98710367
_LOCK = f"SELECT pg_advisory_xact_lock({_LOCKS}, place) FROM unnest(%s::int[]) AS place"
# The rows of a batch, or an error of a kind of its own where another writer's verdict stands on
# one. The statement begins when the locks are ours, and so does what it sees.
_FIRSTS = _JOURNAL.replace(
    'r."n",',
    "r.n / CASE WHEN r.kind = 'verdict' AND r.event <> ''"
    f" AND {standing('r.writer')} = 1 THEN 0 ELSE 1 END,",
)
_HASH = "SELECT hash FROM journal WHERE writer = %s AND seq = %s"
_DURABLE = (
    "SELECT set_config('synchronous_commit', 'on', false)"
    " WHERE current_setting('synchronous_commit') = 'off'"
)
# Who stands still in a transaction does not keep its locks: others wait for them.
_NO_IDLING = (
    f"SELECT set_config('idle_in_transaction_session_timeout', '{STATEMENT_S * 1000:.0f}', false)"
)


def _purge(table: str, condition: str) -> str:
    inner = f"SELECT ctid FROM {table} WHERE {condition} LIMIT %(limit)s FOR UPDATE SKIP LOCKED"
    return f"DELETE FROM {table} WHERE ctid = ANY(ARRAY({inner}))"


_OUTCOMES = "('done', 'failed', 'expired', 'superseded')"
_ENDED_COMMANDS = f"outcome IN {_OUTCOMES} AND expires <= %(at)s AND ended <= %(at)s"
_PURGES = (
    (_purge("evidence", "expires <= %(at)s AND NOT legal_hold"), 0.0),
    (_purge("holds", "decided <= %(at)s"), HOLDS_S),
    (_purge("commands", _ENDED_COMMANDS), ENDED_S),
    (_purge("labels", "ended AND changed <= %(at)s"), ENDED_S),
    (_purge("labels", "until <= %(at)s"), ENDED_S),
    (_purge("strikes", "ended AND changed <= %(at)s"), ENDED_S),
    (_purge("strikes", "NOT ended AND changed <= %(at)s"), STRIKES_S),
    (_purge("case_lines", "taken <> '' AND at <= %(at)s"), LINES_S),
    (_purge("heads", "at <= %(at)s"), HEADS_S),
)


class PostgresStore:
    """One connection to a server, opened by the first call and again after any trouble.

    One thread at a time may call.
    """

    def __init__(self, where: Where) -> None:
        postgres.check_address(where)
        self._where = where
        self._connection: psycopg.Connection | None = None

    def last(self, writer: str) -> tuple[Head, int]:
        """Return where a writer's chain ends and the number of its last entry; 0 when it is new."""
        try:
            row = self._open().execute(_LAST, (writer,)).fetchone()
        except psycopg.Error as error:
            raise self._unavailable(error) from None
        return (Head(row[0], bytes(row[1])), int(row[2])) if row else (Head(0, GENESIS), 0)

    def commit(
        self, batch: Batch, firsts: Sequence[Key] = (), sure: Callable[[], None] = certain
    ) -> AbstractSet[Key]:
        """Write a batch in one transaction and one round trip.

        Not where another writer's verdict stands on a first: asking which takes another. `sure` is
        called before anything is sent: from then on it is the server's.
        """
        sure()
        for tries in range(1, _TRIES + 1):
            try:
                self._write(self._open(), batch, firsts)
                break
            except DivisionByZero as error:
                if stand := self._standing(batch.writer, firsts):
                    return stand
                if tries == _TRIES:  # taken back each time before we could ask which
                    raise self._unavailable(error) from None
            except UniqueViolation as error:
                if not self._stands(batch):
                    raise OurFault(
                        f"another writer appends to chain {batch.writer}: {self._cause(error)}"
                    ) from error
                break
            except (DeadlockDetected, SerializationFailure) as error:
                if tries == _TRIES:
                    raise self._unavailable(error) from None
            except (psycopg.DataError, psycopg.IntegrityError) as error:
                raise OurFault(f"a batch cannot be written: {self._cause(error)}") from error
            except psycopg.Error as error:
                raise self._unavailable(error) from None
        return frozenset()

    def publish(self, writer: str, head: Head, at: float) -> None:
        """Note where a chain ended at a time."""
        try:
            self._open().execute(_PUBLISH, (writer, head.seq, head.hash, at))
        except psycopg.Error as error:
            raise self._unavailable(error) from None

    def purge(self, now: float, limit: int) -> int:
        """Delete what has had its time, as much as `limit` rows."""
        deleted = 0
        try:
            for statement, after_s in _PURGES:
                if deleted < limit:
                    values = {"at": now - after_s, "limit": limit - deleted}
                    deleted += self._open().execute(statement, values).rowcount
        except psycopg.Error as error:
            raise self._unavailable(error) from None
        return deleted

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> psycopg.Connection:
        if self._connection is None:
            connection = postgres.connect(self._where, statement_s=STATEMENT_S, autocommit=True)
            connection.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
            connection.execute(_DURABLE)
            connection.execute(_NO_IDLING.encode())
            self._connection = connection
        return self._connection

    def _write(self, connection: psycopg.Connection, batch: Batch, firsts: Sequence[Key]) -> None:
        head = batch.head
        with connection.pipeline(), connection.transaction():
            if firsts:
                places = f"{{{','.join(map(str, buckets(firsts)))}}}"  # a list costs more
                connection.execute(_LOCK.encode(), (places,), prepare=True)
            _send(connection, _FIRSTS if firsts else _JOURNAL, "journal", batch.journal)
            for name, statement in _BESIDE:
                rows: list[tuple[Value, ...]] = getattr(batch, name)
                if rows:
                    _send(connection, statement, name, _in_order(name, rows))
            place = (f"head:{batch.writer}", f"{head.seq}:{head.hash.hex()}")
            connection.execute(_META, place, prepare=True)

    def _standing(self, writer: str, keys: Sequence[Key]) -> set[Key]:
        values = (_JSON(keys).decode(), writer)
        try:
            rows = self._open().execute(_STANDING.encode(), values).fetchall()
        except psycopg.Error as error:
            raise self._unavailable(error) from None
        return {(str(row[0]), str(row[1]), int(row[2]), str(row[3])) for row in rows}

    def _stands(self, batch: Batch) -> bool:
        """Say whether this very batch was written before, the connection having broken then."""
        try:
            row = self._open().execute(_HASH, (batch.writer, batch.head.seq)).fetchone()
        except psycopg.Error as error:
            raise self._unavailable(error) from None
        return row is not None and bytes(row[0]) == batch.head.hash

    def _cause(self, error: psycopg.Error) -> str:
        return postgres.cause(self._where, error)

    def _unavailable(self, error: psycopg.Error) -> RecordUnavailable:
        """Let go of the connection, so that the next call makes a new one."""
        self.close()
        return RecordUnavailable(f"{self._where.shown}: {self._cause(error)}")


def _send(
    connection: psycopg.Connection, statement: str, name: str, rows: list[tuple[Value, ...]]
) -> None:
    names = _NAMES[name]
    values = _JSON([dict(zip(names, row, strict=True)) for row in rows]).decode()
    connection.execute(statement.encode(), (values,), prepare=True)


def _in_order(name: str, rows: list[tuple[Value, ...]]) -> list[tuple[Value, ...]]:
    """Sort rows by their keys; of changes to one row keep the one that counts.

    An UPDATE that finds two takes any, and an upsert refuses them.
    """
    if len(rows) == 1:
        return rows
    names = _NAMES[name]
    key = itemgetter(*(names.index(each) for each in KEYS[name]))
    if name == "labels":  # the newest counts
        rows = sorted(rows, key=itemgetter(names.index("set_at")))
        rows = list({key(row): row for row in rows}.values())
    elif name in UPDATES or name in ("holds", "strikes"):  # the first counts
        rows = list({key(row): row for row in reversed(rows)}.values())
    return sorted(rows, key=key)
