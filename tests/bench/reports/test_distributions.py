"""Saved histograms come back whole, and their percentiles differ when something differs."""

import numpy as np
import pytest

from bench.reports.distributions import Distribution, decode, differ_at, estimate, merge
from bench.shapes.result import Quantiles
from tests.bench.reports.found import quantiles

RANDOM = np.random.default_rng(1)


def sample(scale: float, count: int = 4_000, seed: int = 0) -> Distribution:
    values = np.random.default_rng(seed).lognormal(0, 0.5, count) * scale
    micros, counts = np.unique((values * 1_000).astype(int), return_counts=True)
    return Distribution(micros / 1_000, counts.astype(np.float64))


def test_a_saved_histogram_comes_back_within_three_digits() -> None:
    values = RANDOM.lognormal(1, 0.7, 5_000)
    found = decode(quantiles(values))
    assert found.count == 5_000
    for share in (0.5, 0.9, 0.99, 0.999, 1.0):
        assert float(found.at(share)) == pytest.approx(
            np.quantile(values, share, method="inverted_cdf"), rel=2e-3
        )


def test_nothing_counted_is_an_empty_distribution() -> None:
    empty = decode(Quantiles(0, 0, 0, 0, 0, 0, 0))
    assert empty.count == 0
    assert float(empty.at(0.5)) == 0
    with pytest.raises(ValueError, match="nothing was counted"):
        estimate([empty], 0.5)


@pytest.mark.parametrize(
    "log", ["nonsense", "AAAA", "HISTFAAAAC14nJNpmSzMwMDAxQABzFCaEUoz2X+AsAA/NQJT"]
)
def test_a_broken_histogram_is_told(log: str) -> None:
    with pytest.raises(ValueError, match="HdrHistogram"):
        decode(Quantiles(1, 1, 1, 1, 1, 1, 1, log))


def test_merging_counts_everything_once() -> None:
    one, other = sample(1.0, seed=1), sample(3.0, seed=2)
    both = merge([one, other])
    assert both.count == one.count + other.count
    assert float(both.at(1.0)) == max(float(one.at(1.0)), float(other.at(1.0)))
    assert merge([]).count == 0


@pytest.mark.parametrize("share", [0.5, 0.99])
def test_the_same_latencies_rarely_differ(share: float) -> None:
    alarms = sum(
        differ_at([sample(1.0, 2_000, seed)], [sample(1.0, 2_000, seed + 500)], share).differs
        for seed in range(60)
    )
    assert alarms <= 7


@pytest.mark.parametrize("share", [0.5, 0.99])
def test_a_fixed_delay_shows_as_itself(share: float) -> None:
    values = np.random.default_rng(4).lognormal(0, 0.3, 20_000)
    found = differ_at([decode(quantiles(values))], [decode(quantiles(values + 2.0))], share)
    assert found.differs
    assert found.low - 0.01 <= 2.0 <= found.high + 0.01
    assert found.value == pytest.approx(2.0, abs=0.02)


def test_restless_seconds_widen_what_many_messages_would_claim() -> None:
    calm = differ_at([sample(1.0)], [sample(1.05, seed=1)], 0.5)
    restless = [0.5, 1.5, 0.6, 1.4, 0.7, 1.3, 0.8]
    wider = differ_at([sample(1.0)], [sample(1.05, seed=1)], 0.5, restless, restless)
    assert calm.differs
    assert not wider.differs


def test_restless_windows_widen_too() -> None:
    scales = [0.6, 1.0, 1.5, 0.7, 1.2]
    before = [sample(scale, seed=place) for place, scale in enumerate(scales)]
    after = [sample(scale * 1.05, seed=place + 9) for place, scale in enumerate(scales)]
    assert differ_at([merge(before)], [merge(after)], 0.5).differs
    assert not differ_at(before, after, 0.5).differs
