"""States of load, told the time: what begins them, what ends them, and who is turned away."""

from __future__ import annotations

from hypothesis import given, strategies as st

from gateway.chat.load import AFTERWARDS_S, APART, STATES, Load

BUDGET_S = 0.05


def load(cost_s: float = 0.001) -> Load:
    """Make a load whose messages take a millisecond: 50 of them are a budget."""
    made = Load(lambda: BUDGET_S)
    made.cost_s = cost_s
    return made


def test_half_a_budget_behind_is_lean_and_calm_ends_it() -> None:
    one = load()
    assert one.look(24, 0.0, 0.0) == "normal"
    assert one.look(26, 0.0, 0.01) == "lean"
    assert one.lean_after_s < 0
    assert one.look(20, 0.0, 0.02) == "lean"  # not calm yet: no flapping
    assert one.look(0, 0.0, 0.03) == "lean"
    assert one.look(0, 0.0, 0.13) == "normal"
    assert one.lean_after_s == BUDGET_S / 2


def test_a_loop_that_stood_still_is_lean_and_no_more() -> None:
    one = load()
    assert one.look(1, 10.0, 0.0) == "lean"
    assert one.most_ahead(10.0)[0] > 1


def test_who_has_not_looked_for_a_second_stood_still_for_a_while() -> None:
    one = load()
    for now in (0.0, 0.9, 1.9):
        one.look(0, 0.0, now)
        assert one.stood_until < now
    one.look(0, 0.0, 2.95)
    assert one.stood_until == 2.95 + AFTERWARDS_S


def test_a_burst_pauses_reading_once_and_a_second_one_is_refused() -> None:
    one = load()
    assert one.look(40, 0.0, 0.0) == "paused"
    assert one.look(24, 0.0, 0.016) == "lean"
    assert one.look(40, 0.0, 0.02) == "full"  # too soon for a burst
    assert 10 < one.most_ahead(0.0)[0] < 40
    one.refused(False, 0.02)
    assert one.look(10, 0.0, 0.4) == "full"
    assert one.look(10, 0.0, 0.6) == "lean"
    assert one.entered == {"normal": 0, "lean": 2, "paused": 1, "full": 1}


def test_a_second_burst_soon_after_a_pause_is_refused_though_all_was_calm_between() -> None:
    one = load()
    looks = [(30, 1.0), (0, 2.0), (0, 2.0625), (30, 2.1875)]
    states = [one.look(waiting, 0.0, now) for waiting, now in looks]
    assert states == ["paused", "lean", "normal", "full"]


def test_a_pause_ends_after_a_budget_whatever_happens() -> None:
    one = load()
    assert one.look(100, 0.0, 0.0) == "paused"
    assert one.look(100, 0.0, 0.051) == "full"


def test_a_room_that_crowds_is_refused_in_any_state() -> None:
    one = load()
    others, crowding = one.most_ahead(0.0)
    assert crowding < 40 < others < 60  # over a budget: whoever it is
    one.refused(True, 0.0)
    assert one.state == "normal"


def test_only_a_full_gateway_refuses_what_is_too_old() -> None:
    one = load()
    assert not one.too_old(1.0, 0.0)
    one.look(40, 0.0, 0.0)
    one.look(40, 0.0, 0.06)
    assert one.state == "full"
    assert one.too_old(0.051, 0.0)
    assert not one.too_old(0.049, 0.0)
    assert one.too_old(0.041, 0.005)  # with a pass unread and one for its windows it is late
    assert not one.too_old(0.039, 0.005)
    assert not one.too_old(0.024, 1.0)  # all stood still: that is nobody's being too many


def test_what_a_message_takes_is_learned_and_bounded() -> None:
    one = load()
    for _ in range(100):
        one.served(10, 0.05)
    assert abs(one.cost_s - 0.005) < 1e-4
    for _ in range(1000):
        one.served(1, 1e9)
    assert one.cost_s <= 0.05


@given(st.lists(st.tuples(st.integers(0, 200), st.floats(0.0, 0.2), st.floats(0.001, 1.0))))
def test_quiet_always_comes_back_to_normal(steps: list[tuple[int, float, float]]) -> None:
    one, now, burst_at = load(), 0.0, -1.0
    for waiting, lag_s, wait in steps:
        now += wait
        before = one.state
        state = one.look(waiting, lag_s, now)
        assert state in STATES
        assert (before, state) not in {("full", "normal"), ("paused", "normal")}
        if (before, state) == ("normal", "full"):  # a second burst, too soon after the first
            assert now - burst_at <= APART * BUDGET_S
        if before != state and {"paused", "full"} & {before, state}:
            burst_at = now
    for _ in range(4):
        now += 1.0
        one.look(0, 0.0, now)
    assert one.state == "normal"
