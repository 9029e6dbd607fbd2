"""Stretches of time hold exactly the instants they should."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, strategies as st

from seawall.spans import added, bounded, common, length, thinned, until, without

pair = st.tuples(st.integers(0, 40), st.integers(0, 12)).map(
    lambda each: (float(each[0]), float(each[0] + each[1]))
)
pairs = st.lists(pair, max_size=12)


def points(spans: list[tuple[float, float]]) -> set[int]:
    return {at for start, end in spans for at in range(int(start), int(end))}


def made(raw: list[tuple[float, float]]) -> list[tuple[float, float]]:
    spans: list[tuple[float, float]] = []
    for each in raw:
        spans = added(spans, each)
    return spans


@given(pairs)
def test_added_spans_stay_sorted_and_apart(raw: list[tuple[float, float]]) -> None:
    spans = made(raw)
    assert points(spans) == points(raw)
    assert all(start < end for start, end in spans)
    assert all(one[1] < two[0] for one, two in pairwise(spans))
    assert length(spans) == len(points(raw))


@given(pairs, pairs)
def test_without_and_common_are_what_sets_do(
    one: list[tuple[float, float]], two: list[tuple[float, float]]
) -> None:
    first, second = made(one), made(two)
    assert points(without(first, second)) == points(one) - points(two)
    assert points(common(first, second)) == points(one) & points(two)


@given(pairs, st.integers(0, 50))
def test_until_keeps_what_is_before(raw: list[tuple[float, float]], end: int) -> None:
    assert points(until(made(raw), float(end))) == {at for at in points(raw) if at < end}


@given(pairs, st.integers(1, 6))
def test_bounds_grow_or_shrink_but_never_both(raw: list[tuple[float, float]], most: int) -> None:
    spans = made(raw)
    more, fewer = bounded(spans, most), thinned(spans, most)
    assert len(more) <= most
    assert len(fewer) <= most
    assert points(fewer) <= points(spans) <= points(more)
