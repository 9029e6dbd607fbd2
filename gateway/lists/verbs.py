"""The verb `lists`: add, refresh, show."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import msgspec

from gateway.lists.entries import FORMATS
from seawall.taxonomy import CATEGORY_NAMES, Severity

__all__ = ["add_lists"]


def add_lists(parser: argparse.ArgumentParser) -> None:
    """Add the verbs about lists that others keep."""
    verbs = parser.add_subparsers(metavar="COMMAND", required=True)
    add = verbs.add_parser("add", help="bring a list of hosts or words into a policy")
    add.add_argument("name", help="what to call it")
    add.add_argument("source", help="a file, or an https address")
    add.add_argument("--kind", required=True, choices=("hosts", "terms"), help="what it lists")
    add.add_argument("--format", default="auto", choices=FORMATS, help="of hosts (%(default)s)")
    add.add_argument(
        "--with-allowed", action="store_true", help="take the hosts it calls harmless, as allowed"
    )
    add.add_argument(
        "--category", choices=sorted(CATEGORY_NAMES), metavar="NAME", help="of its terms"
    )
    add.add_argument("--lang", default="any", metavar="TAG", help="of its terms (%(default)s)")
    add.add_argument("--severity", default="medium", choices=[level.label for level in Severity])
    add.add_argument("--match", default="word", choices=("word", "substring", "squashed"))
    add.add_argument(
        "--allow-private", action="store_true", help="the address may be one of a private network"
    )
    refresh = verbs.add_parser("refresh", help="fetch lists again from where they came")
    refresh.add_argument("name", nargs="*", help="which ones (all)")
    show = verbs.add_parser("show", help="say where lists came from, when, and how much they hold")
    show.add_argument("--json", action="store_true", help="JSON lines")
    for verb, run in ((add, _add), (refresh, _refresh), (show, _show)):
        verb.add_argument("--policy", required=True, metavar="DIR", help="your policy's folder")
        verb.set_defaults(run=run)
    for verb in (add, refresh):
        verb.add_argument("--force", action="store_true", help="take a list that shrank by half")


def _add(given: argparse.Namespace) -> int:
    from gateway.lists.commands import add_list
    from gateway.lists.files import Record, name_of
    from gateway.lists.sources import is_address
    from seawall.errors import ConfigError

    if given.kind == "terms" and not given.category:
        raise ConfigError("a list of terms needs --category")
    wanted = Record(
        name_of(given.name),
        given.kind,
        # A refresh may run in another folder.
        given.source if is_address(given.source) else str(Path(given.source).absolute()),
        at="",
        count=0,
        sha256="",
        form=given.format,
        with_allowed=given.with_allowed,
        allow_private=given.allow_private,
        category=given.category or "",
        lang=given.lang,
        severity=given.severity,
        match=given.match,
    )
    print(add_list(Path(given.policy), wanted, force=given.force).told())
    return 0


def _refresh(given: argparse.Namespace) -> int:
    from gateway.lists.commands import refresh_lists

    changes = refresh_lists(Path(given.policy), tuple(given.name), force=given.force)
    for change in changes:
        print(change.told())
    if not changes:
        print("there are no lists", file=sys.stderr)
    return 0


def _show(given: argparse.Namespace) -> int:
    from gateway.lists.commands import show_lists

    for record in show_lists(Path(given.policy)):
        if given.json:
            print(msgspec.json.encode(record).decode())
            continue
        about = f"{record.category}, {record.lang}, " if record.kind == "terms" else ""
        print(f"{record.name}: {record.count} {record.kind} ({about}{record.left_out} left out)")
        print(f"  from {record.source} at {record.at}")
        print(f"  sha256 {record.sha256}")
    return 0
