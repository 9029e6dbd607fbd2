"""`seawall bench fault`: what it lists, refuses, counts as a failure, and its exit status."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from bench.commands.fault import Outcome, chosen, lines, listing, main, staged
from bench.faults.catalogue import FAULTS, Fault
from bench.shapes.result import Figure, read_result


async def _kept(_folder: Path, runs: int) -> list[Figure]:
    return [Figure("messages lost", 0, bar=0), Figure("runs", runs, "runs")]


async def _broken(_folder: Path, _runs: int) -> list[Figure]:
    return [Figure("messages lost", 3, bar=0, why="3 without a verdict")]


async def _hangs(_folder: Path, _runs: int) -> list[Figure]:
    async with asyncio.timeout(0.01):
        await asyncio.Event().wait()
    return []


def made(name: str = "made", run: object = _kept, why: str = "", root_can: bool = True) -> Fault:
    return Fault(name, "something breaks", "nothing is lost", run, lambda: why, root_can)  # type: ignore[arg-type]


def test_without_a_name_all_are_listed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["seawall bench fault"])
    assert main() == 0
    told = capsys.readouterr().out
    assert told.strip() == listing().strip()
    assert all(fault.name in told for fault in FAULTS)


def test_a_slip_in_a_name_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["seawall bench fault", "valkey-pausd"])
    assert main() == 2
    assert "did you mean 'valkey-paused'?" in capsys.readouterr().err


def test_names_are_run_in_the_catalogues_order() -> None:
    found = chosen(["network-loss", "valkey-killed"], everything=False)
    assert [fault.name for fault in found] == ["valkey-killed", "network-loss"]
    assert chosen([], everything=True) == list(FAULTS)
    assert chosen([], everything=False) == []


def test_a_broken_promise_is_a_failure_that_says_what_and_why() -> None:
    outcome = staged(made(run=_broken), 1)
    assert outcome.failures == ["made: messages lost: 3, promised ≤ 0 (3 without a verdict)"]
    assert any("BROKEN" in line for line in lines(outcome))


def test_a_fault_that_cannot_be_finished_is_a_failure() -> None:
    outcome = staged(made(run=_hangs), 1)
    assert outcome.figures == []
    assert "could not be finished: TimeoutError" in outcome.failures[0]


@pytest.mark.parametrize(("root_can", "fails"), [(True, os.geteuid() == 0), (False, False)])
def test_a_skip_says_why_and_fails_where_root_could_stage_it(root_can: bool, fails: bool) -> None:
    outcome = staged(made(run=_broken, why="there is no ship", root_can=root_can), 1)
    assert "SKIPPED: there is no ship" in "\n".join(lines(outcome))
    assert bool(outcome.failures) is fails
    assert outcome.figures == []


@pytest.mark.parametrize(("run", "status"), [(_kept, 0), (_broken, 1)])
def test_the_result_is_saved_and_the_status_follows_it(
    run: object, status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    skipped = made("absent", why="there is no ship", root_can=False)
    file = tmp_path / "result.json"
    monkeypatch.setattr("sys.argv", ["seawall bench fault", "--all", "--json", str(file)])
    assert main((made(run=run), skipped)) == status
    found = read_result(file)
    assert (found.command, found.passed) == ("fault", status == 0)
    assert found.figures[0].what == "made: messages lost"
    assert f"{1 - status} of 2 faults kept every promise; 1 were skipped" in found.notes
    assert "made: something breaks. Promised: nothing is lost." in found.notes
    assert Outcome(skipped, skipped="there is no ship").failures == []
    assert "there is no ship" in capsys.readouterr().out
