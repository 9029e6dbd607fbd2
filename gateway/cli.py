"""The command line: one parser, one function a verb.

Results go to stdout, everything else to stderr.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence

from gateway.lists.verbs import add_lists
from gateway.log import redacted
from gateway.paging.verbs import add_page
from gateway.people.verbs import add_moderators
from gateway.review.verbs import add_policy
from gateway.verbs import add_journal, add_keys, add_subject
from gateway.weights.verbs import add_models
from seawall import __version__
from seawall.errors import SeawallError, UnknownName

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
        return _refused(problem, 2 if isinstance(problem, UnknownName) else 1)
    except BrokenPipeError:  # whoever read our output has seen enough
        # What is left of it must go somewhere: the interpreter flushes once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130


def _refused(problem: SeawallError, status: int) -> int:
    """Say what is wrong; return the exit status."""
    print(redacted(f"seawall: {problem}"), file=sys.stderr)
    return status


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
    _judge(verbs.add_parser("judge", help="judge recorded messages offline; 2 if none could be"))
    add_policy(verbs.add_parser("policy", help="check, explain, compare and release policies"))
    add_keys(verbs.add_parser("keys", help="make, rotate, list and revoke keys"))
    add_page(verbs.add_parser("page", help="call somebody for practice; say who is on call"))
    add_moderators(verbs.add_parser("moderators", help="make, list and change accounts"))
    add_journal(verbs.add_parser("journal", help="verify and export the record, list its heads"))
    add_subject(verbs.add_parser("subject", help="export, erase or keep what is known of a user"))
    add_lists(verbs.add_parser("lists", help="bring lists that others keep into a policy"))
    add_models(verbs.add_parser("models", help="list, verify and fetch the weights of models"))
    verbs.add_parser(
        "worker", help="text models by hand (see `seawall worker --help`)", add_help=False
    )
    verbs.add_parser(
        "send",
        help="push a file as a stream server would (see `seawall send --help`)",
        add_help=False,
    )
    verbs.add_parser(
        "catalogue",
        help="recordings to look for in streams (see `seawall catalogue --help`)",
        add_help=False,
    )
    verbs.add_parser("bench", help="measure (see `seawall bench --help`)", add_help=False)
    return top


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
    parser.add_argument("--models", metavar="NAMES", default="", help="text models to ask (none)")
    parser.add_argument("--models-file", metavar="FILE", default="", help="models.toml")

    def run(given: argparse.Namespace) -> int:
        from gateway.judge import run_judge

        try:
            return run_judge(
                given.file, given.policy, given.tenant_file, given.models, given.models_file
            )
        except SeawallError as problem:  # WIRE: 2 when nothing could be judged
            return _refused(problem, 2)

    parser.set_defaults(run=run)
