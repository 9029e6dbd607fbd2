"""The columns of a batch's tuples, in order, and how long rows stay; a test holds the schema to it.

Apart from `schema`, because the writer process carries no SQLAlchemy.
"""

from __future__ import annotations

from gateway.record.chain import FIELDS

__all__ = [
    "COLUMNS",
    "DAY_S",
    "ENDED_S",
    "HEADS_S",
    "HOLDS_S",
    "KEYS",
    "LINES_S",
    "STRIKES_S",
    "UPDATES",
]

DAY_S = 86_400.0
HOLDS_S = DAY_S
"""How long a held message stays after its end."""
ENDED_S = 7 * DAY_S
"""How long ended commands, labels and strikes stay as tombstones."""
LINES_S = 30 * DAY_S
"""How long lines of cases stay that a case desk has taken: the cases themselves stay longer."""
HEADS_S = 400 * DAY_S
STRIKES_S = 400 * DAY_S
"""How long strikes stay that were never taken back: no ladder remembers them by then."""

COLUMNS: dict[str, tuple[str, ...]] = {
    "journal": (*FIELDS, "prev", "hash"),
    "evidence": ("tenant", "id", "rev", "user", "sealed", "created", "expires", "legal_hold"),
    "holds": (
        *("tenant", "id", "rev", "room", "user", "sealed", "rule", "category"),
        *("created", "expires", "outcome", "by", "decided", "told"),
    ),
    "commands": (
        *("id", "tenant", "seq", "kind", "target_kind", "room", "target", "rev", "for_s"),
        *("event", "because", "created", "expires", "outcome", "by", "reason", "ended"),
        *("node", "leased", "sent"),
    ),
    "labels": (
        *("tenant", "kind", "room", "id", "label", "until", "because", "category", "by"),
        *("event", "rev", "set_at", "ended", "changed"),
    ),
    "strikes": ("tenant", "user", "event", "rev", "at", "strikes", "rule", "ended", "changed"),
    "case_lines": (
        *("id", "state", "tenant", "at", "queue", "priority", "about", "ref", "room", "because"),
        *("event", "rev", "user", "name", "surface", "stream", "action", "rule", "category"),
        *("severity", "score", "alike", "lang", "viewers", "due", "nobody", "taken"),
    ),
}
"""Of the rows that are inserted, by table."""

UPDATES: dict[str, tuple[str, ...]] = {
    "ends": ("outcome", "by", "reason", "ended", "tenant", "id"),
    "strike_ends": ("changed", "tenant", "user", "event", "rev"),
    "hold_ends": ("outcome", "by", "decided", "told", "tenant", "id", "rev"),
    "fallen": ("changed", "tenant", "user", "id", "rev"),
}
"""Of the rows that change what is there, by the batch's list."""

KEYS: dict[str, tuple[str, ...]] = {
    "evidence": ("tenant", "id", "rev"),
    "holds": ("tenant", "id", "rev"),
    "commands": ("id",),
    "strikes": ("tenant", "user", "event", "rev"),
    "case_lines": ("id", "state"),
    "labels": ("tenant", "kind", "room", "id", "label"),
    "ends": ("tenant", "id"),
    "strike_ends": ("tenant", "user", "event", "rev"),
    "hold_ends": ("tenant", "id", "rev"),
    "fallen": ("tenant", "user", "id", "rev"),
}
"""Which row of a table a tuple is about; a batch may name the same one twice."""
