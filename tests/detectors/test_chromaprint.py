"""The library is optional; where it is, the same sound has the same words, however it is fed."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

import numpy as np
import pytest

from detectors import chromaprint
from detectors.chromaprint import RATE, WORD_S, Printer
from seawall.errors import ConfigError
from tests.detectors.songs import pcm, song


@pytest.fixture
def library(absent: Callable[[str, str], NoReturn]) -> None:
    """Ask for the library: a test without it is counted."""
    if why := chromaprint.missing():
        absent("libchromaprint", why)


@pytest.mark.usefixtures("library")
def test_words_do_not_depend_on_how_sound_is_fed() -> None:
    sound = pcm(song(1, 12.0))
    whole = Printer()
    at_once = np.concatenate([whole.feed(sound), whole.finish()])
    parts = Printer()
    pieces = [parts.feed(sound[at : at + 3202]) for at in range(0, len(sound), 3202)]
    assert np.array_equal(np.concatenate([*pieces, parts.finish()]), at_once)
    assert abs(len(at_once) * WORD_S - (12.0 - chromaprint.DELAY_S)) < 0.5


@pytest.mark.usefixtures("library")
def test_odd_and_empty_pieces_do_no_harm() -> None:
    printer = Printer()
    assert len(printer.feed(b"")) == 0
    assert len(printer.feed(b"\x01")) == 0
    assert len(printer.feed(b"\0\0" * RATE * 60)) > 400


def test_without_the_library_it_is_said_and_nothing_crashes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(chromaprint, "_NAMES", ("libnever.so.9",))
    chromaprint._library.cache_clear()
    try:
        assert "libchromaprint1" in chromaprint.missing()
        with pytest.raises(ConfigError, match="not installed"):
            Printer()
    finally:
        monkeypatch.undo()
        chromaprint._library.cache_clear()
