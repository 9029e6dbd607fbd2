"""The planner: its sums are right, it grows with what is asked, and it names what fills first."""

from __future__ import annotations

from math import isclose

import msgspec
from hypothesis import given, strategies as st

from bench.planning.arithmetic import Need, plan
from bench.planning.costs import read_costs
from bench.planning.demand import Demand

COSTS = read_costs()

demands = st.builds(
    Demand,
    rooms=st.floats(0, 1e6),
    messages_per_second=st.floats(0, 1e6),
    users=st.floats(0, 1e7),
    connections=st.floats(0, 1e5),
    consoles=st.floats(0, 1e4),
    alerts_per_second=st.floats(0, 1e3),
    streams=st.floats(0, 1e4),
    profile=st.sampled_from(["fast", "thrifty"]),
    pack=st.sampled_from(["default", "all"]),
    restricted=st.floats(0, 1),
    hottest_room=st.floats(0, 1),
    busy=st.floats(0.05, 1),
    gpu=st.booleans(),
)


def need(demand: Demand, resource: str) -> Need:
    return next(each for each in plan(demand, COSTS).needs if each.resource == resource)


@given(demands)
def test_the_bottleneck_is_the_fullest_unit(demand: Demand) -> None:
    found = plan(demand, COSTS)
    loads = {each.resource: each.load for each in found.needs}
    assert loads[found.bottleneck] == max(loads.values())
    assert found.advice
    assert all(each.sum and each.amount >= 0 for each in found.needs)


@given(demands)
def test_units_carry_what_is_asked_and_no_unit_is_idle(demand: Demand) -> None:
    for each in plan(demand, COSTS).needs:
        if each.resource != "hottest room":
            assert each.units >= each.load
            assert each.units - each.load <= 1


GROWING = ("rooms", "messages_per_second", "users", "streams", "connections", "consoles")


@given(st.sampled_from(GROWING), demands, st.floats(1, 100))
def test_more_of_anything_never_needs_less(field: str, demand: Demand, times: float) -> None:
    more = msgspec.structs.replace(demand, **{field: getattr(demand, field) * times})
    before, after = plan(demand, COSTS), plan(more, COSTS)
    assert after.cores >= before.cores * (1 - 1e-9)
    assert after.memory_bytes >= before.memory_bytes * (1 - 1e-9)


def test_the_sum_is_the_one_that_is_shown() -> None:
    rate, each = 10_000.0, COSTS.valkey_us.value
    found = need(Demand(messages_per_second=rate), "valkey")
    assert isclose(found.amount, rate * each / 1e6)
    assert found.sum == f"10,000 messages/s x {each:g} µs"


def test_one_gateway_pays_nothing_for_sharing() -> None:
    small = need(Demand(messages_per_second=100), "gateway")
    assert small.units == 1
    assert "sharing" not in small.sum
    assert "sharing" in need(Demand(messages_per_second=1e6), "gateway").sum


def test_a_room_that_no_machine_can_carry_is_said_so() -> None:
    found = plan(Demand(messages_per_second=1e6, hottest_room=0.5), COSTS)
    assert any("no number of machines" in each for each in found.warnings)


def test_what_nobody_measured_is_told() -> None:
    found = plan(Demand(streams=100, gpu=True), COSTS)
    assert any("gpu" in each for each in found.warnings)
