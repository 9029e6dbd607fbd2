"""The command line: one parser, one function a verb.

Results go to stdout, everything else to stderr.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from seawall import __version__
from seawall.errors import SeawallError

__all__ = ["main", "parser"]

Command = Callable[[argparse.Namespace], int]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit status: 0 done, 1 refused or failed, 2 misuse."""
    arguments = parser().parse_args(sys.argv[1:] if argv is None else argv)
    command: Command = arguments.run
    try:
        status = command(arguments)
        sys.stdout.flush()
        return status
    except SeawallError as problem:
        print(f"seawall: {problem}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # whoever read our output has seen enough
        # What is left of it must go somewhere: the interpreter flushes once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130


def parser() -> argparse.ArgumentParser:
    """Build the parser; `docs/reference/cli.md` is generated from it."""
    top = argparse.ArgumentParser(
        prog="seawall",
        description="A real-time moderation gateway for livestreams and group chats.",
    )
    top.add_argument("--version", action="version", version=f"seawall {__version__}")
    verbs = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _serve(verbs.add_parser("serve", help="run the gateway"))
    _demo(verbs.add_parser("demo", help="see a sample room being moderated"))
    _judge(verbs.add_parser("judge", help="judge recorded messages offline"))
    _policy(verbs.add_parser("policy", help="check and explain policies"))
    _keys(verbs.add_parser("keys", help="make, list and revoke keys"))
    _journal(verbs.add_parser("journal", help="verify and export the record"))
    verbs.add_parser("bench", help="measure (see `seawall bench --help`)", add_help=False)
    return top


def _data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", metavar="DIR", default="./seawall-data", help="the gateway's folder (%(default)s)"
    )


def _serve(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", metavar="FILE", help="settings, TOML")
    parser.add_argument("--data", metavar="DIR", help="database and secrets (./seawall-data)")
    parser.add_argument("--listen", metavar="HOST:PORT", help="WebSocket edge (127.0.0.1:7400)")
    parser.add_argument("--http", metavar="HOST:PORT", help="HTTP API (127.0.0.1:7401)")
    parser.add_argument("--policy", metavar="DIR", help="policy folder (the shipped one)")
    parser.add_argument("--redis", metavar="URL", help="where windows are counted (embedded)")

    def run(given: argparse.Namespace) -> int:
        from gateway.config import load_config
        from gateway.serve import run_gateway

        config = load_config(
            given.config,
            data=given.data,
            listen=given.listen,
            http=given.http,
            policy=given.policy,
            redis=given.redis,
        )
        return run_gateway(config)

    parser.set_defaults(run=run)


def _demo(parser: argparse.ArgumentParser) -> None:
    from gateway.demo.options import add_options

    add_options(parser)

    def run(given: argparse.Namespace) -> int:
        from gateway.demo.run import run_demo

        return run_demo(given)

    parser.set_defaults(run=run)


def _judge(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", default="-", help="JSON lines; - for standard input")
    parser.add_argument("--policy", metavar="DIR", help="policy folder (the shipped one)")
    parser.add_argument("--tenant-file", metavar="FILE", help="tenant.yaml")

    def run(given: argparse.Namespace) -> int:
        from gateway.judge import run_judge

        return run_judge(given.file, given.policy, given.tenant_file)

    parser.set_defaults(run=run)


def _policy(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(metavar="COMMAND", required=True)
    check = verbs.add_parser("check", help="load a policy; print every problem")
    explain = verbs.add_parser("explain", help="say what a rule or window does, and when")
    explain.add_argument("name", nargs="?", help="a rule or window; without one, a table of all")
    for each in (check, explain):
        each.add_argument("--policy", metavar="DIR", help="policy folder (the shipped one)")
        each.add_argument("--tenant-file", metavar="FILE", help="tenant.yaml")

    def run_check(given: argparse.Namespace) -> int:
        from gateway.policy.commands import check_policy

        return check_policy(given.policy, given.tenant_file)

    def run_explain(given: argparse.Namespace) -> int:
        from gateway.policy.commands import explain_policy

        return explain_policy(given.policy, given.tenant_file, given.name)

    check.set_defaults(run=run_check)
    explain.set_defaults(run=run_explain)


def _keys(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(metavar="COMMAND", required=True)
    new = verbs.add_parser("new", help="make a key; it is printed once, on stdout")
    new.add_argument("--tenant", required=True, help="whose key")
    new.add_argument("--role", default="server", choices=("server", "moderator", "admin"))
    new.add_argument("--name", required=True, help="the server's or person's name")
    listing = verbs.add_parser("list", help="list keys, never the keys themselves")
    listing.add_argument("--json", action="store_true", help="JSON lines")
    revoke = verbs.add_parser("revoke", help="end a key; its connections close within 2 s")
    revoke.add_argument("key", help="the key's id or name")
    for each in (new, listing, revoke):
        _data(each)

    def run_new(given: argparse.Namespace) -> int:
        from gateway.record.keys import keys_new

        print(keys_new(Path(given.data), given.tenant, given.role, given.name))
        return 0

    def run_list(given: argparse.Namespace) -> int:
        from gateway.record.listing import print_keys

        return print_keys(Path(given.data), given.json)

    def run_revoke(given: argparse.Namespace) -> int:
        from gateway.record.keys import keys_revoke

        key = keys_revoke(Path(given.data), given.key)
        print(f"revoked {key.id} ({key.tenant}, {key.role}, {key.name})", file=sys.stderr)
        return 0

    new.set_defaults(run=run_new)
    listing.set_defaults(run=run_list)
    revoke.set_defaults(run=run_revoke)


def _journal(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(metavar="COMMAND", required=True)
    verify = verbs.add_parser("verify", help="check every chain; say where one breaks")
    verify.add_argument(
        "--head", action="append", default=[], metavar="WRITER:SEQ:HASH", help="a published head"
    )
    verify.add_argument("--json", action="store_true", help="the report as JSON")
    export = verbs.add_parser("export", help="write every row as JSON lines on stdout")
    for each in (verify, export):
        _data(each)

    def run_verify(given: argparse.Namespace) -> int:
        from gateway.record.listing import print_verification

        return print_verification(Path(given.data), given.head, given.json)

    def run_export(given: argparse.Namespace) -> int:
        from gateway.record.verify import export as export_rows

        rows = export_rows(Path(given.data), sys.stdout.buffer)
        print(f"{rows} rows", file=sys.stderr)
        return 0

    verify.set_defaults(run=run_verify)
    export.set_defaults(run=run_export)
