"""Samples know when they were captured, when they came, and when they should have."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from workers.speech.timeline import RATE_HZ, Timeline

pieces = st.lists(
    st.tuples(st.integers(1, 40_000), st.floats(0.0, 3.0), st.booleans()), min_size=1, max_size=20
)


@given(pieces)
def test_captures_follow_the_sender_and_births_never_precede_arrivals(
    told: list[tuple[int, float, bool]],
) -> None:
    timeline, index, at, now = Timeline(), 0, 1000.0, 50.0
    for count, later, jump in told:
        now += later
        at += 5.0 if jump else 0.0
        index += 512 if jump else 0
        timeline.add(index, count, at, now)
        assert timeline.captured(index) == pytest.approx(at, abs=0.03)
        index += count
        at += count / RATE_HZ
        assert timeline.captured_before(index) == pytest.approx(at, abs=0.03)
        assert timeline.arrived(index) == now
        assert timeline.born(index) >= now


def test_a_flood_is_born_at_the_pace_it_was_spoken() -> None:
    timeline = Timeline()
    for at in range(60):
        timeline.add(at * RATE_HZ, RATE_HZ, float(at), 10.0)
    assert timeline.born(RATE_HZ) == 10.0
    assert timeline.born(60 * RATE_HZ) > 60.0


def test_a_live_stream_is_born_as_it_arrives_and_a_stall_is_forgiven() -> None:
    timeline, now = Timeline(), 0.0
    for at in range(200):
        now = at + 1.0 + (2.0 if at == 20 else 0.0)
        timeline.add(at * RATE_HZ, RATE_HZ, float(at), now)
    assert timeline.born(200 * RATE_HZ) == now


def test_what_is_settled_is_forgotten() -> None:
    timeline = Timeline()
    for at in range(100):
        timeline.add(at * 4096, 4000, at * 0.5, float(at))
    timeline.forget(90 * 4096)
    assert len(timeline._starts) <= 11
    assert timeline.captured(90 * 4096) == pytest.approx(45.0)
    assert timeline.captured_before(91 * 4096) == pytest.approx(45.25)
