"""How this process connects to PostgreSQL: never waiting long, never telling the password.

1. A server that does not answer costs CONNECT_S. A statement may take the time its caller allows:
   the server ends it then, and where the server itself stands still we give it up PATIENCE_S later.
2. What goes wrong is told by `cause`: libpq repeats parts of an address it cannot read.
"""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from typing import Any, TypeVar

import psycopg
from psycopg import Error
from psycopg.abc import PQGen
from psycopg.conninfo import conninfo_to_dict

from gateway.record.where import Where
from seawall.errors import ConfigError

__all__ = ["Connection", "Error", "cause", "check_address", "connect", "read_marks"]

CONNECT_S = 2
PATIENCE_S = 1.0
_T = TypeVar("_T")


class Connection(psycopg.Connection[tuple[Any, ...]]):  # a row holds whatever was asked for
    """A connection that closes itself when the server does not answer for `patience_s`.

    A paused server keeps its sockets open: neither TCP nor its own statement timeout would tell.
    """

    patience_s = float(CONNECT_S)

    def wait(self, gen: PQGen[_T], interval: float = 0.1, timeout: float | None = None) -> _T:
        """Wait for an answer. Raises OperationalError."""
        allowed_s = self.patience_s if timeout is None else timeout
        until = time.monotonic() + allowed_s
        try:
            return super().wait(gen, interval, allowed_s)
        except psycopg.OperationalError as error:
            if timeout is not None or time.monotonic() < until:
                raise
            self.close()
            raise psycopg.OperationalError(f"no answer within {allowed_s:.1f} s") from error


def check_address(where: Where) -> dict[str, Any]:  # strings and numbers, as libpq has them
    """Return an address taken apart. Raises ConfigError, without the address, for a broken one."""
    with suppress(psycopg.ProgrammingError):  # it repeats the address, so nothing follows from it
        return dict(conninfo_to_dict(where.conninfo))
    raise ConfigError("database: the address is none that PostgreSQL's libpq can read")


def connect(where: Where, *, statement_s: float, autocommit: bool = False) -> Connection:
    """Open a connection whose statements may take `statement_s`. Raises psycopg.Error."""
    # The driver warns on stderr of broken pipelines; whatever it warns of is also raised.
    logging.getLogger("psycopg").setLevel(logging.CRITICAL)
    given = check_address(where)
    options = f"{given.get('options') or ''} -c statement_timeout={statement_s * 1000:.0f}".strip()
    defaults: dict[str, Any] = {
        "application_name": "seawall",
        "connect_timeout": CONNECT_S,
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
    }
    ours: dict[str, Any] = {"options": options, "client_encoding": "UTF8"}
    connection = Connection.connect(**(defaults | given | ours), autocommit=autocommit)
    connection.patience_s = statement_s + PATIENCE_S
    return connection


def cause(where: Where, error: BaseException) -> str:
    """Say in one line what went wrong, with the password taken out wherever it stands."""
    text = " ".join(str(error).split()) or type(error).__name__
    password = check_address(where).get("password") if where.file is None else None
    return text.replace(str(password), "***") if password else text


def read_marks(where: Where) -> tuple[str | None, str | None]:
    """Return the schema's version and the secret's check value, None where there is none yet.

    Raises psycopg.Error when the server does not answer, ConfigError for one that is no UTF-8.
    """
    with connect(where, statement_s=10.0, autocommit=True) as connection:
        if connection.info.parameter_status("server_encoding") != "UTF8":
            raise ConfigError(f"{where.shown}: the database's encoding must be UTF8")
        try:
            version = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            check = connection.execute("SELECT value FROM meta WHERE key = 'secret'").fetchone()
        except psycopg.errors.UndefinedTable:
            return None, None
    return str(version[0]) if version else None, str(check[0]) if check else None
