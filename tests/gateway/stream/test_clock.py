"""A server's clock is told from the shortest ways; what is in step is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from gateway.stream.clock import SPAN_S, Clocks, ServerClock, captured


@given(
    st.sampled_from([-7200.0, -30.0, -1.0, 1.5, 12.0, 3600.0]),
    st.lists(st.floats(0.02, 0.8), min_size=3, max_size=30),
)
def test_a_clock_that_is_wrong_is_found_to_the_shortest_way(
    offset_s: float, ways: list[float]
) -> None:
    clock = ServerClock()
    for n, way_s in enumerate(ways):
        now = 1_000_000.0 + n
        clock.seen(now - way_s - offset_s, now)
    assert clock.offset_s == pytest.approx(offset_s + min(ways), abs=0.26)


@given(st.lists(st.floats(0.0, 0.99), min_size=1, max_size=30))
def test_a_clock_in_step_is_left_alone(ways: list[float]) -> None:
    clock = ServerClock()
    for n, way_s in enumerate(ways):
        clock.seen(1_000_000.0 + n - way_s, 1_000_000.0 + n)
    assert clock.offset_s == 0.0


def test_a_clock_that_is_set_right_is_right_after_two_spans() -> None:
    clock, now = ServerClock(), 1_000_000.0
    clock.seen(now + 50.0, now)
    assert clock.offset_s == -50.0
    for n in range(1, 4):
        clock.seen(now + n * (SPAN_S + 1) - 0.1, now + n * (SPAN_S + 1))
    assert clock.offset_s == 0.0


@pytest.mark.parametrize("made_at", [0.0, -1e18, 1e18, float("inf"), float("nan")])
def test_times_that_cannot_be_teach_nothing(made_at: float) -> None:
    clock = ServerClock()
    clock.seen(made_at, 1_000_000.0)
    assert clock.offset_s == 0.0


@given(st.integers(0, 2**64 - 1))
def test_capture_times_that_cannot_be_are_the_arrivals(captured_ms: int) -> None:
    now = 1_700_000_000.0
    assert abs(captured(captured_ms, now) - now) < 86_400


def test_servers_have_clocks_of_their_own() -> None:
    clocks = Clocks()
    clocks.of("t", "a").seen(1_000_050.0, 1_000_000.0)
    assert clocks.of("t", "a").offset_s == -50.0
    assert clocks.of("t", "b").offset_s == 0.0
    for n in range(1100):
        clocks.of("t", f"s{n}")
    assert clocks.of("t", "a").offset_s == 0.0  # forgotten
