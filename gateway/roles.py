"""Who may do what: roles, permissions, the matrix between them, and whoever asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from msgspec import Struct

__all__ = [
    "DEFAULT_MATRIX",
    "PERMISSIONS",
    "ROLES",
    "Actor",
    "Permission",
    "Rights",
    "Role",
    "without",
]

Role = Literal["moderator", "lead", "analyst", "auditor", "admin"]
Permission = Literal[
    "cases.read",
    "cases.claim",
    "cases.decide",
    "cases.bulk",
    "cases.assign",
    "evidence.view",
    "evidence.sealed",
    "decisions.read",
    "decisions.undo",
    "rooms.read",
    "rooms.switch",
    "rooms.act",
    "rooms.nuke",
    "streams.act",
    "policy.read",
    "overview.read",
    "pages.read",
    "pages.ack",
    "pages.manage",
    "people.read",
    "people.manage",
    "audit.read",
]
ROLES: tuple[Role, ...] = get_args(Role)
PERMISSIONS: tuple[Permission, ...] = get_args(Permission)

_READ: tuple[Permission, ...] = (
    "cases.read", "decisions.read", "rooms.read", "policy.read", "overview.read", "pages.read",
)  # fmt: skip
_WORK: tuple[Permission, ...] = (
    *_READ, "cases.claim", "cases.decide", "evidence.view", "decisions.undo", "rooms.switch",
    "rooms.act", "streams.act", "pages.ack",
)  # fmt: skip
_LEAD: tuple[Permission, ...] = (
    *_WORK, "cases.bulk", "cases.assign", "evidence.sealed", "rooms.nuke", "pages.manage",
    "people.read",
)  # fmt: skip

DEFAULT_MATRIX: Mapping[Role, tuple[Permission, ...]] = {
    "moderator": _WORK,
    "lead": _LEAD,
    "analyst": _READ,
    "auditor": (*_READ, "evidence.view", "people.read", "audit.read"),
    "admin": (*_LEAD, "people.manage", "audit.read"),
}
"""What holds until an admin edits it."""


class Rights(Struct, frozen=True):
    """What somebody may do: everywhere, and differently in some queues."""

    everywhere: frozenset[Permission]
    queues: Mapping[str, frozenset[Permission]] = {}

    def allow(self, permission: Permission, queue: str | None = None) -> bool:
        """Say whether they may, in one queue or (None) at all."""
        if queue is not None and queue in self.queues:
            return permission in self.queues[queue]
        return permission in self.everywhere


def without(rights: Rights, permission: Permission) -> Rights:
    """Return rights that lack a permission, everywhere and in every queue."""
    queues = {name: allowed - {permission} for name, allowed in rights.queues.items()}
    return Rights(rights.everywhere - {permission}, queues)


class Actor(Struct, frozen=True):
    """Whoever asks: a moderator's session, a key, the command line, or the gateway itself (`via`).

    `name` is what the record keeps as `by`; `pseudonym` is all that leaves the tenant. Empty
    `queues`: every queue.
    """

    tenant: str
    name: str
    pseudonym: str
    roles: tuple[Role, ...]
    rights: Rights
    via: Literal["session", "key", "gateway", "command"] = "session"
    queues: frozenset[str] = frozenset()
    langs: frozenset[str] = frozenset()
    skills: frozenset[str] = frozenset()

    def may(self, permission: Permission, queue: str | None = None) -> bool:
        """Say whether they may do this, in that queue where one is named."""
        if queue is not None and self.queues and queue not in self.queues:
            return False
        return self.rights.allow(permission, queue)
