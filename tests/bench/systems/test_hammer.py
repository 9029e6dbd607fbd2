"""A limiter that lets too much through is found out, and ours does not."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from bench.systems.hammer import (
    SETTINGS,
    Hammered,
    hammer_gateways,
    hammer_store,
    most_within,
    write_policy,
)
from bench.systems.starting import gateway
from bench.systems.store import valkey

times = st.floats(0, 10, allow_nan=False)
spans = st.lists(st.tuples(times, st.floats(0, 0.5)).map(lambda at: (at[0], at[0] + at[1])))


@given(spans)
def test_what_is_certain_is_what_lies_within_a_window_whole(
    found: list[tuple[float, float]],
) -> None:
    slow = max(
        (sum(begun <= sent and came < begun + 0.999 for sent, came in found) for begun, _ in found),
        default=0,
    )
    assert most_within(found, 1.0) == slow


def test_what_may_have_been_counted_in_the_next_window_is_no_overshoot() -> None:
    assert most_within([(0.0, 0.1), (0.5, 0.6), (0.95, 1.05)], 1.0) == 2
    assert most_within([(0.0, 0.1), (0.5, 0.6), (0.85, 0.95)], 1.0) == 3


async def test_counters_that_know_nothing_of_each_other_are_found_out() -> None:
    """What a limiter per process would do: each of four lets the whole limit through."""
    found = await hammer_store("local", 20, 60.0, 0.4)
    assert found.most == 80
    assert found.share == 4.0


async def test_the_bare_store_lets_through_exactly_its_limit(tmp_path: Path) -> None:
    with valkey(tmp_path) as store:
        found = await hammer_store(f"unix://{store.path}", 20, 0.3, 0.7)
    assert found.asked > 100
    assert found.most == 20
    assert 40 <= found.allowed <= 80
    assert found.others == {}


@pytest.mark.e2e
@pytest.mark.timeout(120)
async def test_two_gateways_share_their_windows_and_an_interrupt_leaves_none_behind(
    tmp_path: Path,
) -> None:
    policy, (few, many) = write_policy(tmp_path, (5, 40), 0.5)
    found: list[Hammered] = []
    pids: list[int] = []

    async def interrupted() -> None:
        with gateway(tmp_path, policy=policy, count=2, environ=SETTINGS) as system:
            assert (system.name, len(set(system.http))) == ("2 gateways policy", 2)
            several = {name: len(each) for name, each in system.pids.items()}
            assert several == {"gateway": 2, "journal": 2, "valkey": 1}
            pids.extend(pid for each in system.pids.values() for pid in each)
            found.append(await hammer_gateways(system, 5, few, 0.5, 0.8, connections=2))
            found.append(await hammer_gateways(system, 40, many, 0.5, 0.8, connections=2))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await interrupted()
    assert [each.most for each in found] == [5, 40]
    assert found[0].asked > 40
    assert not any(map(_is_there, pids))


def _is_there(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()
