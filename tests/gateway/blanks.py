"""Migrated PostgreSQL databases that tests hand on: to make one anew takes ten times as long.

A test gives back what it may have filled, with whoever is still connected. It is emptied down to
the rows of the template; where the tables themselves are no longer the template's it is dropped.
"""

from __future__ import annotations

from typing import Any, LiteralString

import psycopg
from psycopg import Connection, sql

from tests.gateway.postgres import PostgresServer

__all__ = ["Blanks"]

Rows = list[tuple[Any, ...]]  # as the driver gives them

_OTHERS: LiteralString = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_SHAPE: LiteralString = """
SELECT c.relname, c.relkind::text, c.reloptions, a.attname, a.atttypid, a.attnotnull,
    pg_get_expr(d.adbin, d.adrelid), pg_get_indexdef(i.indexrelid)
FROM pg_class c
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
LEFT JOIN pg_index i ON i.indexrelid = c.oid
WHERE c.relnamespace NOT IN (
    SELECT oid FROM pg_namespace WHERE nspname LIKE 'pg\\_%' OR nspname = 'information_schema'
) ORDER BY c.relname, a.attnum
"""
_RULES: LiteralString = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT tgrelid::regclass::text, tgname, tgenabled::text FROM pg_trigger
WHERE NOT tgisinternal
UNION ALL SELECT setrole::text, 'setting', setconfig::text FROM pg_db_role_setting
ORDER BY 1, 2
"""
_TABLES: LiteralString = """
SELECT relname FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname
"""


class Blanks:
    """Databases like a migrated one that nobody has written to."""

    def __init__(self, server: PostgresServer, template: str) -> None:
        self._server = server
        self._template = template
        self._free: list[str] = []
        with self._inside(template) as connection:
            self._shape = _shape(connection)
            self._tables = [str(name) for (name,) in connection.execute(_TABLES)]
            kept = {name: _rows(connection, name) for name in self._tables}
        self._kept = {name: rows for name, rows in kept.items() if rows}

    def take(self) -> str:
        """Return the name of a database of one's own."""
        return self._free.pop() if self._free else self._server.create(self._template)

    def give_back(self, name: str) -> None:
        """Empty it for the next, or drop it; the server must run."""
        with self._inside(name) as connection:
            connection.execute(_OTHERS)
            same = _shape(connection) == self._shape
            if same:
                self._empty(connection)
        if same:
            self._free.append(name)
        else:
            self._server.drop(name)

    def _inside(self, name: str) -> Connection[Any]:  # Any: what a row is
        return psycopg.connect(self._server.url(name), autocommit=True)

    def _empty(self, connection: Connection[Any]) -> None:
        some = sql.SQL("SELECT {} WHERE EXISTS (SELECT 1 FROM {})")
        each = [some.format(sql.Literal(name), sql.Identifier(name)) for name in self._tables]
        full = [name for (name,) in connection.execute(sql.SQL(" UNION ALL ").join(each))]
        spoilt = {name for name, rows in self._kept.items() if _rows(connection, name) != rows}
        written = [name for name in full if name not in self._kept or name in spoilt]
        with connection.transaction():
            if written:
                names = sql.SQL(", ").join(map(sql.Identifier, written))
                connection.execute(sql.SQL("TRUNCATE {}").format(names))
            for name in spoilt:
                self._fill(connection, name)

    def _fill(self, connection: Connection[Any], name: str) -> None:
        rows = self._kept[name]
        places = sql.SQL(", ").join([sql.Placeholder()] * len(rows[0]))
        insert = sql.SQL("INSERT INTO {} VALUES ({})").format(sql.Identifier(name), places)
        for row in rows:
            connection.execute(insert, row)


def _shape(connection: Connection[Any]) -> tuple[Rows, Rows]:
    return connection.execute(_SHAPE).fetchall(), connection.execute(_RULES).fetchall()


def _rows(connection: Connection[Any], name: str) -> Rows:
    rows = connection.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(name))).fetchall()
    return sorted(rows)
