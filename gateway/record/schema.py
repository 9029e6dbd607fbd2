"""The tables of the record. Alembic's migrations must arrive at exactly this; a test compares.

Those of people's work stand in `schema_cases`, those of people themselves in `schema_people`.

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

__all__ = [
    "REVISION",
    "case_lines",
    "commands",
    "evidence",
    "heads",
    "holds",
    "journal",
    "keys",
    "labels",
    "meta",
    "metadata",
    "strikes",
]

REVISION = "0003"
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
    Index("journal_at", "tenant", "kind", "at", "event"),
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
    Column("sealed", LargeBinary, nullable=False),
    Column("created", Double, nullable=False),
    Column("expires", Double, nullable=False),
    Column("legal_hold", Boolean, nullable=False),
    Index("evidence_expires", "expires"),
    Index("evidence_user", "user"),
)
"""The content decisions were about: it goes, the chain stays. `user` is the keyed hash; `sealed` is
the encrypted `seal.Content`: name, text, the verdict as answered."""

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
    Column("expires", Double),
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
    Column("sealed", LargeBinary, nullable=False),
    Column("rule", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("created", Double, nullable=False),
    Column("expires", Double, nullable=False),
    Column("outcome", Text),
    Column("by", Text),
    Column("decided", Double),
    Column("told", Double),
    Index("holds_open", "outcome", "expires"),
    Index("holds_decided", "decided"),
    Index("holds_untold", "told", "decided"),
    Index("holds_user", "tenant", "user"),
)
"""Messages waiting for a decision. `user` is the plain id: a moderator must see who it is; `sealed`
as in evidence. `told`: its end is in the journal. The row goes a day after the hold has ended."""

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
    Column("node", Text, nullable=False),
    Column("leased", Double, nullable=False),
    Column("sent", Double),
    Index("commands_open", "outcome", "expires"),
    Index("commands_tenant", "tenant", "outcome", "created"),
    Index("commands_target", "tenant", "target_kind", "room", "target"),
    Index("commands_event", "tenant", "event"),
    Index("commands_seq", "seq"),
)
"""The outbox: what servers are to do, and how it ended. `node` answers for it until `leased`;
`sent` is when it first reached a connection, if that was noted before it ended: an ended row never
changes. An ended revert is the tombstone of what it reverted.
"""

labels = Table(
    "labels",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("room", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("label", Text, primary_key=True),
    Column("until", Double),
    Column("because", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("rev", BigInteger, nullable=False),
    Column("set_at", Double, nullable=False),
    Column("ended", Boolean, nullable=False),
    Column("changed", Double, nullable=False),
    Index("labels_changed", "changed"),
    Index("labels_ended", "ended", "changed"),
    Index("labels_until", "until"),
    Index("labels_event", "tenant", "event"),
)
"""Restrictions and other remembered facts as they stand. `changed` is the writing node's wall time;
readers look back further than clocks differ. `id` is the plain user id, empty for a room."""

strikes = Table(
    "strikes",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("user", Text, primary_key=True),
    Column("event", Text, primary_key=True),
    Column("rev", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Double, nullable=False),
    Column("strikes", BigInteger, nullable=False),
    Column("rule", Text, nullable=False),
    Column("ended", Boolean, nullable=False),
    Column("changed", Double, nullable=False),
    Index("strikes_changed", "changed"),
    Index("strikes_ended", "ended", "changed"),
    Index("strikes_event", "tenant", "event"),
)
"""Each event's strikes; what a user has is their decayed sum. `ended`: taken back."""

case_lines = Table(
    "case_lines",
    metadata,
    Column("id", Text, primary_key=True),
    Column("state", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("at", Double, nullable=False),
    Column("queue", Text, nullable=False),
    Column("priority", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("ref", Text, nullable=False),
    Column("room", Text, nullable=False),
    Column("because", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("rev", BigInteger, nullable=False),
    Column("user", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("surface", Text, nullable=False),
    Column("stream", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("score", Double, nullable=False),
    Column("alike", Text, nullable=False),
    Column("lang", Text, nullable=False),
    Column("viewers", BigInteger, nullable=False),
    Column("due", Double),
    Column("nobody", Text, nullable=False),
    Column("taken", Text, nullable=False),
    Index("case_lines_at", "tenant", "at"),
    Index("case_lines_old", "at"),
    Index("case_lines_taken", "taken", "at"),
    Index("case_lines_user", "tenant", "user"),
)
"""What asks for a human, or says that none is needed any more; durable with the decision it is
about, one line a state, lines only added. `taken` is empty until a case desk has made it part of a
case, then that case's id. `user` and `name` are plain: a moderator must see who it is."""

heads = Table(
    "heads",
    metadata,
    Column("writer", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary(32), nullable=False),
    Column("at", Double, nullable=False),
    Index("heads_at", "at"),
)
"""Where each chain ended, minute by minute: what `journal verify --head` is held against."""

meta = Table(
    "meta",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
"""`head:<writer>` holds `seq:hash` of that chain, written in the same commit as its last row."""
