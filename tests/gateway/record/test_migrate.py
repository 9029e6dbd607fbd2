"""Migrations arrive at exactly the tables the code means, and go back."""

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

from gateway.record.database import open_engine, writing
from gateway.record.migrate import config
from gateway.record.schema import REVISION, metadata
from seawall.errors import RecordUnavailable


@contextmanager
def connected(data: Path) -> Iterator[Connection]:
    engine = open_engine(data)
    try:
        with writing(engine) as connection:
            yield connection
    finally:
        engine.dispose()


def test_the_migrated_tables_are_the_ones_in_code(data: Path) -> None:
    with connected(data) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        assert set(inspect(connection).get_table_names()) == {
            *metadata.tables,
            "alembic_version",
        }


def test_every_index_and_key_is_there(data: Path) -> None:
    with connected(data) as connection:
        found = inspect(connection)
        for table in metadata.tables.values():
            primary = found.get_pk_constraint(table.name)["constrained_columns"]
            assert primary == [column.name for column in table.primary_key]
            indexes = {each["name"]: each["column_names"] for each in found.get_indexes(table.name)}
            for index in table.indexes:
                assert indexes[str(index.name)] == [column.name for column in index.columns]
        unique = found.get_unique_constraints("journal")
        assert [each["column_names"] for each in unique] == [["writer", "n"]]


def test_the_code_runs_on_the_newest_migration() -> None:
    assert ScriptDirectory.from_config(config()).get_heads() == [REVISION]


def test_it_goes_back_and_comes_again(data: Path) -> None:
    settings = config()
    for target, tables in (("base", set()), ("head", set(metadata.tables))):
        with connected(data) as connection:
            settings.attributes["connection"] = connection
            if target == "base":
                command.downgrade(settings, target)
            else:
                command.upgrade(settings, target)
        with connected(data) as connection:
            assert set(inspect(connection).get_table_names()) - {"alembic_version"} == tables


def test_a_migration_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "seawall.db")) as database:
        database.execute("CREATE TABLE meta (empty TEXT)")  # in the way of the last step
    settings = config()

    def fail() -> None:
        with connected(tmp_path) as connection:
            settings.attributes["connection"] = connection
            command.upgrade(settings, "head")

    with pytest.raises(RecordUnavailable, match="meta already exists"):
        fail()
    with connected(tmp_path) as connection:
        assert inspect(connection).get_table_names() == ["meta"]
