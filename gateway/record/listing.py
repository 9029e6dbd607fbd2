"""Keys and verification reports as people (and scripts) read them."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from gateway.record.database import Where
from gateway.record.heads import Heads
from gateway.record.keys import keys_list
from gateway.record.subject import erase, export, legal_hold
from gateway.record.verify import parse_head, verify
from seawall.errors import ConfigError

__all__ = ["print_erasure", "print_keys", "print_legal_hold", "print_subject", "print_verification"]

_KEYS = "{:<16} {:<16} {:<10} {:<20} {:<20} {:<20} {}"


def print_keys(where: Where | Path, as_json: bool) -> int:
    """Print all keys: a table, or JSON lines."""
    keys = keys_list(where)
    if as_json:
        for key in keys:
            print(msgspec.json.encode(key).decode())
        return 0
    print(_KEYS.format("id", "tenant", "role", "name", "created", "expires", "revoked"))
    for key in keys:
        ends = ("" if at is None else _when(at) for at in (key.expires, key.revoked))
        line = _KEYS.format(key.id, key.tenant, key.role, key.name, _when(key.created), *ends)
        print(line.rstrip())
    return 0


def print_verification(where: Where | Path, heads: Sequence[str], as_json: bool) -> int:
    """Verify the journal and print what was found: 0 when whole, 1 when broken."""
    try:
        published = dict(parse_head(text) for text in heads)
    except ValueError as problem:
        raise ConfigError(f"--head: {problem}; want WRITER:SEQ:HASH") from problem
    report = verify(where, published)
    if as_json:
        print(msgspec.json.encode(report).decode())
        return 0 if report.whole else 1
    for writer, (seq, digest) in sorted(report.heads.items()):
        print(f"head {writer}:{seq}:{digest}")
    if report.broken is not None:
        place = report.broken
        spot = f"chain {place.writer}, row {place.seq}" if place.writer else "the database"
        print(f"BROKEN at {spot}: {place.why}")
        return 1
    evidence = _number(report.evidence, "piece", "pieces") + " of evidence"
    print(
        f"whole: {_number(report.rows, 'row', 'rows')} in "
        f"{_number(len(report.heads), 'chain', 'chains')}, "
        + ("evidence NOT checked: no secret here (SEAWALL_SECRET)" if report.sealed else evidence)
    )
    return 0


def print_subject(where: Where | Path, tenant: str, user: str) -> int:
    """Print all that is known of a user as one JSON object."""
    found = export(where, tenant, user)
    print(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
    return 0


def print_erasure(where: Where | Path, tenant: str, user: str, by: str) -> int:
    """Erase a user and print what went: 0 when nothing is left, 1 when something has to stay."""
    erased = erase(where, tenant, user, by)
    print(
        f"erased: {erased.evidence} pieces of evidence, {erased.holds} holds, "
        f"{erased.labels} labels, {erased.strikes} strikes, {erased.commands} commands, "
        f"{erased.clips} clips; {erased.cases} rows about cases name nobody now"
    )
    told = {
        "pieces of evidence are kept: legal hold": erased.kept_by_law,
        "commands are under way: erase again when they have ended": erased.open_commands,
        "parts of decisions are under way: erase again in a minute": erased.open_parts,
        "holds are open: emptied, they end like any other": erased.open_holds,
    }
    for what, count in told.items():
        if count:
            print(f"{count} {what}", file=sys.stderr)
    return 1 if erased.kept_by_law or erased.open_commands or erased.open_parts else 0


def print_legal_hold(
    where: Where | Path, tenant: str, *, user: str = "", event: str = "", on: bool, by: str
) -> int:
    """Hold evidence of a user or a message for the law, or release it: 1 when there is none."""
    count = legal_hold(where, tenant, user=user, event=event, on=on, by=by)
    print(f"{'held' if on else 'released'}: {count} pieces of evidence")
    return 0 if count else 1


def print_heads(where: Where | Path, limit: int, as_json: bool) -> int:
    """Print published heads as `journal verify --head` takes them, and when that was."""
    if limit < 1:
        raise ConfigError("--limit: want a number from 1")
    heads = Heads(where)
    try:
        found = asyncio.run(heads.recent(limit))
    finally:
        heads.close()
    for head in found:
        line = f"{head.writer}:{head.seq}:{head.hash}  {_when(head.at)}"
        print(msgspec.json.encode(head).decode() if as_json else line)
    return 0


def _when(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))


def _number(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"
