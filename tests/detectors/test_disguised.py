"""Known words in disguise: which can be meant, and which are left as they stand."""

from __future__ import annotations

from detectors.disguised import Known

KNOWN = Known(
    {
        "wallet": 3,
        "walet": 1,
        "harpse": 1,
        "héros": 2,
        "привет": 2,
        "seed": 1,
        "phrase": 1,
        "be": 1,
    },
    {"crypt": 1},
)


def test_signs_are_read_as_the_letters_they_can_be() -> None:
    assert KNOWN.read_loosely("w4ll3t", False) == "wallet"
    assert KNOWN.read_loosely("пpивeт", True) == "привет"
    assert KNOWN.read_loosely("cr1pt", False) is None
    assert KNOWN.read_loosely("cryp+os", False) == "cryptos"


def test_one_star_is_any_letter() -> None:
    assert KNOWN.read_loosely("w*llet", False) == "wallet"
    assert KNOWN.read_loosely("s*ed", False) == "seed"
    assert KNOWN.read_loosely("s*e*", False) is None


def test_a_word_that_is_known_stays_with_and_without_its_accents() -> None:
    assert KNOWN.read_loosely("wallet", False) is None
    assert KNOWN.read_loosely("heros", False) is None
    assert KNOWN.read_loosely("héros", False) is None


def test_of_two_the_one_of_which_more_is_written_is_meant() -> None:
    assert KNOWN.read_loosely("w4llet", False) == "wallet"
    assert KNOWN.read_loosely("w4let", False) == "walet"


def test_a_row_of_letters_is_cut_into_known_words() -> None:
    assert KNOWN.cut("seedphrase") == "seed phrase"
    assert KNOWN.cut("xxseedxx") == "xxseedxx"


def test_words_written_backwards_are_turned_and_change_places() -> None:
    put: list[tuple[int, int, str]] = []
    KNOWN.turn("my esarhp dees eb wallet", lambda *each: put.append(each))
    assert put == [(3, 14, "seed phrase")]


def test_what_is_known_only_without_its_accents_is_not_known_backwards() -> None:
    put: list[tuple[int, int, str]] = []
    KNOWN.turn("soreh", lambda *each: put.append(each))
    assert put == []
    KNOWN.turn("soréh", lambda *each: put.append(each))
    assert put == [(0, 5, "héros")]
