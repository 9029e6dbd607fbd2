"""A stream's language is voted, and followed when it changes."""

from __future__ import annotations

from hypothesis import given, strategies as st

from detectors.audio.language import Vote

ENGLISH = [("en", 0.98), ("de", 0.01)]
GERMAN = [("de", 0.97), ("en", 0.02)]

guesses = st.lists(
    st.tuples(st.sampled_from(["en", "de", "fr", "haw"]), st.floats(0.0, 1.0)), max_size=4
)


def test_a_short_guess_turns_nobody() -> None:
    vote = Vote().learn(ENGLISH, 8.0)
    assert vote.choose([("haw", 0.9)], 1.5) == "en"
    assert vote.learn([("haw", 0.9)], 1.5).language == "en"


def test_a_long_utterance_is_heard_in_its_own_language_and_followed() -> None:
    vote = Vote().learn(ENGLISH, 8.0).learn(ENGLISH, 8.0)
    assert vote.choose(GERMAN, 8.0) == "de"
    assert vote.learn(GERMAN, 8.0).language == "de"


def test_a_few_short_ones_turn_it_too() -> None:
    vote = Vote().learn(ENGLISH, 8.0)
    for _ in range(3):
        vote = vote.learn(GERMAN, 2.0)
    assert vote.language == "de"


def test_a_known_language_is_never_voted_on() -> None:
    vote = Vote("fr")
    assert vote.settled
    assert vote.choose(ENGLISH, 8.0) == "fr"
    assert vote.learn(ENGLISH, 8.0) is vote


def test_nothing_is_settled_by_a_single_word() -> None:
    assert not Vote().settled
    assert Vote().language == ""
    assert Vote().choose([], 1.0) == ""
    assert not Vote().learn(ENGLISH, 1.0).settled
    assert Vote().learn(ENGLISH, 4.0).settled


@given(st.lists(st.tuples(guesses, st.floats(0.0, 9.0)), max_size=20))
def test_a_vote_is_bounded_and_names_what_was_guessed(
    told: list[tuple[list[tuple[str, float]], float]],
) -> None:
    vote = Vote()
    for each, seconds in told:
        vote = vote.learn(each, seconds)
        assert sum(vote.seconds.values()) <= 6.0 + 1e-6
    assert vote.language in {"", "en", "de", "fr", "haw"}
