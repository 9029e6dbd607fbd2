"""Brakes outlive the process, are released from outside, and page their owners."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.policy.keeping import BrakeKeeper, Release, ask_release
from gateway.record.entry import Entry
from seawall.decide import State, decide
from seawall.policy.model import NO_BRAKE
from seawall.signals import Signal, Signals
from tests.seawall.policies import BLOCK, message, policy, rule

NOW = 1_700_000_000.0
SPAM = Signals([Signal("lexicon.spam", 0.75, "lexicon", "spam")])
HOUSE = replace(policy(rule("r", BLOCK, per_day=2, owner="ana"), brake=NO_BRAKE), prints={"r": "1"})


class Gateway:
    """A keeper, and what it had recorded."""

    def __init__(self, data: Path) -> None:
        self.entries: list[Entry] = []
        self.keeper = BrakeKeeper(data, self.entries.append, lambda: NOW)
        self.keeper.load()
        self.keeper.brakes.live(None, HOUSE, NOW)

    def say(self) -> str:
        brakes = self.keeper.brakes
        verdict = decide(message(), SPAM, State(tripped=brakes.tripped("t", NOW)), HOUSE)
        brakes.note("t", verdict, NOW)
        return verdict.action


async def test_counts_and_what_is_eased_outlive_the_process(tmp_path: Path) -> None:
    first = Gateway(tmp_path)
    assert [first.say(), first.say()] == ["block", "block"]
    await first.keeper.save()
    second = Gateway(tmp_path)
    assert second.say() == "hold"
    assert not second.entries, "the owner was paged already"


async def test_what_was_kept_and_cannot_be_read_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "policy").mkdir()
    (tmp_path / "policy" / "brake.json").write_text("{ half")
    assert Gateway(tmp_path).say() == "block"
    assert "brake counts lost" in caplog.text


async def test_the_owner_is_paged_once_by_a_case_and_a_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    gateway = Gateway(tmp_path)
    for _ in range(5):
        gateway.say()
    (entry,) = gateway.entries
    assert (entry.kind, entry.action, entry.rule, entry.ref) == ("policy", "eased", "r", "quota")
    (case,) = entry.cases
    assert (case.state, case.queue, case.priority, case.about) == (
        "open",
        "policy",
        "p1",
        "gateway",
    )
    assert "ana" in case.because
    assert [record.message for record in caplog.records] == ["rule ran away"]


async def test_a_release_is_taken_up_once_and_recorded(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    gateway = Gateway(tmp_path)
    assert [gateway.say() for _ in range(3)] == ["block", "block", "hold"]
    ask_release(tmp_path, Release("r", "cli:ana"))
    await gateway.keeper.look()
    assert gateway.say() == "block"
    released = gateway.entries[-1]
    assert (released.action, released.by) == ("released", "cli:ana")
    assert released.cases[0].state == "resolved"
    assert released.cases[0].id == gateway.entries[0].cases[0].id
    await gateway.keeper.look()
    assert len(gateway.entries) == 2


async def test_a_release_that_is_none_is_refused(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "policy" / "releases"
    folder.mkdir(parents=True)
    (folder / "a.json").write_text('{"rule": 5}')
    (folder / "b.json.part").write_text("being written")
    await Gateway(tmp_path).keeper.look()
    assert "release refused" in caplog.text
    assert [path.name for path in folder.iterdir()] == ["b.json.part"]
