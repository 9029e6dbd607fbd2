"""Speech becomes its words, alone and together, and words get their times."""

from __future__ import annotations

import numpy as np
import pytest

from bench.speech.scoring import errors, words_of
from detectors.audio.whisper import CONTEXT, LONG, RATE_HZ, Ask, Samples, Whisper, most_tokens
from detectors.models.device import for_ctranslate2
from seawall.errors import WeightsError
from tests.detectors.audio.sounds import FIRST, SECOND, models, silence, spoken

CPU = for_ctranslate2("cpu")


def first() -> Samples:
    return spoken()[int(0.8 * RATE_HZ) : int(5.8 * RATE_HZ)]


def rate(said: str, heard: str) -> float:
    return errors(words_of(said, "en"), words_of(heard, "en")) / len(words_of(said, "en"))


def test_speech_becomes_its_words_and_language() -> None:
    (heard,) = models().large.hear([Ask(first())])
    assert rate(FIRST, heard.text) <= 0.2
    assert heard.language == "en"
    assert heard.guesses[0][0] == "en"
    assert heard.guesses[0][1] > 0.5
    assert -0.6 < heard.sure < 0.0


def test_what_is_heard_together_is_heard_as_it_is_alone() -> None:
    sounds = [first(), spoken()[-int(5.0 * RATE_HZ) :]]
    together = models().large.hear([Ask(each) for each in sounds])
    alone = [models().large.hear([Ask(each)])[0] for each in sounds]
    assert [each.text for each in together] == [each.text for each in alone]
    assert rate(SECOND, together[1].text) <= 0.2


def test_a_known_language_is_not_guessed_and_a_guess_may_be_chosen_from() -> None:
    (known,) = models().large.hear([Ask(first(), "en")])
    assert known.guesses == ()
    (chosen,) = models().large.hear([Ask(first(), "", lambda guesses: guesses[0][0])])
    assert chosen.text == known.text
    (unknown,) = models().large.hear([Ask(first(), "xx")])
    assert unknown.text


def test_the_small_network_knows_english_only() -> None:
    small = models().small
    assert small is not None
    assert not small.multilingual
    (heard,) = small.hear([Ask(first())], 600)
    assert (heard.language, heard.guesses) == ("en", ())
    assert rate(FIRST, heard.text) <= 0.3


def test_words_are_aligned_in_order_within_the_sound() -> None:
    (heard,) = models().large.hear([Ask(first())])
    assert heard.encoded is not None
    words = models().large.align(heard.encoded, heard.tokens)
    assert " ".join(word.text for word in words).split() == heard.text.split()
    times = [moment for word in words for moment in (word.from_s, word.to_s)]
    assert times == sorted(times)
    assert times[-1] <= 5.1
    again = models().large.encode(first(), "en")
    assert models().large.align(again, heard.tokens) == words
    assert models().large.align(heard.encoded, ()) == []


@pytest.mark.parametrize("seconds", [0.0, 0.01, 3.0, 9.99, 10.0, 12.0])
def test_silence_behind_a_sound_is_as_if_it_had_been_computed(seconds: float) -> None:
    large = models().large
    rng = np.random.default_rng(1)
    sound = rng.normal(0.0, 0.1, int(seconds * RATE_HZ)).astype(np.float32)
    whole = np.zeros(CONTEXT * 160, np.float32)
    whole[: len(sound)] = sound[: len(whole)]
    assert np.allclose(large.spectrum(sound, CONTEXT), large.spectrum(whole, CONTEXT), atol=1e-5)
    assert large.spectrum(sound, LONG).shape == (80, LONG)


def test_silence_is_no_reason_to_fail() -> None:
    (heard,) = models().large.hear([Ask(silence(0.0))], 600)
    assert heard.encoded is not None
    assert models().large.align(heard.encoded, heard.tokens) == []


def test_files_that_are_no_network_are_refused() -> None:
    with pytest.raises(WeightsError, match=r"model\.bin"):
        Whisper({}, CPU)
    tokenizer = b'{"model": {"type": "BPE", "vocab": {}, "merges": []}}'
    with pytest.raises(WeightsError, match="cannot be loaded"):
        Whisper({"model.bin": b"no", "tokenizer.json": tokenizer, "config.json": b"{}"}, CPU)


def test_scripts_that_are_spelt_in_bytes_have_room_for_their_words() -> None:
    said = 5.5  # seconds of either; counted with the network's own tokenizer
    bengali, english = 124, 19
    assert english < most_tokens(said, ["en", "de"]) < bengali < most_tokens(said, ["en", "bn"])
    assert most_tokens(9.6, ["ka"]) > 31.5 * 9.6
