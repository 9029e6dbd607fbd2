"""A migrated record for the chat path's tests, in SQLite or PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.record.where import Where
from tests.gateway.postgres import PostgresServer
from tests.gateway.records import fresh_record


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("chat-record")
    fresh_record(folder)
    return folder


@pytest.fixture(scope="session")
def migrated_url(migrated: Path, postgres_server: PostgresServer) -> str:
    """Give the name of a migrated PostgreSQL database, to be copied."""
    name = postgres_server.create()
    fresh_record(Where.of(migrated, postgres_server.url(name)))
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, migrated: Path, tmp_path: Path) -> Iterator[Where]:
    """Give a record of this test's own."""
    data = tmp_path / "data"
    shutil.copytree(migrated, data)
    if request.param == "sqlite":
        yield Where.of(data)
        return
    template = request.getfixturevalue("migrated_url")
    server = request.getfixturevalue("postgres_server")
    assert isinstance(server, PostgresServer)
    name = server.create(str(template))
    yield Where.of(data, server.url(name))
    server.drop(name)
