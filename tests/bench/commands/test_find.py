"""The search's own arithmetic: what counts as in time, and when a burst is over."""

from __future__ import annotations

from math import inf

from hypothesis import given, strategies as st

from bench.commands.find import inside, recovered_after
from bench.shapes.result import FlowFound, Noise, Quantiles, Second, Window

NONE = Quantiles(0, 0, 0, 0, 0, 0, 0)


def window(sent: int = 0, good: int = 0, series: list[Second] | None = None) -> Window:
    flow = FlowFound("chat", sent, good, good, {}, 0, 0, 0, 0, {}, NONE, NONE, NONE)
    return Window(
        "gateway", "search", "open", 1.0, sent, good, [flow], [], Noise(0, 0, 0), series or []
    )


def seconds(*bad: int, count: int = 12) -> list[Second]:
    return [Second(at, 100, 50 if at in bad else 100, 0, 1.0, 2.0) for at in range(count)]


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
