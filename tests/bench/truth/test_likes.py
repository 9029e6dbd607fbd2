"""The same server measured twice is the same server; a generator that is too slow says so."""

from __future__ import annotations

import pytest

from bench.load.truth_server import Orders
from bench.reports.statistics import differ
from tests.bench.truth.servers import driven, honest, steady

WINDOWS = 5


@pytest.mark.timeout(60)
def test_two_interleaved_series_on_one_server_do_not_differ_and_one_made_slower_does() -> None:
    series: dict[str, list[float]] = {"first": [], "second": [], "slower": []}
    with honest(Orders(delay_s=0.01)) as one, honest(Orders(delay_s=0.02)) as other:
        turns = [("first", one), ("second", one), ("slower", other)] * WINDOWS
        for name, system in turns:
            found = driven(system, steady(0.25, 200.0, poisson=True))
            series[name].append(found.flows[0].response.p50)
    same, unlike = (differ(series["first"], series[name]) for name in ("second", "slower"))
    assert same.low <= 0 <= same.high or max(abs(same.low), abs(same.high)) < 0.5
    assert unlike.value > 5
    # What the machine does besides only adds: the least of each differ by the delay itself.
    assert 9 < min(series["slower"]) - min(series["first"]) < 15


def test_a_generator_that_cannot_keep_up_calls_its_own_run_invalid() -> None:
    with honest() as system:
        found = driven(system, steady(0.15, 400_000.0))
    assert found.invalid.startswith("the generator was late")
    assert found.unanswered == 0
