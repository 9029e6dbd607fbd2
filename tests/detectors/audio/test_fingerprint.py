"""A recording is found again in a stream; what is like nothing, or like everything, is not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest

from detectors.audio.fingerprint import Match, Matcher, open_catalogue
from detectors.chromaprint import RATE, Printer, missing
from detectors.prints import Catalogue, Recording, write_recordings
from tests.detectors.songs import pcm, song

_CHUNK = RATE // 2 * 2


@pytest.fixture(autouse=True)
def _library(absent: Callable[[str, str], NoReturn]) -> None:
    if why := missing():
        absent("libchromaprint", why)


def printed(name: str, sound: bytes) -> Recording:
    printer = Printer()
    words = np.concatenate([printer.feed(sound), printer.finish()])
    return Recording("music", name, words.astype("<u4").tobytes())


def heard(matcher: Matcher, sound: bytes, at: float = 0.0) -> list[Match]:
    found = []
    for start in range(0, len(sound), _CHUNK):
        found += matcher.feed(sound[start : start + _CHUNK], at + start / 2 / RATE)
    return found


def catalogue_of(*numbers: int, seconds: float = 40.0) -> Catalogue:
    return Catalogue([printed(f"song-{n}", pcm(song(n, seconds))) for n in numbers])


def test_a_recording_is_found_in_the_middle_of_a_stream() -> None:
    matcher = Matcher(catalogue_of(1, 2, 3))
    stream = np.concatenate([song(8, 6.0), song(2, 30.0), song(9, 6.0)])
    found = heard(matcher, pcm(stream), at=1000.0)
    assert [(each.list, each.entry) for each in found] == [("music", "song-2")] * len(found)
    first = found[0]
    assert 1004.0 < first.from_ < 1008.0
    assert first.to - first.from_ > 10.0
    assert first.score > 0.8
    assert 2 <= len(found) <= 4  # told once, and again every ten seconds


def test_noise_and_loudness_do_not_hide_it() -> None:
    noise = np.random.default_rng(5).normal(0, 0.02, 30 * RATE)
    found = heard(Matcher(catalogue_of(1)), pcm(song(1, 30.0) * 0.2 + noise))
    assert found


def test_other_music_silence_and_a_tone_match_nothing() -> None:
    tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(20 * RATE) / RATE)
    held = [printed("silence", bytes(2 * 20 * RATE)), printed("tone", pcm(tone))]
    songs = [printed(f"song-{n}", pcm(song(n, 30.0))) for n in range(4)]
    matcher = Matcher(Catalogue([*held, *songs]))
    stream = np.concatenate([np.zeros(15 * RATE), tone, song(77, 20.0)])
    assert heard(matcher, pcm(stream)) + matcher.finish() == []


def test_a_short_recording_matches_on_what_it_has() -> None:
    matcher = Matcher(catalogue_of(4, seconds=7.0))
    found = heard(matcher, pcm(np.concatenate([song(4, 7.0), song(50, 5.0)])))
    assert [each.entry for each in found] == ["song-4"]


def test_the_end_of_a_stream_gives_out_what_was_still_open() -> None:
    matcher = Matcher(catalogue_of(4, seconds=6.0))
    assert heard(matcher, pcm(song(4, 6.0))) == []
    assert [each.entry for each in matcher.finish()] == ["song-4"]
    assert matcher.finish() == []


def test_after_a_jump_nothing_is_joined() -> None:
    matcher = Matcher(catalogue_of(1))
    sound = pcm(song(1, 9.0))
    found = heard(matcher, sound)
    matcher.jump()
    assert found + heard(matcher, sound, at=100.0) == []


def test_an_empty_catalogue_costs_and_finds_nothing(tmp_path: Path) -> None:
    assert heard(Matcher(open_catalogue(tmp_path)), pcm(song(1, 3.0))) == []


def test_a_catalogue_is_opened_from_its_folder(tmp_path: Path) -> None:
    write_recordings(tmp_path, [printed("song-1", pcm(song(1, 20.0)))])
    found = heard(Matcher(open_catalogue(tmp_path)), pcm(song(1, 20.0)))
    assert {each.entry for each in found} == {"song-1"}
