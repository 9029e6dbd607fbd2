"""A server's clock is told from ours by the shortest of its answers."""

from __future__ import annotations

import math

from hypothesis import given, strategies as st

from bench.load.clock import offset

DELAYS = st.floats(0.0001, 2.0)


@given(
    st.floats(-86_400, 86_400),
    st.lists(st.tuples(st.floats(0, 1e6), DELAYS, DELAYS), min_size=1, max_size=20),
)
def test_the_true_offset_lies_within_the_uncertainty(
    skew: float, trips: list[tuple[float, float, float]]
) -> None:
    samples = [(sent, sent + there + skew, sent + there + back) for sent, there, back in trips]
    found = offset(samples)
    assert abs(found.seconds - skew) <= found.uncertainty_s + 1e-9
    assert found.uncertainty_s <= min(there + back for _, there, back in trips) / 2 + 1e-9
    sent, told, received = samples[0]
    assert sent - 1e-6 - found.uncertainty_s <= found.ours(told)
    assert found.ours(told) <= received + found.uncertainty_s + 1e-6


def test_a_clock_that_agrees_is_not_noticed_and_one_that_does_not_is() -> None:
    assert not offset([(0.0, 0.3, 1.0)]).noticed
    assert offset([(0.0, 3.0, 1.0)]).noticed


def test_without_samples_nothing_is_known() -> None:
    found = offset([])
    assert (found.seconds, found.uncertainty_s) == (0.0, math.inf)
    assert not found.noticed
