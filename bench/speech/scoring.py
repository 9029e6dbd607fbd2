"""How right a transcript is: word error rate, and keywords found."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

__all__ = ["errors", "words_of"]

_UNSPACED = frozenset(("zh", "ja", "ko"))  # Korean spacing is free: characters are compared
_NUMBERS = {
    "en": ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
}


def words_of(text: str, lang: str) -> list[str]:
    """Return comparable words: no case, no punctuation; characters for zh, ja and ko."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    if lang in _UNSPACED:
        return [each for each in folded if each.isalnum()]
    found = re.findall(r"[^\W_]+(?:'[^\W_]+)*", folded)
    spelt = _NUMBERS.get(lang, ())
    return [spelt[int(each)] if each.isdigit() and int(each) < len(spelt) else each
            for each in found]  # fmt: skip


def errors(said: Sequence[str], heard: Sequence[str]) -> int:
    """Return the least number of words to insert, delete or replace."""
    row = list(range(len(heard) + 1))
    for at, word in enumerate(said, 1):
        before, row[0] = row[0], at
        for other, each in enumerate(heard, 1):
            before, row[other] = (
                row[other],
                min(row[other] + 1, row[other - 1] + 1, before + (word != each)),
            )
    return row[-1]
