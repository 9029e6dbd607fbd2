"""The names moderators have for everybody outside: made by chance, so they lead to nobody."""

from __future__ import annotations

import secrets

__all__ = ["new_pseudonym", "pseudonym_of_key"]

_ALPHABET = "bcdfghjkmnpqrstvwxz23456789"
"""No vowels, so no words; nothing that is taken for another."""
_CHARACTERS = 5


def new_pseudonym() -> str:
    """Make one, such as `mod-7f3kq`: one of 14 million."""
    return "mod-" + "".join(secrets.choice(_ALPHABET) for _ in range(_CHARACTERS))


def pseudonym_of_key(key_id: str) -> str:
    """Return what a key is called outside; its id tells nobody anything."""
    return "key-" + key_id.removeprefix("k_")[:6]
