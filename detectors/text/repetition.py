"""The shape of a flood: the same again and again, walls of capitals, emoji, marks, nothing, length.

Every score is a ramp that reaches 0.5 where a moderator would look twice and 1.0 at about double;
nothing below 0.5 is reported, so ordinary excitement ("LETS GOOOO", a dozen emotes, 5555555) stays
silent. Words of the tenant's emote list count neither as shouting nor as repetition. Three rules
need their reason:

1. Marks count only in stacks of three or more: no living orthography stacks so many on one letter,
   while Vietnamese, Hindi, Thai, pointed Arabic and Hebrew all use one or two.
2. An invisible character inside a word weighs more than one beside it: chat clients append one to
   get round duplicate checks. Joiners between letters of scripts that need them, and those of emoji
   and flags, weigh nothing. A direction override always does.
3. Two letters in turn ("hahaha", "jajaja") are laughter until there are a great many.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from operator import eq

from seawall.events import User
from seawall.fold import Folded
from seawall.signals import Signal

__all__ = ["NOTEWORTHY", "Repetition"]

NOTEWORTHY = 0.5

_RUN = 60.0
_RUN_CHARS = int(_RUN * NOTEWORTHY)
_CAPS = 140.0
_CAPS_LETTERS = int(_CAPS * NOTEWORTHY)
_CAPS_SHARE = 0.7
_EMOJI = 48.0
_MARKS = 24.0
_INVISIBLE = 8.0
_CHARS = 1000.0
_LONG_CHARS = int(_CHARS * NOTEWORTHY)
_LINES = 24.0
_WORDS = (40.0, 32.0, 24.0)
_FEW_WORDS = 11
_LEAST_WORDS = 15
_REPEATED_WORDS = 12
"""A phrase of three words five times is the least that is noteworthy: see `_repeated_phrase`."""
_LEAST_TIMES = (21, 9, 5, 4, 4, 4)
"""How often a phrase of one, two ... six words must be said to be noteworthy, by `_WORDS`."""
_PERIOD = 100.0
_MAX_WORDS = 600
_MAX_PERIOD_CHARS = 1200
_CLEAN: list[Signal] = []

_RUN_HERE = re.compile(r"(\S)\1+")
_SHORT_RUN = re.compile(r"(.)\1{2,}")
_MARK = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc"
    "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
)
_STACK = re.compile(f"[{_MARK}]{{3,}}")
_PLAIN_PICTURES = "\u2300-\u23ff\u2500-\u27bf\u2800-\u28ff\u2b00-\u2bff"
_PICTURE = re.compile(f"[{_PLAIN_PICTURES}\U0001f000-\U0001f3fa\U0001f400-\U0001faff]")
_HIDDEN_CHARS = (
    "\u00ad\u034f\u115f\u1160\u180e\u200b\u2060-\u2064\u206a-\u206f\u3164\ufe00-\ufe0d\ufeff\uffa0"
    "\ufff9-\ufffb\U000e0000-\U000e01ef"
)
_HIDDEN = re.compile(f"[{_HIDDEN_CHARS}]")
_HIDDEN_IN_WORD = re.compile(
    f"(?<=[^\\W_])[{_HIDDEN_CHARS}]+(?=[^\\W_])|(?<=[0-9A-Za-z])[\u200c\u200d]+(?=[0-9A-Za-z])"
)
_OVERRIDE = re.compile("[\u202d\u202e]")
_SUSPECT = re.compile(f"[{_HIDDEN_CHARS}\u200c\u200d\u202d\u202e]")
_ODD = re.compile(f"[{_MARK}{_PLAIN_PICTURES}{_HIDDEN_CHARS}\u200c\u200d\u202d\u202e]")
_FLAG = re.compile("\U0001f3f4[\U000e0020-\U000e007f]+")


def _not_ordinary() -> re.Pattern[str]:
    """Match what is odd, and all beyond the first plane; a class of one plane is twice as fast."""
    plane = "".join(map(chr, range(0x10000)))
    ordinary = (f"{re.escape(part[0])}-{re.escape(part[-1])}" for part in _ODD.split(plane) if part)
    return re.compile(f"[^{''.join(ordinary)}]")


_NOT_ORDINARY = _not_ordinary()


class Repetition:
    """Signals `repeat.chars`, `repeat.words`, `shape.caps|emoji|marks|invisible|length`."""

    name = "repetition"

    def __init__(self, emotes: Iterable[str] = ()) -> None:
        self._emotes = frozenset(emotes)
        self._emotes_folded = frozenset(emote.casefold() for emote in self._emotes)

    def detect(self, text: Folded, user: User, *, level: bool = False) -> list[Signal]:
        """Return what is noteworthy about the message's shape; a span where there is one place.

        `level` says of an ASCII text that nothing stands three times in a row in `packed`.
        """
        raw = text.raw
        size = len(raw)
        plain = raw.isascii()
        if size < 24 and plain:
            return _CLEAN
        found: list[Signal] = []
        if (not plain or _may_run(text, size, level)) and True in map(eq, raw[::15], raw[15::15]):
            self._find_run(raw, found)
        if size >= 40:
            words = text.padded.count(b" ") - 1
            if words >= _LEAST_WORDS:
                self._find_phrase(text, found)
            elif words <= _FEW_WORDS and words * 20 < size:
                score = _repeated_stretch(text.spaced[:_MAX_PERIOD_CHARS])
                self._add(found, "repeat.words", score)
        if size >= _CAPS_LETTERS:
            # Where enough of the letters are capitals, no stretch this long is without one.
            stretch = raw[20 : size - _CAPS_LETTERS + 21]
            if stretch != stretch.lower():
                self._find_caps(raw, found)
        if size >= _LONG_CHARS or "\n" in raw:
            self._find_length(raw, size, found)
        if text.odd and _NOT_ORDINARY.search(raw):
            self._find_pictures(raw, found)
            self._find_marks(raw, found)
            self._find_invisible(raw, found)
        return found or _CLEAN

    def _find_run(self, raw: str, found: list[Signal]) -> None:
        # A run of 30 covers two neighbours of every 15th character: most messages have none equal.
        between = raw[7::15]
        if not any(map(eq, between, between[1:])):
            return
        longest = (0, 0)
        at = 0
        while at < len(raw) - 15:
            match = _RUN_HERE.match(raw, at) if raw.count(raw[at], at, at + 16) == 16 else None
            if match is None:
                at += 15
                continue
            start, at = match.span()
            while start and raw[start - 1] == raw[start]:
                start -= 1
            longest = max(longest, (start, at), key=lambda run: run[1] - run[0])
        self._add(found, "repeat.chars", (longest[1] - longest[0]) / _RUN, longest)

    def _find_phrase(self, text: Folded, found: list[Signal]) -> None:
        encoded = text.padded.split(None, _MAX_WORDS)
        if len(encoded) - len(set(encoded)) < _REPEATED_WORDS:
            return
        words = text.spaced.split(None, _MAX_WORDS)[:_MAX_WORDS]
        score = _repeated_phrase([word for word in words if word not in self._emotes_folded])
        self._add(found, "repeat.words", score)

    def _find_caps(self, raw: str, found: list[Signal]) -> None:
        words = [word for word in raw.split() if word not in self._emotes]
        letters = [char for word in words for char in word if char.isalpha()]
        upper = sum(map(str.isupper, letters))
        if letters and upper >= len(letters) * _CAPS_SHARE:
            self._add(found, "shape.caps", upper / _CAPS)

    def _find_length(self, raw: str, size: int, found: list[Signal]) -> None:
        self._add(found, "shape.length", max(size / _CHARS, raw.count("\n") / _LINES))

    def _find_pictures(self, raw: str, found: list[Signal]) -> None:
        if len(raw) >= _EMOJI * NOTEWORTHY and _PICTURE.search(raw):
            self._add(found, "shape.emoji", len(_PICTURE.findall(raw)) / _EMOJI)

    def _find_marks(self, raw: str, found: list[Signal]) -> None:
        stacks = [match.span() for match in _STACK.finditer(raw)]
        if stacks:
            marks = sum(end - start for start, end in stacks)
            self._add(found, "shape.marks", marks / _MARKS, (stacks[0][0], stacks[-1][1]))

    def _find_invisible(self, raw: str, found: list[Signal]) -> None:
        if not _SUSPECT.search(raw):
            return
        text = _FLAG.sub("", raw)
        inside = sum(len(match) for match in _HIDDEN_IN_WORD.findall(text))
        weight = len(_HIDDEN.findall(text)) + inside + 4 * len(_OVERRIDE.findall(text))
        self._add(found, "shape.invisible", weight / _INVISIBLE)

    def _add(
        self, found: list[Signal], name: str, score: float, span: tuple[int, int] | None = None
    ) -> None:
        if score >= NOTEWORTHY:
            found.append(Signal(name, min(1.0, score), self.name, span=span, value=name))


def _may_run(text: Folded, size: int, level: bool) -> bool:
    """Tell quickly whether an ASCII text can have a run that is noteworthy.

    Its characters are either gone from `packed`, or all but one of them from `short`.
    """
    letters = len(text.packed)
    if size - letters >= _RUN_CHARS:
        return True
    return not level and letters - len(text.short) >= _RUN_CHARS - 1


def _repeated_phrase(words: list[str]) -> float:
    """Score the phrase of one to six words that repeats most; longer phrases need fewer repeats."""
    best = 0.0
    often = sorted(Counter(words).values(), reverse=True)
    for width, least in enumerate(_LEAST_TIMES, 1):
        if len(words) < 2 * width:
            break
        # Every word of such a phrase is said as often as the phrase itself.
        if len(often) < width or often[width - 1] < least:
            continue
        grams = Counter(zip(*(words[at:] for at in range(width)), strict=False))
        times = max(
            (n for gram, n in grams.items() if n > 1 and len(set(gram)) == width), default=1
        )
        if times >= 4:
            best = max(best, (times - 1) * width / _WORDS[min(width, 3) - 1])
    return best


def _repeated_stretch(text: str) -> float:
    """Score a stretch of 2 to 12 characters that follows itself, for scripts without spaces."""
    if len(text) < 40 or len(set(text)) * 4 > len(text):
        return 0.0
    text = _SHORT_RUN.sub(r"\1\1", text)
    if len(text) < 40 or len(set(text)) * 4 > len(text):
        return 0.0
    best = 0.0
    longest: dict[int, int] = {}
    for period in range(2, 13):
        longest[period] = _longest_true(map(eq, text, text[period:]))
        # "haha" follows itself wherever "ha" does; only the shortest such stretch counts.
        if any(
            period % shorter == 0 and longest[shorter] >= longest[period] - period
            for shorter in range(2, period)
        ):
            continue
        laughter = period == 2 and text.isascii()
        weight = 1 if laughter else min(period, 6)
        best = max(best, longest[period] / period * weight / _PERIOD)
    return best


def _longest_true(flags: Iterable[bool]) -> int:
    longest = current = 0
    for flag in flags:
        current = current + 1 if flag else 0
        longest = max(longest, current)
    return longest
