"""What was written becomes what is told, with times of capture."""

from __future__ import annotations

from detectors.audio.language import Vote
from tests.workers.speech.hearing import text
from workers.speech.telling import final, provisional
from workers.speech.transcribing import Piece


def piece(voice: bytes, *, final: bool = True, small: bool = False) -> Piece:
    pcm = bytes(len(voice) * 1024)
    return Piece(7, 3, final, small, 0, pcm, voice, Vote(), 1000.0, 1001.0, 50.0)


def test_the_last_word_is_left_out_while_it_may_not_be_complete() -> None:
    told = provisional(piece(b"\1" * 40, final=False), text("one two three"), 50.5)
    assert told is not None
    assert (told.text, told.final, told.lag_s) == ("one two", False, 0.5)
    assert [word.text for word in told.words] == ["one", "two"]


def test_it_is_told_where_the_voice_had_ended_before() -> None:
    told = provisional(piece(b"\1" * 32 + b"\0" * 8, final=False), text("one two"), 50.0)
    assert told is not None
    assert told.text == "one two"


def test_nothing_is_told_early_of_what_is_doubted_or_a_single_word() -> None:
    assert provisional(piece(b"\1" * 40), text("one two", shaky="loop"), 50.0) is None
    assert provisional(piece(b"\1" * 40), text(""), 50.0) is None
    assert provisional(piece(b"\1" * 40), text("one"), 50.0) is None


def test_what_is_final_holds_all_words_at_their_times() -> None:
    told = final(piece(b"\1" * 40, small=True), text("one two", shaky="dense"), 51.0)
    assert (told.text, told.final, told.shaky, told.tier) == ("one two", True, "loop", "small")
    assert told.words[0].from_ == 1000.0
    assert told.words[-1].to == 1001.28
    assert (told.from_, told.to, told.handle, told.n) == (1000.0, 1001.0, 7, 3)


def test_a_text_without_end_is_cut() -> None:
    assert len(final(piece(b"\1" * 9), text("ab " * 5000), 50.0).text) <= 4096
