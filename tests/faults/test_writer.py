"""Promise: a journal's writer that hangs is told and replaced, and nothing is lost by it."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from bench.faults.family import child
from bench.faults.promises import kept
from bench.faults.steady import Steady
from bench.faults.victim import Victim
from bench.faults.writers import SILENT_S
from gateway.record.where import Where
from tests.faults.outside import BACK_S, Witness, talk, within
from tests.gateway.live import write_policy
from tests.gateway.records import fresh_record

pytestmark = [pytest.mark.e2e, pytest.mark.fault, pytest.mark.timeout(60)]

RATE = 100.0
TOLD_S = 2.0
STUCK_S = 6.0
ENDED = 'seawall_journal_ends_total{why="silent"}'
LAG = "seawall_journal_lag_seconds"


def stop_writer(victim: Victim) -> int:
    """Stop the writer; return its process id."""
    pid = child(victim.pid, "gateway.record.writer")
    os.kill(pid, signal.SIGSTOP)
    return pid


async def test_a_writer_that_hangs_is_told_and_replaced(tmp_path: Path) -> None:
    victim = Victim(tmp_path, write_policy(tmp_path / "policy"), log_level="error")
    await asyncio.to_thread(fresh_record, Where.of_path(victim.data))
    key = victim.key("t")
    with victim:
        witness = Witness(victim, key)
        crowd = Steady(f"ws://{victim.listen}/v1", key, talk(), RATE)
        async with crowd.speaking():

            async def is_replaced() -> bool:
                return await witness.metric(ENDED) == 1 and await witness.well()

            async def refuses_traffic() -> bool:
                status, said = await witness.ready()
                assert status == 503 or not said["problems"]
                return any("does not answer" in each for each in said["problems"])

            first = stop_writer(victim)
            await within(TOLD_S, witness.tells("journal"))
            await witness.told_everywhere("journal")
            assert await witness.metric(LAG) > 1.0
            await within(SILENT_S, is_replaced)
            second = stop_writer(victim)
            assert second != first
            await within(STUCK_S, refuses_traffic)
            os.kill(second, signal.SIGCONT)  # its patience is twice as long: it goes on
            await within(BACK_S, witness.well)
            assert (await witness.ready())[0] == 200
            assert child(victim.pid, "gateway.record.writer") == second
        lines = [line for line in victim.log if "said nothing for" in line]
        await asyncio.to_thread(victim.stop)
    assert len(lines) == 1
    assert crowd.errors["overloaded"] > 0, "nothing waited for the writer in vain"
    found = await asyncio.to_thread(kept, victim.where, [crowd], len(crowd.sent))
    assert found.restricted > 0
    assert found.promises, found
