"""The most streams that are carried: found by halving, and told with the reason."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from bench.live.limits import broken, search
from bench.live.measuring import Measured
from bench.live.trend import Trend

GOOD = {
    "coverage_speech": 0.99, "coverage_frames": 0.98, "word_lag_p95_ms": 1900.0,
    "words_unheard_share": 0.01,
}  # fmt: skip
FLAT = Trend(0.2, -0.4, 0.8)


def found(slope: Trend = FLAT, **table: float) -> Measured:
    return Measured({**GOOD, **table}, slope, [], [], [], [], "")


def test_what_is_done_in_time_is_carried() -> None:
    assert broken(found()) == ""


@pytest.mark.parametrize(
    ("measured", "why"),
    [
        (found(Trend(6.0, 4.0, 8.0)), "lag grows by 6.0 s a minute"),
        (found(coverage_frames=0.8, unchecked_load_s=9.0, unchecked_late_s=2.0), "mostly 'load'"),
        (found(coverage_speech=0.5), "50% of speech examined"),
        (found(words_unheard_share=0.3), "30% of words are in no verdict"),
        (found(word_lag_p95_ms=3100.0), "p95 of words 3.1 s, over 2.5 s"),
    ],
)
def test_what_breaks_is_named(measured: Measured, why: str) -> None:
    assert why in broken(measured)


def test_what_was_never_told_examined_is_not_carried() -> None:
    assert broken(Measured({}, FLAT, [], [], [], [], "")) != ""


@given(carried=st.integers(0, 40), most=st.integers(1, 40))
def test_the_search_finds_the_most_that_are_carried(carried: int, most: int) -> None:
    tried: list[int] = []

    def play(count: int) -> str:
        tried.append(count)
        return "" if count <= carried else f"{count} are too many"

    limit = search(play, most)
    assert limit.streams == min(carried, most)
    assert limit.reason == ("" if carried >= most else f"{carried + 1} are too many")
    assert len(tried) == len(set(tried)) == len(limit.tried)
    assert max(tried) <= most
