"""Pictures that are known: their PDQ hashes looked up in lists, mirrored and framed ones too.

A picture is asked about in up to 40 ways: as it is, turned and mirrored (8); without the bars or
the even frame around it (8); and its middle 90, 80 and 70 % (8 each), for it may have been set into
something. What was cut away from a known picture does not come back: a crop of 10 % is not found.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.hashlists import LEAST_QUALITY, THRESHOLD, HashList, read_hashes
from detectors.perceptual import Grey, Hash, hashes, luma
from detectors.pictures import Picture, Seen, shrink
from seawall.errors import ConfigError
from seawall.signals import Signal

__all__ = ["KnownList", "Pdq", "variants"]

_SIDE = 640
_MIDDLES = (0.9, 0.8, 0.7)
_EVEN = 6.0
_NOTHING = 5
_LEAST_LEFT = 0.25


class KnownList(msgspec.Struct, frozen=True):
    """One list: its name in `hash.NAME`, its file, what its entries are, how near is near."""

    name: str
    path: str
    category: str | None = None
    threshold: int = THRESHOLD


class Pdq:
    """The detector `pdq`. A list that cannot be read is done without, and `problems` says so."""

    name = "pdq"
    most = 1

    def __init__(self, lists: Sequence[KnownList]) -> None:
        self._lists = tuple(lists)
        self._stamps = {each.name: _stamp(each) for each in lists}
        self._known: Mapping[str, HashList] = {}
        self._problems: Mapping[str, str] = {}
        self._read(self._lists)

    @property
    def version(self) -> str:
        """What stands in the lists, as 16 hex digits."""
        versions = "".join(each.version for each in self._known.values())
        return hashlib.sha256(versions.encode()).hexdigest()[:16]

    @property
    def sizes(self) -> dict[str, int]:
        """How many hashes each list has."""
        return {name: len(each) for name, each in self._known.items()}

    @property
    def problems(self) -> Mapping[str, str]:
        """What becomes of lists whose file cannot be read now, and why that is, by name."""
        return self._problems

    def refresh(self) -> list[str]:
        """Read lists again whose files changed; return the names of those that cannot be read.

        May be called from another thread than `look`; a list of a million takes seconds.
        """
        changed = []
        for each in self._lists:
            stamp = _stamp(each)
            if stamp != self._stamps[each.name]:
                self._stamps[each.name] = stamp
                changed.append(each)
        self._read(changed)
        return [each.name for each in changed if each.name in self._problems]

    def _read(self, lists: Sequence[KnownList]) -> None:
        known, problems = dict(self._known), dict(self._problems)
        for each in lists:
            try:
                known[each.name] = read_hashes(Path(each.path))
            except ConfigError as error:
                rest = "left as it was" if each.name in known else "done without"
                problems[each.name] = f"{rest}: {error}"
            else:
                problems.pop(each.name, None)
        self._known, self._problems = known, problems

    def look(self, pictures: Sequence[Picture], closer: bool = False) -> list[Seen]:
        """Look each picture up in every list."""
        known = self._known
        if not any(map(len, known.values())):
            return [Seen() for _ in pictures]
        return [self._seen(each, known) for each in pictures]

    def _seen(self, picture: Picture, known: Mapping[str, HashList]) -> Seen:
        questions = variants(picture)
        signals = []
        for each in self._lists:
            entries = known.get(each.name)
            match = None if entries is None else entries.nearest(questions, each.threshold)
            if match is not None:
                score = 1.0 - match.distance / 256
                value = f"{match.name} ({match.distance} of 256 bits differ)"
                name = f"hash.{each.name}"
                signals.append(Signal(name, score, self.name, each.category, value=value))
        return Seen(signals)


def _stamp(known: KnownList) -> tuple[int, int]:
    """Return what changes with a file: when it was written, and its size; zeros where it is gone.

    A list that vanishes stays in force: the next reading says what is wrong.
    """
    try:
        found = Path(known.path).stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


def variants(picture: Picture) -> list[Hash]:
    """Return the hashes a picture may be known by; none where too little is in it."""
    grey = shrink(luma(picture), _SIDE)
    found, quality = hashes(grey)
    if quality < _NOTHING:
        return []
    bare = _without_bars(grey)
    parts = [bare] if bare is not grey else []
    parts += [_middle(bare, share) for share in _MIDDLES]
    known = list(found) if quality >= LEAST_QUALITY else []
    for part in parts:
        found, quality = hashes(part)
        known += found if quality >= LEAST_QUALITY else []
    return known


def _without_bars(grey: Grey) -> Grey:
    """Return a picture without the even edges around it; itself where it has none."""
    top, bottom = _edges(grey)
    left, right = _edges(grey[top:bottom].T)
    if (bottom - top) * (right - left) < _LEAST_LEFT * grey.size:
        return grey
    if bottom - top == grey.shape[0] and right - left == grey.shape[1]:
        return grey
    return grey[top:bottom, left:right]


def _edges(grey: Grey) -> tuple[int, int]:
    """Return the first row that is not even and as the edge is, and the row after the last one."""
    levels = grey.astype(np.float32)
    middles = levels.mean(axis=1)
    even = (levels * levels).mean(axis=1) - middles * middles < _EVEN * _EVEN
    size = len(even)
    first = _run(even & (abs(middles - middles[0]) < _EVEN))
    last = _run((even & (abs(middles - middles[-1]) < _EVEN))[::-1])
    if first + last + 2 >= size:
        return 0, size
    # The row beside a bar is a mixture of both, and PDQ minds even that.
    return (first + 1 if first else 0), size - (last + 1 if last else 0)


def _run(flags: NDArray[np.bool_]) -> int:
    return int(len(flags) if flags.all() else flags.argmin())


def _middle(grey: Grey, share: float) -> Grey:
    height, width = grey.shape
    down, across = round(height * (1 - share) / 2), round(width * (1 - share) / 2)
    return grey[down : height - down, across : width - across]
