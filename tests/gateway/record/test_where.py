"""A database's address is understood or refused aloud, and its password is never told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gateway.record import postgres
from gateway.record.database import database_path, open_engine
from gateway.record.where import URL_VARIABLE, Where, as_where
from seawall.errors import ConfigError

SECRET = "postgresql://ann:hush%20hush@db.example:5433/seawall?sslmode=require"


def test_without_an_address_it_is_a_file_in_the_folder(tmp_path: Path) -> None:
    assert Where(tmp_path).file == tmp_path / "seawall.db"
    assert Where.of(str(tmp_path)) == Where.of_path(tmp_path) == as_where(tmp_path)
    assert as_where(Where(tmp_path, SECRET)).url == SECRET
    assert Where(Path("relative")).file == Path.cwd() / "relative" / "seawall.db"


@pytest.mark.parametrize("url", ["sqlite:///srv/a%20b.db", "sqlite:////srv/a b.db"])
def test_another_file_is_named_by_its_absolute_path(url: str) -> None:
    where = Where(Path("data"), url)
    assert where.file == Path("/srv/a b.db")
    assert where.shown == "/srv/a b.db"


@pytest.mark.parametrize(
    "url", ["mysql://host/db", "seawall.db", "sqlite:", "sqlite:///", "sqlite://x"]
)
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="database: "):
        Where(Path("data"), url)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_postgresql_is_told_without_its_password(scheme: str) -> None:
    where = Where(Path("data"), SECRET.replace("postgresql", scheme, 1))
    assert where.file is None
    assert where.shown == "postgresql://db.example:5433/seawall"
    assert postgres.check_address(where)["password"] == "hush hush"
    assert "hush" not in repr(where) + str(where) + where.shown
    with pytest.raises(ConfigError, match="has no file"):
        database_path(where)


def test_an_address_libpq_cannot_read_is_refused_without_repeating_it() -> None:
    where = Where(Path("data"), "postgresql://ann:hush%zz@host/db?nonsense=hush")
    with pytest.raises(ConfigError, match="libpq") as caught:
        open_engine(where)
    assert "hush" not in str(caught.value)
    assert caught.value.__context__ is None


def test_what_goes_wrong_is_told_without_the_password() -> None:
    where = Where(Path("data"), SECRET)
    error = OSError("cannot reach\n  ann:hush hush@db.example")
    assert postgres.cause(where, error) == "cannot reach ann:***@db.example"


def test_a_child_hears_the_address_by_its_environment(tmp_path: Path) -> None:
    where = Where(tmp_path, SECRET)
    assert Where.inherited(tmp_path, where.environment()) == where
    assert Where(tmp_path).environment()[URL_VARIABLE] == ""
    assert where.environment().items() >= {
        (name, value)
        for name, value in os.environ.items()
        if name not in ("PYTHONPATH", URL_VARIABLE)
    }
