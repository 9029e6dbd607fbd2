"""Is the journal as it was written? Where it is not, this says the place and what is wrong there.

It finds edited, deleted, inserted and reordered rows, and evidence that was edited. A chain cut at
its end is found against the heads the database keeps, and against heads published elsewhere
(`head`): those are what somebody with the database and this code in hand cannot forge.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, select

from gateway.record import schema
from gateway.record.chain import FIELDS, FORM, GENESIS, Head, Row, link
from gateway.record.database import open_engine, reading
from gateway.record.secret import SECRET_FILE, Pseudonyms, load_secret
from seawall.errors import RecordUnavailable

__all__ = ["Break", "Report", "export", "parse_head", "verify"]

_PAGE = 1000


class Break(Struct, frozen=True):
    """The first thing wrong: with which row of which chain, and what."""

    writer: str
    seq: int
    why: str


class Report(Struct, frozen=True):
    """What was verified. `heads` are the ends of the chains as (seq, hash in hex)."""

    rows: int
    heads: dict[str, tuple[int, str]]
    broken: Break | None = None
    evidence: int = 0

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return self.broken is None


def parse_head(text: str) -> tuple[str, Head]:
    """Read `writer:seq:hash` as it is published. Raises ValueError."""
    writer, seq, digest = text.split(":")
    head = Head(int(seq), bytes.fromhex(digest))
    if not writer or head.seq < 0 or len(head.hash) != len(GENESIS):
        raise ValueError(f"not a head: {text!r}")
    return writer, head


def verify(data_dir: Path, head: Mapping[str, Head] | None = None) -> Report:
    """Walk every chain and all evidence. Raises ConfigError when there is no record."""
    engine = open_engine(data_dir)
    walk = _Walk()
    try:
        with reading(engine) as connection:
            expected = _kept_heads(connection)
            broken = walk.chains(connection, [*expected, *(head or {}).items()])
            checked = 0
            if broken is None and (data_dir / SECRET_FILE).exists():
                checked, broken = _evidence(connection, Pseudonyms(load_secret(data_dir)))
    except (RecordUnavailable, ValueError) as error:
        return Report(walk.rows, walk.told(), Break("", 0, f"unreadable: {error}"))
    finally:
        engine.dispose()
    return Report(walk.rows, walk.told(), broken, checked)


def export(data_dir: Path, out: BinaryIO) -> int:
    """Write the journal as JSON lines, chain by chain, hashes in hex; return the number of rows.

    Raises ConfigError when there is no record, RecordUnavailable when it cannot be read.
    """
    engine = open_engine(data_dir)
    count = 0
    try:
        with reading(engine) as connection:
            for row, prev, digest in _rows(connection):
                line = dict(zip(FIELDS, msgspec.structs.astuple(row), strict=True))
                line |= {"prev": prev.hex(), "hash": digest.hex()}
                out.write(msgspec.json.encode(line) + b"\n")
                count += 1
    finally:
        engine.dispose()
    return count


class _Walk:
    """One pass over all chains."""

    def __init__(self) -> None:
        self.rows = 0
        self.heads: dict[str, Head] = {}

    def told(self) -> dict[str, tuple[int, str]]:
        return {writer: (head.seq, head.hash.hex()) for writer, head in self.heads.items()}

    def chains(self, connection: Connection, expected: list[tuple[str, Head]]) -> Break | None:
        """Follow the chains, then see whether they hold every head that is expected."""
        wanted: dict[str, dict[int, set[bytes]]] = {}
        for writer, head in expected:
            wanted.setdefault(writer, {}).setdefault(head.seq, set()).add(head.hash)
        for row, prev, digest in _rows(connection):
            before = self.heads.get(row.writer, Head())
            why = _wrong(before, row, prev, digest)
            if why is None and wanted.get(row.writer, {}).get(row.seq, {digest}) != {digest}:
                why = "is not the row of the published head"
            if why is not None:
                return Break(row.writer, row.seq, why)
            self.heads[row.writer] = Head(row.seq, digest)
            self.rows += 1
        for writer, heads in wanted.items():
            end = self.heads.get(writer, Head()).seq
            if max(heads) > end:
                return Break(writer, end + 1, f"is missing: the chain went on to {max(heads)}")
        return None


def _wrong(before: Head, row: Row, prev: bytes, digest: bytes) -> str | None:
    """Say what is wrong with a row behind a head; None when nothing is."""
    if row.seq != before.seq + 1:
        return f"follows row {before.seq}: what stood between is missing"
    if row.form != FORM:
        return f"has the unknown form {row.form}"
    if prev != before.hash:
        return "does not follow the row before it (one of them was replaced)"
    if digest != link(prev, row):
        return "was edited: its hash is another one"
    return None


def _rows(connection: Connection) -> Iterator[tuple[Row, bytes, bytes]]:
    """Read all chains row by row. Raises ValueError where a column holds what it never could."""
    table = schema.journal
    columns = [table.c[name] for name in (*FIELDS, "prev", "hash")]
    query = select(*columns).order_by(table.c.writer, table.c.seq)
    for values in connection.execution_options(yield_per=_PAGE).execute(query):
        *fields, prev, digest = values
        yield msgspec.convert(fields, Row), bytes(prev), bytes(digest)


def _kept_heads(connection: Connection) -> list[tuple[str, Head]]:
    table = schema.meta
    query = select(table).where(table.c.key.startswith("head:"))
    rows = connection.execute(query).all()
    return [parse_head(f"{row.key.removeprefix('head:')}:{row.value}") for row in rows]


def _evidence(connection: Connection, pseudonyms: Pseudonyms) -> tuple[int, Break | None]:
    """See that each piece of evidence is one that a journal row was about."""
    kept, rows = schema.evidence, schema.journal
    join = (
        (kept.c.tenant == rows.c.tenant) & (kept.c.id == rows.c.event) & (kept.c.rev == rows.c.rev)
    )
    query = select(
        kept.c.tenant, kept.c.id, kept.c.rev, kept.c.text, rows.c.writer, rows.c.seq, rows.c.content
    ).select_from(kept.outerjoin(rows, join & (rows.c.content != "")))
    query = query.order_by(kept.c.tenant, kept.c.id, kept.c.rev)
    checked, suspect, current = 0, None, None
    for row in connection.execution_options(yield_per=_PAGE).execute(query):
        key = (row.tenant, row.id, row.rev)
        if key != current:
            if suspect is not None:
                return checked, suspect
            current, checked = key, checked + 1
            what = "is not the text it was about" if row.writer else "is of no row at all"
            why = f"the evidence of {row.id!r} rev {row.rev} {what}"
            suspect = Break(row.writer or "", row.seq or 0, why)
        if row.content == pseudonyms.content(row.text):
            suspect = None
    return checked, suspect
