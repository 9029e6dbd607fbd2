"""Measures agree with what they are by definition, and intervals with whoever belongs together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from bench.evaluation.measures import average_precision, counts, intervals, precision_at

rows = st.lists(
    st.tuples(st.booleans(), st.booleans(), st.floats(0, 1, width=16)), min_size=1, max_size=60
)


@given(rows)
def test_counts_are_what_is_counted_by_hand(found: list[tuple[bool, bool, float]]) -> None:
    said, violating = np.array([r[0] for r in found]), np.array([r[1] for r in found])
    made = counts(said, violating)
    assert made.caught == sum(s and v for s, v, _ in found)
    assert made.wrong == sum(s and not v for s, v, _ in found)
    assert (made.violating, made.benign) == (
        sum(v for _, v, _ in found),
        sum(not v for _, v, _ in found),
    )
    for value in (made.recall, made.precision, made.f1, made.rare_precision):
        assert value is None or 0 <= value <= 1


@given(rows)
def test_average_precision_is_the_area_under_the_steps(
    found: list[tuple[bool, bool, float]],
) -> None:
    violating = np.array([r[1] for r in found])
    scores = np.array([r[2] for r in found])
    made = average_precision(scores, violating)
    if not violating.any():
        assert made is None
        return
    area, before = 0.0, 0.0
    for threshold in sorted(set(scores.tolist()), reverse=True):
        above = scores >= threshold
        recall = float(np.mean(above[violating]))
        area += (recall - before) * float(np.mean(violating[above]))
        before = recall
    assert made == pytest.approx(area)


@given(rows, st.floats(0, 1))
def test_recall_at_a_precision_is_reached_at_its_threshold(
    found: list[tuple[bool, bool, float]], least: float
) -> None:
    violating = np.array([r[1] for r in found])
    scores = np.array([r[2] for r in found])
    best = precision_at(scores, violating, least)
    if best is None:
        return
    recall, threshold = best
    above = scores >= threshold
    assert float(np.mean(violating[above])) >= least
    assert float(np.count_nonzero(above & violating) / np.count_nonzero(violating)) == recall


def test_precision_at_one_percent_is_weighed_by_how_rare_violations_are() -> None:
    violating = np.arange(200) < 100
    said = (np.arange(200) < 50) | (np.arange(200) == 150)
    made = counts(said, violating)
    assert made.precision == pytest.approx(50 / 51)
    assert made.rare_precision == pytest.approx(0.005 / (0.005 + 0.99 * 0.01))
    assert made.per_thousand == 10.0


def test_intervals_are_wider_where_rows_belong_together() -> None:
    violating = np.ones(400, bool)
    said = np.arange(400) < 200
    alone = intervals(said, violating, list(range(400)))["recall"]
    together = intervals(said, violating, [at // 50 for at in range(400)])["recall"]
    assert alone.value == together.value == 0.5
    assert None not in (alone.low, alone.high, together.low, together.high)
    assert (together.high or 0) - (together.low or 0) > 2 * ((alone.high or 0) - (alone.low or 0))
    assert intervals(said, violating, [0] * 400)["recall"].low is None
