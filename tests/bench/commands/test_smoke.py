"""The gate: it closes for what is certain, stays open for what is chance, and runs for real."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.cli import run
from bench.commands.smoke import BASELINE, TOLERANCE, Baseline, read_baseline, regressed
from bench.reports.statistics import ratio
from bench.shapes.result import read_result

BEFORE = Baseline([0.19, 0.20, 0.21], "somewhere")


def gate(*ours: float) -> str:
    return regressed(ratio("messages", "ours", "echo", list(ours), [1.0] * len(ours)), BEFORE)


def test_as_before_and_better_pass() -> None:
    assert not gate(0.19, 0.2, 0.21, 0.2, 0.2)
    assert not gate(0.4, 0.41, 0.39, 0.4)


def test_worse_within_the_tolerance_passes() -> None:
    least = 0.20 * (1 - TOLERANCE)
    assert not gate(*[least * 1.01] * 5)


def test_worse_for_certain_closes_the_gate_and_says_by_how_much() -> None:
    told = gate(0.1, 0.11, 0.1, 0.09, 0.1)
    assert "0.100" in told
    assert "0.200" in told


def test_worse_by_chance_does_not() -> None:
    assert not gate(0.05, 0.2, 0.06, 0.21, 0.2)


def test_the_committed_baseline_can_be_read() -> None:
    assert all(0 < each < 1 for each in read_baseline(BASELINE).ratios)


def test_without_a_baseline_it_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["seawall"])
    assert run(["smoke", "--baseline", str(tmp_path / "none.json")]) == 2
    assert "none.json" in capsys.readouterr().err
    (tmp_path / "empty.json").write_text('{"ratios": [], "machine": ""}')
    assert run(["smoke", "--baseline", str(tmp_path / "empty.json")]) == 2
    assert "--write" in capsys.readouterr().err


@pytest.mark.soak  # `.ci/run` runs the command itself
@pytest.mark.timeout(120)
def test_for_real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A gateway and an echo, two short rounds, saved as JSON, as a page and as a baseline."""
    monkeypatch.setattr("sys.argv", ["seawall"])
    baseline, saved, page = (tmp_path / name for name in ("base.json", "run.json", "run.html"))
    wishes = ["--repeats", "2", "--closed-seconds", "0.3", "--write", "--baseline", str(baseline)]
    assert run(["smoke", *wishes, "--json", str(saved), "--html", str(page)]) == 0
    assert len(read_baseline(baseline).ratios) == 2
    found = read_result(saved)
    assert [window.loop for window in found.windows] == ["closed"] * 4 + ["open"]
    opened = found.windows[-1]
    assert sum(flow.sent for flow in opened.flows) > 4_000
    assert found.passed
    assert "</html>" in page.read_text("utf-8")
