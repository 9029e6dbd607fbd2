"""What a user splits over messages is judged joined; ordinary chat is not glued into hits."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, strategies as st

from detectors.inline import InlineDetectors
from gateway.chat.parts import PART_AGE_S, PART_LENGTH, PARTS, Parts
from gateway.policy.load import load_policy
from seawall.events import Message, User
from seawall.fold import fold
from seawall.signals import Signal, Signals
from tests.gateway.live import write_policy

LEXICON = """
lexicon: en
terms:
  - {term: split phrase, category: scam.phishing, severity: critical}
  - {term: badword, category: spam, severity: critical}
  - {term: seashore, category: spam, severity: critical}
  - {term: crocodile, category: spam, severity: critical}
  - {term: grape, category: profanity, severity: medium}
"""


@pytest.fixture(scope="module")
def detectors(tmp_path_factory: pytest.TempPathFactory) -> InlineDetectors:
    folder = write_policy(tmp_path_factory.mktemp("policy"), lexicon=LEXICON, rules="[]")
    return InlineDetectors(load_policy(folder))


Say = Callable[..., list[Signal]]


@pytest.fixture
def say(detectors: InlineDetectors) -> Say:
    return saying(detectors, Parts())


def saying(detectors: InlineDetectors, parts: Parts) -> Say:
    """Give a function that says a message and returns the signals that need earlier ones."""
    count = 0

    def say(
        text: str, at: float = 0.0, user: str = "u", room: str = "r", edits: str = ""
    ) -> list[Signal]:
        nonlocal count
        count += 1
        who = User(user)

        def detect(joined: str) -> Signals:
            return detectors.detect(fold(joined), who)

        event = Message("t", edits or f"m{count}", room, who, text, at, at, rev=count * bool(edits))
        alone = detect(text)
        found = parts.joined(event, alone, detect)
        assert found.items[: len(alone.items)] == alone.items
        return list(found.items[len(alone.items) :])

    return say


def test_a_phrase_split_at_its_space_is_found_with_its_parts(say: Say) -> None:
    assert say("split") == []
    (found,) = say("phrase")
    assert found.name == "lexicon.scam.phishing"
    assert (found.parts, found.span) == (("m1",), (0, 6))


def test_a_word_split_inside_is_found(say: Say) -> None:
    assert say("bad") == []
    (found,) = say("word")
    assert (found.name, found.parts, found.span) == ("lexicon.spam", ("m1",), (0, 4))


def test_letters_one_by_one_are_found(say: Say) -> None:
    assert [say(letter) for letter in "badwor"] == [[]] * 6
    (found,) = say("d")
    assert found.parts == tuple(f"m{n}" for n in range(1, 7))


def test_only_the_parts_of_the_match_are_named(say: Say) -> None:
    say("hello")
    say("everybody")
    say("split")
    (found,) = say("phrase!")
    assert found.parts == ("m3",)
    assert found.span == (0, 6)


def test_a_match_is_told_once(say: Say) -> None:
    say("split")
    assert len(say("phrase")) == 1
    assert say("phrase") == []


def test_other_users_and_rooms_are_other_people(say: Say) -> None:
    say("split", user="a")
    assert say("phrase", user="b") == []
    say("split", room="x", user="c")
    assert say("phrase", room="y", user="c") == []


def test_a_part_is_joined_for_so_long(say: Say) -> None:
    say("split", at=0.0, user="a")
    assert len(say("phrase", at=PART_AGE_S, user="a")) == 1
    say("split", at=0.0, user="b")
    assert say("phrase", at=PART_AGE_S + 0.1, user="b") == []


def test_at_most_eight_messages_are_joined(say: Say) -> None:
    assert len("seashore") == PARTS
    assert [say(letter, user="a") for letter in "seashor"] == [[]] * (PARTS - 1)
    assert len(say("e", user="a")) == 1
    assert [say(letter, user="b") for letter in "crocodile"] == [[]] * (PARTS + 1)


def test_long_messages_are_no_parts(say: Say) -> None:
    say("x" * (PART_LENGTH - 5) + " split")
    assert say("phrase") == []
    say("split")
    assert say("phrase " + "x" * PART_LENGTH) == []


def test_empty_messages_are_no_parts(say: Say) -> None:
    say("split")
    assert say("") == []
    assert len(say("phrase")) == 1


def test_an_edit_is_judged_with_what_stands_before_it(say: Say) -> None:
    say("split")
    say("hello")
    (found,) = say("phrase", edits="m2")
    assert (found.span, found.parts) == ((0, 6), ("m1",))


def test_an_edit_is_judged_with_what_stands_behind_it(say: Say) -> None:
    say("hello")
    say("phrase")
    (found,) = say("then split", edits="m1")
    assert (found.span, found.parts) == ((5, 10), ("m2",))


def test_what_an_edit_says_is_joined_with_what_follows(say: Say) -> None:
    say("hello")
    assert say("split", edits="m1") == []
    assert len(say("phrase")) == 1


def test_what_was_edited_away_is_not_joined(say: Say) -> None:
    say("split")
    assert say("hello", edits="m1") == []
    assert say("phrase") == []
    say("split", user="b")
    assert say("x" * (PART_LENGTH + 1), user="b", edits="m4") == []
    assert say("phrase", user="b") == []


def test_an_edit_keeps_its_place(say: Say) -> None:
    say("hello")
    say("split")
    assert say("phrase", edits="m1") == []


def test_an_edit_of_what_was_no_part_comes_last(say: Say) -> None:
    say("x" * (PART_LENGTH + 1))
    say("split")
    assert len(say("phrase", edits="m1")) == 1


def test_an_edit_in_the_middle_must_be_taken_in_whole_where_nothing_is_between(say: Say) -> None:
    say("sea")
    say("hello")
    say("re")
    assert len(say("sho", edits="m2")) == 1
    assert say("shop", edits="m2") == []


def test_an_edit_was_said_when_it_was_edited(say: Say) -> None:
    say("hello", 0.0)
    say("split", PART_AGE_S, edits="m1")
    assert len(say("phrase", PART_AGE_S + 1.0)) == 1
    assert say("phrase", 2 * PART_AGE_S + 0.1) == []


def test_what_was_said_whole_is_not_joined_again(say: Say) -> None:
    assert say("split phrase") == []
    assert say("ok") == []
    assert say("badword") == []


@pytest.mark.parametrize(
    "texts",
    [
        ("I have a bad", "wordy answer"),
        ("that hill is", "plitvice"),
        ("bad", "words fail me"),
        ("big rap", "ending"),
        ("we split", "the bill"),
        ("catch phrase", "split second"),
    ],
)
def test_ordinary_chat_is_not_glued_into_a_hit(say: Say, texts: tuple[str, ...]) -> None:
    assert [say(text) for text in texts] == [[]] * len(texts)


def test_a_forgotten_user_costs_no_memory_and_no_error(detectors: InlineDetectors) -> None:
    say = saying(detectors, Parts(users=2))
    say("split", user="a")
    say("hello", user="b")
    say("hello", user="c")
    assert say("phrase", user="a") == []
    say("split", user="b")
    assert len(say("phrase", user="b")) == 1


@given(
    st.lists(st.sampled_from(["split", "phrase", "bad", "word", "hi", "grape", "g"]), max_size=20)
)
def test_every_joined_match_names_earlier_parts_and_lies_in_the_newest(
    detectors: InlineDetectors, texts: list[str]
) -> None:
    say = saying(detectors, Parts())
    for number, text in enumerate(texts, start=1):
        for signal in say(text):
            assert signal.span is not None
            start, end = signal.span
            assert 0 <= start < end <= len(text)
            assert signal.parts
            assert all(int(part[1:]) < number for part in signal.parts)
            assert list(signal.parts) == sorted(signal.parts, key=lambda part: int(part[1:]))


@pytest.mark.parametrize("first", ["add me on telegram @quick_profit_77", "see t.me/quickprofit"])
def test_what_was_said_by_itself_is_not_said_again_by_what_follows(say: Say, first: str) -> None:
    """An answered handle does not hold the "hello" behind it, whatever they read like glued."""
    say(first)
    assert say("hello", 1.0) == []
    assert say("all", 2.0) == []
