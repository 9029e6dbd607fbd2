"""The verb `page`: drills, and who is on call."""

from __future__ import annotations

import argparse

from gateway.verbs import place, seconds

__all__ = ["add_page"]


def add_page(parser: argparse.ArgumentParser) -> None:
    """Add the verbs about pages."""
    verbs = parser.add_subparsers(metavar="COMMAND", required=True)
    test = verbs.add_parser(
        "test", help="call somebody for practice, through a running gateway; say what arrived"
    )
    test.add_argument("--person", help="whom (whoever is on call)")
    test.add_argument("--channel", action="append", default=[], help="over this one (the rota's)")
    test.add_argument(
        "--wait", metavar="TIME", type=seconds, default="60s", help="for an answer (%(default)s)"
    )
    duty = verbs.add_parser("oncall", help="say who is on call now")
    for verb, run in ((test, _test), (duty, _on_call)):
        verb.add_argument("--tenant", required=True, help="whose rota")
        place(verb)
        verb.set_defaults(run=run)


def _test(given: argparse.Namespace) -> int:
    from gateway.paging.commands import page_test

    return page_test(given)


def _on_call(given: argparse.Namespace) -> int:
    from gateway.paging.commands import page_on_call

    return page_on_call(given)
