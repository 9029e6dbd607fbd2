"""A running gateway: reload drops no message, versions are named and kept, quotas hold."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.policy.keeping import Release, ask_release
from gateway.policy.versions import Versions
from gateway.record.where import Where
from tests.gateway.live import RULES, chat, running, write_policy
from tests.gateway.record.making import case_lines

OTHER = RULES.replace("lexicon.spam, then: block", "lexicon.spam, then: hold")


async def until(condition: Callable[[], bool], deadline_s: float = 10.0) -> None:
    async with asyncio.timeout(deadline_s):
        while not condition():  # noqa: ASYNC110  # a file is taken up by polling, too
            await asyncio.sleep(0.02)


@pytest.mark.timeout(60)
async def test_reloads_drop_no_message_and_every_verdict_names_its_version(tmp_path: Path) -> None:
    async with running(tmp_path) as live, live.peer() as peer:
        rulesets = live.gateway.engine.rulesets
        sent = 0
        actions: dict[str, set[str]] = {}

        async def read() -> None:
            found = await peer.read()
            if found["type"] == "verdict":
                actions.setdefault(found["policy"], set()).add(found["action"])
                answered.add(found["id"])

        answered: set[str] = set()
        for turn in range(3):
            version = rulesets.of("t").policy.version
            write_policy(live.policy, rules=OTHER if turn % 2 == 0 else RULES)
            live.gateway.reload()
            while rulesets.of("t").policy.version == version:
                await peer.send(chat("blockword", user=f"u{sent}"))
                sent += 1
                await read()
            await peer.send(chat("blockword", user=f"u{sent}"))
            sent += 1
        async with asyncio.timeout(10):
            while len(answered) < sent:
                await read()
        kept = Versions(live.data)
        assert len(actions) == 2
        for version, seen in actions.items():
            assert len(seen) == 1, "one version does one thing"
            assert kept.find(version) is not None
        assert [each.at for each in kept.live()] == sorted(each.at for each in kept.live())
        assert len(kept.live()) == 4


@pytest.mark.timeout(60)
async def test_twice_the_quota_acts_once_over_and_pages_once(tmp_path: Path) -> None:
    rules = RULES.replace(
        "lexicon.spam, then: block", "lexicon.spam, then: block, quota: {per_day: 5}, owner: ana"
    )
    policy = write_policy(tmp_path / "policy", rules=rules)
    async with running(tmp_path, policy=policy) as live, live.peer() as peer:
        found: Counter[str] = Counter()
        for number in range(10):
            verdict = await peer.chat(f"blockword {number}", user=f"u{number}")
            found[verdict["action"]] += 1
        assert found == {"block": 5, "hold": 5}
        where = Where.of(live.data)
        async with asyncio.timeout(10):
            while not (lines := await asyncio.to_thread(case_lines, where, "t")):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        (line,) = [line for line in lines if line.queue == "policy"]
        assert (line.state, line.priority, line.ref) == ("open", "p1", "block-spam")
        assert "of ana" in line.because
        told = live.gateway.metrics.text().decode()
        assert 'seawall_rule_findings_total{group="eased",rule="block-spam"} 5.0' in told
        assert 'seawall_rules_eased{rule="block-spam"} 1.0' in told
        await asyncio.to_thread(ask_release, live.data, Release("block-spam", "cli:ana"))
        await until(lambda: not live.gateway.desk.brakes.standing())
        assert (await peer.chat("blockword again", user="w"))["action"] == "block"
    async with running(tmp_path, policy=policy) as live, live.peer() as peer:
        for number in range(4):
            await peer.chat(f"blockword {number}", user=f"v{number}")
        assert (await peer.chat("blockword once more", user="x"))["action"] == "hold", (
            "a restart gives nothing away"
        )
