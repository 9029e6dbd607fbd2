"""The tables hold what the chain hashes, and nothing keeps a key or a writer's user."""

from __future__ import annotations

from gateway.record import schema
from gateway.record.chain import FIELDS
from gateway.record.holds import Held
from gateway.record.keys import Key
from gateway.record.outbox import OutboxRow
from gateway.record.standing import StandingLabel, StandingStrike
from gateway.record.storage import COLUMNS


def test_the_journal_is_the_chain_and_its_links() -> None:
    assert tuple(schema.journal.c.keys()) == (*FIELDS, "prev", "hash")


def test_the_writer_fills_every_column_in_order() -> None:
    written = {"journal", "evidence", "holds", "commands", "labels", "strikes", "case_lines"}
    assert set(COLUMNS) == written
    for name, columns in COLUMNS.items():
        assert tuple(schema.metadata.tables[name].c.keys()) == columns


def test_what_is_read_back_is_what_stands_there() -> None:
    sealed = {"name", "text"}
    assert {*Held.__struct_fields__, "sealed"} - sealed == set(schema.holds.c.keys())
    assert OutboxRow.__struct_fields__ == tuple(schema.commands.c.keys())
    assert StandingLabel.__struct_fields__ == tuple(schema.labels.c.keys())
    assert StandingStrike.__struct_fields__ == tuple(schema.strikes.c.keys())
    assert {*Key.__struct_fields__, "sha256"} == set(schema.keys.c.keys())


def test_the_journal_has_no_column_for_content() -> None:
    assert {"text", "name"} & set(schema.journal.c.keys()) == set()
