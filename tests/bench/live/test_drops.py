"""Why something was not examined: every cause is one of five, and nothing is lost between them."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from bench.live.drops import DROP_OF, DROPS, drop_of, looks_lost, lost, unchecked
from gateway.stream.coverage import CAUSES

SPANS = st.lists(
    st.tuples(
        st.floats(0, 100), st.floats(0, 20), st.sampled_from(("frames", "speech")),
        st.sampled_from(sorted(CAUSES)),
    )
)  # fmt: skip


def test_every_cause_that_a_gateway_tells_is_known() -> None:
    assert set(DROP_OF) == CAUSES
    assert {drop_of(cause) for cause in CAUSES} == set(DROPS)


def test_a_cause_nobody_knows_is_a_failure() -> None:
    assert drop_of("a new one") == "failed"


@given(SPANS)
def test_shares_of_drops_are_the_seconds_of_causes(
    drawn: list[tuple[float, float, str, str]],
) -> None:
    told = [(start, start + length, unit, cause) for start, length, unit, cause in drawn]
    seconds = unchecked(told, 20.0, 80.0)
    inside = [max(0.0, min(to, 80.0) - max(from_, 20.0)) for from_, to, _, _ in told]
    assert sum(seconds.values()) == pytest.approx(sum(inside))
    shares = lost(seconds, 120.0)
    assert set(shares) == {f"lost_{drop}_share" for drop in DROPS}
    assert sum(shares.values()) == pytest.approx(sum(inside) / 120.0)


def test_looks_are_counted_between_two_looks_at_the_metrics() -> None:
    name = 'seawall_stream_skipped_total{{cause="{}",unit="frame"}}'.format
    before = {name("late"): 3.0, "seawall_streams": 1.0}
    after = {name("late"): 5.0, name("superseded"): 4.0, name("odd"): 1.0, "seawall_streams": 9.0}
    found = looks_lost(before, after)
    assert (found["looks_lost_expired"], found["looks_lost_superseded"]) == (2.0, 4.0)
    assert found["looks_lost_failed"] == 1.0
    assert found["looks_lost_policy"] == 0.0
