"""The author of a message, from the wire's words to the core's."""

from __future__ import annotations

from seawall import wire
from seawall.events import ROLES, User
from seawall.policy.model import Facts

__all__ = ["profile_text", "user_of"]

_NO_ROLES: frozenset[str] = frozenset()


def profile_text(message: wire.Profile) -> str:
    """Return what of a profile is judged: name, bio and text, a line each."""
    texts = (message.user.name, message.bio, message.text)
    return "\n".join(text for text in texts if text)


def user_of(user: wire.Author | wire.Named | wire.User, facts: Facts) -> User:
    """Return a person as rules see them: known roles only, the room's owners as hosts."""
    roles = frozenset(user.roles) & ROLES if user.roles else _NO_ROLES
    if facts.owners and user.id in facts.owners:
        roles |= {"host"}
    return User(
        user.id,
        user.name or user.id,
        roles,
        user.created_at,
        user.first_seen,
        user.risk,
        user.device,
        user.ip,
    )
