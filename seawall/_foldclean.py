"""The first half of the fold: any text to clean text, and where each clean character came from.

Everything is decided per character, per run of marks or per word, so that `trace` can repeat it
with offsets. Clean text holds letters, digits, marks, currency signs and ASCII, lower case.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from string import ascii_lowercase
from typing import Final
from unicodedata import is_normalized, normalize

from seawall._foldtables import (
    ACCENTS,
    CLEAN,
    EXOTIC,
    FOREIGN,
    GUESTS,
    LIKELY,
    LOOKALIKES,
    NATIVE_LOOKALIKES,
    ODD,
    TWINS,
    UNSPACED,
)

__all__ = ["MARKS_KEPT", "clean", "trace"]

MARKS_KEPT: Final = 4
"""Combining marks kept on one base; where more than half as many are accents, none of those."""

_SHORT: Final = 512


def _but_twins() -> str:
    """Return the letters that no Latin letter looks like, as the inside of a character class."""
    borders = [*sorted(TWINS), "\U0010ffff"]
    kept: list[str] = []
    for first, last in re.findall(r"(.)-(.)", FOREIGN + EXOTIC):
        start = ord(first)
        for border in borders:
            if start <= ord(border) <= ord(last) or ord(border) > ord(last):
                stop = min(ord(border), ord(last) + 1)
                kept += [f"{chr(start)}-{chr(stop - 1)}"] if start < stop else []
                start = stop + 1
            if start > ord(last):
                break
    return "".join(kept)


def _not_of(strange: str) -> re.Pattern[str]:
    """Match a class and all beyond the first plane: a class of one plane is much faster."""
    plane = "".join(map(chr, range(0x10000)))
    ordinary = (
        f"{re.escape(part[0])}-{re.escape(part[-1])}" for part in re.split(strange, plane) if part
    )
    return re.compile(f"[^{''.join(ordinary)}]")


_ODDS: Final = re.compile(f"{ODD.pattern}+")
_MARK: Final = r"[^\w\x00-\x7f]"  # after the table only marks and lone currency signs are neither
_STACK: Final = re.compile(_MARK + "{3,}")
_CLUSTER: Final = re.compile(f"(?s:.)(?:{_MARK}|[\u1160-\u11ff])*")
_WORD: Final = re.compile(r"[\w'`]+")
_LATIN: Final = re.compile("[a-z]")
_LATIN_ONLY: Final = re.compile("[bdfgijlnqrsuvwz]")
_CAPITALS: Final = str.maketrans("ΝΥΗ", "NYH")
"""Their small letters look like v, u and n."""
_CAPITAL_WORD: Final = re.compile("[ΝΥΗ][^\\W\\d_]*[A-Za-z]|[A-Za-z][^\\W\\d_]*?[ΝΥΗ]")
_FOREIGN: Final = re.compile(f"[{FOREIGN}{EXOTIC}]")
_EXOTIC: Final = re.compile(f"[{EXOTIC}]")
_FOREIGN_ONLY: Final = re.compile(f"[{_but_twins()}]")
_UNLIKE: Final = re.compile(f"(?![{''.join(map(chr, LOOKALIKES))}])[{FOREIGN}]")
_SWITCH: Final = re.compile(f"[a-z](?=[{FOREIGN}])|[{FOREIGN}](?=[a-z])")
_GUESTS: Final = "".join(map(chr, GUESTS))
_STRANGE: Final = _not_of(f"[{FOREIGN}{EXOTIC}{_GUESTS}]")
_GUEST_WORD: Final = re.compile(f"(?<![^\\W{UNSPACED}])[a-z][a-z{_GUESTS}]+(?![^\\W{UNSPACED}])")
_CYRILLIC: Final = range(0x400, 0x530)
_CYRILLIC_ONLY: Final = re.compile(
    f"[{''.join(chr(code) for code in _CYRILLIC if chr(code) not in TWINS)}]"
)
_LEADS: Final = range(0xCD, 0xD7)
"""First bytes of what `_FOREIGN` matches, in UTF-8; a few other marks begin with them as well."""
_SCRIPTS: Final = bytes(
    ord("l") if chr(code) in ascii_lowercase else ord("f") if code in _LEADS else ord(" ")
    for code in range(256)
)
_NO_SCRIPT: Final = bytes(set(range(128, 256)) - set(_LEADS)) + b"0123456789_'`"
_RETURNING: Final = frozenset(map(chr, NATIVE_LOOKALIKES))


def clean(raw: str) -> tuple[str, bool]:
    """Return clean text, at most `GROWTH` times as long, and whether anything in `raw` is `ODD`."""
    text = _lowered(raw)  # cleaning a character in lower case gives the same
    odd = ODD.search(text) is not None
    if odd:
        # A table is asked for every character; most texts have few that need it.
        text = _ODDS.sub(_translated, text) if len(text) <= _SHORT else text.translate(CLEAN)
        if ODD.search(text):
            # Stacks go first: composing sorts each run of marks, in quadratic time.
            text = normalize("NFC", _STACK.sub(_shorten, text))
    unified = _unify(text)
    return text if unified is text else normalize("NFC", unified), odd


def trace(raw: str, cleaned: str) -> tuple[Sequence[int], Sequence[int]]:
    """Return start and end in `raw` of every character it was cleaned to; both never fall."""
    lower = _lowered(raw)
    if raw is cleaned or (len(raw) == len(lower) and not ODD.search(lower)):
        return range(len(raw)), range(1, len(raw) + 1)
    raw = _CAPITAL_WORD.sub(_with_capitals, raw)
    text = raw.translate(CLEAN)
    sizes = list(map(len, map(CLEAN.__getitem__, map(ord, raw))))
    starts: Sequence[int] = range(len(raw))
    if sizes.count(1) != len(sizes):
        starts = [index for index, size in enumerate(sizes) for _ in range(size)]
    ends: Sequence[int] = [start + 1 for start in starts]
    if _STACK.search(text):
        text, starts, ends = _trace_stacks(text, starts, ends)
    text, starts, ends = _trace_composed(text, starts, ends)
    _, starts, ends = _trace_composed(_unify(text), starts, ends)
    return starts, ends


def _lowered(raw: str) -> str:
    """Return a text in lower case; Greek capitals that look like other letters are those first.

    A Turkish capital with its dot is the letter alone: lowered, the dot would become a mark.
    """
    if "\u0130" in raw:
        raw = raw.replace("\u0130", "i")
    if "Ν" in raw or "Υ" in raw or "Η" in raw:
        raw = _CAPITAL_WORD.sub(_with_capitals, raw)
    return raw.lower()


def _with_capitals(match: re.Match[str]) -> str:
    return match.group().translate(_CAPITALS)


def _translated(match: re.Match[str]) -> str:
    return match.group().translate(CLEAN)


def _shorten(match: re.Match[str]) -> str:
    stack = match.group()
    return "".join(stack[at] for at in _kept(stack))


def _kept(stack: str) -> list[int]:
    """Return which marks of a stack stay."""
    kept: list[int] = []
    accents = 0
    for at, mark in enumerate(stack):
        accents += mark in ACCENTS
        if mark not in ACCENTS:
            kept.append(at)
    # No language writes more accents on one letter than this: then none of them is meant.
    if accents * 2 <= MARKS_KEPT:
        return list(range(len(stack)))[:MARKS_KEPT]
    return kept[:MARKS_KEPT]


def _unify(text: str) -> str:
    """Give look-alikes the script of their surroundings, one letter for one letter."""
    if not _STRANGE.search(text):
        return text
    data = text.encode()
    scripts = data.translate(_SCRIPTS, _NO_SCRIPT)
    if b"l" not in scripts:
        # A whole message of Lisu letters that all look like Latin ones is not Lisu.
        if not _has_exotic(data, text) or _FOREIGN_ONLY.search(text):
            return text
        return text.translate(LOOKALIKES)
    if not _FOREIGN.search(text):
        return _GUEST_WORD.sub(_without_guests, text)
    if _FOREIGN_ONLY.search(text):
        mixed = b"lf" in scripts or b"fl" in scripts
        if not mixed and not _has_exotic(data, text):
            return text  # no word is of two
        if _is_cyrillic(text):
            text = _WORD.sub(_in_cyrillic, text)
        else:
            text = _WORD.sub(_in_one_script, text)
            # Words are mixed on purpose, and nothing left proves that any is not.
            if mixed and not _UNLIKE.search(text):
                return text.translate(LOOKALIKES)
        if _FOREIGN_ONLY.search(text):
            return text
    return text.translate(LOOKALIKES)  # not one letter that must be Cyrillic or Greek


def _has_exotic(data: bytes, text: str) -> bool:
    """Tell whether any letter is of a seldom script; few bytes of UTF-8 begin all of them."""
    if b"\xe1" in data or b"\xe2" in data or b"\xea" in data or b"\xf0" in data:
        return _EXOTIC.search(text) is not None
    return False


def _is_cyrillic(text: str) -> bool:
    """Tell whether as many letters must be Cyrillic as must be Latin."""
    return len(_CYRILLIC_ONLY.findall(text)) >= len(_LATIN_ONLY.findall(text))


def _without_guests(match: re.Match[str]) -> str:
    """Read look-alikes of other scripts in a word that begins as a Latin one and mostly is."""
    word = match.group()
    guests = len(word) - len(_LATIN.findall(word))
    return word.translate(GUESTS) if guests * 2 < len(word) else word


def _in_cyrillic(match: re.Match[str]) -> str:
    return _in_one_script(match, russian=True)


def _in_one_script(match: re.Match[str], russian: bool = False) -> str:
    """Give a mixed word the script it was written in before somebody swapped letters."""
    word = match.group()
    latin = _LATIN.findall(word)
    if not latin:
        # Between words of its own script it may be one of them.
        exotic = _EXOTIC.search(word) and not _FOREIGN_ONLY.search(word)
        return word.translate(LOOKALIKES) if exotic else word
    if not _FOREIGN.search(word):
        return word
    if _RETURNING.issuperset(latin):
        native = word.translate(NATIVE_LOOKALIKES)
        if russian and all(ord(char) in _CYRILLIC for char in native if char.isalpha()):
            return native
    if len(_SWITCH.findall(word)) == 1 and len(latin) > 1 and _UNLIKE.search(word):
        return word  # a Latin word with an ending of the other language: "usdtшка"
    if russian and len(_CYRILLIC_ONLY.findall(word)) >= max(len(latin), 2):
        return word  # with Latin letters for what only a reader can guess: "гарантuрую"
    return word.translate(LOOKALIKES if russian else LIKELY)


def _trace_stacks(
    text: str, starts: Sequence[int], ends: Sequence[int]
) -> tuple[str, list[int], list[int]]:
    """Drop what `_shorten` drops; the last mark that stays, or the letter, answers for all."""
    ends = list(ends)
    stays = bytearray(b"\x01") * len(text)
    for match in _STACK.finditer(text):
        first, last = match.span()
        stays[first:last] = bytes(last - first)
        kept = [first + at for at in _kept(match.group())]
        for at in kept:
            stays[at] = 1
        owner = kept[-1] if kept else first - 1
        if owner >= 0:
            ends[owner] = ends[last - 1]
    order = [at for at, stay in enumerate(stays) if stay]
    return (
        "".join([text[at] for at in order]),
        [starts[at] for at in order],
        [ends[at] for at in order],
    )


def _trace_composed(
    text: str, starts: Sequence[int], ends: Sequence[int]
) -> tuple[str, Sequence[int], Sequence[int]]:
    """Compose letter by letter; what composing changed comes from all of the old letter."""
    if is_normalized("NFC", text):
        return text, starts, ends
    new_starts: list[int] = []
    new_ends: list[int] = []
    for match in _CLUSTER.finditer(text):
        first, last = match.span()
        composed = normalize("NFC", match.group())
        if composed == match.group():
            new_starts += starts[first:last]
            new_ends += ends[first:last]
        else:
            new_starts += [starts[first]] * len(composed)
            new_ends += [ends[last - 1]] * len(composed)
    return normalize("NFC", text), new_starts, new_ends
