"""Repeated windows are one group, other rates another one, and invalid ones count for nothing."""

import msgspec
import pytest

from bench.reports.groups import group, merged
from bench.shapes.result import Quantiles, Usage
from tests.bench.reports.found import window


def test_repeats_are_one_group_with_everything_merged() -> None:
    windows = [window(offered=100, seconds=3, seed=seed) for seed in range(3)]
    (found,) = group(windows)
    assert found.name == "seawall, 1x"
    assert len(found.windows) == 3
    assert found.flows[0].sent == sum(each.flows[0].sent for each in windows)
    assert found.flows[0].response.count == sum(each.flows[0].response.count for each in windows)
    assert found.flows[0].response.max == max(each.flows[0].response.max for each in windows)
    assert len(found.seconds()) == 9


def test_one_label_at_several_rates_is_several_groups() -> None:
    found = group([window(label="search", offered=rate, seconds=2) for rate in (100, 101, 200)])
    assert [each.name for each in found] == ["seawall, search 100/s", "seawall, search 200/s"]
    assert [len(each.windows) for each in found] == [2, 1]


def test_an_invalid_window_is_kept_apart() -> None:
    late = window(offered=100, seconds=2, invalid="late")
    (found,) = group([late, window(offered=100, seconds=2)])
    assert (len(found.windows), len(found.invalid)) == (1, 1)
    assert found.flows[0].sent == found.windows[0].flows[0].sent
    (alone,) = group([late])
    assert alone.windows == ()
    assert alone.offered == 100


def test_usage_is_the_median_over_windows() -> None:
    plain = window(offered=100, seconds=2)
    costs = [
        msgspec.structs.replace(plain, usage=[Usage("gateway", 1, 1.0, us, 1, 2, peak)])
        for us, peak in ((10.0, 7), (30.0, 9), (20.0, 8))
    ]
    (found,) = group(costs)
    assert found.usage[0].cpu_us_per_message == 20.0
    assert found.usage[0].rss_peak == 9
    assert found.cpu_of("gateway") == [10.0, 30.0, 20.0]
    assert found.cpu_of("valkey") == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("us", "flows", "unit", "cost"),
    [(5.0, True, "µs", 5.0), (5e5, False, "cores", 0.5), (0, False, "s", 3.0)],
)
def test_cost_is_told_in_what_was_done(us: float, flows: bool, unit: str, cost: float) -> None:
    plain = window(offered=100, seconds=2)
    spent = Usage("gateway", 1, 3.0, us, 1, 1, 1)
    (found,) = group(
        [msgspec.structs.replace(plain, usage=[spent], flows=plain.flows if flows else [])]
    )
    assert found.unit == unit
    assert found.cost(spent) == cost


def test_without_histograms_the_median_of_each_percentile_stands() -> None:
    parts = [Quantiles(10, p50, p50, p50, p50, p50, p50) for p50 in (1.0, 5.0, 2.0)]
    found = merged(parts)
    assert (found.p50, found.max, found.count) == (2.0, 5.0, 30)
    assert merged([Quantiles(0, 0, 0, 0, 0, 0, 0)] * 2).count == 0
