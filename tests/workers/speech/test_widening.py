"""Passes become rarer before anything is skipped, and frequent again."""

from __future__ import annotations

from hypothesis import given, strategies as st

from workers.speech.widening import STEPS, Widening


def at_step(widening: Widening, waited_s: float, seconds: float, now: float) -> float:
    until = now + seconds
    while now < until:
        now += 0.05
        widening.look(waited_s, now)
    return now


def test_it_widens_step_by_step_and_narrows_slowly() -> None:
    widening = Widening(0.0)
    assert widening.hop_s(1.5) == 1.5
    now = at_step(widening, 2.0, 3.0, 0.0)
    assert widening.hop_s(1.5) == 3.0
    now = at_step(widening, 2.0, 3.0, now)
    assert widening.hop_s(1.5) == 3.0
    now = at_step(widening, 2.0, 4.0, now)
    assert widening.hop_s(1.5) == 0.0
    now = at_step(widening, 0.0, 8.0, now)
    assert widening.step == 2
    now = at_step(widening, 0.0, 4.0, now)
    assert widening.step == 1
    at_step(widening, 0.0, 12.0, now)
    assert widening.step == 0


def test_a_moment_of_waiting_changes_nothing() -> None:
    widening = Widening(0.0)
    now = at_step(widening, 2.0, 1.0, 0.0)
    now = at_step(widening, 0.0, 1.0, now)
    at_step(widening, 2.0, 1.0, now)
    assert widening.step == 0


def test_who_wants_it_rarely_keeps_that() -> None:
    widening = Widening(0.0)
    assert widening.hop_s(5.0) == 5.0
    assert widening.hop_s(0.0) == 0.0


@given(st.lists(st.tuples(st.floats(0, 20), st.floats(0.01, 5)), max_size=50))
def test_it_moves_one_step_at_a_time(told: list[tuple[float, float]]) -> None:
    widening, now, before = Widening(0.0), 0.0, 0
    for waited_s, later in told:
        now += later
        step = widening.look(waited_s, now)
        assert 0 <= step < len(STEPS)
        assert abs(step - before) <= 1
        before = step
