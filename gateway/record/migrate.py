"""Bring a database to the newest schema. Runs as a process of its own: it imports Alembic.

    python -m gateway.record.migrate DATA_FOLDER

The database is the folder's own, or the one in SEAWALL_DATABASE. All changes stand in one
transaction that locks first: a migration that is killed leaves nothing behind, and of two that
start together one waits and finds its work done.
"""

from __future__ import annotations

import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from psycopg import Error as PostgresError
from sqlalchemy import Connection, Engine, create_engine, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from gateway.record import postgres
from gateway.record.database import open_engine
from gateway.record.schema import meta
from gateway.record.seal import Seal
from gateway.record.secret import check_value, load_secret
from gateway.record.where import Where, as_where
from seawall.errors import SeawallError

__all__ = ["config", "main", "migrate"]

MIGRATION_S = 110.0
_SCRIPTS = Path(__file__).with_name("migrations")
_LOCK = text("SELECT pg_advisory_xact_lock(:key)")
_LOCK_KEY = int.from_bytes(b"seawall")


def config(connection: Connection, seal: Seal) -> Config:
    """Return Alembic's configuration: where the migrations are, and what they work with."""
    settings = Config()
    settings.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    settings.set_main_option("path_separator", "os")
    settings.attributes["connection"] = connection
    settings.attributes["seal"] = seal
    return settings


def migrate(where: Where | Path) -> None:
    """Create the tables if need be and migrate them, and note which secret they belong to.

    Raises DBAPIError, CommandError or ConfigError.
    """
    where = as_where(where)
    os.umask(0o077)  # the database holds what people wrote
    secret = load_secret(where.data)
    if (file := where.file) is not None:
        with closing(sqlite3.connect(file, timeout=30.0)) as database:
            database.execute("PRAGMA journal_mode=WAL")
    engine = _open(where)
    try:
        with engine.connect().execution_options(writes=True) as connection, connection.begin():
            if file is None:
                connection.execute(_LOCK, {"key": _LOCK_KEY})
            command.upgrade(config(connection, Seal(secret)), "head")
            _note(connection, check_value(secret))
    finally:
        engine.dispose()
    if file is not None:
        # What a migration encrypted stood there plainly: it is not to stay in the WAL either.
        with closing(sqlite3.connect(file, timeout=30.0)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _open(where: Where) -> Engine:
    if where.file is not None:
        return open_engine(where)
    return create_engine(
        "postgresql+psycopg://",
        creator=lambda: postgres.connect(where, statement_s=MIGRATION_S),
        poolclass=NullPool,
        hide_parameters=True,
        use_native_hstore=False,
    )


def _note(connection: Connection, check: str) -> None:
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    known = select(meta.c.value).where(meta.c.key == "secret")
    if connection.execute(known).one_or_none() is None:
        row = insert(meta).values(key="secret", value=check)
        connection.execute(row.on_conflict_do_nothing())


def main() -> int:
    """Run the command line: one argument, the data folder."""
    where = Where.inherited(Path(sys.argv[1]))
    try:
        migrate(where)
    except (sqlite3.DatabaseError, PostgresError, DBAPIError, CommandError, SeawallError) as error:
        origin = error.orig if isinstance(error, DBAPIError) and error.orig else error
        sys.stderr.write(f"{postgres.cause(where, origin)}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
