"""Undo what people do to a link so that machines do not see it, keeping offsets back to the text.

1. A bracketed dot ("[dot]", "(.)") and a dot of another script between host characters say by
   themselves that a link is being hidden: certainty 1.
2. A spoken dot (" dot ", " точка ", "点") or one with spaces around it counts only before a
   top-level name that is no ordinary word; whether it is meant as a link is for the finder to say,
   so its certainty is 0.7.
3. Letters apart ("e x a m p l e . c o m") are drawn together when a dot is among them.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Sequence

from seawall.hosts import WORDY_TLDS, is_tld

__all__ = [
    "CERTAIN",
    "DISGUISE",
    "DOTS",
    "DOT_WORDS",
    "HAN_DOTS",
    "HOST_CHARS",
    "ROUND_SIGNS",
    "SPOKEN",
    "SPOKEN_TLDS",
    "Undisguised",
    "undisguise",
]

CERTAIN = 1.0
SPOKEN = 0.7

HOST_CHARS = "0-9a-z_\\-\u00df-\u024f\u0300-\u036f\u0370-\u03ff\u0400-\u052f\u1e00-\u1eff"
"""What a bare host name is spelled with, for use inside a character class. No Han, kana, hangul or
Arabic: in those scripts words stand next to a host without a space."""

_WORDS = (
    "dot|d0t|dott|punto|ponto|point|punkt|tochka|точка|крапка|nokta|titik|chấm|cham|닷|점|ドット|"
    "نقطة|نقطه|डॉट|จุด"
)
_PLAIN = "com|net|org|io|xyz|ru|cn|gg"
_OTHER_DOTS = "。．｡․·•∙⋅‧・"

HAN_DOTS = "点點"

DOTS = f"{_OTHER_DOTS}{HAN_DOTS}‥…⒈-⒛㏂㏇㏘︙︰﹒．\U0001f100"
"""All characters but the plain dot that are read as one or written for one, for a class."""

DOT_WORDS = frozenset(_WORDS.split("|"))

_OPEN, _CLOSE = r"[\[({<|（［｛〈【「『*]", r"[\])}>|）］｝〉】」』*]"
ROUND_SIGNS = "🔵⚫🔴⚪🟢🟡🟠🟣🟤"
"""Pictures put for a dot, for a class."""
_WIRED = r"[-_~]"

DISGUISE = (
    rf"{_OPEN}\s?(?:[.,]|{_WORDS}|点|點)\s?{_CLOSE}"
    rf"|\w{_OPEN}\s?\.\s?[a-z]"
    rf"|\w\s?[{ROUND_SIGNS}]\s?[a-z]"
    rf"|{_WIRED}(?:{_WORDS}){_WIRED}[^\s]"
    rf"|www[\s.]\S+\s(?:{_PLAIN})"
    rf"|\S\s(?:{_WORDS})\s[^\s]"
    rf"|[点點]\s?\S"
    rf"|[^\s.]\s\.\s?[^\s.]"
    rf"|[^\s.]\.\s(?:{_PLAIN})"
    rf"|\S[{_OTHER_DOTS}]\S"
    rf"|(?:\S ){{5}}\S"
)
"""RE2 syntax, case apart: a message this does not match has nothing for `undisguise` to undo."""

_APART = re.compile(r"(?<!\S)(?:[0-9a-z.\-/:] ){5,}[0-9a-z.\-/:](?!\S)")
_BRACKETED = re.compile(rf"\s?{_OPEN}\s?(?:[.,]|{_WORDS}|点|點)\s?{_CLOSE}\s?(?=\w)")
_OPENED = re.compile(rf"(?<=\w){_OPEN}\s?\.\s?(?=[a-z]{{2,12}}\s?{_CLOSE})")
_ROUNDED = re.compile(
    rf"(?<=\w)\s?[{ROUND_SIGNS}]\ufe0f?\s?(?=[a-z])|(?<=\w){_WIRED}(?:{_WORDS}){_WIRED}(?=\w)"
)
_WWW = re.compile(rf"(?<=\bwww)\s(?=[0-9a-z-]{{2,63}}[\s.](?:{_PLAIN})(?!\w))")
_AFTER_WWW = re.compile(rf"(?<=\w)\s(?=(?:{_PLAIN})(?!\w))")
_WWW_NAME = re.compile(r"(?<!\w)www\.[0-9a-z-]{2,63}$")
_FOREIGN = re.compile(rf"(?<=[{HOST_CHARS}])[{_OTHER_DOTS}](?=[0-9a-z])")
_SPOKEN = re.compile(rf"(?<=\w)\s(?:{_WORDS})\s(?=\w)|(?<=\w)\s?[点點]\s?(?=[a-z])")
_LOOSE = re.compile(rf"(?<=[{HOST_CHARS}])(?:\s\.\s?(?=\w)|\.\s(?=(?:{_PLAIN})(?!\w)))")
_NEXT_WORD = re.compile(r"[^\W\d_]{2,12}(?![^\W\d_])")

SPOKEN_TLDS = {"ком": "com", "нет": "net", "орг": "org", "ру": "ru", "ио": "io", "рф": "рф"}
"""Top-level names as they are said aloud in Russian."""


class Undisguised:
    """A rewritten text, with the way back to the text it was made from."""

    __slots__ = ("_dots", "_origins", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._origins: list[int] | None = None
        self._dots: list[tuple[int, float]] = []

    def origin(self, at: int) -> int:
        """Map an offset of `text` back; the end maps to the end."""
        return at if self._origins is None else self._origins[at]

    def _between(self, start: int, end: int) -> Sequence[int]:
        return range(start, end) if self._origins is None else self._origins[start:end]

    def certainty(self, start: int, end: int) -> float:
        """Return how sure a disguise is in [start, end) of `text`: 0 when none was undone there."""
        at = bisect_left(self._dots, (self.origin(start), 0.0))
        stop = bisect_left(self._dots, (self.origin(end), 0.0))
        return max((sure for _, sure in self._dots[at:stop]), default=0.0)

    def rewrite(
        self, pattern: re.Pattern[str], put: Callable[[re.Match[str]], str | None], certainty: float
    ) -> None:
        """Replace every match for which `put` gives a text."""
        pieces: list[str] = []
        origins: list[int] = []
        last = 0
        for match in pattern.finditer(self.text):
            new = put(match)
            if new is None:
                continue
            start, end = match.span()
            pieces += (self.text[last:start], new)
            origins += self._between(last, start)
            origins += _spread(match, new, self.origin)
            self._dots.append((self.origin(start), certainty))
            last = end
        if pieces:
            origins += self._between(last, len(self.text) + 1)
            self.text = "".join(pieces) + self.text[last:]
            self._origins = origins
            self._dots.sort()


def undisguise(text: str) -> Undisguised:
    """Rewrite every disguised dot of a spaced form as a plain one."""
    result = Undisguised(text)
    result.rewrite(_APART, _draw_together, CERTAIN)
    result.rewrite(_BRACKETED, _dot, CERTAIN)
    result.rewrite(_OPENED, _dot_before_tld, CERTAIN)
    result.rewrite(_ROUNDED, _dot_before_tld, CERTAIN)
    result.rewrite(_FOREIGN, _dot, CERTAIN)
    if "www" in result.text:
        result.rewrite(_WWW, _dot, SPOKEN)
        result.rewrite(_AFTER_WWW, _dot_after_www, SPOKEN)
    result.rewrite(_SPOKEN, _dot_before_tld, SPOKEN)
    result.rewrite(_LOOSE, _dot_before_tld, SPOKEN)
    return result


def _spread(match: re.Match[str], new: str, origin: Callable[[int], int]) -> list[int]:
    # Letters drawn together keep their own places; a dot stands where the disguise began.
    start, end = match.span()
    if len(new) > 1:
        return [origin(at) for at in range(start, end) if match.string[at] != " "]
    return [origin(start)] * len(new)


def _dot(_: re.Match[str]) -> str:
    return "."


def _dot_after_www(match: re.Match[str]) -> str | None:
    before = match.string[max(0, match.start() - 68) : match.start()]
    return "." if _WWW_NAME.search(before) else None


def _draw_together(match: re.Match[str]) -> str | None:
    joined = match.group().replace(" ", "")
    return joined if "." in joined.strip(".") else None


def _dot_before_tld(match: re.Match[str]) -> str | None:
    word = _NEXT_WORD.match(match.string, match.end())
    if word is None:
        return None
    name = SPOKEN_TLDS.get(word.group(), word.group())
    return "." if is_tld(name) and name not in WORDY_TLDS else None
