"""The record's first tables: journal, evidence, keys, holds, commands, meta."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Bring the tables there."""
    _journal()
    _evidence()
    _keys()
    _holds()
    _commands()
    op.create_table(
        "meta",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )


def downgrade() -> None:
    """Take them back."""
    for table in ("meta", "commands", "holds", "keys", "evidence", "journal"):
        op.drop_table(table)


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _journal() -> None:
    op.create_table(
        "journal",
        sa.Column("form", sa.Integer(), nullable=False),
        sa.Column("writer", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        *_text("kind", "tenant", "event"),
        sa.Column("rev", sa.BigInteger(), nullable=False),
        *_text("room", "user", "surface", "action", "actions"),
        *_text("rule", "category", "severity", "detector"),
        sa.Column("score", sa.Double(), nullable=False),
        *_text("policy", "stage"),
        sa.Column("ms_total", sa.Double(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        *_text("by", "ref", "content"),
        sa.Column("prev", sa.LargeBinary(32), nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("writer", "seq"),
        sa.UniqueConstraint("writer", "n", name="journal_writer_n"),
    )
    op.create_index("journal_event", "journal", ["tenant", "event", "rev"])


def _evidence() -> None:
    op.create_table(
        "evidence",
        *_text("tenant", "id"),
        sa.Column("rev", sa.BigInteger(), autoincrement=False, nullable=False),
        *_text("user", "name", "text"),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("expires", sa.Double(), nullable=False),
        sa.Column("legal_hold", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id", "rev"),
    )
    op.create_index("evidence_expires", "evidence", ["expires"])
    op.create_index("evidence_user", "evidence", ["user"])


def _keys() -> None:
    op.create_table(
        "keys",
        *_text("id"),
        sa.Column("sha256", sa.LargeBinary(32), nullable=False),
        *_text("tenant", "role", "name"),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("revoked", sa.Double()),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sha256"),
    )


def _holds() -> None:
    op.create_table(
        "holds",
        *_text("tenant", "id"),
        sa.Column("rev", sa.BigInteger(), autoincrement=False, nullable=False),
        *_text("room", "user", "name", "text", "rule", "category"),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("expires", sa.Double(), nullable=False),
        sa.Column("outcome", sa.Text()),
        sa.Column("by", sa.Text()),
        sa.Column("decided", sa.Double()),
        sa.PrimaryKeyConstraint("tenant", "id", "rev"),
    )
    op.create_index("holds_open", "holds", ["outcome", "expires"])


def _commands() -> None:
    op.create_table(
        "commands",
        *_text("id", "tenant"),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        *_text("kind", "target_kind", "room", "target"),
        sa.Column("rev", sa.BigInteger()),
        sa.Column("for_s", sa.Double()),
        *_text("event", "because"),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("expires", sa.Double(), nullable=False),
        sa.Column("outcome", sa.Text()),
        sa.Column("by", sa.Text()),
        sa.Column("reason", sa.Text()),
        sa.Column("ended", sa.Double()),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("commands_open", "commands", ["outcome", "expires"])
