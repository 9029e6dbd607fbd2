"""Decisions on a message on which another writer's verdict stands: they are rows, not verdicts.

A server gives up on a gateway and sends a message again to another one, which decides afresh. Both
decisions may be recorded: by a replayed spill, or by commits that meet. One verdict stands, the one
that was in the record first; the other row is a `repeat`.

1. Whoever commits looks inside the transaction, for only there the answer stays true until its end.
   SQLite lets one write at a time. PostgreSQL does not: there the messages are locked first.
2. Another writer's verdict counts where tenant, id, version and content are the same: an id that a
   server used for two messages is two decisions. One taken back as too late does not count.
3. A repeat that nobody was told is durable brings nothing but its row: it is `bare`. What lay in a
   spill may have been told: all of it is written, and what the first verdict brought already stays
   as it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from zlib import crc32

from msgspec.structs import replace

from gateway.record.columns import COLUMNS
from gateway.record.entry import TOO_LATE, Entry
from gateway.record.ledger import Batch

__all__ = ["BUCKETS", "Key", "bare", "buckets", "called_so", "standing", "verdicts"]

Key = tuple[str, str, int, str]
"""(tenant, id, rev, content) as they stand in the journal's columns."""
BUCKETS = 1024
"""How many locks there are for all messages: what a server has room for whatever a batch holds."""
_COLUMNS = {name: place for place, name in enumerate(COLUMNS["journal"])}
_N, _KIND, _EVENT = _COLUMNS["n"], _COLUMNS["kind"], _COLUMNS["event"]
_KEY = tuple(_COLUMNS[name] for name in ("tenant", "event", "rev", "content"))


def verdicts(batch: Batch) -> dict[int, Key]:
    """Return the keys of a batch's verdicts on messages, by the number of their entry."""
    tenant, event, rev, content = _KEY
    return {
        row[_N]: (row[tenant], row[event], row[rev], row[content])  # type: ignore[misc]  # a row's
        for row in batch.journal
        if row[_KIND] == "verdict" and row[_EVENT]
    }


def called_so(entry: Entry) -> Entry:
    """Return a verdict as a repeat, with all that was durable of it."""
    return replace(entry, kind="repeat")


def bare(entry: Entry) -> Entry:
    """Return a verdict as a repeat that changes nothing: its row alone."""
    return replace(
        entry, kind="repeat", evidence=None, hold=None, commands=(), ends=(), hold_end=None,
        labels=(), strikes=None, strike_ends=(), cases=(),
    )  # fmt: skip


def buckets(keys: Iterable[Key]) -> list[int]:
    """Return the locks of these messages in the order in which everybody takes them."""
    return sorted({crc32("\0".join(map(str, key[:3])).encode()) % BUCKETS for key in keys})


def standing(writer: str) -> str:
    """Return a subquery: 1 where a verdict stands on r's message that is not by `writer`, or null.

    r has the columns of a key; `writer` is an expression. Both tables are asked row by row through
    the index on messages: a subquery that gives a value becomes no join, and a sum no way into
    another writer's chain, which may be long.
    """
    return f"""(SELECT 1 FROM journal AS j
        WHERE j.tenant = r.tenant AND j.event = r.event AND j.rev = r.rev
        AND j.kind = 'verdict' AND j.content = r.content AND j.writer <> {writer} AND NOT EXISTS (
            SELECT 1 FROM journal AS b WHERE b.tenant = j.tenant AND b.event = j.event
            AND b.rev = j.rev AND b.writer || '' = j.writer AND b.seq + 0 > j.seq
            AND b.kind = 'revert' AND b.rule = '{TOO_LATE}') LIMIT 1)"""
