"""Reads the files that an evaluation is given, before it judges anything.

Each raises ConfigError with the file and what is wrong with it.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from bench.evaluation.bars import Bar
from seawall.errors import ConfigError
from seawall.signals import Signal

__all__ = ["read_bars", "read_held_out"]


class _Saved(msgspec.Struct):
    """What a comparison needs of an earlier report."""

    bars: list[Bar]


class _Answer(msgspec.Struct):
    """What folds said of a text that they never saw."""

    text: str
    scores: dict[str, float]


def read_bars(file: Path) -> list[Bar]:
    """Return the figures of an earlier `evaluation.json`."""
    try:
        return msgspec.json.decode(_bytes(file), type=_Saved).bars
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise ConfigError(f"{file} is no evaluation.json: {problem}") from problem


def read_held_out(file: Path) -> dict[str, list[Signal]]:
    """Return what `seawall bench train-text --held-out` wrote, by text."""
    found: dict[str, list[Signal]] = {}
    decoder = msgspec.json.Decoder(_Answer)
    for number, line in enumerate(_bytes(file).splitlines(), start=1):
        try:
            row = decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as problem:
            raise ConfigError(f"{file}:{number}: {problem}") from problem
        found[row.text] = [Signal(name, score, "linear") for name, score in row.scores.items()]
    if not found:
        raise ConfigError(f"{file} holds no answers")
    return found


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as problem:
        raise ConfigError(f"{file}: {problem.strerror}") from problem
