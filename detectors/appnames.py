"""Names of apps as they stand in messages: what finds them, disguised or not.

Everyday words and fragments that are names besides ("line", "wa") are told apart: what stands
beside them has to say that the app is meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import product

import re2

from detectors.gate import LETTER
from detectors.numbers import NUMBER_SIGNS
from detectors.rarity import chance
from detectors.spotter import Hit, finder
from seawall.fold import Folded

__all__ = ["EVERYDAY", "Disguises", "any_of", "gate_of", "is_in_address", "is_part_of_word"]

_SIGN_PAIRS = 4
"""Pairs in the five signs that make a number at least."""
_WINDOW = 6
_IN_ADDRESS = frozenset("./=&?%@")
_DOTTED = re.compile(r"\.[a-z]{2}", re.IGNORECASE)
EVERYDAY = frozenset(
    (
        "line",
        "signal",
        "session",
        "snap",
        "zap",
        "tele",
        "wa",
        "wp",
        "wpp",
        "ws",
        "whats",
        "ig",
        "fb",
        "sc",
        "dc",
        "ds",
        "vk",
        "tt",
        "v",
        "q",
        "imo",
        "band",
        "ライン",
        "라인",
        "텔",
        "飞机",
        "飛機",
        "potato",
    )
)
"""Names of apps that are also words or fragments: what stands beside them must be telling."""


class Disguises:
    """Names looked for in `packed`, letters repeated or not, and number signs in a row.

    A name is found by its rarest few letters. In between each may stand twice, and of any that
    stands three times we only know that it may be one of a name's.
    """

    def __init__(self, names: Iterable[str]) -> None:
        windows: dict[str, None] = {}
        stretches: dict[str, None] = {}
        for name in names:
            cuts = (name[at : at + _WINDOW] for at in range(max(1, len(name) - _WINDOW + 1)))
            window = min(cuts, key=chance)
            inside = window[1:-1]
            stretches.update(dict.fromkeys(letter * 3 for letter in inside))
            for written in product(*((letter, letter * 2) for letter in inside)):
                windows[window[0] + "".join(written) + window[1:][-1:]] = None
        pairs = dict.fromkeys(a + b for a in NUMBER_SIGNS for b in NUMBER_SIGNS)
        self.strings = tuple(literal.encode() for literal in windows | stretches | pairs)
        self._first_other = len(windows)
        self._last_stretch = len(windows | stretches)
        self._find = finder(self.strings)

    def may_be(self, text: Folded, hits: list[Hit]) -> bool:
        """Tell whether what was found of `strings` may be a name or a number."""
        least = min(literal for _, _, literal in hits)
        if least >= self._last_stretch:
            return len(hits) >= _SIGN_PAIRS
        if least >= self._first_other:
            hits = hits + self._find(text.short)
            least = min(literal for _, _, literal in hits)
        return least < self._first_other or len(hits) >= _SIGN_PAIRS


def is_in_address(raw: str, start: int, end: int, *, everyday: bool) -> bool:
    """Tell whether a name is a piece of a link, or a fragment that touches digits."""
    before, after = raw[start - 1 : start] if start else "", raw[end : end + 1]
    if before in _IN_ADDRESS or after == "/" or _DOTTED.match(raw, end):
        return True
    return everyday and (before.isdecimal() or after.isdecimal())


def is_part_of_word(raw: str, start: int, end: int) -> bool:
    """Tell whether letters touch a name of letters."""
    inside = raw[start:end]
    around = raw[start - 1 : start] if start else ""
    return inside.isalpha() and (around.isalpha() or raw[end : end + 1].isalpha())


def _bound(word: str) -> tuple[bool, bool]:
    letter = re.compile(f"[{LETTER}]")
    return letter.match(word[0]) is not None, letter.match(word[-1]) is not None


def any_of(words: Iterable[str], *, bounded: bool) -> re.Pattern[str]:
    """Match the longest of some words; letter by letter, so that their number costs little."""
    inner: list[tuple[str, str]] = []
    outer: list[tuple[str, str]] = []
    for word in sorted(set(words)):
        left, right = _bound(word) if bounded else (False, False)
        (inner if left else outer).append((word, f"(?![{LETTER}])" if right else ""))
    parts = []
    for before, ways in ((f"(?<![{LETTER}])", inner), ("", outer)):
        if ways:
            firsts = "".join(sorted({re.escape(word[0]) for word, _ in ways}))
            parts.append(f"{before}(?=[{firsts}]){_branches(ways)}")
    return re.compile("|".join(parts) or r"(?!)")


def _branches(ways: Sequence[tuple[str, str]]) -> str:
    """Return an expression for what is left of words, each with what must follow it."""
    ends = [after for rest, after in ways if not rest]
    by_first: dict[str, list[tuple[str, str]]] = {}
    for rest, after in ways:
        if rest:
            by_first.setdefault(rest[0], []).append((rest[1:], after))
    # What goes on is tried before what ends here: the longest wins.
    parts = [re.escape(first) + _branches(rests) for first, rests in by_first.items()]
    parts += ends[:1]
    return parts[0] if len(parts) == 1 else f"(?:{'|'.join(parts)})"


def gate_of(words: Mapping[str, str], squashed: Mapping[str, str]) -> str:
    """Return an RE2 expression that any of the names matches, letters repeated or not."""
    parts = ["".join(f"{re2.escape(letter)}+" for letter in word) for word in squashed]
    for word in words:
        left, right = _bound(word)
        parts.append(
            (f"[^{LETTER}]" if left else "") + re2.escape(word) + (f"[^{LETTER}]" if right else "")
        )
    return "|".join(dict.fromkeys(parts))
