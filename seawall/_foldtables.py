"""Which characters mean which: the data of the fold, and nothing that runs over a text.

To teach the fold a new disguise, add a line to one of the tables of this file:

- `_STYLED`: a decorated letter that NFKC leaves alone, whatever stands around it.
- `_CYRILLIC`, `_GREEK`, `_ARMENIAN`: a letter that looks like a Latin one; it is changed only where
  scripts are mixed, so that a Russian or Greek word stays what it is.
- `_LEET`: an ASCII sign that stands for a letter; it counts in the squashed form only.
- `_PLAIN`: a letter with a stroke or hook that Unicode does not decompose; squashed form only.

What Unicode itself lists as confusable stands in `_foldconfusables`; what is said here wins.
"""

from __future__ import annotations

import re
from string import ascii_lowercase
from typing import Final
from unicodedata import category, decimal, normalize

from seawall._foldconfusables import LATIN, LATIN_AS, LETTERS, LETTERS_AS, SIGNS, SIGNS_AS

__all__ = [
    "ACCENTS",
    "BARE",
    "CLEAN",
    "DRESSED",
    "DROPPED",
    "EXOTIC",
    "FOREIGN",
    "GUESTS",
    "LEET",
    "LIKELY",
    "LOOKALIKES",
    "MARKED",
    "MARKED_AS",
    "NATIVE_LOOKALIKES",
    "ODD",
    "SEPARATORS",
    "SYMBOLS",
    "TWINS",
    "UNSPACED",
    "VANISHED",
    "VANISHING",
    "read_bangs",
]

SYMBOLS: Final = "@$%+"
"""ASCII signs that carry meaning ("18+", "100%", "$50"): words of their own in the spaced form."""

DROPPED: Final = "'`"
"""ASCII signs that vanish inside a word: "don't" is "dont"."""

UNSPACED: Final = (
    "\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff"
    "\u3100-\u312f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U0001b000-\U0001b16f\U00020000-\U0003ffff"
)
"""Scripts written without spaces between words, as the inside of a character class."""

