"""Refused keys in the log: who tried, never with what; a flood of them is one line a second."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

__all__ = ["Refusals"]

_LOG = logging.getLogger("seawall.keys")
EVERY_S = 1.0
_CHARACTERS = 128


class Refusals:
    """What one door refuses. `clock` gives monotonic seconds."""

    def __init__(self, door: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.count = 0
        self._door = door
        self._clock = clock
        self._told_at = -EVERY_S
        self._untold = 0

    def tell(self, why: str, **about: str) -> None:
        """Count one, and write a line unless one was written within EVERY_S.

        `about` may hold anything a stranger sent but the key: it is cut and made printable.
        """
        self.count += 1
        now = self._clock()
        if now - self._told_at < EVERY_S:
            self._untold += 1
            return
        self._told_at = now
        fields: dict[str, object] = {"door": self._door, "why": why}
        fields |= {name: _plain(text) for name, text in about.items() if text}
        if self._untold:
            fields["more"] = self._untold
            self._untold = 0
        _LOG.warning("key refused", extra={"fields": fields})


def _plain(text: str) -> str:
    return "".join(each if each.isprintable() else "?" for each in text[:_CHARACTERS])
