"""The tables of the record. Alembic's migrations must arrive at exactly this; a test compares.

A change here needs a new file in `migrations/versions` and a new `REVISION`.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

__all__ = ["REVISION", "commands", "evidence", "holds", "journal", "keys", "meta", "metadata"]

REVISION = "0001"
"""The migration this code runs on."""

metadata = MetaData()

journal = Table(
    "journal",
    metadata,
    Column("form", Integer, nullable=False),
    Column("writer", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("n", BigInteger, nullable=False),
    Column("at", Double, nullable=False),
    Column("kind", Text, nullable=False),
    Column("tenant", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("rev", BigInteger, nullable=False),
    Column("room", Text, nullable=False),
    Column("user", Text, nullable=False),
    Column("surface", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("actions", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("detector", Text, nullable=False),
    Column("score", Double, nullable=False),
    Column("policy", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("ms_total", Double, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("ref", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("prev", LargeBinary(32), nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
    UniqueConstraint("writer", "n", name="journal_writer_n"),
    Index("journal_event", "tenant", "event", "rev"),
)
"""Decisions, never content. (writer, seq) is the place in a chain; (writer, n) keeps a repeated
entry from being written twice."""

evidence = Table(
    "evidence",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("rev", BigInteger, primary_key=True, autoincrement=False),
    Column("user", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("created", Double, nullable=False),
    Column("expires", Double, nullable=False),
    Column("legal_hold", Boolean, nullable=False),
    Index("evidence_expires", "expires"),
    Index("evidence_user", "user"),
)
"""The content decisions were about: it goes, the chain stays. `user` is the keyed hash."""

keys = Table(
    "keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("sha256", LargeBinary(32), nullable=False, unique=True),
    Column("tenant", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("created", Double, nullable=False),
    Column("revoked", Double),
)
"""Who may connect. The key itself is nowhere."""

holds = Table(
    "holds",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("rev", BigInteger, primary_key=True, autoincrement=False),
    Column("room", Text, nullable=False),
    Column("user", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("created", Double, nullable=False),
    Column("expires", Double, nullable=False),
    Column("outcome", Text),
    Column("by", Text),
    Column("decided", Double),
    Index("holds_open", "outcome", "expires"),
)
"""Messages waiting for a decision. `user` is the plain id: a moderator must see who it is."""

commands = Table(
    "commands",
    metadata,
    Column("id", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("target_kind", Text, nullable=False),
    Column("room", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("rev", BigInteger),
    Column("for_s", Double),
    Column("event", Text, nullable=False),
    Column("because", Text, nullable=False),
    Column("created", Double, nullable=False),
    Column("expires", Double, nullable=False),
    Column("outcome", Text),
    Column("by", Text),
    Column("reason", Text),
    Column("ended", Double),
    Index("commands_open", "outcome", "expires"),
)
"""What servers were told to do, and how it ended."""

meta = Table(
    "meta",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
"""`head:<writer>` holds `seq:hash` of that chain, written in the same commit as its last row."""
