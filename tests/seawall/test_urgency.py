"""The queue's order: harm and time left count, nothing is so harmless that it never comes."""

from __future__ import annotations

from math import inf, isfinite, nan

from hypothesis import given, strategies as st

from seawall.urgency import DOUBLING_S, DUE_S, due_at, rank

SEVERITIES = ("low", "medium", "high", "critical")
levels = st.integers(0, 3)
viewers = st.integers(0, 10**9)
scores = st.floats(0, 1)
dues = st.floats(1.6e9, 2e9)


@given(levels, viewers, scores, dues, levels)
def test_what_is_worse_never_comes_later(
    level: int, watching: int, score: float, due: float, other: int
) -> None:
    low, high = sorted((level, other))
    worse = rank(SEVERITIES[high], watching, score, due)
    assert worse <= rank(SEVERITIES[low], watching, score, due)


@given(levels, viewers, scores, dues, viewers)
def test_what_more_people_see_never_comes_later(
    level: int, watching: int, score: float, due: float, other: int
) -> None:
    few, many = sorted((watching, other))
    severity = SEVERITIES[level]
    assert rank(severity, many, score, due) <= rank(severity, few, score, due)


@given(levels, viewers, scores, dues, scores)
def test_what_is_surer_never_comes_later(
    level: int, watching: int, score: float, due: float, other: float
) -> None:
    unsure, sure = sorted((score, other))
    severity = SEVERITIES[level]
    assert rank(severity, watching, sure, due) <= rank(severity, watching, unsure, due)


@given(levels, viewers, scores, dues, dues)
def test_what_is_due_sooner_never_comes_later(
    level: int, watching: int, score: float, due: float, other: float
) -> None:
    soon, late = sorted((due, other))
    severity = SEVERITIES[level]
    assert rank(severity, watching, score, soon) <= rank(severity, watching, score, late)


def test_a_doubling_of_the_harm_is_worth_two_minutes() -> None:
    plain = rank("low", 0, 1.0, 1000.0)
    assert plain == 1000.0
    assert rank("medium", 0, 1.0, 1000.0) == plain - DOUBLING_S
    assert rank("low", 30, 1.0, 1000.0) == plain - DOUBLING_S
    assert rank("low", 0, 0.5, 1000.0) == plain + DOUBLING_S


def test_the_same_harm_waits_by_its_priority() -> None:
    ranks = [rank("high", 100, 0.9, due_at(priority, 0.0)) for priority in sorted(DUE_S)]
    assert ranks == sorted(ranks)
    assert due_at("unknown", 10.0) == 10.0 + DUE_S["p3"]


@given(
    st.text(max_size=9),
    st.integers(-(10**30), 10**30),
    st.one_of(st.floats(), st.sampled_from([nan, inf, -inf])),
    dues,
)
def test_whatever_it_is_told_the_rank_is_a_time_not_far_away(
    severity: str, watching: int, score: float, due: float
) -> None:
    found = rank(severity, watching, score, due)
    assert isfinite(found)
    assert abs(found - due) < 3600.0
