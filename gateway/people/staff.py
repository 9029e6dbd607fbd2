"""Accounts as an admin makes and changes them; blocking, for the command line and threads.

First passwords and authenticators' secrets are made here and shown once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, TypeVar

from msgspec import Struct

from gateway.people.accounts import Account, Accounts
from gateway.people.passwords import check_password, hash_password, new_password
from gateway.people.totp import new_secret, otpauth, seal_secret
from gateway.record.seal import Seal
from gateway.refusal import Refused
from gateway.shapes.people import ModeratorBody, ModeratorChange, ModeratorShown

__all__ = ["Made", "add_account", "change_account", "check_name", "shown", "told"]

_T = TypeVar("_T")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}", re.ASCII)


class Made(Struct, frozen=True):
    """An account; its first password and its authenticator's address where they are new."""

    account: Account
    password: str = ""
    otpauth: str = ""


def add_account(
    accounts: Accounts, seal: Seal, tenant: str, body: ModeratorBody, now: float, password: str = ""
) -> Made:
    """Make an account; without a password one is made. Raises Refused 409, 422."""
    check_name(body.name)
    if password:
        check_password(password, body.name)
    chosen = password or new_password()
    secret = new_secret() if body.totp else ""
    account = accounts.add(
        tenant,
        body.name,
        hash_password(chosen),
        _once(body.roles),
        now,
        totp=seal_secret(seal, secret, tenant, body.name) if secret else None,
        queues=_once(body.queues),
        langs=_once(body.langs),
        skills=_once(body.skills),
        email=body.email,
    )
    return Made(account, "" if password else chosen, _address(secret, account))


def change_account(
    accounts: Accounts,
    seal: Seal,
    tenant: str,
    name: str,
    change: ModeratorChange,
    version: int | None,
    now: float,
    password: str = "",
) -> Made:
    """Change an account. Raises Refused 404, 409 `last_admin`, 412 `changed`, 422."""
    what: dict[str, Any] = {}  # columns
    for column in ("roles", "queues", "langs", "skills"):
        if (given := getattr(change, column)) is not None:
            what[column] = _once(given)
    if change.email is not None:
        what["email"] = change.email
    if change.disabled is not None:
        what["disabled"] = now if change.disabled else None
    chosen = secret = ""
    if change.reset:
        if password:
            check_password(password, name)
        chosen = password or new_password()
        what["password"] = hash_password(chosen)
    if change.totp is not None:
        secret = new_secret() if change.totp else ""
        what["totp"] = seal_secret(seal, secret, tenant, name) if secret else None
        what["totp_used"] = 0
    account = accounts.change(tenant, name, version, now, **what)
    return Made(account, "" if password else chosen, _address(secret, account))


def check_name(name: str) -> None:
    """Refuse what is no account's name. Raises Refused 422 `bad_name`."""
    if _NAME.fullmatch(name) is None:
        raise Refused(422, "bad_name", "a name is 1 to 64 letters, digits and . _ @ -")


def shown(account: Account, here: bool) -> ModeratorShown:
    """Return an account as others may see it."""
    return ModeratorShown(
        account.name,
        account.pseudonym,
        list(account.roles),
        list(account.queues),
        list(account.langs),
        list(account.skills),
        account.email,
        account.created,
        account.disabled,
        account.totp is not None,
        here,
        account.version,
    )


def told(body: ModeratorChange) -> dict[str, str]:
    """Say what is to change, as the audit keeps it: without passwords and addresses."""
    said: dict[str, str] = {}
    for name in ("roles", "queues", "langs", "skills"):
        if (given := getattr(body, name)) is not None:
            said[name] = ",".join(given)
    for name in ("disabled", "totp"):
        if (given := getattr(body, name)) is not None:
            said[name] = str(given).lower()
    if body.email is not None:
        said["email"] = "changed"
    return {**said, "reset": "true"} if body.reset else said


def _once(values: Iterable[_T]) -> list[_T]:
    return list(dict.fromkeys(values))


def _address(secret: str, account: Account) -> str:
    return otpauth(secret, account.tenant, account.name) if secret else ""
