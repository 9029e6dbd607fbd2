"""Is the journal as it was written? Where it is not, this says the place and what is wrong there.

It finds edited, deleted, inserted and reordered rows, and evidence that was edited. A chain cut at
its end or written anew is found against the heads the database keeps (the last one, and one a
minute), against `heads.jsonl`, and against heads published elsewhere (`head`): those are what
somebody with the database and this code in hand cannot forge.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, select

from gateway.record import schema
from gateway.record.chain import FIELDS, FORM, GENESIS, Head, Row, link
from gateway.record.database import Where, as_where, open_engine, reading
from gateway.record.headfile import HEADS_FILE, noted_heads
from gateway.record.seal import Seal
from gateway.record.secret import SECRET_FILE, SECRET_VARIABLE, Pseudonyms, load_secret
from seawall.errors import ConfigError, RecordUnavailable

__all__ = ["Break", "Report", "export", "parse_head", "verify"]

_PAGE = 1000
_HEAD = re.compile(
    rf"(?P<writer>[^:]+):(?P<seq>\d{{1,18}}):(?P<hash>[0-9a-f]{{{2 * len(GENESIS)}}})", re.I
)


class Expected(NamedTuple):
    """A head a chain must hold, and who says so."""

    writer: str
    head: Head
    source: str


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
    sealed: bool = False
    """Evidence was not looked at: this folder does not have the secret."""

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return self.broken is None


def parse_head(text: str) -> tuple[str, Head]:
    """Read `writer:seq:hash` as it is published. Raises ValueError."""
    found = _HEAD.fullmatch(text)
    if found is None:
        raise ValueError(f"not a head: {text!r}")
    return found["writer"], Head(int(found["seq"]), bytes.fromhex(found["hash"]))


def verify(where: Where | Path, head: Mapping[str, Head] | None = None) -> Report:
    """Walk every chain and all evidence. Raises ConfigError when there is no record."""
    engine = open_engine(where)
    walk, data = _Walk(), as_where(where).data
    given = [Expected(writer, each, "--head") for writer, each in (head or {}).items()]
    try:
        with reading(engine) as connection:
            expected = [*_kept_heads(connection), *_published_heads(connection)]
            noted, broken = _noted_heads(data)
            broken = walk.chains(connection, [*expected, *noted, *given]) or broken
            checked = 0
            sealed = not _has_secret(data)
            if broken is None and not sealed:
                secret = load_secret(data)
                checked, broken = _evidence(connection, Pseudonyms(secret), Seal(secret))
    except (RecordUnavailable, TypeError, ValueError) as error:
        return Report(walk.rows, walk.told(), Break("", 0, f"unreadable: {error}"))
    finally:
        engine.dispose()
    return Report(walk.rows, walk.told(), broken, checked, sealed)


def export(where: Where | Path, out: BinaryIO) -> int:
    """Write the journal as JSON lines, chain by chain, hashes in hex; return the number of rows.

    Raises ConfigError when there is no record, RecordUnavailable when it cannot be read.
    """
    engine = open_engine(where)
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

    def chains(self, connection: Connection, expected: Iterable[Expected]) -> Break | None:
        """Follow the chains, then see whether they hold every head that is expected."""
        wanted: dict[str, dict[int, dict[bytes, str]]] = {}
        for writer, head, source in expected:
            wanted.setdefault(writer, {}).setdefault(head.seq, {})[head.hash] = source
        for row, prev, digest in _rows(connection):
            before = self.heads.get(row.writer, Head())
            why = _wrong(before, row, prev, digest)
            others = wanted.get(row.writer, {}).get(row.seq, {})
            if why is None and (others.keys() - {digest}):
                source = next(others[each] for each in others if each != digest)
                why = f"is not the row of the published head ({source})"
            if why is not None:
                return Break(row.writer, row.seq, why)
            self.heads[row.writer] = Head(row.seq, digest)
            self.rows += 1
        for writer, heads in wanted.items():
            end, last = self.heads.get(writer, Head()).seq, max(heads)
            if last > end:
                source = next(iter(heads[last].values()))
                why = f"is missing: the chain went on to {last} ({source})"
                return Break(writer, end + 1, why)
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
    with connection.execution_options(yield_per=_PAGE).execute(query) as result:
        for values in result:
            *fields, prev, digest = values
            yield msgspec.convert(fields, Row), bytes(prev), bytes(digest)


def _kept_heads(connection: Connection) -> Iterator[Expected]:
    table = schema.meta
    query = select(table).where(table.c.key.startswith("head:"))
    for row in connection.execute(query):
        writer, head = parse_head(f"{row.key.removeprefix('head:')}:{row.value}")
        yield Expected(writer, head, "the database's last head")


def _published_heads(connection: Connection) -> Iterator[Expected]:
    with connection.execution_options(yield_per=_PAGE).execute(select(schema.heads)) as result:
        for row in result:
            yield Expected(row.writer, Head(row.seq, bytes(row.hash)), "the database's heads")


def _noted_heads(data: Path) -> tuple[list[Expected], Break | None]:
    """Read the file of heads; the first line that is none is wrong by itself."""
    noted, broken = [], None
    for number, each in noted_heads(data):
        source = f"{HEADS_FILE} line {number}"
        if isinstance(each, str):
            broken = broken or Break("", 0, f"{source} is no head: {each}")
        else:
            noted.append(Expected(each.writer, each.head(), source))
    return noted, broken


def _has_secret(data: Path) -> bool:
    return (data / SECRET_FILE).exists() or bool(os.environ.get(SECRET_VARIABLE))


def _evidence(
    connection: Connection, pseudonyms: Pseudonyms, seal: Seal
) -> tuple[int, Break | None]:
    """See that each piece of evidence is one that a journal row was about."""
    kept, rows = schema.evidence, schema.journal
    join = (
        (kept.c.tenant == rows.c.tenant) & (kept.c.id == rows.c.event) & (kept.c.rev == rows.c.rev)
    )
    query = select(
        *(kept.c.tenant, kept.c.id, kept.c.rev, kept.c.sealed),
        *(rows.c.writer, rows.c.seq, rows.c.content),
    ).select_from(kept.outerjoin(rows, join & (rows.c.content != "")))
    query = query.order_by(kept.c.tenant, kept.c.id, kept.c.rev)
    with connection.execution_options(yield_per=_PAGE).execute(query) as result:
        return _examined(result, pseudonyms, seal)


def _examined(
    rows: Iterable[Any],  # whose columns no checker knows
    pseudonyms: Pseudonyms,
    seal: Seal,
) -> tuple[int, Break | None]:
    """Open each piece of evidence once, and look for a row that was about it."""
    checked, suspect, current, content = 0, None, None, ""
    for row in rows:
        key = (row.tenant, row.id, row.rev)
        if key != current:
            if suspect is not None:
                return checked, suspect
            current, checked = key, checked + 1
            place, what = (
                (row.writer or "", row.seq or 0),
                f"the evidence of {row.id!r} rev {row.rev}",
            )
            wrong = "is not the text it was about" if row.writer else "is of no row at all"
            suspect = Break(*place, f"{what} {wrong}")
            try:
                content = pseudonyms.content(seal.open(bytes(row.sealed), key).text)
            except ConfigError as error:
                return checked, Break(*place, f"{what} cannot be opened: {error}")
        if row.content == content:
            suspect = None
    return checked, suspect
