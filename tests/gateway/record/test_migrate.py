"""Migrations arrive at exactly the tables the code means, in both databases, and go back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from gateway.record import schema_cases, schema_people
from gateway.record.database import ensure, open_engine, writing
from gateway.record.migrate import config, migrate
from gateway.record.schema import REVISION, metadata
from gateway.record.seal import Seal
from gateway.record.secret import load_secret
from gateway.record.where import Where
from seawall.errors import RecordUnavailable
from tests.gateway.record.making import change, query

SEAL = Seal(b"s" * 32)
assert schema_cases.cases.metadata is schema_people.pages.metadata is metadata  # all are known


@contextmanager
def connected(where: Where) -> Iterator[Connection]:
    engine = open_engine(where)
    try:
        with writing(engine) as connection:
            yield connection
    finally:
        engine.dispose()


def move(where: Where, target: str) -> None:
    """Bring a database to a revision."""
    with connected(where) as connection:
        settings = config(connection, Seal(load_secret(where.data)))
        if target == "head":
            command.upgrade(settings, target)
        else:
            command.downgrade(settings, target)


def test_the_migrated_tables_are_the_ones_in_code(where: Where) -> None:
    with connected(where) as connection:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []
        assert set(inspect(connection).get_table_names()) == {
            *metadata.tables,
            "alembic_version",
        }


def test_every_index_and_key_is_there(where: Where) -> None:
    with connected(where) as connection:
        found = inspect(connection)
        for table in metadata.tables.values():
            primary = found.get_pk_constraint(table.name)["constrained_columns"]
            assert primary == [column.name for column in table.primary_key]
            indexes = {each["name"]: each["column_names"] for each in found.get_indexes(table.name)}
            for index in table.indexes:
                assert indexes[str(index.name)] == [column.name for column in index.columns]
        unique = found.get_unique_constraints("journal")
        assert [each["column_names"] for each in unique] == [["writer", "n"]]


def test_the_code_runs_on_the_newest_migration(where: Where) -> None:
    with connected(where) as connection:
        scripts = ScriptDirectory.from_config(config(connection, SEAL))
        assert scripts.get_heads() == [REVISION]


def test_it_goes_back_and_comes_again(where: Where) -> None:
    for target, tables in (("base", set()), ("head", set(metadata.tables))):
        move(where, target)
        with connected(where) as connection:
            assert set(inspect(connection).get_table_names()) - {"alembic_version"} == tables


def test_what_stood_there_plainly_is_sealed(where: Where) -> None:
    move(where, "0001")
    key = ("acme", "m1", 2)
    change(
        where,
        'INSERT INTO evidence (tenant, id, rev, "user", name, text, created, expires, legal_hold)'
        " VALUES (?, ?, ?, 'hash', 'Ann', 'an ugly word', 1, 2, ?)",
        *(*key, True),
    )
    change(
        where,
        'INSERT INTO holds (tenant, id, rev, room, "user", name, text, rule, category, created,'
        " expires, outcome, decided) VALUES (?, ?, ?, 'lobby', 'ann', 'Ann', 'another word', 'r',"
        " 'c', 1, 2, 'denied', 3)",
        *key,
    )
    change(
        where,
        "INSERT INTO commands (id, tenant, seq, kind, target_kind, room, target, event, because,"
        " created, expires)"
        " VALUES ('c1', 'acme', 1, 'mute', 'user', 'lobby', 'ann', 'm1', '', 1, 2)",
    )
    migrate(where)
    seal = Seal(load_secret(where.data))
    ((evidence, legal),) = query(where, "SELECT sealed, legal_hold FROM evidence")
    ((hold, told),) = query(where, "SELECT sealed, told FROM holds")
    assert (seal.open(evidence, key).text, seal.open(evidence, key).name) == ("an ugly word", "Ann")
    assert (seal.open(hold, key).text, bool(legal), told) == ("another word", True, 3.0)
    assert query(where, "SELECT node, leased, sent FROM commands") == [("", 0.0, None)]
    if where.file is not None:
        files = where.file.parent.glob(f"{where.file.name}*")
        assert not any(b"ugly word" in file.read_bytes() for file in files)
    move(where, "0001")
    assert query(where, "SELECT name, text FROM evidence") == [("Ann", "an ugly word")]


def test_a_migration_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "seawall.db")) as database:
        database.execute("CREATE TABLE heads (empty TEXT)")  # in the way of the last step
    with pytest.raises(RecordUnavailable, match="heads already exists"):
        move(Where.of(tmp_path), "head")
    with connected(Where.of(tmp_path)) as connection:
        assert inspect(connection).get_table_names() == ["heads"]


def test_nor_does_one_of_postgresql(tmp_path: Path, postgres_url: str) -> None:
    where = Where.of(tmp_path, postgres_url)
    with connected(where) as connection:
        connection.exec_driver_sql("CREATE TABLE heads (empty TEXT)")
    with pytest.raises(RecordUnavailable, match='"heads" already exists'):
        move(where, "head")
    with connected(where) as connection:
        assert inspect(connection).get_table_names() == ["heads"]
        connection.exec_driver_sql("DROP TABLE heads")
    ensure(where)
    assert query(where, "SELECT version_num FROM alembic_version") == [(REVISION,)]
