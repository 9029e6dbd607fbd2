"""Costs come from a file: every one names its command, and a broken file is said to be one."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.cli import run
from bench.planning.costs import Cost, Costs, CostsError, read_costs, write_costs


def test_every_cost_names_the_command_that_prints_it_or_says_that_nobody_measured_it() -> None:
    costs = read_costs()
    for name in Costs.__struct_fields__:
        cost = getattr(costs, name)
        if isinstance(cost, Cost):
            assert cost.command.startswith("seawall ") or cost.note, name
            assert cost.value > 0, name


def test_what_is_written_is_read(tmp_path: Path) -> None:
    costs = read_costs()
    write_costs(costs, tmp_path / "costs.toml")
    assert read_costs(tmp_path / "costs.toml") == costs


@pytest.mark.parametrize("text", ["", "machine = 3", "\xff", "machine = 'm'\nvalkey_us = 3"])
def test_a_broken_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "costs.toml"
    path.write_text(text, "latin-1")
    with pytest.raises(CostsError, match=r"costs\.toml"):
        read_costs(path)


def test_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["seawall"])
    assert run(["plan", "--rooms", "1000000", "--messages-per-second", "200000"]) == 0
    told = capsys.readouterr().out
    assert "First bottleneck" in told
    assert "200,000 messages/s" in " ".join(told.split())
    assert run(["plan", "--busy", "0"]) == 2
    assert "--busy" in capsys.readouterr().err
    assert run(["plan", "--costs", str(tmp_path / "none.toml")]) == 2
    assert "none.toml" in capsys.readouterr().err
