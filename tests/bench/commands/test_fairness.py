"""The scenario of fairness: the same quiet rooms, with and without a flood."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from bench.commands.fairness import beside, main
from bench.commands.scenarios import offered
from bench.shapes.scenario import FOLDER, ScenarioError, read_scenario

HOT_ROOM = read_scenario("hot-room")


def test_the_quiet_rooms_are_the_same_with_and_without_a_flood() -> None:
    alone, flooded = beside(HOT_ROOM, 0.0), beside(HOT_ROOM, 9_000.0)
    assert [flow.name for flow in alone.flows] == ["others"]
    assert flooded.flows[1:] == alone.flows
    assert offered(flooded.flows[0]) == 9_000.0
    assert flooded.flows[0].rooms == 1
    assert (alone.seed, alone.clients) == (flooded.seed, flooded.clients)


def test_a_scenario_without_the_two_is_refused() -> None:
    steady = msgspec.structs.replace(HOT_ROOM, flows=HOT_ROOM.flows[:1])
    with pytest.raises(ScenarioError, match="no flow 'others'"):
        beside(steady, 0.0)


def test_a_flood_in_one_of_the_quiet_rooms_is_refused(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = (FOLDER / "hot-room.toml").read_text(encoding="utf-8")
    (tmp_path / "same.toml").write_text(text.replace('prefix = "hot-"', ""), encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["fairness", str(tmp_path / "same.toml")])
    assert main() == 2
    assert "one of the others" in capsys.readouterr().err


def test_what_cannot_be_read_is_told_before_anything_starts(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["fairness", "many-small-rooms"])
    assert main() == 2
    assert "no flow 'hot'" in capsys.readouterr().err
