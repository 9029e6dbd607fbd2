"""The tables of people: accounts, sessions, what they edit, the audit, pages. See `schema`."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from gateway.record.schema import metadata

__all__ = [
    "answered_calls",
    "audit",
    "deliveries",
    "documents",
    "moderators",
    "pages",
    "sessions",
]

moderators = Table(
    "moderators",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("pseudonym", Text, nullable=False),
    Column("password", Text, nullable=False),
    Column("totp", LargeBinary),
    Column("totp_used", BigInteger, nullable=False),
    Column("roles", Text, nullable=False),
    Column("queues", Text, nullable=False),
    Column("langs", Text, nullable=False),
    Column("skills", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("settings", Text, nullable=False),
    Column("created", Double, nullable=False),
    Column("changed", Double, nullable=False),
    Column("disabled", Double),
    Column("version", BigInteger, nullable=False),
    Index("moderators_changed", "changed"),
    UniqueConstraint("tenant", "pseudonym", name="moderators_pseudonym"),
)
"""Local accounts. `password` is an argon2id hash; `totp` the sealed secret, `totp_used` the last
time step used; lists are JSON, an empty `queues` means all of them."""

sessions = Table(
    "sessions",
    metadata,
    Column("token", LargeBinary(32), primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("csrf", Text, nullable=False),
    Column("created", Double, nullable=False),
    Column("seen", Double, nullable=False),
    Column("expires", Double, nullable=False),
    Column("ended", Double),
    Column("agent", Text, nullable=False),
    Index("sessions_name", "tenant", "name"),
    Index("sessions_expires", "expires"),
)
"""Who is signed in; `token` is the cookie's SHA-256."""

documents = Table(
    "documents",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Double, nullable=False),
)
"""What is edited as a whole (rota, channels, roles), every version of it; JSON."""

audit = Table(
    "audit",
    metadata,
    Column("id", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("at", Double, nullable=False),
    Column("who", Text, nullable=False),
    Column("via", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Index("audit_at", "tenant", "at", "id"),
    Index("audit_who", "tenant", "who", "at"),
    Index("audit_target", "tenant", "target", "at"),
)
"""Every view of evidence and every action of a person; lines only added. `detail` is JSON and never
content."""

pages = Table(
    "pages",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("case", Text, nullable=False),
    Column("priority", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("at", Double, nullable=False),
    Column("state", Text, nullable=False),
    Column("step", BigInteger, nullable=False),
    Column("person", Text, nullable=False),
    Column("next", Double),
    Column("acked_by", Text, nullable=False),
    Column("acked", Double),
    Column("changed", Double, nullable=False),
    Column("node", Text, nullable=False),
    Column("leased", Double, nullable=False),
    Index("pages_case", "tenant", "case"),
    Index("pages_next", "state", "next"),
    Index("pages_at", "tenant", "at"),
    Index("pages_changed", "changed"),
)
"""Calls for a person: `open quiet acked exhausted closed`. `next` is when it goes on to the next
step or person."""

deliveries = Table(
    "deliveries",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("page", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("at", Double, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", BigInteger, nullable=False),
    Column("next", Double),
    Column("error", Text, nullable=False),
    Column("sent", Double),
    Column("node", Text, nullable=False),
    Column("leased", Double, nullable=False),
    Index("deliveries_next", "state", "next"),
    Index("deliveries_page", "tenant", "page"),
    Index("deliveries_at", "tenant", "at"),
)
"""One page over one channel: `waiting sent dead`."""

answered_calls = Table(
    "answered_calls",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("who", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("asked", LargeBinary(32), nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("at", Double, nullable=False),
    Index("answered_calls_at", "at"),
)
"""What was answered under an `Idempotency-Key`; `asked` is the SHA-256 of the request. `status` 0:
under way. `body` is sealed."""
