"""A migrated record for every test that wants one, in SQLite or PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.record.where import Where
from tests.gateway.blanks import Blanks
from tests.gateway.postgres import PostgresServer
from tests.gateway.records import fresh_record

__all__ = ["blanks", "data", "migrated", "on_postgres", "template", "where"]


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("migrated")
    fresh_record(folder)
    return folder


@pytest.fixture
def data(migrated: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    shutil.copytree(migrated, folder)
    return folder


@pytest.fixture(scope="session")
def template(migrated: Path, postgres_server: PostgresServer) -> str:
    """Give the name of a migrated PostgreSQL database, to be copied."""
    name = postgres_server.create()
    fresh_record(Where.of(migrated, postgres_server.url(name)))
    return name


@pytest.fixture(scope="session")
def blanks(template: str, postgres_server: PostgresServer) -> Blanks:
    return Blanks(postgres_server, template)


@pytest.fixture
def on_postgres(data: Path, blanks: Blanks, postgres_server: PostgresServer) -> Iterator[Where]:
    """Give a migrated PostgreSQL database, with a data folder that has its secret."""
    name = blanks.take()
    yield Where.of(data, postgres_server.url(name))
    blanks.give_back(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, data: Path) -> Where:
    """Give a migrated record in either kind of database."""
    if request.param == "sqlite":
        return Where.of(data)
    on_postgres = request.getfixturevalue("on_postgres")
    assert isinstance(on_postgres, Where)
    return on_postgres
