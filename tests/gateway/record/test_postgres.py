"""A connection to PostgreSQL waits no longer than it was told, and tells no password."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from gateway.record import postgres
from gateway.record.database import ensure
from gateway.record.where import Where
from seawall.errors import ConfigError
from tests.gateway.postgres import PostgresServer


@pytest.fixture
def place(tmp_path: Path, postgres_url: str) -> Where:
    return Where.of(tmp_path, postgres_url)


def test_the_server_ends_a_statement_that_takes_too_long(place: Where) -> None:
    with (
        closing(postgres.connect(place, statement_s=0.1)) as connection,
        pytest.raises(psycopg.errors.QueryCanceled),
    ):
        connection.execute("SELECT pg_sleep(20)")


def test_a_server_that_stands_still_is_given_up(
    place: Where, postgres_server: PostgresServer
) -> None:
    with closing(postgres.connect(place, statement_s=0.1)) as connection:
        began = time.monotonic()
        with (
            postgres_server.paused(),
            pytest.raises(psycopg.OperationalError, match=r"no answer within 1\.1 s"),
        ):
            connection.execute("SELECT 1")
        assert time.monotonic() - began < 5.0
        assert connection.closed


def test_an_address_may_set_what_we_only_suggest(place: Where) -> None:
    given = f"{place.url}&application_name=mine&options=-c%20work_mem%3D5MB"
    where = Where(place.data, given)
    with closing(postgres.connect(where, statement_s=3.0)) as connection:
        shown = [
            connection.execute(f"SHOW {name}".encode()).fetchone()
            for name in ("application_name", "work_mem", "statement_timeout", "client_encoding")
        ]
    assert shown == [("mine",), ("5MB",), ("3s",), ("UTF8",)]


def test_a_database_that_cannot_hold_all_text_is_refused(
    tmp_path: Path, postgres_server: PostgresServer
) -> None:
    with closing(psycopg.connect(postgres_server.url("postgres"), autocommit=True)) as connection:
        connection.execute(
            "CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
        )
    with pytest.raises(ConfigError, match="must be UTF8"):
        ensure(Where.of(tmp_path, postgres_server.url("latin")))
    postgres_server.drop("latin")


def test_where_nothing_was_migrated_there_are_no_marks(place: Where) -> None:
    assert postgres.read_marks(place) == (None, None)
    ensure(place)
    assert None not in postgres.read_marks(place)


def test_a_wrong_name_is_told_without_the_password(place: Where) -> None:
    wrong = place.url.replace("seawall@/", "nobody:hush@/")
    with pytest.raises(psycopg.OperationalError) as caught:
        postgres.connect(Where(place.data, wrong), statement_s=1.0)
    assert "nobody" in postgres.cause(place, caught.value)
    assert "hush" not in postgres.cause(Where(place.data, wrong), caught.value)
