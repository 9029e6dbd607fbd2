"""Keys and verification reports as people (and scripts) read them."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from gateway.record.keys import keys_list
from gateway.record.verify import parse_head, verify
from seawall.errors import ConfigError

__all__ = ["print_keys", "print_verification"]


def print_keys(data: Path, as_json: bool) -> int:
    """Print all keys: a table, or JSON lines."""
    keys = keys_list(data)
    if as_json:
        for key in keys:
            print(msgspec.json.encode(key).decode())
        return 0
    print(f"{'id':<16} {'tenant':<16} {'role':<10} {'name':<20} {'created':<20} revoked")
    for key in keys:
        revoked = "" if key.revoked is None else _when(key.revoked)
        print(
            f"{key.id:<16} {key.tenant:<16} {key.role:<10} {key.name:<20} "
            f"{_when(key.created):<20} {revoked}".rstrip()
        )
    return 0


def print_verification(data: Path, heads: Sequence[str], as_json: bool) -> int:
    """Verify the journal and print what was found: 0 when whole, 1 when broken."""
    try:
        published = dict(parse_head(text) for text in heads)
    except ValueError as problem:
        raise ConfigError(f"--head: {problem}; want WRITER:SEQ:HASH") from problem
    report = verify(data, published)
    if as_json:
        print(msgspec.json.encode(report).decode())
        return 0 if report.whole else 1
    for writer, (seq, digest) in sorted(report.heads.items()):
        print(f"head {writer}:{seq}:{digest}")
    if report.broken is not None:
        place = report.broken
        where = f"chain {place.writer}, row {place.seq}" if place.writer else "the database"
        print(f"BROKEN at {where}: {place.why}")
        return 1
    print(
        f"whole: {report.rows} rows in {len(report.heads)} chains, "
        f"{report.evidence} pieces of evidence",
        file=sys.stdout,
    )
    return 0


def _when(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))
