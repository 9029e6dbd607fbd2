"""How everything but the hot writer talks to the record.

SQLite is told here to lock early (a transaction that will write says so), to wait rather than fail
while another process writes, and to be durable; PostgreSQL needs no telling but how long to wait.
Nothing here imports Alembic: migrations run in a child process, so that a serving process never
carries it. PostgreSQL's driver is imported where that is in use: it weighs 11 MiB.
"""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event
from sqlalchemy.exc import DBAPIError, DisconnectionError, TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from gateway.record.schema import REVISION
from gateway.record.secret import check_value, load_secret
from gateway.record.spawn import command
from gateway.record.where import Where, as_where
from seawall.errors import ConfigError, RecordUnavailable

__all__ = ["Where", "as_where", "database_path", "ensure", "open_engine", "reading", "writing"]

BUSY_S = 5.0
"""How long a statement may take, and how long it waits for another process's write."""
MIGRATION_S = 120.0


def database_path(where: Where | Path) -> Path:
    """Return the SQLite file. Raises ConfigError where the record is in PostgreSQL."""
    file = as_where(where).file
    if file is None:
        raise ConfigError("the record is in PostgreSQL: it has no file")
    return file


def ensure(where: Where | Path) -> None:
    """Make the data folder and bring the database to this code's schema; cheap when it is there.

    Blocks, up to two minutes where a migration has work to do. Raises ConfigError when the
    database cannot be used or belongs to another secret, RecordUnavailable when it does not
    answer or migrating it takes too long.
    """
    where = as_where(where)
    try:
        where.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{where.data}: cannot be used as the data folder: {error}") from error
    own = check_value(load_secret(where.data))
    revision, check = _marks(where)
    if (revision, check) != (REVISION, own):
        _refuse_other(where, check, own)
        _migrate(where)
        _refuse_other(where, _marks(where)[1], own)


def _refuse_other(where: Where, check: str | None, own: str) -> None:
    if check not in (None, own):
        raise ConfigError(
            f"{where.shown}: was written with another secret; gateways that share a database "
            "share SEAWALL_SECRET (or their secret.key)"
        )


def _migrate(where: Where) -> None:
    try:
        done = subprocess.run(
            command("gateway.record.migrate", str(where.data)),
            env=where.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=MIGRATION_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        why = f"{where.shown}: the migration took over {MIGRATION_S:.0f} s"
        raise RecordUnavailable(why) from error
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:] or [f"exit status {done.returncode}"]
        raise ConfigError(f"{where.shown}: cannot be migrated: {last[0]}")


def _marks(where: Where) -> tuple[str | None, str | None]:
    """Read the schema's version and the secret's check value without creating anything."""
    if (file := where.file) is not None:
        return _file_marks(file)
    from gateway.record import postgres

    postgres.check_address(where)
    try:
        return postgres.read_marks(where)
    except postgres.Error as error:
        why = f"{where.shown}: does not answer: {postgres.cause(where, error)}"
        raise RecordUnavailable(why) from None  # the chain would repeat what was taken out


def _file_marks(path: Path) -> tuple[str | None, str | None]:
    if not path.exists():
        return None, None
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=BUSY_S)) as db:
            version = db.execute("SELECT version_num FROM alembic_version").fetchone()
            check = db.execute("SELECT value FROM meta WHERE key = 'secret'").fetchone()
    except sqlite3.DatabaseError:
        return None, None  # not migrated yet, or broken: the migration says which
    return str(version[0]) if version else None, str(check[0]) if check else None


def open_engine(where: Where | Path) -> Engine:
    """Open the record for `reading` and `writing`. Raises ConfigError when there is none.

    A PostgreSQL server need not be there yet: using the engine says whether it is.
    """
    where = as_where(where)
    if (file := where.file) is not None:
        if not file.exists():
            raise ConfigError(f"{where.data}: holds no record ({file.name})")
        return _open_file(file)
    from gateway.record import postgres

    postgres.check_address(where)
    # The server's address stays in the creator: an engine's URL is printed in many places.
    engine = create_engine(
        "postgresql+psycopg://",
        creator=lambda: postgres.connect(where, statement_s=BUSY_S),
        pool_size=2,
        max_overflow=2,
        pool_timeout=BUSY_S,
        pool_pre_ping=True,
        hide_parameters=True,
        use_native_hstore=False,
    )
    event.listen(engine, "before_cursor_execute", _as_written, retval=True)
    return engine


def _open_file(path: Path) -> Engine:
    engine = create_engine(
        "sqlite://",
        creator=lambda: _connect(path),
        poolclass=QueuePool,
        pool_size=2,
        max_overflow=2,
        pool_timeout=BUSY_S,
        hide_parameters=True,  # an error's text is logged, and these are people's
    )

    def remember(_connection: sqlite3.Connection, entry: ConnectionPoolEntry) -> None:
        entry.info["file"] = _identity(path)

    def same(_connection: sqlite3.Connection, entry: ConnectionPoolEntry, _proxy: object) -> None:
        if entry.info["file"] != _identity(path):
            raise DisconnectionError("the database file was replaced")

    def stuck(context: ExceptionContext) -> None:
        # A connection that found the file unwritable stays so when the file is not any more.
        if "readonly" in str(context.original_exception):
            context.is_disconnect = True

    event.listen(engine, "before_cursor_execute", _as_written, retval=True)
    event.listen(engine, "handle_error", stuck)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "connect", remember)
    event.listen(engine, "checkout", same)
    return engine


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


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


def _as_written(
    _connection: Connection, _cursor: object, statement: str, values: Any, *_rest: object
) -> tuple[str, Any]:  # values as the driver takes them: a tuple, a dict, or a list of these
    """Ask for U+0000 as the ledger writes it: PostgreSQL refuses it, and ids may hold it."""
    return statement, _bare(values)


def _bare(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "\u2400")
    if isinstance(value, tuple | list):
        return type(value)(_bare(each) for each in value)
    if isinstance(value, dict):
        return {name: _bare(each) for name, each in value.items()}
    return value


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Read one consistent state. Raises RecordUnavailable when the database does not answer."""
    options = {} if engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
    try:
        with (
            engine.connect().execution_options(**options) as connection,
            connection.begin(),
        ):
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
