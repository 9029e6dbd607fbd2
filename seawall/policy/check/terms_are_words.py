"""A term is words as people write them: no regular expression, and more than one letter.

One letter that is a word or a syllable (Han, Kana, Hangul) is a term like any other. One of an
alphabet, looked for inside words, would be found in nearly every message: that is a problem.
"""

from __future__ import annotations

import re
from typing import Final

from seawall.fold import fold
from seawall.policy.draft import Pack
from seawall.policy.problems import Problems

__all__ = ["is_expression", "terms_are_words"]

_EXPRESSION: Final = re.compile(
    r"\\|\.\*|\.\+|\[[^\]]*\]|\(\?|\|\||[*+?]\)|\{\d|^\^|(?<!\$)\$$|^/.+/\w*$|\w\|\w"
)
_ALPHABETS_END: Final = "\u0590"  # Latin, Greek, Cyrillic and Armenian letters fold to below it


def is_expression(term: str) -> bool:
    """Tell whether a term looks like a regular expression."""
    return _EXPRESSION.search(term) is not None


def terms_are_words(pack: Pack, problems: Problems) -> None:
    """Add a warning for an expression or one letter, a problem for one letter inside words."""
    for placed in pack.terms:
        entry = placed.value
        if is_expression(entry.term):
            problems.warn(
                placed.where,
                f"the term {entry.term!r} looks like a regular expression, and is looked for as "
                "it is written; expressions are patterns",
            )
        if not _is_letter(entry.term):
            continue
        if entry.match == "substring":
            problems.add(
                placed.where,
                f"the term {entry.term!r} is one letter, found inside nearly every message; did "
                "you mean match: word?",
            )
        elif entry.match == "word":
            problems.warn(
                placed.where,
                f"the term {entry.term!r} is one letter, found wherever it stands alone",
            )


def _is_letter(term: str) -> bool:
    """Tell whether a term is read as one letter or digit of an alphabet."""
    if sum(map(str.isalnum, term)) > 1:  # nearly all: spares folding them
        return False
    look = fold(term).spaced
    return len(look) == 1 and look.isalnum() and look < _ALPHABETS_END
