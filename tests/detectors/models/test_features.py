"""Features: the same text has the same ones, alone or among others, however it is dressed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from detectors.models.features import BUCKETS, FLOOR, MOST, Batch, extract, fingerprint, read

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=60)  # surrogates as well


def features(batch: Batch, at: int) -> list[int]:
    return [int(bucket) for bucket in batch.buckets[batch.bounds[at] : batch.bounds[at + 1]]]


@settings(max_examples=200, deadline=None)
@given(st.lists(ANY_TEXT, max_size=8))
def test_a_text_has_the_same_features_in_any_batch(texts: list[str]) -> None:
    together = extract(texts)
    for at, text in enumerate(texts):
        alone = extract([text])
        assert features(together, at) == features(alone, 0)
        assert together.scales[at] == alone.scales[0]


@settings(max_examples=200, deadline=None)
@given(ANY_TEXT)
def test_each_bucket_counts_once_and_is_in_range(text: str) -> None:
    found = features(extract([text]), 0)
    assert found == sorted(set(found))
    assert all(0 <= bucket < BUCKETS for bucket in found)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\n\t\r",
        "\x00\x01\x02",
        "\ud800\udfff",
        "a" * 65_536,
        "\U0001f602" * 8_000,
        "z" + "\u0336\u0301" * 20_000,
        "\ufdfa" * 4_000,
        "\u200b" * 10_000,
        "\U0010ffff\uffff",
    ],
)
def test_hostile_texts_have_bounded_features(text: str) -> None:
    batch = extract([text, "hello there", text])
    assert features(batch, 0) == features(batch, 2)
    assert len(features(batch, 0)) < 60_000
    assert features(batch, 1) == features(extract(["hello there"]), 0)


def test_no_text_no_features() -> None:
    batch = extract([])
    assert len(batch.buckets) == 0
    assert batch.bounds.tolist() == [0]


def test_more_texts_than_a_batch_takes_are_refused() -> None:
    with pytest.raises(ValueError, match="more than the"):
        extract([""] * (MOST + 1))


def test_a_full_batch_keeps_its_texts_apart() -> None:
    batch = extract([f"number {at}" for at in range(MOST)])
    for at in (0, 1, MOST // 2, MOST - 1):
        assert features(batch, at) == features(extract([f"number {at}"]), 0)


def test_short_texts_are_divided_by_the_floor() -> None:
    assert extract(["f"]).scales[0] == np.float32(FLOOR**0.5)
    assert extract(["many different words stand in this rather long sentence here"]).scales[0] > (
        FLOOR**0.5
    )


@pytest.mark.parametrize(
    "dressed",
    ["ｆｒｅｅ coins", "𝐟𝐫𝐞𝐞 coins", "fr\u200bee coins", "Free   Coins", "frее coins"],
)
def test_disguises_that_the_fold_takes_off_change_nothing(dressed: str) -> None:
    assert features(extract([dressed]), 0) == features(extract(["free coins"]), 0)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("w1nner here", "winer"),  # squashed forms write a run once
        ("f.r.e.e stuff", "fre"),
        ("f r e e stuff", "free"),
        ("freeeeee", "fre"),
        ("miễn phí", "mien"),
    ],
)
def test_what_is_disguised_is_read_a_second_time(text: str, word: str) -> None:
    assert word in read(text).partition(" | ")[2].split()


def test_plain_words_are_read_once() -> None:
    assert " | " not in read("hello there")


def test_pictures_are_read_as_signs_of_their_own() -> None:
    assert features(extract(["you are a \U0001f412"]), 0) != features(extract(["you are a"]), 0)
    assert read("\U0001f44b\U0001f3ff") == read("\U0001f44b\U0001f3fb")  # skin tones are alike
    assert read("\U0001f602") != read("\u2602")


@pytest.mark.parametrize(
    ("plain", "shaped"),
    [
        ("call me", "call me 0555 123 4567"),
        ("see this", "see www.this"),
        ("win it", "win it!!"),
        ("you are great", "YOU ARE GREAT"),
        ("it costs ten", "it costs ten$"),
        ("one two", "one\ntwo"),
    ],
)
def test_the_shape_of_a_text_is_a_feature(plain: str, shaped: str) -> None:
    assert set(read(shaped).split()[-3:]) - set(read(plain).split())


def test_a_run_counts_as_two() -> None:
    long, longer = (features(extract([word]), 0) for word in ("looooooool", "loooooooooool"))
    assert long == longer


def test_long_texts_are_read_at_both_ends() -> None:
    filler = "lorem " * 2_000
    assert "hidden" in read(filler + "hidden")
    assert "hidden" in read("hidden " + filler)


def test_the_fingerprint_is_stable() -> None:
    assert fingerprint() == fingerprint()
    assert len(fingerprint()) == 16
