"""Whether what a speech network wrote was spoken: it writes words on noise, and it loops.

1. Consecutive repeats are cut to one: what was said is kept, what was looped is not.
2. A text is doubted when its tokens were unlikely, it compresses too well, it repeats three times
   in a row (the last of them may be cut off by the end), or it has more words than anybody speaks.
   Then it is heard once more, differently.
3. A repeated text that two different hearings agree on was said: nobody gets past by repeating.
4. The network's own "no speech" probability is not asked: measured, it is as high on song as low
   on noise.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from typing import Literal

__all__ = ["LEAST_SURE", "Doubt", "agree", "cut_repeats", "doubt"]

LEAST_SURE = -1.0
"""The mean log probability of a token below which a text is doubted."""
_COMPRESSED = 2.4
_WORDS_A_SECOND, _WORDS_MORE = 5.0, 3.0
_REPEATS = 3
_LONGEST = 16
_BEGUN = 2
"""Words at the end that have begun a repeat again count as one."""
_UNIT = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\s\u3040-\u30ff\u3400-\u9fff]+")
_EDGES = re.compile(r"^\W+|\W+$")

Doubt = Literal["", "empty", "unsure", "dense", "loop", "compression"]


def cut_repeats(text: str) -> tuple[str, int]:
    """Return the text with what stands three times in a row or more once; and how often it stood.

    1 where nothing repeats. Words are compared without case and punctuation around them.
    """
    units = list(_UNIT.finditer(text))
    names = [_EDGES.sub("", unit[0]).casefold() for unit in units]
    kept: list[str] = []
    at, since, most = 0, 0, 1
    while at < len(units):
        size, times, words = _repeat(names, at)
        if times >= _REPEATS:
            most = max(most, times)
            kept.append(text[since : units[at + size - 1].end()])
            at += words
            since = units[at - 1].end()
        else:
            at += 1
    kept.append(text[since:])
    return "".join(kept), most


def doubt(text: str, sure: float, words: float, seconds: float) -> Doubt:
    """Say why a text, as the network wrote it, is doubted; "" where it is not.

    `sure` is its mean log probability a token, `words` how many words it counts as.
    """
    if not text.strip():
        return "empty"
    if sure < LEAST_SURE:
        return "unsure"
    if words > _WORDS_A_SECOND * seconds + _WORDS_MORE:
        return "dense"
    _, times = cut_repeats(text)
    if times >= _REPEATS:
        return "loop"
    written = text.encode()
    return "compression" if len(written) / len(zlib.compress(written)) > _COMPRESSED else ""


def agree(one: str, other: str, least: float = 1.0) -> bool:
    """Tell whether two hearings wrote the same words, repeats cut, or this share of them."""
    mine, theirs = Counter(_names(one)), Counter(_names(other))
    most = max(mine.total(), theirs.total())
    return most > 0 and (mine & theirs).total() >= least * most


def _names(text: str) -> list[str]:
    cut, _ = cut_repeats(text)
    names = (_EDGES.sub("", unit[0]).casefold() for unit in _UNIT.finditer(cut))
    return [name for name in names if name]


def _repeat(names: list[str], at: int) -> tuple[int, int, int]:
    """Return the size of what repeats from here, how often it stands and how many words that are.

    The shortest that stands often enough.
    """
    left = len(names) - at
    for size in range(1, min(_LONGEST, left // (_REPEATS - 1)) + 1):
        first, times = names[at : at + size], 1
        while names[at + size * times : at + size * (times + 1)] == first:
            times += 1
        whole = size * times
        rest = names[at + whole :]
        if times > 1 and _BEGUN <= len(rest) < size and first[: len(rest)] == rest:
            times, whole = times + 1, left
        if times >= _REPEATS:
            return size, times, whole
    return 1, 1, 1
