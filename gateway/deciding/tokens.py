"""Tokens of previews: whoever confirms shows that they have seen what will be hit.

A token names the time it holds until and the numbers that were shown, and is signed together with
who asked and what for. It is no secret and worth nothing to anybody else.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Iterable

import msgspec

from gateway.refusal import conflict
from gateway.roles import Actor

__all__ = ["HOLDS_S", "Tokens"]

HOLDS_S = 300.0
_MAC_CHARS = 40
_encode = msgspec.msgpack.Encoder(order="deterministic").encode


class Tokens:
    """Gives tokens and checks them; gateways that share a secret know each other's."""

    def __init__(self, secret: bytes, wall: Callable[[], float] = time.time) -> None:
        """`secret` is the data folder's (`gateway.record.secret.load_secret`)."""
        self._key = hmac.digest(secret, b"seawall preview", "sha256")
        self._wall = wall

    def give(self, actor: Actor, what: object, counts: Iterable[int]) -> str:
        """Return a token for what was shown to somebody: the wish (a struct) and its numbers."""
        until = int(self._wall() + HOLDS_S)
        shown = ".".join(str(count) for count in (until, *counts))
        return f"{shown}.{self._mac(actor, what, shown)}"

    def check(self, actor: Actor, what: object, token: str | None) -> tuple[int, ...]:
        """Return the numbers that were shown.

        Raises Refused 409: `preview_needed` without a token, `preview_other` for a token of another
        wish or person, `preview_expired` after 5 minutes.
        """
        if not token:
            raise conflict("preview_needed", "look at the preview first, and confirm it")
        shown, _, mac = token.rpartition(".")
        if not hmac.compare_digest(
            mac.encode("utf-8", "replace"), self._mac(actor, what, shown).encode()
        ):
            raise conflict("preview_other", "that is not the preview of this: look at it anew")
        until, *counts = (int(number) for number in shown.split("."))
        if self._wall() >= until:
            raise conflict("preview_expired", "the preview is too old: look at it anew")
        return tuple(counts)

    def _mac(self, actor: Actor, what: object, shown: str) -> str:
        signed = _encode((actor.tenant, actor.name, type(what).__name__, what, shown))
        return hmac.digest(self._key, signed, "sha256").hex()[:_MAC_CHARS]
