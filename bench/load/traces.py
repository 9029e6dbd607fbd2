"""Recorded chat of the shared data: who said what where, and when.

Rules:
1. Each stream's clock starts with its first line; the streams of a file run side by side.
2. Lines that bear the same time are spread evenly over what their clock can tell: a second, or the
   whole minute where a file knows only minutes.
3. A file without times (`Recorded.timed` is False) can only be played at a rate.
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from bench.shapes.scenario import ScenarioError

__all__ = ["Recorded", "read_trace"]

MINUTE_S = 60.0
Times = NDArray[np.float64]


class _Line(msgspec.Struct):
    """A line of a replay file. `t` and who spoke are absent from some files."""

    text: str
    stream: str = "stream"
    user: str = ""
    t: str = ""


class Recorded(msgspec.Struct, frozen=True):
    """A replay file in the order of its clock: seconds from the start, rooms, users, texts.

    `period_s` is after how long it begins anew.
    """

    at: Times
    rooms: tuple[str, ...]
    users: tuple[str, ...]
    texts: tuple[str, ...]
    period_s: float
    timed: bool


def read_trace(name: str) -> Recorded:
    """Read a replay file by its name, with or without `.jsonl`. Raises ScenarioError.

    The folder is `replay/` in SEAWALL_DATA (default `../shared/data`); it is no part of this
    project, and its absence is an error said plainly.
    """
    folder = Path(os.environ.get("SEAWALL_DATA", "../shared/data")) / "replay"
    path = folder / f"{name.removesuffix('.jsonl')}.jsonl"
    if not folder.is_dir():
        raise ScenarioError(
            f"recorded chat is not here: {folder} (SEAWALL_DATA names the shared data's folder)"
        )
    if path.parent != folder or not path.is_file():
        there = ", ".join(sorted(each.stem for each in folder.glob("*.jsonl")))
        raise ScenarioError(f"no recorded chat {name!r} in {folder}; there are {there}")
    try:
        lines = [msgspec.json.decode(line, type=_Line) for line in path.read_bytes().splitlines()]
        return _recorded(lines)
    except (ValueError, msgspec.DecodeError) as error:
        raise ScenarioError(f"{path}: {error}") from error


def _recorded(lines: list[_Line]) -> Recorded:
    if not lines:
        raise ValueError("is empty")
    timed = all(line.t for line in lines)
    at = _clock(lines) if timed else np.arange(len(lines), dtype=np.float64)
    order = np.argsort(at, kind="stable")
    at = at[order]
    put = [lines[place] for place in order]
    gap = float(at[-1]) / max(1, len(lines) - 1)
    return Recorded(
        at,
        tuple(line.stream for line in put),
        tuple(line.user or f"u{number % 2000}" for number, line in enumerate(put)),
        tuple(line.text for line in put),
        float(at[-1]) + (gap or 1.0),
        timed,
    )


def _clock(lines: list[_Line]) -> Times:
    """Return each line's seconds since its stream's first one, equal times spread."""
    told = np.array([datetime.fromisoformat(line.t).timestamp() for line in lines])
    grain = MINUTE_S if not (told % MINUTE_S).any() else 1.0
    at = np.empty(len(lines))
    by_stream: dict[str, list[int]] = {}
    for place, line in enumerate(lines):
        by_stream.setdefault(line.stream, []).append(place)
    for places in by_stream.values():
        chosen = np.array(places)[np.argsort(told[places], kind="stable")]
        own: Any = told[chosen] - told[chosen[0]]  # Any: numpy's stubs lose the type in the steps
        _, first, count = np.unique(own, return_index=True, return_counts=True)
        rank = np.arange(len(own)) - np.repeat(first, count)
        at[chosen] = own + grain * rank / np.repeat(count, count)
    return at
