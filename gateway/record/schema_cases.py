"""The tables of people's work: cases, decisions and their parts, nukes. See `schema`."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    LargeBinary,
    Table,
    Text,
)

from gateway.record.schema import metadata

__all__ = [
    "case_context",
    "case_members",
    "case_notes",
    "cases",
    "decision_parts",
    "decisions",
    "nukes",
]

cases = Table(
    "cases",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("open", Boolean, nullable=False),
    Column("about", Text, nullable=False),
    Column("queue", Text, nullable=False),
    Column("priority", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("score", Double, nullable=False),
    Column("room", Text, nullable=False),
    Column("user", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("stream", Text, nullable=False),
    Column("surface", Text, nullable=False),
    Column("lang", Text, nullable=False),
    Column("because", Text, nullable=False),
    Column("alike", Text, nullable=False),
    Column("opened", Double, nullable=False),
    Column("latest", Double, nullable=False),
    Column("changed", Double, nullable=False),
    Column("due", Double),
    Column("nobody", Text, nullable=False),
    Column("viewers", BigInteger, nullable=False),
    Column("rank", Double, nullable=False),
    Column("members", BigInteger, nullable=False),
    Column("users", BigInteger, nullable=False),
    Column("sealed", Boolean, nullable=False),
    Column("claimed_by", Text, nullable=False),
    Column("claim_until", Double),
    Column("assigned", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("decision", Text, nullable=False),
    Column("choice", Text, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("decided", Double),
    Column("version", BigInteger, nullable=False),
    Index("cases_rank", "tenant", "open", "rank", "id"),
    Index("cases_queue", "tenant", "open", "queue", "rank", "id"),
    Index("cases_priority", "tenant", "open", "priority", "rank", "id"),
    Index("cases_room", "tenant", "open", "room", "rank", "id"),
    Index("cases_assigned", "tenant", "open", "assigned", "rank", "id"),
    Index("cases_numbers", "tenant", "open", "queue", "state", "priority", "opened", "due"),
    Index("cases_alike", "tenant", "alike", "open", "latest"),
    Index("cases_due", "open", "due"),
    Index("cases_claims", "claimed_by", "claim_until"),
    Index("cases_changed", "changed"),
    Index("cases_decided", "tenant", "decided"),
    Index("cases_user", "tenant", "user"),
)
"""Work for humans as it stands. One of many members is an incident. `open`: not ended. `rank` is
the time by which it is due less what its harm makes it more urgent (`seawall.urgency`): the queue's
order, which no clock changes. An ended one's is the negated time of its end, so that the same
indexes hold those newest first. `cases_numbers` has all that is counted. `asked_by`: who wants a
second opinion. `version` grows with each change."""

case_members = Table(
    "case_members",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("case", Text, primary_key=True),
    Column("line", Text, primary_key=True),
    Column("event", Text, nullable=False),
    Column("rev", BigInteger, nullable=False),
    Column("about", Text, nullable=False),
    Column("ref", Text, nullable=False),
    Column("room", Text, nullable=False),
    Column("user", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("surface", Text, nullable=False),
    Column("stream", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("score", Double, nullable=False),
    Column("at", Double, nullable=False),
    Column("ended", Boolean, nullable=False),
    Index("case_members_at", "tenant", "case", "at", "line"),
    Index("case_members_event", "tenant", "event"),
    Index("case_members_user", "tenant", "user"),
)
"""The events of a case; what was written or seen is in `evidence`. `ended`: it needs nobody any
more (its hold has ended, its command was done after all)."""

case_notes = Table(
    "case_notes",
    metadata,
    Column("id", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("case", Text, nullable=False),
    Column("at", Double, nullable=False),
    Column("kind", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("to", Text, nullable=False),
    Column("text", Text, nullable=False),
    Index("case_notes_case", "tenant", "case", "at"),
)
"""What happened to a case, and what people wrote about it; lines only added."""

case_context = Table(
    "case_context",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("case", Text, primary_key=True),
    Column("event", Text, primary_key=True),
    Column("rev", BigInteger, primary_key=True, autoincrement=False),
    Column("room", Text, nullable=False),
    Column("user", Text, nullable=False),
    Column("at", Double, nullable=False),
    Column("action", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("expires", Double, nullable=False),
    Index("case_context_user", "tenant", "user"),
    Index("case_context_expires", "expires"),
)
"""What was said in the room just before and after; `sealed` as in evidence, bound to (tenant,
event, rev)."""

decisions = Table(
    "decisions",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("case", Text, nullable=False),
    Column("at", Double, nullable=False),
    Column("by", Text, nullable=False),
    Column("choice", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("for_s", Double),
    Column("state", Text, nullable=False),
    Column("parts", BigInteger, nullable=False),
    Column("done", BigInteger, nullable=False),
    Column("failed", BigInteger, nullable=False),
    Column("undone_by", Text, nullable=False),
    Column("undone", Double),
    Column("undo_reason", Text, nullable=False),
    Column("node", Text, nullable=False),
    Column("leased", Double, nullable=False),
    Index("decisions_at", "tenant", "at"),
    Index("decisions_by", "tenant", "by", "at"),
    Index("decisions_case", "tenant", "case"),
    Index("decisions_state", "state", "leased"),
)
"""What people decided, and how far it is carried out: `applying applied undoing undone`. The plan
is durable before the first part of it is done, so another gateway can go on with it."""

decision_parts = Table(
    "decision_parts",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("decision", Text, primary_key=True),
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("target_kind", Text, nullable=False),
    Column("room", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("rev", BigInteger),
    Column("for_s", Double),
    Column("state", Text, nullable=False),
    Column("why", Text, nullable=False),
    Index("decision_parts_target", "tenant", "target_kind", "target"),
)
"""One reversible action each: `planned done failed undone`. Its journal entry is the event
`<decision>.<n>`."""

nukes = Table(
    "nukes",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("room", Text, nullable=False),
    Column("phrase", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("for_s", Double),
    Column("at", Double, nullable=False),
    Column("since", Double, nullable=False),
    Column("until", Double, nullable=False),
    Column("most", BigInteger, nullable=False),
    Column("hits", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("ended", Double),
    Column("ended_by", Text, nullable=False),
    Column("changed", Double, nullable=False),
    Index("nukes_changed", "changed"),
)
"""A phrase that is acted on from `since` until `until`, at most `most` times. Its parts are those
of the decision of the same id."""
