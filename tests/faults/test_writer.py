"""Promise: a journal's writer that hangs is told and replaced, and nothing is lost by it."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest

from bench.faults.crowd import chat
from bench.faults.family import child
from bench.faults.promises import kept
from bench.faults.steady import Steady
from bench.faults.victim import Victim
from bench.faults.writers import SILENT_S
from gateway.record.where import Where
from tests.faults.outside import BACK_S, Witness, talk, within
from tests.faults.pair import peer
from tests.gateway.live import POLICY, write_policy
from tests.gateway.record.making import query
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


async def test_a_verdict_that_came_too_late_leaves_nothing_and_the_message_is_judged_again(
    tmp_path: Path,
) -> None:
    text = POLICY.replace("{ms: 2000,", "{ms: 300,").replace("{for: 2s,", "{for: 600s,")
    policy = write_policy(tmp_path / "policy", policy=text)
    victim = Victim(tmp_path, policy, redis="local", log_level="error")
    await asyncio.to_thread(fresh_record, Where.of_path(victim.data))
    key = victim.key("t")
    line = dict(chat("m1", "r", "u", "holdword here", time.time()))
    with victim:
        async with peer(victim, key) as server:
            writer = stop_writer(victim)
            for _ in range(2):  # the second while the first may still become durable
                await server.send(line)
                heard = await server.read()
                assert (heard["type"], heard["code"]) == ("error", "overloaded")
            os.kill(writer, signal.SIGCONT)
            while heard["type"] == "error":  # until the first has been taken back
                await asyncio.sleep(heard["retry_after"])
                await server.send(line)
                heard = await server.read()
            assert (heard["type"], heard["action"]) == ("verdict", "hold")
        await asyncio.to_thread(victim.stop)
    kinds = query(victim.where, "SELECT kind FROM journal WHERE event = 'm1' ORDER BY seq")
    assert kinds == [("verdict",), ("revert",), ("verdict",)]
    assert query(victim.where, "SELECT outcome FROM holds") == [(None,)]


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
