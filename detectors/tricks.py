"""What is written for something else in one language or among pictures, as a policy says.

"薇" for "微", "🌱" for "seed", "kosong" for "0": each is one entry of a pack. A message in which
any stands is read once more with all of them replaced. Entries that begin or end with a letter of
a script with spaces are whole words there. The longest wins, from left to right.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from typing import Final

from detectors.spotter import finder
from seawall.errors import PolicyError
from seawall.fold import UNSPACED, Folded, fold
from seawall.signals import Span

__all__ = ["NO_TRICKS", "Rewritten", "Tricks"]

_MOST: Final = 20_000
_MOST_CHARS: Final = 40
_MOST_TIMES: Final = 400
"""Replaced in one message; what more there is stays as it is written."""
_WORDLY: Final = re.compile(f"[^\\W_{UNSPACED}]")
_AS_PADDED: Final = re.compile("[0-9a-z]+(?: [0-9a-z]+)*")
"""What stands in `padded` as it stands in an ASCII message, but for its case."""


class Rewritten:
    """A message with tricks replaced, and the way back."""

    __slots__ = ("_froms", "_size", "_steps", "text")

    def __init__(self, text: str, steps: list[tuple[int, int, int, int]], size: int) -> None:
        self.text = text
        self._steps = steps
        self._froms = [step[0] for step in steps]
        self._size = size

    def span(self, start: int, end: int) -> Span:
        """Return where [start, end) of the text stands in the message as sent."""
        return self._back(start)[0], self._back(max(end - 1, start))[1]

    def _back(self, at: int) -> Span:
        number = bisect_right(self._froms, at) - 1
        if number < 0:
            return min(at, self._size), min(at + 1, self._size)
        _, stop, source, source_end = self._steps[number]
        if at < stop:
            return source, source_end
        place = min(source_end + at - stop, self._size)
        return place, min(place + 1, self._size)


class Tricks:
    """`read`: what is written, and what it says. `backwards`: words that ask to be read backwards.

    Raises PolicyError for an entry that says nothing, itself, or too much.
    """

    def __init__(
        self, read: Mapping[str, str] | None = None, backwards: Iterable[str] = ()
    ) -> None:
        entries = {written.lower(): says for written, says in (read or {}).items()}
        problems = [
            f"tricks: {written!r} {wrong}"
            for written, says in entries.items()
            if (wrong := _complaint(written, says))
        ]
        if len(entries) > _MOST:
            problems.append(f"tricks: more than {_MOST} entries")
        cues = [fold(cue).padded for cue in backwards]
        problems += ["tricks: an empty cue for reading backwards" for cue in cues if cue == b" "]
        if problems:
            raise PolicyError(tuple(problems))
        self._entries = list(entries.items())
        self._find = finder([written.encode() for written, _ in self._entries])
        turning = dict.fromkeys(map(_cue, cues))
        self._find_cue = finder([*turning])
        ascii_entries = [written for written in entries if written.isascii()]
        told = filter(_AS_PADDED.fullmatch, ascii_entries)
        self.cues = frozenset((*told, *(cue.decode() for cue in turning)))
        """One of these stands in `padded` of a message to read backwards, or ASCII with a trick."""
        self.is_cued = all(written in self.cues for written in ascii_entries)
        """Whether that is so: a trick of ASCII signs may stand in any message."""
        self.is_any = bool(entries)

    def is_backwards(self, folded: Folded) -> bool:
        """Tell whether a message asks to be read backwards."""
        return bool(self._find_cue(folded.padded))

    def rewrite(self, raw: str) -> Rewritten | None:
        """Replace every trick; None where there is none."""
        lower = raw.lower()
        text = lower if len(lower) == len(raw) else raw
        try:
            data = text.encode()
        except UnicodeEncodeError:
            data = text.encode("utf-8", "replace")
        hits = self._find(data)
        if not hits:
            return None
        narrow = len(data) == len(text)
        places: dict[int, tuple[int, int]] = {}
        for start, end, number in hits:
            if start not in places or end > places[start][0]:
                places[start] = (end, number)
        parts: list[str] = []
        steps: list[tuple[int, int, int, int]] = []
        at = byte = size = 0
        for start in sorted(places):
            end, number = places[start]
            if start < byte or len(steps) >= _MOST_TIMES:
                continue
            first = start if narrow else at + len(data[byte:start].decode())
            written, says = self._entries[number]
            last = first + len(written)
            if not _stands_alone(text, first, last):
                continue
            put = _spaced(text, first, last, says)
            parts += (raw[at:first], put)
            size += first - at
            steps.append((size, size + len(put), first, last))
            size += len(put)
            at, byte = last, end
        if not steps:
            return None
        return Rewritten("".join(parts) + raw[at:], steps, len(raw))


def _encodable(text: str) -> bool:
    return text.isascii() or _SURROGATE.search(text) is None


_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def _complaint(written: str, says: str) -> str:
    if not written.strip():
        return "is empty"
    if len(written) > _MOST_CHARS or len(says) > _MOST_CHARS:
        return f"is longer than {_MOST_CHARS} characters"
    if not says.strip() or fold(says).packed == b"":
        return "is read as nothing"
    if not _encodable(written + says):
        return "is not text"
    return "is read as itself" if written == says.lower() else ""


def _cue(padded: bytes) -> bytes:
    """Leave the spaces out around a cue of a script without them."""
    return padded.strip() if _WORDLY.search(padded.decode()) is None else padded


def _stands_alone(text: str, first: int, last: int) -> bool:
    """Tell whether no letter goes on where the trick ends as a word does."""
    before, after = text[first - 1 : first], text[last : last + 1]
    if before and _WORDLY.match(text[first]) and _WORDLY.match(before):
        return False
    return not (after and _WORDLY.match(text[last - 1]) and _WORDLY.match(after))


def _spaced(text: str, first: int, last: int, says: str) -> str:
    """Set a word apart from its neighbours; one or two letters are parts of a word."""
    if len(says) < 3 or not _WORDLY.match(says):
        return says
    before = " " if first and not text[first - 1].isspace() else ""
    after = " " if last < len(text) and not text[last].isspace() else ""
    return f"{before}{says}{after}"


NO_TRICKS: Final = Tricks()
