"""Bring a database to the newest schema. Runs as a process of its own: it imports Alembic.

    python -m gateway.record.migrate seawall.db

SQLite's changes to tables are put inside one transaction that locks first: a migration that is
killed leaves nothing behind, and of two that start together one waits and finds its work done.
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
from sqlalchemy.exc import DBAPIError

from gateway.record.database import open_engine

__all__ = ["config", "main", "migrate"]

_SCRIPTS = Path(__file__).with_name("migrations")


def config() -> Config:
    """Return Alembic's configuration: only where the migrations are."""
    settings = Config()
    settings.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    settings.set_main_option("path_separator", "os")
    return settings


def migrate(path: Path) -> None:
    """Create the database if need be and migrate it. Raises DBAPIError or CommandError."""
    os.umask(0o077)  # the database holds what people wrote
    with closing(sqlite3.connect(path, timeout=30.0)) as database:
        database.execute("PRAGMA journal_mode=WAL")
    engine = open_engine(path.parent)
    try:
        with engine.connect().execution_options(writes=True) as connection, connection.begin():
            settings = config()
            settings.attributes["connection"] = connection
            command.upgrade(settings, "head")
    finally:
        engine.dispose()


def main() -> int:
    """Run the command line: one argument, the database file."""
    try:
        migrate(Path(sys.argv[1]))
    except (sqlite3.DatabaseError, DBAPIError, CommandError) as error:
        sys.stderr.write(f"{' '.join(str(error).split())}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
