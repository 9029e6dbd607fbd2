"""Schedules are fixed up front: ascending, as many as the rate says, the same for the same seed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st

from bench.load.schedule import faster, times
from bench.shapes.scenario import Arrivals, Burst, Constant, Poisson, ScenarioError, Trace

RATES = st.floats(1.0, 5_000.0)
SECONDS = st.floats(0.5, 20.0)
SEEDS = st.integers(0, 2**31)
ARRIVALS: st.SearchStrategy[Arrivals] = st.one_of(
    st.builds(Constant, RATES),
    st.builds(Poisson, RATES),
    st.builds(Burst, RATES, RATES, every_s=st.floats(1.0, 5.0), for_s=st.floats(0.1, 0.9)),
)


@given(ARRIVALS, SECONDS, SEEDS)
def test_times_ascend_within_the_run_and_are_the_same_for_the_same_seed(
    arrivals: Arrivals, seconds: float, seed: int
) -> None:
    found = times(arrivals, seconds, seed)
    assert (np.diff(found) >= 0).all()
    assert not len(found) or (found[0] >= 0 and found[-1] < seconds)
    assert np.array_equal(found, times(arrivals, seconds, seed))


@given(RATES, SECONDS)
def test_constant_arrivals_come_every_so_often_and_no_other_way(
    rate: float, seconds: float
) -> None:
    found = times(Constant(rate), seconds, 1)
    assert abs(len(found) - rate * seconds) <= 1
    assert np.allclose(np.diff(found), 1 / rate)


@given(RATES, SECONDS, SEEDS)
def test_poisson_arrivals_have_their_rate_on_average_and_exponential_gaps(
    rate: float, seconds: float, seed: int
) -> None:
    found = times(Poisson(rate), seconds, seed)
    mean = rate * seconds
    assert abs(len(found) - mean) <= 7 * mean**0.5 + 3
    if len(found) > 2_000:
        gaps = np.diff(found) * rate
        assert abs(gaps.std() - 1) < 0.2
        assert abs((gaps < 0.693).mean() - 0.5) < 0.08


def test_another_seed_is_another_poisson_schedule() -> None:
    assert not np.array_equal(times(Poisson(100), 5, 1)[:50], times(Poisson(100), 5, 2)[:50])


@given(RATES, RATES, SECONDS)
def test_bursts_come_at_the_end_of_each_period(rate: float, peak: float, seconds: float) -> None:
    found = times(Burst(rate, peak, every_s=2.0, for_s=0.5), seconds, 1)
    whole, rest = divmod(seconds, 2.0)
    due = whole * (1.5 * rate + 0.5 * peak) + min(rest, 1.5) * rate + max(0.0, rest - 1.5) * peak
    assert abs(len(found) - due) <= 1 + 1e-6 * due
    if seconds >= 2:
        inside = ((found >= 1.5) & (found < 2.0)).sum()
        assert abs(inside - 0.5 * peak) <= 1 + 1e-6 * peak


def test_a_burst_that_never_ends_is_no_burst() -> None:
    with pytest.raises(ScenarioError, match="shorter"):
        times(Burst(1, 2, every_s=1.0, for_s=1.0), 3, 1)


@given(ARRIVALS, st.floats(0.5, 4.0))
def test_times_as_many_is_as_many_times_the_rate(arrivals: Arrivals, factor: float) -> None:
    once, more = (len(times(each, 10, 3)) for each in (arrivals, faster(arrivals, factor)))
    assert abs(more - factor * once) <= 10 * (factor * once + 1) ** 0.5 * (1 + factor)


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A recording of two streams, one line a second and three in the last."""
    folder = tmp_path / "replay"
    folder.mkdir()
    lines = [
        '{"stream":"a","t":"2024-01-01T00:00:00Z","user":"x","text":"1"}',
        '{"stream":"b","t":"2024-05-05T10:00:01Z","user":"z","text":"other"}',
        '{"stream":"a","t":"2024-01-01T00:00:02Z","user":"y","text":"2"}',
        '{"stream":"a","t":"2024-01-01T00:00:02Z","user":"y","text":"3"}',
        '{"stream":"b","t":"2024-05-05T10:00:05Z","user":"z","text":"last"}',
    ]
    (folder / "talk.jsonl").write_text("\n".join(lines) + "\n")
    (folder / "timeless.jsonl").write_text('{"seq":0,"text":"a"}\n{"seq":1,"text":"b"}\n')
    (folder / "broken.jsonl").write_text("{\n")
    monkeypatch.setenv("SEAWALL_DATA", str(tmp_path))
    return folder


def test_a_recording_plays_its_streams_side_by_side_and_begins_anew(shared: Path) -> None:
    found = times(Trace("talk"), 8.0, 1)
    assert found.tolist() == [0.0, 0.0, 2.0, 2.5, 4.0, 5.0, 5.0, 7.0, 7.5]
    assert times(Trace("talk.jsonl", speed=2.0), 2.5, 1).tolist() == [0.0, 0.0, 1.0, 1.25, 2.0]


@pytest.mark.parametrize(("rate", "seconds"), [(5.0, 1.0), (40.0, 3.3), (500.0, 10.0)])
def test_a_recording_at_a_rate_has_that_rate(shared: Path, rate: float, seconds: float) -> None:
    found = times(Trace("talk", rate=rate), seconds, 1)
    assert abs(len(found) - rate * seconds) <= 3
    assert (np.diff(found) >= 0).all()


def test_what_has_no_times_needs_a_rate(shared: Path) -> None:
    with pytest.raises(ScenarioError, match="no times"):
        times(Trace("timeless"), 1.0, 1)
    assert len(times(Trace("timeless", rate=10.0), 1.0, 1)) == 10


@pytest.mark.parametrize("name", ["absent", "../replay/talk", "broken"])
def test_a_recording_that_cannot_be_read_is_said_in_one_line(shared: Path, name: str) -> None:
    with pytest.raises(ScenarioError) as told:
        times(Trace(name), 1.0, 1)
    assert "\n" not in str(told.value)


def test_absent_data_is_said_plainly(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SEAWALL_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(ScenarioError, match="SEAWALL_DATA"):
        times(Trace("talk"), 1.0, 1)
