"""Make text comparable: the same words in any disguise become the same characters.

The rules, in the order in which they are applied:

1. *Clean*, character by character: compatibility forms and case folded, styled and enclosed letters
   made plain, invisible characters removed, punctuation and pictures turned into spaces. Stacks of
   combining marks are cut to what a script needs, the rest is composed (NFC).
2. *Scripts*: where Latin is mixed with Cyrillic, Greek or Armenian, look-alikes take the script of
   the word they stand in. A word that can be real in its own script is left alone.
3. *Spaced*: words and single spaces. Apostrophes vanish ("dont"); `@ $ % +` and currency signs are
   words of their own ("18 +"), everything else between words is one space.
4. *Squashed*: no spaces and no accents; leet signs are letters (`!` only before one), and a run of
   one letter is that letter once: "f r e e  n!tr000" reads as "free nitro" does.

ASCII text takes a path over bytes that gives the same result (a property test holds them equal).
Offsets are worked out only when somebody asks for a span. Time and size are linear in the text:
neither form is longer than `GROWTH` times the text. Nothing raises, whatever the text.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from seawall._foldclean import clean
from seawall._foldspans import Origins, locate_word, trace_spaced, trace_squashed
from seawall._foldtables import (
    BARE,
    LEET,
    MARKED,
    MARKED_AS,
    SEPARATORS,
    SPACED,
    SPACED_AS,
    SPEAKING_BANG,
)
from seawall.signals import Span

__all__ = ["GROWTH", "Folded", "Form", "fold"]

Form = Literal["spaced", "squashed"]

GROWTH: Final = 6
"""How many characters one character of text can become (U+3316, a square katakana word)."""

_LANES: Final = 512
_HIGH: Final = bytes(code & 127 for code in range(256))
_LOW: Final = bytes(range(128))
_COMPARERS: Final = tuple(
    (int.from_bytes(b"\x7f" * size, "big"), int.from_bytes(b"\x80" * size, "big"))
    for size in range(_LANES)
)


class Folded(msgspec.Struct, gc=False, eq=False):
    """One text and its comparable forms.

    `raw` is the text as sent, `spaced` its words with single spaces, `squashed` its bare letters.
    For automata over bytes, UTF-8: `padded` is `spaced` with one space before and after (a single
    one if it is empty), so that every word has a space on both sides; `packed` is `squashed`.
    """

    raw: str
    clean: str
    padded: bytes
    packed: bytes
    spaced: str
    _spaced_origins: Origins | None = None
    _squashed_origins: Origins | None = None

    @property
    def squashed(self) -> str:
        """Bare letters: no spaces, no accents, leet read, runs of a letter written once."""
        return self.packed.decode()

    def span(self, form: Form, start: int, end: int) -> Span:
        """Return where [start, end) of a form stands in `raw`, in code points.

        A place outside the form is moved to its nearest edge.
        """
        if form == "spaced":
            size = len(self.spaced)
            start = min(max(start, 0), size)
            end = min(max(end, start), size)
            if start < end and self.raw.isascii():
                found = self._span_of_words(start, end)
                if found is not None:
                    return found
        return _cut(self._origins(form), start, end, len(self.raw))

    def runs(self, start: int, end: int) -> list[int]:
        """Return how many letters in a row each of [start, end) of `squashed` was made from."""
        return self._origins("squashed").counts[start:end]

    def _origins(self, form: Form) -> Origins:
        if form == "spaced":
            if self._spaced_origins is None:
                self._spaced_origins = trace_spaced(self.raw, self.clean)
            return self._spaced_origins
        if self._squashed_origins is None:
            self._squashed_origins = trace_squashed(self.raw, self.clean)
        return self._squashed_origins

    def _span_of_words(self, start: int, end: int) -> Span | None:
        """Count words instead of characters: right and fast if nothing inside a word was changed."""
        data = self.raw.encode().translate(MARKED)
        spaced = self.spaced
        if not data.isascii() or spaced[start] == " " or spaced[end - 1] == " ":
            return None
        number = spaced.count(" ", 0, start)
        first = locate_word(data, number) + start - (spaced.rfind(" ", 0, start) + 1)
        inside = spaced.count(" ", start, end)
        if not inside:
            return first, first + end - start
        last = locate_word(data, number + inside) + end - (spaced.rfind(" ", 0, end) + 1)
        return first, last


def fold(text: str) -> Folded:
    """Fold any text. About 1 µs for 80 ASCII characters, 10 µs for others; never raises."""
    plain = text if text.isascii() else clean(text)
    if not plain.isascii():
        return _fold_wide(text, plain)
    data = f" {plain} ".encode()
    padded = data.translate(MARKED)
    if not padded.isascii():
        for mark, instead in MARKED_AS:
            padded = padded.replace(mark, instead)
    shorter = padded.replace(b"  ", b" ")
    while len(shorter) != len(padded):
        padded = shorter
        shorter = padded.replace(b"  ", b" ")
    if b"!" in data:
        data = SPEAKING_BANG.sub("i", plain).encode()
    packed = data.translate(LEET, SEPARATORS)
    return Folded(text, plain, padded, _shorten_runs(packed), padded[1:-1].decode())


def _fold_wide(raw: str, plain: str) -> Folded:
    padded = f" {plain} ".encode().translate(SPACED)
    for sign, instead in SPACED_AS:
        padded = padded.replace(sign, instead)
    shorter = padded.replace(b"  ", b" ")
    while len(shorter) != len(padded):
        padded = shorter
        shorter = padded.replace(b"  ", b" ")
    bare = SPEAKING_BANG.sub("i", plain.translate(BARE))
    packed = bare.encode().translate(LEET, SEPARATORS)
    packed = _shorten_runs(packed) if packed.isascii() else _shorten_wide_runs(packed.decode())
    return Folded(raw, plain, padded, packed, padded[1:-1].decode())


def _shorten_runs(data: bytes) -> bytes:
    """Write a byte that equals the one before it only once; ASCII without NUL.

    A regular expression needs seven times as long. As one big number, data XOR data moved by one
    byte is zero exactly where two neighbours are equal; adding 127 to a byte below 128 carries into
    its high bit unless it was zero. So the high bit says which bytes stay.
    """
    size = len(data)
    if size < _LANES:
        fill, high = _COMPARERS[size]
    else:
        fill, high = (int.from_bytes(byte * size, "big") for byte in (b"\x7f", b"\x80"))
    number = int.from_bytes(data, "big")
    number |= ((number ^ (number >> 8)) + fill) & high
    return number.to_bytes(size, "big").translate(_HIGH, _LOW)


def _shorten_wide_runs(text: str) -> bytes:
    """Do as `_shorten_runs` for any text, in lanes of 32 bits; UTF-8."""
    size = len(text)
    fill, high = (
        int.from_bytes(lane * size, "big") for lane in (b"\x7f\xff\xff\xff", b"\x80\x00\x00\x00")
    )
    number = int.from_bytes(text.encode("utf-32-be"), "big")
    stays = ((number ^ (number >> 32)) + fill) & high
    number &= (stays << 1) - (stays >> 31)
    return number.to_bytes(size * 4, "big").decode("utf-32-be").replace("\0", "").encode()


def _cut(origins: Origins, start: int, end: int, size: int) -> Span:
    count = len(origins.starts)
    start = min(max(start, 0), count)
    end = min(max(end, start), count)
    first = origins.starts[start] if start < count else size
    return (first, origins.ends[end - 1]) if start < end else (first, first)
