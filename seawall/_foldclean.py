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
    LOOKALIKES,
    NATIVE_LOOKALIKES,
    ODD,
    TWINS,
    UNSPACED,
)

__all__ = ["MARKS_KEPT", "clean", "trace"]

MARKS_KEPT: Final = 4
"""Combining marks kept on one base; of accents that go on any letter only half as many."""

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


_ODDS: Final = re.compile(f"{ODD.pattern}+")
_MARK: Final = r"[^\w\x00-\x7f]"  # after the table only marks and lone currency signs are neither
_STACK: Final = re.compile(_MARK + "{3,}")
_CLUSTER: Final = re.compile(f"(?s:.)(?:{_MARK}|[\u1160-\u11ff])*")
_WORD: Final = re.compile(r"[\w'`]+")
_LATIN: Final = re.compile("[a-z]")
_FOREIGN: Final = re.compile(f"[{FOREIGN}{EXOTIC}]")
_EXOTIC: Final = re.compile(f"[{EXOTIC}]")
_FOREIGN_ONLY: Final = re.compile(f"[{_but_twins()}]")
_SWITCH: Final = re.compile(f"[a-z](?=[{FOREIGN}])|[{FOREIGN}](?=[a-z])")
_GUESTS: Final = "".join(map(chr, GUESTS))
_GUEST: Final = re.compile(f"[a-z][{_GUESTS}]")
_GUEST_WORD: Final = re.compile(f"(?<![^\\W{UNSPACED}])[a-z][a-z{_GUESTS}]+(?![^\\W{UNSPACED}])")
_CYRILLIC: Final = range(0x400, 0x530)
_CYRILLIC_ONLY: Final = re.compile(
    "[" + "".join(chr(code) for code in _CYRILLIC if code not in LOOKALIKES) + "]"
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
    text = raw.lower()  # cleaning a character in lower case gives the same
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
    lower = raw.lower()
    if raw is cleaned or (len(raw) == len(lower) and not ODD.search(lower)):
        return range(len(raw)), range(1, len(raw) + 1)
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
        if accents * 2 > MARKS_KEPT and mark in ACCENTS:
            continue
        kept.append(at)
        if len(kept) == MARKS_KEPT:
            break
    return kept


def _unify(text: str) -> str:
    """Give look-alikes the script of their surroundings, one letter for one letter."""
    if not _FOREIGN.search(text):
        return _GUEST_WORD.sub(_without_guests, text) if _GUEST.search(text) else text
    exotic = _EXOTIC.search(text)
    if not _LATIN.search(text):
        # A whole message of Lisu letters that all look like Latin ones is not Lisu.
        return text if not exotic or _FOREIGN_ONLY.search(text) else text.translate(LOOKALIKES)
    if _FOREIGN_ONLY.search(text):
        scripts = text.encode().translate(_SCRIPTS, _NO_SCRIPT)
        if not exotic and b"lf" not in scripts and b"fl" not in scripts:
            return text  # no word is of two
        text = _WORD.sub(_in_cyrillic if _CYRILLIC_ONLY.search(text) else _in_one_script, text)
        if _FOREIGN_ONLY.search(text):
            return text
    return text.translate(LOOKALIKES)  # not one letter that must be Cyrillic or Greek


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
        proof = russian or _FOREIGN_ONLY.search(word)
        if proof and all(ord(char) in _CYRILLIC for char in native if char.isalpha()):
            return native
    if _FOREIGN_ONLY.search(word) and len(latin) > 1 and len(_SWITCH.findall(word)) == 1:
        return word  # a Latin word with an ending of the other language: "usdtшка"
    return word.translate(LOOKALIKES)


def _trace_stacks(
    text: str, starts: Sequence[int], ends: Sequence[int]
) -> tuple[str, list[int], list[int]]:
    """Drop what `_shorten` drops; the last mark that stays answers for all of its stack."""
    ends = list(ends)
    stays = bytearray(b"\x01") * len(text)
    for match in _STACK.finditer(text):
        first, last = match.span()
        stays[first:last] = bytes(last - first)
        kept = [first + at for at in _kept(match.group())]
        for at in kept:
            stays[at] = 1
        ends[kept[-1]] = ends[last - 1]
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
