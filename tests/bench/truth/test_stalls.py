"""A server that stands still is seen standing still, and nobody is excused for it."""

from __future__ import annotations

import pytest

from bench.load.drive import Driven
from bench.load.truth_server import Orders
from bench.shapes.system import System
from tests.bench.truth.servers import driven, honest, steady


@pytest.mark.slow
@pytest.mark.timeout(150)
def test_a_stall_of_200_ms_every_10_s_shows_as_a_p99_of_100_ms() -> None:
    found = _valid(Orders(stall_s=0.2, every_s=10.0, stalls=3))
    flow = found.flows[0]
    assert (flow.sent, flow.verdicts) == (6000, 6000)
    # A fiftieth of all messages is delayed, evenly between nothing and 200 ms.
    assert flow.response.p99 == pytest.approx(100.0, rel=0.10)
    assert flow.response.p999 == pytest.approx(190.0, rel=0.10)
    assert flow.response.max == pytest.approx(200.0, rel=0.10)
    assert flow.response.p50 < 10.0
    worst = sorted(found.series, key=lambda second: second.p99_ms)[-3:]
    assert sorted(second.at for second in worst) == [5, 15, 25]


def test_an_added_delay_shows_as_itself() -> None:
    with honest() as one, honest(Orders(delay_s=0.04)) as other:
        floors, delayed = zip(*(map(_p50, (one, other)) for _ in range(3)), strict=True)
    # What the machine does besides only adds: the least of each differ by the delay itself.
    assert min(delayed) - min(floors) == pytest.approx(40.0, abs=4.0)


def _valid(orders: Orders) -> Driven:
    """Return a run that the generator itself calls valid: where the host was away it says so."""
    for _ in range(3):
        with honest(orders) as system:
            found = driven(system, steady(10.0 * orders.stalls, 200.0))
        if not found.invalid:
            return found
    pytest.fail(f"three runs in turn were not valid: {found.invalid}")


def _p50(system: System) -> float:
    return driven(system, steady(0.3, 200.0)).flows[0].response.p50
