"""Promise: a gateway killed at any moment loses, doubles and forgets nothing it has said."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bench.faults.kills import kill_runs
from bench.faults.victim import Victim
from gateway.record.where import Where
from tests.gateway.live import write_policy
from tests.gateway.records import fresh_record

pytestmark = [pytest.mark.e2e, pytest.mark.fault]


@pytest.mark.parametrize(
    ("runs", "messages"),
    [
        pytest.param(10, 1_000, marks=pytest.mark.timeout(300)),
        pytest.param(100, 10_000, marks=[pytest.mark.soak, pytest.mark.timeout(5400)]),
    ],
)
async def test_kills_in_mid_flight_cost_nothing(tmp_path: Path, runs: int, messages: int) -> None:
    victim = Victim(tmp_path, write_policy(tmp_path / "policy"))
    await asyncio.to_thread(fresh_record, Where.of_path(victim.data))
    key = victim.key("t")
    with victim:
        found = await kill_runs(victim, key, runs, messages, seed=runs)
    assert victim.lives == runs + 1
    assert found.restricted > runs * messages / 20
    assert found.rows < found.restricted  # some stand on the row of the run they are part of
    assert found.promises, found
