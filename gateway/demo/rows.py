"""Any JSON lines with chat in them, as lines to play: when, where, who, what."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from seawall import wire
from seawall.errors import ConfigError, WireError
from seawall.outgoing import author

__all__ = ["MAX_LINES", "SAMPLE", "Line", "Room", "read_lines", "read_room"]

SAMPLE = Path(__file__).with_name("sample_room.jsonl")
"""Our own invented room, written before the shipped policy and not tuned to it."""

MAX_LINES = 100_000
MAX_BYTES = 64 * 1024
SILENCE_S = 5.0
"""Longer silences are cut to this: nobody watches a demo to see nothing."""
GAP_S = 0.4
"""Mean pause between messages that say no time."""


class Line(msgspec.Struct, frozen=True):
    """One message to play, `at` seconds after the beginning."""

    at: float
    room: str
    user: wire.Author
    text: str


class Room(msgspec.Struct, frozen=True):
    """What is played. `skipped` rows had no message in them."""

    name: str
    lines: tuple[Line, ...]
    skipped: int = 0

    @property
    def seconds(self) -> float:
        """How long it takes at real pace."""
        return self.lines[-1].at if self.lines else 0.0

    @property
    def rooms(self) -> tuple[str, ...]:
        """The rooms in it, busiest first."""
        counts: dict[str, int] = {}
        for line in self.lines:
            counts[line.room] = counts.get(line.room, 0) + 1
        return tuple(sorted(counts, key=lambda room: -counts[room]))


def read_room(path: Path | None, room: str | None) -> Room:
    """Read a file, or the sample, and keep one room of it, or all. Raises ConfigError."""
    source = path or SAMPLE
    try:
        with source.open("rb") as file:
            found = read_lines(file, source.stem)
    except OSError as error:
        raise ConfigError(f"{source}: {error.strerror}") from error
    lines = [line for line in found.lines if room in (None, line.room)]
    if not lines:
        rooms = ", ".join(found.rooms[:8])
        raise ConfigError(
            f"{source}: no message of room {room!r}; there are: {rooms}"
            if found.lines
            else f"{source}: no messages in it (JSON lines with a `text` are looked for)"
        )
    began = lines[0].at
    kept = (msgspec.structs.replace(line, at=line.at - began) for line in lines)
    return Room(source.name, tuple(kept), found.skipped)


def read_lines(rows: Iterable[bytes], room: str) -> Room:
    """Turn rows into lines in the order of their times; `room` names the room of rows without."""
    found: list[tuple[float | None, Line]] = []
    skipped = 0
    for number, row in enumerate(rows):
        if number >= MAX_LINES:
            break
        line = _line(row, room, number) if row.strip() else None
        if line is None:
            skipped += bool(row.strip())
        else:
            found.append(line)
    if found and all(at is not None for at, _ in found):
        found.sort(key=lambda each: each[0] or 0.0)
    times = _paced([at for at, _ in found])
    lines = (
        msgspec.structs.replace(line, at=at) for at, (_, line) in zip(times, found, strict=True)
    )
    return Room(room, tuple(lines), skipped)


def _line(row: bytes, room: str, number: int) -> tuple[float | None, Line] | None:
    """Read one row; None when it has no message. Who is not named is nobody seen before."""
    if len(row) > MAX_BYTES:
        return None
    try:
        fields = msgspec.json.decode(row)
    except (ValueError, RecursionError):
        return None
    if not isinstance(fields, dict) or fields.get("type", "chat") not in ("chat", "edit"):
        return None
    text = fields.get("text")
    if not isinstance(text, str) or not text or len(text.encode()) > wire.TEXT_BYTES:
        return None
    user = fields.get("user") or f"guest-{number}"
    if isinstance(user, str):
        user = {"id": user[:64], "roles": fields.get("roles")}
    try:
        who = author(user)
    except (WireError, TypeError, ValueError):
        return None
    where = str(fields.get("room") or fields.get("stream") or room)[:64]
    return _time(fields), Line(0.0, where, who, text)


def _time(fields: dict[str, Any]) -> float | None:  # Any: a row of anybody's file
    """Read a row's time, in seconds since any beginning."""
    for name in ("at", "t", "time", "timestamp"):
        value = fields.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        if isinstance(value, str):
            try:
                return datetime.fromisoformat(value).timestamp()
            except (ValueError, OverflowError):
                continue
    return None


def _paced(times: list[float | None]) -> Iterator[float]:
    """Give each message its moment: real gaps, short silences, coarse times spread out.

    Messages of one and the same second are spread up to the next one; those without any time
    come at a plausible pace, the same at every run.
    """
    chance = random.Random(0)
    now = 0.0
    for first, last in _runs(times):
        begin, end = times[first], times[last] if last < len(times) else None
        count = last - first
        if begin is None:
            gap = min(SILENCE_S, chance.expovariate(1 / GAP_S))
            yield now
            now += gap
            continue
        until = 1.0 if end is None else min(SILENCE_S, max(0.0, end - begin))
        for number in range(count):
            yield now + until * number / count
        now += until


def _runs(times: list[float | None]) -> Iterator[tuple[int, int]]:
    """Give [first, last) of neighbours with an equal time; those without one stand alone."""
    first = 0
    while first < len(times):
        last = first + 1
        while last < len(times) and times[first] is not None and times[last] == times[first]:
            last += 1
        yield first, last
        first = last
