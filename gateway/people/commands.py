"""What the verbs about accounts do. They work while gateways serve from the same record.

Passwords and authenticators' addresses go to stdout, the rest to stderr. The audit has its line,
`via` `command`, before anything changes.
"""

from __future__ import annotations

import argparse
import getpass
import os
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from gateway.people.accounts import Account
from gateway.people.audit_table import AuditTable, row_of
from gateway.people.matrix import DOCUMENT, read_matrix
from gateway.people.sessions import Tables
from gateway.people.staff import Made, add_account, change_account, shown, told
from gateway.record.database import Where, ensure
from gateway.record.seal import Seal
from gateway.record.secret import load_secret
from gateway.roles import PERMISSIONS, ROLES, Actor, Rights
from gateway.shapes.people import ModeratorBody, ModeratorChange
from gateway.verbs import where_of
from seawall.errors import ConfigError

__all__ = [
    "able_moderator",
    "add_moderator",
    "change_roles",
    "list_moderators",
    "reset_moderator",
    "show_roles",
]

_LINE = "{:<16} {:<16} {:<10} {:<20} {:<20} {:<5} {:<20} {}"
_HEAD = ("name", "tenant", "pseudonym", "roles", "queues", "totp", "created", "disabled")
_MOST_PASSWORD = 4096
_TENANT_CHARACTERS = 128
_T = TypeVar("_T")


class Desk(Struct, frozen=True):
    """The tables, open, and where they are."""

    where: Where
    tables: Tables
    seal: Seal

    def note(self, tenant: str, what: str, name: str, **detail: str) -> None:
        """Write the audit's line; it is durable when this returns."""
        actor = Actor(tenant, _who(), "", (), Rights(frozenset()), via="command")
        with closing(AuditTable(self.where)) as audit:
            audit.write([row_of(actor, what, name, detail, time.time())])


def add_moderator(given: argparse.Namespace) -> int:
    """Make an account and print its password."""
    body = _body(given)
    password = _password(given)
    where = where_of(given)
    ensure(where)
    with _desk(where) as desk:
        desk.note(given.tenant, "moderator.add", body.name, roles=",".join(body.roles))
        accounts, now = desk.tables.accounts, time.time()
        made = add_account(accounts, desk.seal, given.tenant, body, now, password)
    return _tell("made", made)


def list_moderators(given: argparse.Namespace) -> int:
    """Print accounts: a table, or JSON lines."""
    with _desk(where_of(given)) as desk:
        accounts = desk.tables.accounts.of(given.tenant)
    if given.json:
        for each in accounts:
            line = msgspec.to_builtins(shown(each, here=False))
            del line["here"]  # who is connected only a gateway knows
            print(msgspec.json.encode({"tenant": each.tenant, **line}).decode())
        return 0
    print(_LINE.format(*_HEAD))
    for each in accounts:
        print(_row(each).rstrip())
    return 0


def able_moderator(given: argparse.Namespace) -> int:
    """Disable or enable an account."""
    change = ModeratorChange(disabled=given.disabled)
    return _change(given, change, "disabled" if given.disabled else "enabled")


def reset_moderator(given: argparse.Namespace) -> int:
    """Make a new password and print it."""
    change = ModeratorChange(reset=True, totp=given.totp)
    return _change(given, change, "reset", _password(given))


def change_roles(given: argparse.Namespace) -> int:
    """Say what somebody is, and what they work on."""
    values = {"roles": given.role, **_about(given)}
    wanted = {name: value for name, value in values.items() if value is not None}
    change = _convert(wanted, ModeratorChange)
    if change == ModeratorChange():
        raise ConfigError("nothing to change: give --role, --queue, --lang, --skill or --email")
    return _change(given, change, "changed")


def show_roles(given: argparse.Namespace) -> int:
    """Print the matrix: which role may do what."""
    with _desk(where_of(given)) as desk:
        matrix = read_matrix(desk.tables.documents.get(given.tenant, DOCUMENT))
    width = max(map(len, PERMISSIONS))
    print(" ".join([" " * width, *ROLES]))
    for place, may in (("", matrix.roles), *matrix.queues.items()):
        if place:
            print(f"in the queue {place}:")
        named = [role for role in ROLES if role in may]
        for permission in PERMISSIONS:
            marks = (
                ("x" if permission in may[role] else ".") if role in named else "" for role in ROLES
            )
            cells = (f"{mark:<{len(role)}}" for mark, role in zip(marks, ROLES, strict=True))
            print(" ".join([f"{permission:<{width}}", *cells]).rstrip())
    return 0


def _change(
    given: argparse.Namespace, change: ModeratorChange, what: str, password: str = ""
) -> int:
    with _desk(where_of(given)) as desk:
        desk.note(given.tenant, "moderator.change", given.name, **told(change))
        accounts, seal, now = desk.tables.accounts, desk.seal, time.time()
        made = change_account(accounts, seal, given.tenant, given.name, change, None, now, password)
    return _tell(what, made)


def _tell(what: str, made: Made) -> int:
    account = made.account
    for line in filter(None, (made.password, made.otpauth)):
        print(line)
    about = f"{account.name} ({account.tenant}, {', '.join(account.roles)}, {account.pseudonym})"
    print(f"{what} {about}", file=sys.stderr)
    return 0


def _body(given: argparse.Namespace) -> ModeratorBody:
    tenant = given.tenant
    if not 1 <= len(tenant) <= _TENANT_CHARACTERS or not tenant.isprintable():
        raise ConfigError(f"tenant: 1 to {_TENANT_CHARACTERS} printable characters are needed")
    about = {name: value for name, value in _about(given).items() if value is not None}
    values = {"name": given.name, "roles": given.role, "totp": given.totp, **about}
    return _convert(values, ModeratorBody)


def _about(given: argparse.Namespace) -> dict[str, Any]:
    return {
        "queues": given.queue, "langs": given.lang, "skills": given.skill, "email": given.email
    }  # fmt: skip


def _convert(values: dict[str, Any], kind: type[_T]) -> _T:
    try:
        return msgspec.convert(values, kind)
    except msgspec.ValidationError as error:
        raise ConfigError(f"moderator: {error}") from error


def _password(given: argparse.Namespace) -> str:
    """Read the password where it shall be read. Raises ConfigError."""
    if not given.password_stdin:
        return ""
    line = sys.stdin.readline(_MOST_PASSWORD).rstrip("\r\n")
    if not line:
        raise ConfigError("--password-stdin: no password came")
    return line


@contextmanager
def _desk(where: Where) -> Iterator[Desk]:
    with closing(Tables(where)) as tables:
        yield Desk(where, tables, Seal(load_secret(where.data)))


def _row(account: Account) -> str:
    return _LINE.format(
        account.name,
        account.tenant,
        account.pseudonym,
        ",".join(account.roles),
        ",".join(account.queues) or "all",
        "yes" if account.totp else "no",
        _when(account.created),
        "" if account.disabled is None else _when(account.disabled),
    )


def _when(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))


def _who() -> str:
    """Return who types. In a container the user may have no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
