"""The verbs about policies: check, explain, diff, backtest, versions, release.

Kept versions lie in the gateway's folder; where that is, is read as the gateway itself reads it.
"""

from __future__ import annotations

import argparse
import getpass
import os
from pathlib import Path

__all__ = ["add_policy"]


def add_policy(parser: argparse.ArgumentParser) -> None:
    """Add the verbs about policies."""
    verbs = parser.add_subparsers(metavar="COMMAND", required=True)
    check = verbs.add_parser("check", help="load a policy; print every problem")
    explain = verbs.add_parser("explain", help="say what a rule or window does, and when")
    explain.add_argument("name", nargs="?", help="a rule or window; without one, a table of all")
    explain.add_argument("--room", metavar="ID", help="as it is in one room, overrides applied")
    for each in (check, explain):
        each.add_argument("--policy", metavar="DIR", help="policy folder (the shipped one)")
    diff = verbs.add_parser(
        "diff", help="say what changes, in words; 1 if it may take more from people by itself"
    )
    backtest = verbs.add_parser("backtest", help="judge recorded messages with both, and compare")
    for each in (diff, backtest):
        each.add_argument("old", help="a policy's folder, or the beginning of a kept version")
        each.add_argument("new", help="likewise")
    backtest.add_argument(
        "--events", required=True, metavar="FILE", help="JSON lines as `judge` reads; - for stdin"
    )
    backtest.add_argument(
        "--samples", type=int, default=5, metavar="N", help="of each kind of change (%(default)s)"
    )
    versions = verbs.add_parser("versions", help="list which version went live when")
    versions.add_argument("--limit", type=int, default=50, metavar="N", help="(%(default)s)")
    export = verbs.add_parser("export", help="write a kept version's files into a new folder")
    export.add_argument("version", help="the beginning of a kept version")
    export.add_argument("folder", help="where to; it must not exist")
    release = verbs.add_parser("release", help="give a rule that ran away back what it may do")
    release.add_argument("rule", help="a rule or window")
    release.add_argument("--tenant", help="only for this one (all)")
    release.add_argument("--by", metavar="NAME", help="who ordered it (you)")
    for each in (check, explain, diff, backtest):
        each.add_argument("--tenant-file", metavar="FILE", help="tenant.yaml")
    for each in (diff, backtest, versions):
        each.add_argument("--json", action="store_true", help="JSON, one object a line")
    for each in (diff, backtest, versions, export, release):
        each.add_argument("--config", metavar="FILE", help="the gateway's settings, TOML")
        each.add_argument("--data", metavar="DIR", help="the gateway's folder (./seawall-data)")
    for verb, run in (
        (check, _check),
        (explain, _explain),
        (diff, _diff),
        (backtest, _backtest),
        (versions, _versions),
        (export, _export),
        (release, _release),
    ):
        verb.set_defaults(run=run)


def _check(given: argparse.Namespace) -> int:
    from gateway.review.commands import check_policy

    return check_policy(given.policy, given.tenant_file)


def _explain(given: argparse.Namespace) -> int:
    from gateway.review.commands import explain_policy

    return explain_policy(given.policy, given.tenant_file, given.name, given.room)


def _diff(given: argparse.Namespace) -> int:
    from gateway.review.commands import diff_policies

    return diff_policies(given.old, given.new, given.tenant_file, _data(given), as_json=given.json)


def _backtest(given: argparse.Namespace) -> int:
    from gateway.review.commands import backtest_policies

    return backtest_policies(
        given.old,
        given.new,
        given.events,
        given.tenant_file,
        _data(given),
        samples=max(0, given.samples),
        as_json=given.json,
    )


def _versions(given: argparse.Namespace) -> int:
    from gateway.review.commands import list_versions

    return list_versions(_data(given), max(1, given.limit), as_json=given.json)


def _export(given: argparse.Namespace) -> int:
    from gateway.review.commands import export_version

    return export_version(given.version, given.folder, _data(given))


def _release(given: argparse.Namespace) -> int:
    from gateway.review.commands import release_rule

    try:
        by = given.by or getpass.getuser()
    except (KeyError, OSError):  # in a container the user may have no name
        by = str(os.getuid())
    return release_rule(given.rule, given.tenant, f"cli:{by}", _data(given))


def _data(given: argparse.Namespace) -> Path:
    from gateway.config import load_config

    return Path(load_config(given.config, data=given.data).data)