_LEET: Final = {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s"}

_APOSTROPHES: Final = (
    "\u2018\u2019\u201b\u2032\u02b9\u02bb\u02bc\u02bd\u00b4\uff07\uff40\u1fbf\u05f3"
)

# Letters to the eye or to Unicode's categories, but drawn as nothing, plus the marks that strike
# through, underline or enclose what stands before them (keycaps, "s̶t̶r̶i̶k̶e̶").
_INVISIBLE: Final = frozenset(
    "\u034f\u0640\u115f\u1160\u17b4\u17b5\u3164\uffa0"
    + "".join(map(chr, (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
    + "\u0305\u0332\u0333\u033f"
    + "".join(map(chr, (*range(0x0334, 0x0339), *range(0x20D0, 0x20F1))))
)

# NFKC turns these two ligatures into 18 and 8 letters: a cheap way to make a message grow.
_MONSTERS: Final = frozenset("\ufdfa\ufdfb")

_SMALL_CAPITALS: Final = "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡʏᴢ"
_STYLED: Final = {
    **dict(zip(SIGNS, SIGNS_AS, strict=True)),
    **{chr(0x249C + i): c for i, c in enumerate(ascii_lowercase)},  # in parentheses
    **{chr(0x1F110 + i): c for i, c in enumerate(ascii_lowercase)},
    **dict(zip(_SMALL_CAPITALS, "abcdefghijklmnopqrstuvwyz", strict=True)),
    **{chr(0x1F150 + i): c for i, c in enumerate(ascii_lowercase)},  # in black circles
    **{chr(0x1F170 + i): c for i, c in enumerate(ascii_lowercase)},  # in black squares
    **{chr(0x1F1E6 + i): c for i, c in enumerate(ascii_lowercase)},  # halves of flags
    **dict(zip("\U0001f18e\U0001f191\U0001f198", ("ab", "cl", "sos"), strict=True)),
    **dict(zip("ɑɡɩᴦᴩᴛᴘϲϹ", "agirptpcc", strict=True)),
}

_CYRILLIC_TWINS: Final = dict(zip("аеорсухіјѕһԁԛԝӏѵ", "aeopcyxijshdqwlv", strict=True))
_CYRILLIC: Final = dict(zip("вгикмнптьъҝԍ", "brukmhntbbkg", strict=True))
_GREEK: Final = dict(zip("αβγεζηικμνορτυχωϲϳ", "abyeznikuvoptuxwcj", strict=True))
_ARMENIAN: Final = dict(zip("աոսօհյզց", "wnuohjqg", strict=True))
_PLAIN: Final = {
    **dict(zip(LATIN, LATIN_AS, strict=True)),
    **dict(zip("łøđħıŧƀɨʉðƙɓɗ", "lodhitbiudkbd", strict=True)),
    **dict(zip("ɐəǝɟƃɥᴉɾʞןɯɔɹʇʌʍʎ", "aeefghijklmcrtvwy", strict=True)),  # upside down, and near
}

FOREIGN: Final = "\u0370-\u03ff\u0400-\u058f"
"""Greek, Cyrillic and Armenian, as the inside of a character class."""

EXOTIC: Final = (
    "\u13a0-\u13fd\u1400-\u1676\u16a0-\u16ff\u18b0-\u18f5\u2c80-\u2cee\u2d30-\u2d67\ua4d0-\ua4f7"
    "\ua640-\ua69d\uab70-\uabbf\U00010280-\U000102d0\U00010300-\U00010563"
    "\U000118a0-\U000118df\U00016f00-\U00016f4f"
)
"""Scripts seldom met in chat but for their look-alikes: Cherokee, Lisu, Coptic and others."""

_LISTED: Final = dict(zip(LETTERS, LETTERS_AS, strict=True))
_IN_EXOTIC: Final = re.compile(f"[{EXOTIC}]")
_IN_FOREIGN: Final = re.compile(f"[{FOREIGN}]")
_EXOTIC_TWINS: Final = {
    **{c: letter for c, letter in _LISTED.items() if _IN_EXOTIC.match(c)},
    **dict(zip("ꓲᗩᗷᑕᗪᖴᕼᒍᒪᗰᑎᑭᑫᖇᔕᑌᐯᗯᘔᗝᗞᗴᕮ", "iabcdfhjlmnpqrsuvwzodee", strict=True)),
}

GUESTS: Final = {
    ord(char): letter
    for char, letter in _LISTED.items()
    if not _IN_EXOTIC.match(char) and not _IN_FOREIGN.match(char)
}
"""Look-alikes of scripts that stand next to Latin words every day ("הiphone", "الwifi")."""

_TWINS: Final = _CYRILLIC_TWINS | _GREEK | _ARMENIAN | _EXOTIC_TWINS
ACCENTS: Final = frozenset(
    chr(code)
    for first, last in (
        (0x300, 0x36F),
        (0x483, 0x489),
        (0x1AB0, 0x1AFF),
        (0x1DC0, 0x1DFF),
        (0x20D0, 0x20FF),
        (0xFE20, 0xFE2F),
    )
    for code in range(first, last + 1)
)
"""Marks that go on any letter of any word, and so are stacked for mischief."""

_NEARLY: Final = {c: letter for c, letter in _LISTED.items() if _IN_FOREIGN.match(c)}

LOOKALIKES: Final = str.maketrans(_NEARLY | _TWINS | _CYRILLIC)
"""What a Cyrillic, Greek or Armenian letter looks like among Latin ones; one letter for one."""

LIKELY: Final = LOOKALIKES | str.maketrans("пияш", "nurw")
"""The same with what hardly looks alike, for words mixed of both in a text of Latin letters."""

TWINS: Final = "".join(_TWINS)
"""Those that the eye cannot tell apart; any other letter of these scripts proves a real word."""

NATIVE_LOOKALIKES: Final = str.maketrans("aceopxykmthb", "асеорхукмтнв")
"""The way back: what a Latin letter stands for inside a Cyrillic word."""


class _Cleaned(dict[int, str]):
    """A `str.translate` table that works out a character on first sight and remembers a few."""

    _ROOM = 8192  # code points remembered; a flood of rare ones must not eat memory

    def __missing__(self, code: int) -> str:
        clean = _clean(chr(code))
        if len(self) < self._ROOM:
            self[code] = clean
        return clean


class _Bared(_Cleaned):
    """The same for the letters of the squashed form."""

    def __missing__(self, code: int) -> str:
        bare = _bare(chr(code))
        if len(self) < self._ROOM:
            self[code] = bare
        return bare


def _clean(char: str) -> str:
    if char in _MONSTERS:
        return " "
    if char in _STYLED:
        return _STYLED[char]
    if "\u3131" <= char <= "\u318e" and char not in _INVISIBLE:
        return char  # Korean letters on their own; NFKC would make half syllables of them
    if char in _INVISIBLE:
        return ""
    if char in _APOSTROPHES:
        return "'"
    # A Turkish capital with its dot folds to the letter and the dot; the dot says nothing more.
    plain = normalize("NFKC", normalize("NFKC", char).casefold()).replace("i\u0307", "i")
    return " " if plain[:1] == " " else "".join(map(_kept, plain))


def _kept(char: str) -> str:
    """Return what stays of one character that is already compatibility-folded."""
    kind = category(char)
    if char in _INVISIBLE or kind in ("Cf", "Cs"):
        return ""
    if kind == "Cc":
        return " " if char in "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85" else ""
    if char in _APOSTROPHES:
        return "'"
    styled = _STYLED.get(char)
    if styled is not None:
        return styled
    if char.isascii() or kind[0] in "LM":
        return char
    if kind == "Nd":
        return str(decimal(char))
    if kind == "Sc":
        return f" {char} "
    return char if kind[0] == "N" else " "


def _bare(char: str) -> str:
    plain = _PLAIN.get(char)
    if plain is not None:
        return plain
    code = ord(char)
    if code < 0x700 or 0x1E00 <= code < 0x2000:  # up to Arabic: the letter, not its accents
        char = normalize("NFD", char)[0]
    if char.isascii() or char.isalnum():
        return char
    # Accents, Hebrew points and Arabic vowels go; the marks of Indic scripts are their vowels.
    return char if category(char)[0] == "M" and code > 0x6FF and char not in ACCENTS else ""


CLEAN: Final = _Cleaned()
"""Any code point to its comparable character(s); at most 6 of them."""

BARE: Final = _Bared()
"""A comparable character to the bare letter of the squashed form: one character or none."""


def _is_settled(char: str) -> bool:
    """Tell whether a letter or ASCII is its own comparable form, whatever stands beside it."""
    lone = (char.isascii() or category(char)[0] == "L") and not "\u1160" <= char <= "\u11ff"
    return lone and normalize("NFC", char) == char and _clean(char) == char


def _others(chars: str) -> re.Pattern[str]:
    """Match any character but these, given in order of code points, and those of `_LARGE`."""
    return re.compile(f"[^{re.escape(chars)}{_LARGE}]")


# Han ideographs and Korean syllables: 39,000 letters that are settled and bare, without a look.
_LARGE: Final = "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3"
_SETTLED: Final = "".join(char for char in map(chr, range(0x3130)) if _is_settled(char))

ODD: Final = _others(_SETTLED)
"""A character of a lower-case text that may have to be cleaned or composed: neither ASCII nor a
letter as most scripts write it. A text without any is clean when it is lower case."""

DRESSED: Final = _others("".join(char for char in _SETTLED if _bare(char) == char))
"""A character of clean text that may not be a bare letter."""


def _byte_table(signs: dict[str, int]) -> bytes:
    """Make letters lower, separators spaces, `signs` what they say; bytes over 127 stay."""
    table = bytearray(range(256))
    for code in range(128):
        char = chr(code)
        table[code] = ord(char.lower()) if char.isalnum() else 32
    for char, code in signs.items():
        table[ord(char)] = code
    return bytes(table)


VANISHED: Final = 0xF8
_CONTROLS: Final = "".join(chr(c) for c in (*range(9), *range(14, 28), 127))

MARKED: Final = _byte_table(
    dict.fromkeys(DROPPED + _CONTROLS, VANISHED)
    | {sign: VANISHED + 1 + at for at, sign in enumerate(SYMBOLS)}
)
"""For UTF-8 of clean text: separators become spaces; what vanishes, and symbols, become bytes that
UTF-8 never uses, from VANISHED on. In ASCII text one look for a byte over 127 finds them all."""

MARKED_AS: Final = tuple(
    (bytes([VANISHED + 1 + at]), f" {sign} ".encode()) for at, sign in enumerate(SYMBOLS)
)
"""What the marks of symbols become in the spaced form."""

VANISHING: Final = f"{DROPPED}{_CONTROLS}".encode()
"""ASCII bytes that vanish in the spaced form."""

LEET: Final = _byte_table({sign: ord(letter) for sign, letter in _LEET.items()})
"""For UTF-8: signs and digits to the letters they stand for."""

SEPARATORS: Final = bytes(
    code for code in range(128) if not chr(code).isalnum() and chr(code) not in _LEET
)
"""ASCII bytes that vanish in the squashed form."""

_BANG_BEFORE: Final = re.compile(r"!(?:[^\W_]|[@$])")
_BANG: Final = re.compile(r"(?:(?<=[^\W_])|(?<=[@$]))!(?=[^\W_]|[@$])")
_BANGS: Final = re.compile(r"(?<!!)!!++(?=[^\W_]|[@$])")
"""Runs from their start only, or a long one would be tried from each of its places."""


def read_bangs(text: str) -> str:
    """Read exclamation marks inside a word as "i" ("n!tro", but not "hi! you"); same length."""
    if not _BANG_BEFORE.search(text):
        return text
    read = _BANG.sub("i", text)
    return _BANGS.sub(_read_bang, read) if "!!" in read else read


def _read_bang(bangs: re.Match[str]) -> str:
    before = bangs.string[bangs.start() - 1 : bangs.start()]
    return "i" * len(bangs[0]) if before.isalnum() or before in ("@", "$") else bangs[0]
