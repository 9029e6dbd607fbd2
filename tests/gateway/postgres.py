"""A real PostgreSQL for a test run: one throwaway cluster, a fresh database for every test."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import NoReturn

import pytest

from bench.faults.postgres import PostgresServer, find_binary

__all__ = ["PostgresServer", "postgres_server", "postgres_url"]


@pytest.fixture(scope="session")
def postgres_server(absent: Callable[[str, str], NoReturn]) -> Iterator[PostgresServer]:
    """One running server for all tests; counted as absent where it is not installed."""
    initdb, postgres = find_binary("initdb"), find_binary("postgres")
    if initdb is None or postgres is None:
        absent("PostgreSQL", "no server binary")
    if shutil.which("setpriv") is None:
        absent("PostgreSQL", "no setpriv to run it with")
    server = PostgresServer(initdb, postgres)
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """Give the address of an empty database of this test's own."""
    name = postgres_server.create()
    yield postgres_server.url(name)
    postgres_server.drop(name)
