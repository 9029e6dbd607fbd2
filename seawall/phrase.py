"""Tells whether a text holds a phrase, however it is written.

Rules, for the phrase and the text folded alike:
1. The phrase's words beside each other in the text's words are always found.
2. Squashed (no spaces, leet read, runs of a letter written once), a phrase of WHOLE letters or more
   is found where it begins and ends as words do; of ANYWHERE letters or more, inside words too. A
   shorter one would be found in half of what people say, but in a script without spaces.
3. A phrase without any letter or digit (pictures, signs) is found where it stands as it is.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from seawall.fold import UNSPACED, Folded, fold, shorten_runs
from seawall.signals import Span

__all__ = ["ANYWHERE", "WHOLE", "Phrase"]

WHOLE = 4
ANYWHERE = 8
_UNSPACED: Final = re.compile(f"[{UNSPACED}]")


class Phrase:
    """A phrase, prepared. Raises ValueError for one that nothing of can be seen."""

    __slots__ = ("_bare", "_short", "_wanted")

    def __init__(self, text: str) -> None:
        folded = fold(text)
        self._wanted = folded.padded if folded.padded.strip() else b""
        telling = len(folded.squashed) >= WHOLE or _UNSPACED.search(folded.squashed)
        self._short = folded.short if telling else b""
        self._bare = "" if self._wanted or self._short else _bare(text)
        if not (self._wanted or self._short or self._bare):
            raise ValueError("nothing of this phrase can be seen")

    @property
    def is_telling(self) -> bool:
        """Say whether it is so long that hardly anybody says it by chance."""
        return len(self._short.decode()) >= ANYWHERE

    def find(self, folded: Folded) -> Span | None:
        """Return where the phrase stands in the text as sent; None where it does not."""
        if self._bare:
            at = folded.raw.find(self._bare)
            return None if at < 0 else (at, at + len(self._bare))
        if self._wanted and (at := folded.padded.find(self._wanted)) >= 0:
            begin = len(folded.padded[1 : at + 1].decode())
            return folded.span("spaced", begin, begin + len(self._wanted[1:-1].decode()))
        return self._squashed(folded) if self._short else None

    def _squashed(self, folded: Folded) -> Span | None:
        short = self._short
        wanted = short.decode()
        if short in folded.short:
            letters = folded.squashed
            at = letters.find(wanted)
            while at >= 0:
                end = at + len(wanted)
                if len(wanted) >= ANYWHERE or folded.is_whole("squashed", at, end):
                    return folded.span("squashed", at, end)
                at = letters.find(wanted, at + 1)
        if folded.unread and short in shorten_runs(folded.unread):
            plain = Phrase.__new__(Phrase)
            plain._short, plain._wanted, plain._bare = short, b"", ""
            return plain._squashed(fold(folded.raw.replace("!", " ")))
        return None


def _bare(text: str) -> str:
    """Return what is left of a phrase of signs; empty where nobody could see any of it."""
    text = text.strip()
    return text if any(unicodedata.category(char)[0] in "LNSP" for char in text) else ""
