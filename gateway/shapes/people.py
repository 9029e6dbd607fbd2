"""Moderators, sessions, roles and the audit as they are shown, and what may be asked of them."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from gateway.roles import Permission, Role

__all__ = [
    "AuditLine",
    "AuditPage",
    "Matrix",
    "MatrixBody",
    "ModeratorBody",
    "ModeratorChange",
    "ModeratorList",
    "ModeratorMade",
    "ModeratorShown",
    "PasswordBody",
    "SessionShown",
    "Settings",
    "SignInBody",
]

Name = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]*$")]
Some = Annotated[list[Annotated[str, Meta(min_length=1, max_length=64)]], Meta(max_length=64)]


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """How one moderator wants the console; evidence opens `blur`red, `grey` and `muted`."""

    theme: Literal["system", "light", "dark"] = "system"
    language: Literal["system", "en", "de"] = "system"
    blur: bool = True
    grey: bool = True
    muted: bool = True
    sound: bool = True
    desktop: bool = False
    """Desktop notifications."""


class SignInBody(Struct, frozen=True, forbid_unknown_fields=True):
    """`code` is the one of the authenticator, where the account has one."""

    tenant: Annotated[str, Meta(max_length=128)]
    name: Annotated[str, Meta(max_length=64)]
    password: Annotated[str, Meta(max_length=1024)]
    code: Annotated[str, Meta(max_length=16)] = ""


class SessionShown(Struct, frozen=True):
    """Who is signed in, and what they may do. `csrf` goes into `X-Seawall-CSRF` of each change.

    `socket` is the live socket's address; `now` the gateway's clock.
    """

    tenant: str
    name: str
    pseudonym: str
    roles: list[Role]
    permissions: list[Permission]
    queues: list[str]
    langs: list[str]
    skills: list[str]
    settings: Settings
    csrf: str
    socket: str
    now: float
    expires: float
    totp: bool
    on_call: bool = False


class ModeratorShown(Struct, frozen=True):
    """An account. Empty `queues`: all of them."""

    name: str
    pseudonym: str
    roles: list[Role]
    queues: list[str]
    langs: list[str]
    skills: list[str]
    email: str
    created: float
    disabled: float | None
    totp: bool
    here: bool
    """A console of theirs is connected to this gateway."""
    version: int


class ModeratorList(Struct, frozen=True):
    """All accounts of the tenant."""

    items: list[ModeratorShown]


class ModeratorBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A new account; its password is made here and shown once."""

    name: Name
    roles: Annotated[list[Role], Meta(min_length=1, max_length=5)]
    queues: Some = []
    langs: Some = []
    skills: Some = []
    email: Annotated[str, Meta(max_length=254)] = ""
    totp: bool = False


class ModeratorMade(Struct, frozen=True):
    """Shown once: the first password, and the authenticator's address (otpauth://)."""

    moderator: ModeratorShown
    password: str
    otpauth: str = ""


class ModeratorChange(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What changes; what is left out stays. `reset` makes a new password and ends all sessions."""

    roles: Annotated[list[Role], Meta(min_length=1, max_length=5)] | None = None
    queues: Some | None = None
    langs: Some | None = None
    skills: Some | None = None
    email: Annotated[str, Meta(max_length=254)] | None = None
    disabled: bool | None = None
    reset: bool = False
    totp: bool | None = None


class PasswordBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Change one's own password; other sessions end."""

    old: Annotated[str, Meta(max_length=1024)]
    new: Annotated[str, Meta(min_length=12, max_length=1024)]


class Matrix(Struct, frozen=True):
    """Which role may do what; `queues` overrides it for single queues."""

    roles: dict[Role, list[Permission]]
    queues: dict[str, dict[Role, list[Permission]]]
    version: int
    by: str
    at: float


class MatrixBody(Struct, frozen=True, forbid_unknown_fields=True):
    """The matrix anew. An admin can never take `people.manage` from admins."""

    roles: dict[Role, list[Permission]]
    queues: dict[str, dict[Role, list[Permission]]] = {}


class AuditLine(Struct, frozen=True):
    """One view of evidence or one action. `via`: session, key, or the gateway itself."""

    id: str
    at: float
    who: str
    via: str
    what: str
    target: str
    detail: dict[str, str]


class AuditPage(Struct, frozen=True):
    """The audit, the newest first."""

    items: list[AuditLine]
    next: str | None = None
