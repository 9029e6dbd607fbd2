"""What was answered to a message before: looked up where a gateway no longer remembers it.

A restriction's verdict stands in its evidence, word for word. Once that is erased the journal still
knows what was decided. What was taken back as too late was told to nobody, and is no answer.
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, Table, and_, exists, or_, select

from gateway.record import schema
from gateway.record.chain import FIELDS, Row
from gateway.record.database import Where, open_engine, reading
from gateway.record.entry import TOO_LATE
from gateway.record.seal import Place, Seal
from seawall.errors import ConfigError

__all__ = ["Answered"]

_LOG = logging.getLogger("seawall.record")
_TOGETHER = 200
"""How many messages one statement names: databases bound the number of values."""


class Answered:
    """First verdicts in the record. Every call runs in a thread and raises RecordUnavailable."""

    def __init__(self, where: Where | Path, seal: Seal) -> None:
        self._engine = open_engine(where)
        self._seal = seal

    async def find(self, keys: list[Place]) -> dict[Place, bytes | Row]:
        """Return what was first decided of messages, of those that the record knows.

        Bytes are the verdict as it was answered, encoded as on the wire; a Row is what the journal
        keeps where the evidence has gone.
        """
        return await asyncio.to_thread(self._find, keys)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def _find(self, keys: list[Place]) -> dict[Place, bytes | Row]:
        found: dict[Place, bytes | Row] = {}
        written = {(tenant, id.replace("\0", "\u2400"), rev): id for tenant, id, rev in keys}
        wanted = list(written)
        with reading(self._engine) as connection:
            for start in range(0, len(wanted), _TOGETHER):
                group = wanted[start : start + _TOGETHER]
                found |= self._verdicts(connection, group)
                rest = [key for key in group if key not in found]
                found |= _first_rows(connection, rest) if rest else {}
        return {(key[0], written[key], key[2]): what for key, what in found.items()}

    def _verdicts(self, connection: Connection, keys: list[Place]) -> dict[Place, bytes]:
        table = schema.evidence
        query = select(table.c.tenant, table.c.id, table.c.rev, table.c.sealed)
        verdicts = {}
        for tenant, id, rev, sealed in connection.execute(query.where(_among(table, "id", keys))):
            key = (tenant, id, rev)
            try:
                verdict = self._seal.open(bytes(sealed), key).verdict
            except ConfigError as error:
                _LOG.error("the evidence of %r rev %d cannot be read: %s", id, rev, error)
                continue  # the journal's row answers for it
            if verdict:
                verdicts[key] = verdict
        return verdicts


def _first_rows(connection: Connection, keys: list[Place]) -> dict[Place, Row]:
    table = schema.journal
    columns = [table.c[name] for name in FIELDS]
    back = table.alias("back")
    fallen = exists().where(
        back.c.tenant == table.c.tenant,
        back.c.event == table.c.event,
        back.c.rev == table.c.rev,
        back.c.writer == table.c.writer,
        back.c.seq > table.c.seq,
        back.c.kind == "revert",
        back.c.rule == TOO_LATE,
    )
    among = (_among(table, "event", keys), table.c.kind == "verdict", ~fallen)
    query = select(*columns).where(*among).order_by(table.c.at, table.c.writer, table.c.seq)
    rows: dict[Place, Row] = {}
    for values in connection.execute(query):
        row = Row(*values)
        rows.setdefault((row.tenant, row.event, row.rev), row)
    return rows


def _among(table: Table, id: str, keys: list[Place]) -> ColumnElement[bool]:
    # Spelled out: of rows compared with rows SQLite and PostgreSQL do not both use their index.
    same = (
        and_(table.c.tenant == key[0], table.c[id] == key[1], table.c.rev == key[2]) for key in keys
    )
    return or_(*same)
