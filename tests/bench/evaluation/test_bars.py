"""A bar is met or not; a later run that has lost ground is told, one within the slack is not."""

from __future__ import annotations

import pytest

from bench.evaluation.bars import Bar, compared, told


@pytest.mark.parametrize(
    ("bar", "met"),
    [
        (Bar("a", 0.8, least=0.8), True),
        (Bar("a", 0.79, least=0.8), False),
        (Bar("a", 1.0, most=1.0), True),
        (Bar("a", 1.1, most=1.0), False),
        (Bar("a", None, least=0.8), None),
        (Bar("a", 0.5), None),
    ],
)
def test_a_bar_is_met_when_its_value_is(bar: Bar, met: bool | None) -> None:
    assert bar.met is met
    [line] = told([bar])
    assert ("MISSED" in line) == (met is False)


def test_lost_ground_is_told_in_both_directions() -> None:
    old = [
        Bar("recall", 0.8, least=0.7),
        Bar("wrong", 2.0, most=5.0, unit="per thousand"),
        Bar("x", 1),
    ]
    worse = compared(
        old, [Bar("recall", 0.79, least=0.7), Bar("wrong", 2.6, most=5.0, unit="per thousand")]
    )
    assert worse == [
        "recall: was 0.800, is 0.790",
        "wrong: was 2.000, is 2.600",
        "x: was 1, is gone",
    ]


def test_noise_and_gains_are_no_regressions() -> None:
    old = [Bar("recall", 0.8, least=0.7), Bar("wrong", 2.0, most=5.0, unit="per thousand")]
    better = [Bar("recall", 0.796, least=0.7), Bar("wrong", 2.4, most=5.0, unit="per thousand")]
    assert compared(old, better) == []
    assert compared(old, [Bar("recall", 1.0), Bar("wrong", 0.0, most=5.0), Bar("new", 1.0)]) == []
    assert compared(old[:1], [Bar("recall", None)]) == [
        "recall: was 0.800, is not measured any more"
    ]
