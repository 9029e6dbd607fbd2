"""Durations are counted as HdrHistogram counts them, and whoever reads it reads ours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader
from hypothesis import given, strategies as st

from bench.load.histograms import HIGHEST_US, Timings, log_text

MICROSECONDS = st.lists(st.integers(0, HIGHEST_US), min_size=1, max_size=200)


def counted(values: list[int]) -> Timings:
    found = Timings()
    found.add(np.array(values) / 1e6)
    return found


@given(MICROSECONDS)
def test_every_percentile_is_what_hdrhistogram_says(values: list[int]) -> None:
    reference = HdrHistogram(1, HIGHEST_US, 3)
    for value in values:
        reference.record_value(value)
    found = counted(values).quantiles()
    theirs = reference.get_percentile_to_value_dict([50, 90, 99, 99.9])
    for share, told in ((50, found.p50), (90, found.p90), (99, found.p99), (99.9, found.p999)):
        assert told * 1000 == pytest.approx(theirs[share])
    assert found.max * 1000 == pytest.approx(reference.get_max_value())
    assert found.count == len(values)


@given(MICROSECONDS, MICROSECONDS)
def test_merging_is_counting_together(some: list[int], others: list[int]) -> None:
    merged = counted(some)
    merged.merge(counted(others))
    assert merged.quantiles() == counted(some + others).quantiles()


@given(MICROSECONDS)
def test_what_is_written_can_be_read_by_us_and_by_hdrhistogram(values: list[int]) -> None:
    written = counted(values).encode()
    assert Timings.decode(written).quantiles() == counted(values).quantiles()
    theirs = HdrHistogram.decode(written.encode())
    assert theirs.get_total_count() == len(values)


def test_nothing_is_nothing_and_what_is_out_of_bounds_is_at_the_bound() -> None:
    assert Timings().quantiles().count == 0
    assert Timings.decode("").count == 0
    assert Timings().at(0.99) == 0.0
    strange = Timings()
    strange.add(np.array([-1.0, 1e9]))
    assert strange.quantiles().max >= HIGHEST_US / 1000


def test_three_digits_are_kept() -> None:
    exact = Timings()
    exact.add(np.array([0.123456] * 10))
    assert exact.at(0.5) == pytest.approx(123.456, rel=0.001)
    assert exact.quantiles().mean == pytest.approx(123.456, rel=0.001)


def test_a_log_holds_each_distribution_under_its_name(tmp_path: Path) -> None:
    path = tmp_path / "run.hlog"
    path.write_text(log_text({"response": counted([5, 7]), "service": counted([3])}, 1000.0, 10.0))
    reader = HistogramLogReader(str(path), HdrHistogram(1, HIGHEST_US, 3))
    read = []
    while (interval := reader.get_next_interval_histogram()) is not None:
        read.append((interval.get_tag(), interval.get_total_count()))
    reader.input_file.close()
    assert read == [("response", 2), ("service", 1)]
