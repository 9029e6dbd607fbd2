"""Where the record of a gateway lives: its own folder, and the database, which may be elsewhere.

A database's address may carry a password: it is in no message, no repr and no command line.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from gateway.record.spawn import DATABASE_FILE, environment
from seawall.errors import ConfigError

__all__ = ["URL_VARIABLE", "Where", "as_where"]

URL_VARIABLE = "SEAWALL_DATABASE"
"""How a child process is told the address: other users of the machine can read command lines."""
_SQLITE = "sqlite://"
_POSTGRES = ("postgresql", "postgres", "postgresql+psycopg")


@dataclass(frozen=True, slots=True)
class Where:
    """A data folder, and the address of the database: empty for a file in that folder."""

    data: Path
    url: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        scheme = self.url.partition("://")[0] if "://" in self.url else None
        if not self.url or scheme in _POSTGRES:
            return
        if scheme != "sqlite" or len(self.url.removeprefix(_SQLITE).strip("/")) == 0:
            raise ConfigError("database: want sqlite:///absolute/path or postgresql://…")
        if not self.url.startswith(f"{_SQLITE}/"):
            raise ConfigError("database: a SQLite file needs its absolute path: sqlite:///path")

    @classmethod
    def of(cls, data: str | Path, database: str = "") -> Where:
        """Take the two settings as they are configured. Raises ConfigError."""
        return cls(Path(data), database)

    @classmethod
    def of_path(cls, data: Path) -> Where:
        """Take a folder with its own database in it."""
        return cls(data)

    @classmethod
    def inherited(cls, data: Path, environ: Mapping[str, str] | None = None) -> Where:
        """Take what the process that started this one passed on by `environment`."""
        given = os.environ if environ is None else environ
        return cls(data, given.get(URL_VARIABLE, ""))

    @property
    def file(self) -> Path | None:
        """The SQLite file, absolute; None for PostgreSQL."""
        if not self.url:
            return (self.data / DATABASE_FILE).absolute()
        if self.url.startswith(_SQLITE):
            return Path("/" + unquote(self.url.removeprefix(_SQLITE)).lstrip("/"))
        return None

    @property
    def conninfo(self) -> str:
        """The address as libpq takes it: it may hold a password. Only for PostgreSQL."""
        return f"postgresql://{self.url.partition('://')[2]}"

    @property
    def shown(self) -> str:
        """The database's name for people: never with a password."""
        if (file := self.file) is not None:
            return str(file)
        parts = urlsplit(self.conninfo)
        return f"postgresql://{parts.netloc.rpartition('@')[2]}{parts.path}"

    def environment(self) -> dict[str, str]:
        """Return the environment of a child process that is to find the same database."""
        return {**environment(), URL_VARIABLE: self.url}


def as_where(where: Where | Path) -> Where:
    """Take a bare folder for one with its own database."""
    return where if isinstance(where, Where) else Where.of_path(where)
