"""Text that may be shown to people who only need to see what kind of message it was."""

from __future__ import annotations

import re

__all__ = ["masked"]

SHOWN = 160
"""Characters of a text that are shown."""
_MAIL = re.compile(r"[^\s@]{1,64}@[^\s@]{1,255}\.[^\s@.]{2,24}")
_KEY = re.compile(r"(?<![0-9A-Za-z])(?=[A-Za-z]*[0-9])[0-9A-Za-z_-]{20,}|[0-9A-Za-z]{32,}")
_SEED = re.compile(r"(?:(?<![a-z])[a-z]{3,8}[ ,\n]+){11,}[a-z]{3,8}(?![a-z])")
_DIGITS = re.compile(r"\d")


def masked(text: str) -> str:
    """Return a text's beginning on one line, without numbers, keys, addresses and seed phrases."""
    text = text[: 4 * SHOWN]
    for pattern, name in ((_SEED, "[seed?]"), (_MAIL, "[mail]"), (_KEY, "[key]")):
        text = pattern.sub(name, text)
    text = " ".join(_DIGITS.sub("#", text).split())
    text = "".join(char if char.isprintable() else "�" for char in text)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
