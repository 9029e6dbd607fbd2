"""Sound that stands in a catalogue of recordings: near duplicates, as a broadcast repeats them.

    why = fingerprint.missing()                   # "" where libchromaprint is installed
    catalogue = fingerprint.open_catalogue(path)  # once a process; raises ConfigError
    matcher = Matcher(catalogue)                  # one a stream
    matches = matcher.feed(pcm, at)               # 16 kHz mono s16; `at`: first sample's capture
    matcher.jump()                                # time is missing before what is fed next
    matches = matcher.finish()                    # the stream ended: what was still open

1. A word of the stream that stands in the catalogue, exactly or but for one bit, proposes an
   alignment. An alignment hits where the last 8 s differ in at most 30 % of their bits, and matches
   when it hits again after half as long.
2. Recordings under 12 s match on what they have, at 15 %.
3. Sound that does not change (silence, a tone, hum) has few words: it never hits.
4. A match is told once and again every 10 s while it lasts. Codecs, loudness and noise as loud as
   the music do it no harm; talk as loud, and 2 % of speed, hide most of it (bench fingerprints).
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from detectors.chromaprint import DELAY_S, RATE, WORD_S, Printer, Words, missing
from detectors.prints import LEAST_WORDS, Catalogue, read_recordings
from seawall.errors import ConfigError

__all__ = ["Match", "Matcher", "missing", "open_catalogue"]

WINDOW = 65
"""Words that are compared: 8 s."""
AGAIN = WINDOW // 2
"""Words until the second hit: half of what is compared is new."""
REPEAT = 81
"""Words until a match that lasts is told again: 10 s."""
DIFFERENT = 0.30
DIFFERENT_SHORT = 0.15
MOST = 256
"""Alignments of a stream that are followed at once; the oldest is given up."""


class Match(msgspec.Struct, frozen=True):
    """A part of the sound that is like a recording. `score`: 1 the same, 0.4 the least told."""

    list: str
    entry: str
    from_: float
    to: float
    score: float


class _Need(NamedTuple):
    words: int
    again: int
    different: float


class _Alignment(msgspec.Struct):
    which: int
    start: int
    end: int
    voted: int
    hit: int = -1
    told: int = -1


def open_catalogue(folder: Path) -> Catalogue:
    """Return a folder's catalogue. Raises ConfigError where it, or the library, is not usable."""
    if why := missing():
        raise ConfigError(why)
    return Catalogue(read_recordings(folder))


class Matcher:
    """Listens to one stream for the recordings of a catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self.jump()

    def jump(self) -> None:
        """Begin anew: what comes next does not continue what came before."""
        self._printer = Printer()
        self._words = np.empty(0, np.uint32)
        self._begun = 0.0
        self._fed = 0
        self._count = 0
        self._followed: dict[int, _Alignment] = {}
        self._told: dict[int, int] = {}

    def feed(self, pcm: bytes, at: float) -> list[Match]:
        """Take sound, 16 kHz mono s16; return what it completes. Raises ConfigError."""
        self._begun = at - self._fed / RATE
        self._fed += len(pcm) // 2
        return self._heard(self._printer.feed(pcm)) if len(self._catalogue) else []

    def finish(self) -> list[Match]:
        """Return what the last seconds complete, and begin anew."""
        matches = self._heard(self._printer.finish()) if self._fed else []
        self.jump()
        return matches

    def _heard(self, words: Words) -> list[Match]:
        matches: list[Match] = []
        for word in words.tolist():
            self._words = np.append(self._words[-(WINDOW - 1) :], np.uint32(word))
            self._propose(word)
            matches += self._checked()
            self._count += 1
        return matches

    def _propose(self, word: int) -> None:
        for place in self._catalogue.find(word).tolist():
            shift = place - self._count
            if (known := self._followed.get(shift)) is not None:
                known.voted = self._count
                continue
            if len(self._followed) >= MOST:
                self._followed.pop(next(iter(self._followed)))
            self._followed[shift] = _Alignment(*self._catalogue.bounds(place), self._count)

    def _checked(self) -> list[Match]:
        matches = []
        for shift, each in list(self._followed.items()):
            place = self._count + shift
            need = _need(each.end - each.start)
            if place >= each.end or self._count - each.voted > WINDOW + AGAIN:
                del self._followed[shift]
                continue
            if place - each.start + 1 < need.words or len(self._words) < need.words:
                continue
            different = self._difference(place, need.words)
            if different > need.different:
                each.hit = -1
            elif each.hit < 0:
                each.hit = self._count
            elif self._count - each.hit >= need.again and self._is_news(each):
                matches.append(self._match(each, need.words, different))
            if different <= need.different:
                each.voted = self._count
        return matches

    def _difference(self, place: int, size: int) -> float:
        ours, theirs = self._words[-size:], self._catalogue.words[place - size + 1 : place + 1]
        if min(len(np.unique(ours)), len(np.unique(theirs))) < size // 2:
            return 1.0
        return float(np.bitwise_count(ours ^ theirs).mean()) / 32

    def _is_news(self, alignment: _Alignment) -> bool:
        """Say whether its recording was not told of lately, by this or a neighbouring alignment."""
        return self._count - self._told.get(alignment.which, -REPEAT) >= REPEAT

    def _match(self, each: _Alignment, size: int, different: float) -> Match:
        first = each.hit - size + 1 if each.told < 0 else each.told + 1
        each.told = self._told[each.which] = self._count
        name = self._catalogue.names[each.which]
        to = self._begun + self._count * WORD_S + DELAY_S
        return Match(*name, self._begun + first * WORD_S, to, 1.0 - 2 * different)


def _need(words: int) -> _Need:
    """Return what a recording of so many words must show to match."""
    if words >= WINDOW + AGAIN:
        return _Need(WINDOW, AGAIN, DIFFERENT)
    size = max(LEAST_WORDS - 1, words * 2 // 3)
    return _Need(size, min(AGAIN, words - size), DIFFERENT_SHORT)
