"""People's work: cases with their members, decisions, nukes; accounts, sessions, audit, pages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_NEW = (
    "cases",
    "case_members",
    "case_notes",
    "case_context",
    "decisions",
    "decision_parts",
    "nukes",
    "moderators",
    "sessions",
    "documents",
    "audit",
    "pages",
    "deliveries",
    "answered_calls",
)


def upgrade() -> None:
    """Bring the tables there; lines of cases that were written before are kept."""
    _lines()
    op.create_index("journal_at", "journal", ["tenant", "kind", "at", "event"])
    _cases()
    _case_members()
    _case_notes()
    _case_context()
    _decisions()
    _decision_parts()
    _nukes()
    _moderators()
    _sessions()
    _documents()
    _audit()
    _pages()
    _deliveries()
    _answered_calls()


def downgrade() -> None:
    """Take them back."""
    for table in reversed(_NEW):
        op.drop_table(table)
    op.drop_index("journal_at", "journal")
    op.drop_index("case_lines_user", "case_lines")
    op.drop_index("case_lines_taken", "case_lines")
    op.drop_index("case_lines_old", "case_lines")
    op.drop_index("case_lines_at", "case_lines")
    with op.batch_alter_table("case_lines") as batch:
        for name in reversed(_ADDED_TEXT):
            batch.drop_column(name)
        for name in ("due", "viewers", "score", "rev"):
            batch.drop_column(name)
    op.rename_table("case_lines", "cases")
    op.create_index("cases_at", "cases", ["tenant", "at"])


_ADDED_TEXT = (
    *("event", "user", "name", "surface", "stream", "action", "rule", "category", "severity"),
    *("alike", "lang", "nobody", "taken"),
)


def _lines() -> None:
    op.drop_index("cases_at", "cases")
    op.rename_table("cases", "case_lines")
    with op.batch_alter_table("case_lines") as batch:
        for name in _ADDED_TEXT:
            batch.add_column(sa.Column(name, sa.Text(), nullable=False, server_default=""))
        for name in ("rev", "viewers"):
            batch.add_column(sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("score", sa.Double(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("due", sa.Double()))
    with op.batch_alter_table("case_lines") as batch:
        for name in _ADDED_TEXT:
            batch.alter_column(name, existing_type=sa.Text(), server_default=None)
        for name in ("rev", "viewers"):
            batch.alter_column(name, existing_type=sa.BigInteger(), server_default=None)
        batch.alter_column("score", existing_type=sa.Double(), server_default=None)
    op.create_index("case_lines_at", "case_lines", ["tenant", "at"])
    op.create_index("case_lines_old", "case_lines", ["at"])
    op.create_index("case_lines_taken", "case_lines", ["taken", "at"])
    op.create_index("case_lines_user", "case_lines", ["tenant", "user"])


def _cases() -> None:
    op.create_table(
        "cases",
        *_text("tenant", "id", "state"),
        sa.Column("open", sa.Boolean(), nullable=False),
        *_text("about", "queue", "priority", "severity", "category", "rule"),
        sa.Column("score", sa.Double(), nullable=False),
        *_text("room", "user", "name", "stream", "surface", "lang", "because", "alike"),
        sa.Column("opened", sa.Double(), nullable=False),
        sa.Column("latest", sa.Double(), nullable=False),
        sa.Column("changed", sa.Double(), nullable=False),
        sa.Column("due", sa.Double()),
        *_text("nobody"),
        sa.Column("viewers", sa.BigInteger(), nullable=False),
        sa.Column("rank", sa.Double(), nullable=False),
        sa.Column("members", sa.BigInteger(), nullable=False),
        sa.Column("users", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.Boolean(), nullable=False),
        *_text("claimed_by"),
        sa.Column("claim_until", sa.Double()),
        *_text("assigned", "asked_by", "decision", "choice", "decided_by"),
        sa.Column("decided", sa.Double()),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id"),
    )
    op.create_index("cases_alike", "cases", ["tenant", "alike", "open", "latest"])
    op.create_index("cases_changed", "cases", ["changed"])
    op.create_index("cases_claims", "cases", ["claimed_by", "claim_until"])
    op.create_index("cases_decided", "cases", ["tenant", "decided"])
    op.create_index("cases_due", "cases", ["open", "due"])
    for name in ("assigned", "priority", "room"):
        op.create_index(f"cases_{name}", "cases", ["tenant", "open", name, "rank", "id"])
    counted = ["tenant", "open", "queue", "state", "priority", "opened", "due"]
    op.create_index("cases_numbers", "cases", counted)
    op.create_index("cases_queue", "cases", ["tenant", "open", "queue", "rank", "id"])
    op.create_index("cases_rank", "cases", ["tenant", "open", "rank", "id"])
    op.create_index("cases_user", "cases", ["tenant", "user"])


def _case_members() -> None:
    op.create_table(
        "case_members",
        *_text("tenant", "case", "line", "event"),
        sa.Column("rev", sa.BigInteger(), nullable=False),
        *_text("about", "ref", "room", "user", "name", "surface", "stream", "action", "rule"),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "case", "line"),
    )
    op.create_index("case_members_at", "case_members", ["tenant", "case", "at", "line"])
    op.create_index("case_members_event", "case_members", ["tenant", "event"])
    op.create_index("case_members_user", "case_members", ["tenant", "user"])


def _case_notes() -> None:
    op.create_table(
        "case_notes",
        *_text("id", "tenant", "case"),
        sa.Column("at", sa.Double(), nullable=False),
        *_text("kind", "by", "to", "text"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("case_notes_case", "case_notes", ["tenant", "case", "at"])


def _case_context() -> None:
    op.create_table(
        "case_context",
        *_text("tenant", "case", "event"),
        sa.Column("rev", sa.BigInteger(), autoincrement=False, nullable=False),
        *_text("room", "user"),
        sa.Column("at", sa.Double(), nullable=False),
        *_text("action"),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("expires", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "case", "event", "rev"),
    )
    op.create_index("case_context_expires", "case_context", ["expires"])
    op.create_index("case_context_user", "case_context", ["tenant", "user"])


def _decisions() -> None:
    op.create_table(
        "decisions",
        *_text("tenant", "id", "case"),
        sa.Column("at", sa.Double(), nullable=False),
        *_text("by", "choice", "reason"),
        sa.Column("for_s", sa.Double()),
        *_text("state"),
        sa.Column("parts", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("failed", sa.BigInteger(), nullable=False),
        *_text("undone_by"),
        sa.Column("undone", sa.Double()),
        *_text("undo_reason", "node"),
        sa.Column("leased", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id"),
    )
    op.create_index("decisions_at", "decisions", ["tenant", "at"])
    op.create_index("decisions_by", "decisions", ["tenant", "by", "at"])
    op.create_index("decisions_case", "decisions", ["tenant", "case"])
    op.create_index("decisions_state", "decisions", ["state", "leased"])


def _decision_parts() -> None:
    op.create_table(
        "decision_parts",
        *_text("tenant", "decision"),
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        *_text("kind", "target_kind", "room", "target"),
        sa.Column("rev", sa.BigInteger()),
        sa.Column("for_s", sa.Double()),
        *_text("state", "why"),
        sa.PrimaryKeyConstraint("tenant", "decision", "n"),
    )
    op.create_index("decision_parts_target", "decision_parts", ["tenant", "target_kind", "target"])


def _nukes() -> None:
    op.create_table(
        "nukes",
        *_text("tenant", "id", "room", "phrase", "action"),
        sa.Column("for_s", sa.Double()),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("since", sa.Double(), nullable=False),
        sa.Column("until", sa.Double(), nullable=False),
        sa.Column("most", sa.BigInteger(), nullable=False),
        sa.Column("hits", sa.BigInteger(), nullable=False),
        *_text("by", "reason"),
        sa.Column("ended", sa.Double()),
        *_text("ended_by"),
        sa.Column("changed", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id"),
    )
    op.create_index("nukes_changed", "nukes", ["changed"])


def _moderators() -> None:
    op.create_table(
        "moderators",
        *_text("tenant", "name", "pseudonym", "password"),
        sa.Column("totp", sa.LargeBinary()),
        sa.Column("totp_used", sa.BigInteger(), nullable=False),
        *_text("roles", "queues", "langs", "skills", "email", "settings"),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("changed", sa.Double(), nullable=False),
        sa.Column("disabled", sa.Double()),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "name"),
        sa.UniqueConstraint("tenant", "pseudonym", name="moderators_pseudonym"),
    )
    op.create_index("moderators_changed", "moderators", ["changed"])


def _sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("token", sa.LargeBinary(32), nullable=False),
        *_text("tenant", "name", "csrf"),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("seen", sa.Double(), nullable=False),
        sa.Column("expires", sa.Double(), nullable=False),
        sa.Column("ended", sa.Double()),
        *_text("agent"),
        sa.PrimaryKeyConstraint("token"),
    )
    op.create_index("sessions_expires", "sessions", ["expires"])
    op.create_index("sessions_name", "sessions", ["tenant", "name"])


def _documents() -> None:
    op.create_table(
        "documents",
        *_text("tenant", "name"),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        *_text("body", "by"),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "name", "version"),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        *_text("id", "tenant"),
        sa.Column("at", sa.Double(), nullable=False),
        *_text("who", "via", "what", "target", "detail"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("audit_at", "audit", ["tenant", "at", "id"])
    op.create_index("audit_target", "audit", ["tenant", "target", "at"])
    op.create_index("audit_who", "audit", ["tenant", "who", "at"])


def _pages() -> None:
    op.create_table(
        "pages",
        *_text("tenant", "id", "case", "priority", "why"),
        sa.Column("at", sa.Double(), nullable=False),
        *_text("state"),
        sa.Column("step", sa.BigInteger(), nullable=False),
        *_text("person"),
        sa.Column("next", sa.Double()),
        *_text("acked_by"),
        sa.Column("acked", sa.Double()),
        sa.Column("changed", sa.Double(), nullable=False),
        *_text("node"),
        sa.Column("leased", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id"),
    )
    op.create_index("pages_at", "pages", ["tenant", "at"])
    op.create_index("pages_case", "pages", ["tenant", "case"])
    op.create_index("pages_changed", "pages", ["changed"])
    op.create_index("pages_next", "pages", ["state", "next"])


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        *_text("tenant", "id", "page", "channel", "person"),
        sa.Column("at", sa.Double(), nullable=False),
        *_text("state"),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("next", sa.Double()),
        *_text("error"),
        sa.Column("sent", sa.Double()),
        *_text("node"),
        sa.Column("leased", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id"),
    )
    op.create_index("deliveries_at", "deliveries", ["tenant", "at"])
    op.create_index("deliveries_next", "deliveries", ["state", "next"])
    op.create_index("deliveries_page", "deliveries", ["tenant", "page"])


def _answered_calls() -> None:
    op.create_table(
        "answered_calls",
        *_text("tenant", "who", "key"),
        sa.Column("asked", sa.LargeBinary(32), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "who", "key"),
    )
    op.create_index("answered_calls_at", "answered_calls", ["at"])


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]
