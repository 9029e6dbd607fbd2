"""The search's own arithmetic: where it ends, what counts as in time, when a burst is over."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given, strategies as st

from bench.commands.find import STEP, Bounds, Unfit, inside, narrow, recovered_after
from bench.shapes.result import FlowFound, Noise, Quantiles, Second, Window

NONE = Quantiles(0, 0, 0, 0, 0, 0, 0)


def window(sent: int = 0, good: int = 0, series: list[Second] | None = None) -> Window:
    flow = FlowFound("chat", sent, good, good, {}, 0, 0, 0, 0, {}, NONE, NONE, NONE)
    return Window(
        "gateway", "search", "open", 1.0, sent, good, [flow], [], Noise(0, 0, 0), series or []
    )


def seconds(*bad: int, count: int = 12) -> list[Second]:
    return [Second(at, 100, 50 if at in bad else 100, 0, 1.0, 2.0) for at in range(count)]


@given(st.floats(20, 50_000), st.floats(100, 50_000))
def test_the_search_ends_close_below_what_holds(limit: float, begin: float) -> None:
    found = Bounds()
    narrow(found, lambda rate: rate <= limit, begin)
    assert found.low <= limit < found.high
    assert found.close


def test_what_was_carried_is_known_where_the_generator_fails() -> None:
    def holds(rate: float) -> bool:
        if rate > 3000:
            raise Unfit("late")
        return True

    found = Bounds()
    with pytest.raises(Unfit, match="late"):
        narrow(found, holds, 200.0)
    assert 3000 / STEP < found.low <= 3000
    assert not found.close


def test_a_system_that_is_never_in_time_ends_the_search() -> None:
    found = Bounds()
    with pytest.raises(Unfit, match="not even ten"):
        narrow(found, lambda _: False, 100.0)
    assert found.low == 0


@given(st.integers(1, 10_000), st.integers(0, 10_000))
def test_inside_is_a_share_of_what_was_sent(sent: int, good: int) -> None:
    assert inside(window(sent, min(sent, good))) == min(sent, good) / sent


def test_nothing_sent_is_not_in_time() -> None:
    assert inside(window()) == 0.0


def test_recovery_counts_from_the_end_of_the_burst() -> None:
    assert recovered_after(window(series=seconds(6, 7, 8)), 9) == 0.0
    assert recovered_after(window(series=seconds(6, 7, 8, 9, 10)), 9) == 2.0
    assert recovered_after(window(series=seconds(9, 10, 11)), 9) == inf
    assert recovered_after(window(series=seconds(10)), 9) == 2.0, "a relapse is no recovery"
