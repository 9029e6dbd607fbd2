"""The verb `moderators`: accounts, made and changed where the gateway's settings are."""

from __future__ import annotations

import argparse

from gateway.roles import ROLES
from gateway.verbs import place

__all__ = ["add_moderators"]


def add_moderators(parser: argparse.ArgumentParser) -> None:
    """Add the verbs about accounts."""
    verbs = parser.add_subparsers(metavar="COMMAND", required=True)
    add = verbs.add_parser("add", help="make an account; its password is printed once, on stdout")
    _name(add)
    _roles(add, required=True)
    _about(add)
    add.add_argument("--totp", action="store_true", help="with an authenticator (otpauth://…)")
    _password(add)
    listing = verbs.add_parser("list", help="list accounts")
    listing.add_argument("--tenant", help="of one tenant (all)")
    listing.add_argument("--json", action="store_true", help="JSON lines")
    disable = verbs.add_parser("disable", help="let nobody in any more; sessions end within 2 s")
    enable = verbs.add_parser("enable", help="let somebody in again")
    for verb in (disable, enable):
        _name(verb)
    reset = verbs.add_parser("reset", help="make a new password; sessions end within 2 s")
    _name(reset)
    which = reset.add_mutually_exclusive_group()
    which.add_argument("--totp", action="store_true", default=None, help="a new authenticator too")
    which.add_argument(
        "--no-totp", action="store_false", dest="totp", help="without an authenticator from now on"
    )
    _password(reset)
    roles = verbs.add_parser("roles", help="say what somebody is; alone, show what roles may do")
    roles.add_argument("name", nargs="?", help="whose (nobody's: show the matrix)")
    roles.add_argument("--tenant", required=True, help="whose moderator")
    _roles(roles, required=False)
    _about(roles)
    runs = ((add, _add), (listing, _list), (disable, _able), (enable, _able), (reset, _reset))
    for verb, run in (*runs, (roles, _change)):
        place(verb)
        verb.set_defaults(run=run)
    disable.set_defaults(disabled=True)
    enable.set_defaults(disabled=False)


def _name(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", help="who signs in by it")
    parser.add_argument("--tenant", required=True, help="whose moderator")


def _roles(parser: argparse.ArgumentParser, required: bool) -> None:
    parser.add_argument(
        "--role", action="append", choices=ROLES, required=required, help="may be given again"
    )


def _about(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--queue", action="append", help="works on these alone (all)")
    parser.add_argument("--lang", action="append", help="reads this language")
    parser.add_argument("--skill", action="append", help="is asked for this")
    parser.add_argument("--email", help="where pages may go")


def _password(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--password-stdin", action="store_true", help="read the password, one line (one is made)"
    )


def _add(given: argparse.Namespace) -> int:
    from gateway.people.commands import add_moderator

    return add_moderator(given)


def _list(given: argparse.Namespace) -> int:
    from gateway.people.commands import list_moderators

    return list_moderators(given)


def _able(given: argparse.Namespace) -> int:
    from gateway.people.commands import able_moderator

    return able_moderator(given)


def _reset(given: argparse.Namespace) -> int:
    from gateway.people.commands import reset_moderator

    return reset_moderator(given)


def _change(given: argparse.Namespace) -> int:
    from gateway.people.commands import change_roles, show_roles

    return change_roles(given) if given.name else show_roles(given)
