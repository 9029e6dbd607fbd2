"""Where the record lives, and how everything but the hot writer talks to it.

SQLite is told here to lock early (a transaction that will write says so), to wait rather than fail
while another process writes, and to be durable. Nothing here imports Alembic: migrations run in a
child process, so that a serving process never carries it.
"""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool

from gateway.record.schema import REVISION
from gateway.record.spawn import DATABASE_FILE, command, environment
from seawall.errors import ConfigError, RecordUnavailable

__all__ = ["database_path", "ensure", "open_engine", "reading", "writing"]

BUSY_S = 5.0
"""How long a statement waits for another process's write."""
MIGRATION_S = 120.0


def database_path(data: Path) -> Path:
    """Return the database file of a data folder."""
    return data / DATABASE_FILE


def ensure(data: Path) -> None:
    """Make the data folder and bring its database to this code's schema; cheap when it is there.

    Blocks, up to two minutes where a migration has work to do. Raises ConfigError when the
    database cannot be used and RecordUnavailable when migrating it takes too long.
    """
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{data}: cannot be used as the data folder: {error}") from error
    if _revision(database_path(data).absolute()) == REVISION:
        return
    try:
        done = subprocess.run(
            command("gateway.record.migrate", str(database_path(data))),
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=MIGRATION_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise RecordUnavailable(f"{data}: the migration took over {MIGRATION_S:.0f} s") from error
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:] or [f"exit status {done.returncode}"]
        raise ConfigError(f"{database_path(data)}: cannot be migrated: {last[0]}")


def _revision(path: Path) -> str | None:
    """Read the schema's version without creating anything; None where there is none to read."""
    if not path.exists():
        return None
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=BUSY_S)) as db:
            row = db.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.DatabaseError:
        return None  # not migrated yet, or broken: the migration says which
    return None if row is None else str(row[0])


def open_engine(data: Path) -> Engine:
    """Open the record for `reading` and `writing`. Raises ConfigError when there is none."""
    path = database_path(data).absolute()
    if not path.exists():
        raise ConfigError(f"{data}: holds no record ({path.name})")
    engine = create_engine(
        "sqlite://",
        creator=lambda: _connect(path),
        poolclass=QueuePool,
        pool_size=2,
        max_overflow=2,
        pool_timeout=BUSY_S,
    )
    event.listen(engine, "begin", _begin)
    return engine


def _connect(path: Path) -> sqlite3.Connection:
    # Left to itself the driver begins late, and leaves DDL outside of transactions: hence None.
    connection = sqlite3.connect(
        f"{path.as_uri()}?mode=rw",
        uri=True,
        timeout=BUSY_S,
        isolation_level=None,
        check_same_thread=False,  # the pool lends it to one thread at a time
    )
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA secure_delete=ON")
    return connection


def _begin(connection: Connection) -> None:
    early = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if early else "BEGIN")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Read one consistent state. Raises RecordUnavailable when the database does not answer."""
    try:
        with engine.connect() as connection, connection.begin():
            yield connection
    except (DBAPIError, PoolTimeout) as error:
        raise RecordUnavailable(f"the record cannot be read: {_cause(error)}") from error


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Read and write in one durable transaction, or not at all. Raises RecordUnavailable."""
    try:
        with (
            engine.connect().execution_options(writes=True) as connection,
            connection.begin(),
        ):
            yield connection
    except (DBAPIError, PoolTimeout) as error:
        raise RecordUnavailable(f"the record cannot be written: {_cause(error)}") from error


def _cause(error: DBAPIError | PoolTimeout) -> BaseException:
    return (error.orig or error) if isinstance(error, DBAPIError) else error
