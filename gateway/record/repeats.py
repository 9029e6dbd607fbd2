"""Decisions that a spill brings when another gateway has long recorded its own on the same message.

A gateway dies, or is stopped, with a decision in its spill that nobody has heard. The server sends
the message again to another gateway, which cannot look into that file, and decides afresh. When the
spill is replayed its row is written as well, for it was durable; but as a `repeat`: one verdict
stands, the one that was in the record first.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Protocol

import msgspec

from gateway.record.entry import TOO_LATE, Entry

__all__ = ["Key", "Others", "named", "standing"]

Key = tuple[str, str, int]
"""(tenant, id, rev) as they stand in the journal's columns."""


class Others(Protocol):
    """The part of a store that knows what other writers have decided."""

    def decided(self, writer: str, keys: list[Key]) -> AbstractSet[Key]:
        """Return those of the keys on which a verdict of another writer stands.

        Raises RecordUnavailable.
        """


def named(store: Others, writer: str, entries: list[tuple[int, Entry]]) -> list[tuple[int, Entry]]:
    """Return a chain's entries, verdicts that repeat another chain's called so."""
    keys = {n: _key(entry) for n, entry in entries if entry.kind == "verdict" and entry.event}
    stand = store.decided(writer, list(keys.values())) if keys else frozenset[Key]()
    return [
        (n, msgspec.structs.replace(entry, kind="repeat") if keys.get(n) in stand else entry)
        for n, entry in entries
    ]


def standing(keys: str, mark: str) -> str:
    """Return the query behind `decided`; `keys` is a table of keys, `mark` stands for a value.

    Its values are those of `keys`, then the writer. A verdict taken back as too late stands not.
    """
    return f"""SELECT DISTINCT j.tenant, j.event, j.rev FROM {keys} AS r CROSS JOIN journal AS j
        WHERE j.tenant = r.tenant AND j.event = r.event AND j.rev = r.rev
        AND j.kind = 'verdict' AND j.writer <> {mark} AND NOT EXISTS (
            SELECT 1 FROM journal AS b WHERE b.tenant = j.tenant AND b.event = j.event
            AND b.rev = j.rev AND b.writer = j.writer AND b.seq > j.seq
            AND b.kind = 'revert' AND b.rule = '{TOO_LATE}')"""


def _key(entry: Entry) -> Key:
    return (entry.tenant.replace("\0", "\u2400"), entry.event.replace("\0", "\u2400"), entry.rev)
