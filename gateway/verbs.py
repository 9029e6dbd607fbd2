"""The verbs about the record: keys, journal, subject. They work while gateways serve from it.

Where the record lives is read as the gateway itself reads it: the settings file, `SEAWALL_*`
variables, then the command line.
"""

from __future__ import annotations

import argparse
import getpass
import os
import re
import sys
import time

from gateway.config import load_config
from gateway.record.where import Where

__all__ = ["add_journal", "add_keys", "add_subject", "place", "seconds", "where_of"]

_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)([smhd])", re.ASCII)
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}


def seconds(text: str) -> float:
    """Return a duration such as 30s, 10m, 2h or 7d in seconds; for argparse."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no duration such as 30s, 10m, 2h or 7d")
    return float(match[1]) * _UNITS[match[2]]


def place(parser: argparse.ArgumentParser) -> None:
    """Add the options that say where the record lives."""
    parser.add_argument("--config", metavar="FILE", help="the gateway's settings, TOML")
    parser.add_argument("--data", metavar="DIR", help="the gateway's folder (./seawall-data)")
    parser.add_argument(
        "--database",
        metavar="URL",
        help="the database (SQLite in the folder); others can read a password that stands here, "
        "so better set SEAWALL_DATABASE",
    )


def where_of(given: argparse.Namespace) -> Where:
    """Return where the record lives. Raises ConfigError."""
    config = load_config(given.config, data=given.data, database=given.database)
    return Where.of(config.data, config.database)


def add_keys(parser: argparse.ArgumentParser) -> None:
    """Add the verbs about keys."""
    verbs = parser.add_subparsers(metavar="COMMAND", required=True)
    new = verbs.add_parser("new", help="make a key; it is printed once, on stdout")
    new.add_argument("--tenant", required=True, help="whose key")
    new.add_argument("--role", default="server", choices=("server", "moderator", "admin"))
    new.add_argument("--name", required=True, help="the server's or person's name")
    new.add_argument("--expires", metavar="TIME", type=seconds, help="from now: 30d (never)")
    rotate = verbs.add_parser("rotate", help="make a key's successor; printed once, on stdout")
    rotate.add_argument("key", help="the old key's id or name")
    rotate.add_argument(
        "--grace", metavar="TIME", type=seconds, default="1h", help="the old one's (%(default)s)"
    )
    listing = verbs.add_parser("list", help="list keys, never the keys themselves")
    listing.add_argument("--json", action="store_true", help="JSON lines")
    revoke = verbs.add_parser("revoke", help="end a key; its connections close within 2 s")
    revoke.add_argument("key", help="the key's id or name")
    for verb, run in ((new, _new), (rotate, _rotate), (listing, _list), (revoke, _revoke)):
        place(verb)
        verb.set_defaults(run=run)


def add_journal(parser: argparse.ArgumentParser) -> None:
    """Add the verbs about the journal."""
    verbs = parser.add_subparsers(metavar="COMMAND", required=True)
    verify = verbs.add_parser("verify", help="check every chain; say where one breaks")
    verify.add_argument(
        "--head", action="append", default=[], metavar="WRITER:SEQ:HASH", help="a published head"
    )
    verify.add_argument("--json", action="store_true", help="the report as JSON")
    export = verbs.add_parser("export", help="write every row as JSON lines on stdout")
    heads = verbs.add_parser("heads", help="list published heads, the newest first")
    heads.add_argument("--limit", type=int, default=100, metavar="N", help="at most (%(default)s)")
    heads.add_argument("--json", action="store_true", help="JSON lines")
    for verb, run in ((verify, _verify), (export, _export), (heads, _heads)):
        place(verb)
        verb.set_defaults(run=run)


def add_subject(parser: argparse.ArgumentParser) -> None:
    """Add the verbs about one person."""
    verbs = parser.add_subparsers(metavar="COMMAND", required=True)
    export = verbs.add_parser("export", help="write all that is known of a user, JSON on stdout")
    erase = verbs.add_parser("erase", help="erase a user's content and id; chains stay whole")
    hold = verbs.add_parser("hold", help="keep evidence from being deleted, for the law")
    release = verbs.add_parser("release", help="let kept evidence go")
    for verb, run in ((export, _subject), (erase, _erase)):
        verb.add_argument("--user", required=True, help="the user's id")
        verb.set_defaults(run=run)
    for verb in (hold, release):
        about = verb.add_mutually_exclusive_group(required=True)
        about.add_argument("--user", default="", help="all evidence of a user")
        about.add_argument("--message", default="", metavar="ID", help="that of one message")
        verb.set_defaults(run=_legal_hold, on=verb is hold)
    for verb in (export, erase, hold, release):
        verb.add_argument("--tenant", required=True, help="whose user")
        place(verb)
    for verb in (erase, hold, release):
        verb.add_argument("--by", metavar="NAME", help="who ordered it (you)")


def _new(given: argparse.Namespace) -> int:
    from gateway.record.keys import keys_new

    print(keys_new(where_of(given), given.tenant, given.role, given.name, given.expires))
    return 0


def _rotate(given: argparse.Namespace) -> int:
    from gateway.record.keys import keys_rotate

    done = keys_rotate(where_of(given), given.key, given.grace)
    print(done.key)
    old = done.old
    ends = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(old.expires))
    made = f"{done.made.id} ({old.tenant}, {old.role}, {old.name})"
    print(f"made {made}; {old.id} works until {ends}", file=sys.stderr)
    return 0


def _list(given: argparse.Namespace) -> int:
    from gateway.record.listing import print_keys

    return print_keys(where_of(given), given.json)


def _revoke(given: argparse.Namespace) -> int:
    from gateway.record.keys import keys_revoke

    key = keys_revoke(where_of(given), given.key)
    print(f"revoked {key.id} ({key.tenant}, {key.role}, {key.name})", file=sys.stderr)
    return 0


def _verify(given: argparse.Namespace) -> int:
    from gateway.record.listing import print_verification

    return print_verification(where_of(given), given.head, given.json)


def _export(given: argparse.Namespace) -> int:
    from gateway.record.verify import export

    rows = export(where_of(given), sys.stdout.buffer)
    print(f"{rows} rows", file=sys.stderr)
    return 0


def _heads(given: argparse.Namespace) -> int:
    from gateway.record.listing import print_heads

    return print_heads(where_of(given), given.limit, given.json)


def _subject(given: argparse.Namespace) -> int:
    from gateway.record.listing import print_subject

    return print_subject(where_of(given), given.tenant, given.user)


def _erase(given: argparse.Namespace) -> int:
    from gateway.record.listing import print_erasure

    return print_erasure(where_of(given), given.tenant, given.user, _by(given))


def _legal_hold(given: argparse.Namespace) -> int:
    from gateway.record.listing import print_legal_hold

    return print_legal_hold(
        where_of(given),
        given.tenant,
        user=given.user,
        event=given.message,
        on=given.on,
        by=_by(given),
    )


def _by(given: argparse.Namespace) -> str:
    """Return who orders it. In a container the user may have no name."""
    try:
        return f"cli:{given.by or getpass.getuser()}"
    except (KeyError, OSError):
        return f"cli:{os.getuid()}"
