"""Lists of perceptual hashes (PDQ, 256 bits): how they are read, and what is near a hash.

A file is one of three kinds, told by its first line; a hash is 64 hexadecimal digits:

    plain       a hash a line, what follows `#` names it
    CSV         `hash,quality,name` without a heading, or with one: a column `hash` (`pdq`, `value`,
                `indicator`), and `quality`, `name` (`id`, `note`) where there are any
    JSON lines  objects with the same keys; where `type` or `signal_type` is there, only PDQ counts

1. A line that cannot be read is an error that names the line, and the whole file is refused.
2. Hashes of pictures with too little in them (quality below 50, as PDQ's authors advise) are left
   out and counted: they are near every dark or empty picture.
3. Lookup compares with every hash of the list: 1 million cost about 10 ms a question.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from detectors.listfiles import HASHES_BYTES, check_file
from detectors.perceptual import Hash
from seawall.errors import ConfigError

__all__ = ["LEAST_QUALITY", "THRESHOLD", "HashList", "Match", "read_hashes"]

THRESHOLD = 31
"""How many bits may differ: what PDQ's authors advise."""
LEAST_QUALITY = 50
MOST_HASHES = 2_000_000

_MOST_NAME = 120
_HEX = re.compile(r"[0-9a-fA-F]{64}")
_HASH_KEYS = ("hash", "pdq", "pdq_hash", "value", "signal_value", "indicator")
_NAME_KEYS = ("name", "id", "note", "label", "comment", "filename")
_TYPE_KEYS = ("type", "signal_type", "hash_type")


class Match(msgspec.Struct, frozen=True):
    """The nearest hash of a list: how many bits differ, which question it answers, what it is."""

    distance: int
    question: int
    name: str


class _Row(msgspec.Struct, frozen=True):
    hash: str
    quality: int = 100
    name: str = ""


class HashList:
    """The hashes of one file. Build it with `read_hashes`."""

    def __init__(self, rows: Sequence[_Row], version: str, weak: int) -> None:
        self.version = version
        """First 16 hex digits of the SHA-256 of the file."""
        self.weak = weak
        """How many were left out for their quality."""
        packed = np.frombuffer(bytes.fromhex("".join(row.hash for row in rows)), ">u8")
        self._words = np.ascontiguousarray(packed.reshape(-1, 4).T, np.uint64)
        self._names = {at: row.name for at, row in enumerate(rows) if row.name}

    def __len__(self) -> int:
        return int(self._words.shape[1])

    def nearest(self, questions: Sequence[Hash], threshold: int = THRESHOLD) -> Match | None:
        """Return the nearest hash to any of the questions; None where none is near enough."""
        best: Match | None = None
        for number, question in enumerate(questions):
            found = self._near(question, threshold if best is None else best.distance - 1)
            if found is not None:
                distance, place = found
                best = Match(distance, number, self._names.get(place, self._hex(place)))
        return best

    def _near(self, question: Hash, threshold: int) -> tuple[int, int] | None:
        if threshold < 0 or not len(self):
            return None
        # Half of the bits decide nearly always: unrelated hashes differ in 64 of 128.
        halves = _differing(self._words[:2], question[:2])
        places = np.flatnonzero(halves <= threshold)
        if not len(places):
            return None
        distances = halves[places] + _differing(self._words[2:, places], question[2:])
        nearest = int(distances.argmin())
        if distances[nearest] > threshold:
            return None
        return int(distances[nearest]), int(places[nearest])

    def _hex(self, place: int) -> str:
        return "".join(f"{int(word):016x}" for word in self._words[:, place])


def _differing(words: NDArray[np.uint64], question: Hash) -> NDArray[np.int64]:
    bits = np.bitwise_count(words ^ question[:, None])
    return np.asarray(bits.sum(axis=0, dtype=np.int64))


def read_hashes(path: Path) -> HashList:
    """Read a list. Raises ConfigError that names the file, and the line where one is wrong."""
    check_file(path, HASHES_BYTES)
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is no text in UTF-8 (byte {error.start})") from error
    rows, weak = [], 0
    try:
        for row in _rows(text):
            if row.quality < LEAST_QUALITY:
                weak += 1
                continue
            rows.append(row)
            if len(rows) > MOST_HASHES:
                raise ValueError(f"line {len(rows)}: more than {MOST_HASHES} hashes")
    except ValueError as error:
        raise ConfigError(f"{path}: {error}") from error
    return HashList(rows, hashlib.sha256(content).hexdigest()[:16], weak)


def _rows(text: str) -> Iterator[_Row]:
    """Yield the rows of a list of any kind. Raises ValueError that names the line."""
    lines = text.splitlines()
    start = next((at for at, line in enumerate(lines) if line.split("#")[0].strip()), len(lines))
    first = lines[start].strip() if start < len(lines) else ""
    if first.startswith("{"):
        yield from _json_rows(lines)
    elif "," in first.split("#")[0]:
        yield from _csv_rows(lines, start)
    else:
        for number, line in enumerate(lines, 1):
            value, _, name = line.partition("#")
            if value.strip():
                yield _row(number, value.strip(), "", name.strip())


def _csv_rows(lines: Sequence[str], start: int) -> Iterator[_Row]:
    heading = [cell.strip().lower() for cell in next(csv.reader([lines[start]]))]
    if _HEX.fullmatch(heading[0]):
        places, first = {"hash": 0, "quality": 1, "name": 2}, start
    else:
        places, first = {name: at for at, name in enumerate(heading)}, start + 1
        if not any(key in places for key in _HASH_KEYS):
            raise ValueError(f"line {start + 1}: no column is called {', '.join(_HASH_KEYS)}")
    for number, line in enumerate(lines[first:], first + 1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = next(csv.reader([line]))
        known = {name: cells[at].strip() for name, at in places.items() if at < len(cells)}
        if _is_pdq(known):
            yield _row(number, _one(known, _HASH_KEYS), known.get("quality", ""),
                       _one(known, _NAME_KEYS))  # fmt: skip


def _json_rows(lines: Sequence[str]) -> Iterator[_Row]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            tree = msgspec.json.decode(line, type=dict[str, object])
        except msgspec.DecodeError as error:
            raise ValueError(f"line {number}: {error}") from error
        known = {key.lower(): str(value) for key, value in tree.items() if value is not None}
        if _is_pdq(known):
            yield _row(number, _one(known, _HASH_KEYS), known.get("quality", ""),
                       _one(known, _NAME_KEYS))  # fmt: skip


def _is_pdq(known: dict[str, str]) -> bool:
    kind = _one(known, _TYPE_KEYS)
    return not kind or "pdq" in kind.lower()


def _one(known: dict[str, str], keys: Sequence[str]) -> str:
    return next((known[key] for key in keys if known.get(key)), "")


def _row(number: int, value: str, quality: str, name: str) -> _Row:
    if not _HEX.fullmatch(value):
        shown = value if len(value) <= 20 else f"{value[:20]}…"
        raise ValueError(f"line {number}: {shown!r} is not 64 hexadecimal digits")
    try:
        good = int(float(quality)) if quality else 100
    except (ValueError, OverflowError):
        raise ValueError(f"line {number}: the quality {quality[:20]!r} is no number") from None
    return _Row(value.lower(), good, name[:_MOST_NAME])
