"""Passwords: which will do, how first ones are made, and how they are kept (argon2id).

Rules:
1. Length, not composition (NIST SP 800-63B, 3.1.1.2): at least 12 characters, not one of a short
   list, not made of the account's name. Compared and hashed in NFKC.
2. A check costs 64 MiB and a tenth of a second: two run at once, a few wait, more are refused.
3. Who does not exist is checked against a hash nobody has: it takes as long.
"""

from __future__ import annotations

import asyncio
import secrets
import unicodedata
from collections.abc import Callable
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from gateway.refusal import Refused

__all__ = ["LEAST_CHARACTERS", "Passwords", "check_password", "hash_password", "new_password"]

LEAST_CHARACTERS = 12
MOST_CHARACTERS = 1024
AT_ONCE = 2
MOST_WAITING = 16
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP = 5, 4
_LEFT = 4
"""What must be left of a password without the name."""
_KNOWN = frozenset(
    """
    000000000000 111111111111 012345678901 0123456789ab 123123123123 123456789012 1234567890123
    12345678901234 123456789123 1q2w3e4r5t6y abcdefghijkl administrator asdfghjklqwe
    changeme1234 changemechangeme iloveyou1234 letmeinletmein moderator123 moderatormoderator
    password1234 password12345 password123! passwordpassword qwertyuiop12 qwertyuiop123
    qwertyuiopas qwertyuiopasdf qwertzuiopas seawallseawall trustno1trustno1 welcome12345
    """.split()  # noqa: SIM905  # a list of these is a page long
)
_HASHER = PasswordHasher()
_T = TypeVar("_T")


def check_password(password: str, name: str) -> None:
    """Refuse a new password that will not do. Raises Refused 422 `weak_password`."""
    plain = _plain(password)
    if not LEAST_CHARACTERS <= len(plain) <= MOST_CHARACTERS:
        raise _weak(f"{LEAST_CHARACTERS} to {MOST_CHARACTERS} characters are needed")
    if any("\ud800" <= letter <= "\udfff" for letter in plain):
        raise _weak("it holds half a character")
    folded = plain.casefold()
    if folded in _KNOWN or len(set(folded)) == 1:
        raise _weak("it is among the first that anybody would try")
    if len(folded.replace(name.casefold(), "")) < _LEFT:
        raise _weak("it is little more than the account's name")


def new_password() -> str:
    """Make one of 99 random bits, to be shown once: letters that nobody takes for another."""
    letters = [secrets.choice(_ALPHABET) for _ in range(_GROUPS * _GROUP)]
    return "-".join("".join(letters[at : at + _GROUP]) for at in range(0, len(letters), _GROUP))


def hash_password(password: str) -> str:
    """Return what is kept of a password. Blocks for a tenth of a second."""
    return _HASHER.hash(_plain(password))


class Passwords:
    """Checks passwords, in threads, a few at a time. `hasher` has the parameters of today."""

    def __init__(self, hasher: PasswordHasher = _HASHER) -> None:
        self._hasher = hasher
        self._nobody = ""
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    async def load(self) -> None:
        """Make the hash that nobody has: what is not there must not cost more the first time."""
        self._nobody = await asyncio.to_thread(self._hash, secrets.token_hex(16))

    async def matches(self, password: str, kept: str | None) -> bool:
        """Say whether this is the password that was kept; `kept` None takes as long and is False.

        Raises Refused 429 `busy` when too many wait for an answer.
        """
        assert self._nobody, "load first"
        return await self._turn(self._verify, password, kept or self._nobody) and kept is not None

    async def hash(self, password: str) -> str:
        """Return what is kept of a password. Raises Refused 429 `busy`."""
        return await self._turn(self._hash, password)

    def is_stale(self, kept: str) -> bool:
        """Say whether it was hashed with other parameters than today's."""
        return self._hasher.check_needs_rehash(kept)

    async def _turn(self, work: Callable[..., _T], *given: str) -> _T:
        if self._waiting >= AT_ONCE + MOST_WAITING:
            raise Refused(429, "busy", "too many sign in at once: try again", retry_after_s=1.0)
        self._waiting += 1
        try:
            async with self._turns:
                return await asyncio.to_thread(work, *given)
        finally:
            self._waiting -= 1

    def _hash(self, password: str) -> str:
        return self._hasher.hash(_plain(password))

    def _verify(self, password: str, kept: str) -> bool:
        try:
            return self._hasher.verify(kept, _plain(password))
        except (VerifyMismatchError, VerificationError, InvalidHashError):
            return False


def _plain(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def _weak(why: str) -> Refused:
    return Refused(422, "weak_password", f"the password will not do: {why}")
