"""A pass writes what was said; on noise, silence and tones nothing anybody may act on."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from bench.speech.scoring import errors, words_of
from detectors.audio.language import Vote
from detectors.audio.vad import FRAME
from detectors.audio.whisper import RATE_HZ, Samples
from tests.detectors.audio.sounds import FIRST, models, noise, pcm, silence, spoken, tone
from workers.speech.transcribing import Piece, floats, hear, is_silent


def piece(samples: Samples, *, final: bool = True, voiced: bool = True, vote: Vote | None = None,
          ) -> Piece:  # fmt: skip
    frames = len(samples) // FRAME
    voice = bytes([voiced]) * frames
    kept = pcm(samples[: frames * FRAME])
    return Piece(1, 1, final, False, 0, kept, voice, vote or Vote(), 0.0, 1.0, 0.0, voiced)


def first() -> Samples:
    return spoken()[int(0.8 * RATE_HZ) : int(5.8 * RATE_HZ)]


def test_speech_is_written_down_and_not_doubted() -> None:
    (text,) = hear(models().large, [piece(first())])
    said, heard = words_of(FIRST, "en"), words_of(text.text, "en")
    assert errors(said, heard) <= 0.2 * len(said)
    assert (text.shaky, text.language, text.tries) == ("", "en", 1)


def test_early_passes_of_little_sound_look_at_less_and_write_the_same() -> None:
    (text,) = hear(models().large, [piece(first(), final=False)])
    assert "bitcoin" in text.text.casefold()


@pytest.mark.parametrize(
    ("sound", "voiced"),
    [(noise(4.0), True), (tone(4.0), True), (noise(4.0), False), (silence(4.0), False)],
    ids=["noise", "tone", "noise listened to", "silence listened to"],
)
def test_nothing_is_made_of_what_is_no_speech(sound: Samples, voiced: bool) -> None:
    (text,) = hear(models().large, [piece(sound, voiced=voiced)])
    assert text.shaky or not text.text
    assert text.tries <= 2


def test_a_known_language_is_used_whatever_it_sounds_like() -> None:
    (text,) = hear(models().large, [piece(first(), vote=Vote("en"))])
    assert (text.language, text.guesses) == ("en", ())


def test_a_vote_outweighs_a_short_guess() -> None:
    vote = Vote().learn([("de", 1.0)], 8.0)
    short = msgspec.structs.replace(piece(first()[: 2 * RATE_HZ]), vote=vote, final=False)
    (text,) = hear(models().large, [short])
    assert text.language == "de"
    assert text.guesses[0][0] == "en"


def test_samples_are_between_minus_one_and_one() -> None:
    found = floats(np.array([-32768, 0, 32767], "<i2").tobytes())
    assert found.tolist() == pytest.approx([-1.0, 0.0, 1.0], abs=1e-4)


def test_silence_is_told_from_sound() -> None:
    assert is_silent(b"")
    assert is_silent(pcm(silence(0.1)))
    assert not is_silent(pcm(noise(0.1)))
