"""What the limiter let through is held against what it may."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("limits", reason="of the extra `peers`")

from bench.commands.limits import main, overshoot
from bench.shapes.result import read_result
from bench.systems.hammer import Hammered

QUICK = ("--store-only", "--limits", "20", "--seconds", "0.3", "--rounds", "2", "--checks", "640")


@pytest.mark.parametrize(
    ("limit", "most", "met"),
    [(128, 128, True), (128, 129, False), (500, 550, True), (500, 551, False)],
)
def test_exact_up_to_128_and_a_tenth_above(limit: int, most: int, met: bool) -> None:
    (figure,) = overshoot("store", Hammered(limit, 1.0, 1000, most, most, {}))
    assert figure.met is met


def test_answers_of_neither_kind_are_told() -> None:
    found = overshoot("store", Hammered(20, 1.0, 1000, 20, 20, {"overloaded": 3}))
    assert (found[1].what, found[1].value) == ("  store: overloaded", 3.0)


def test_the_store_is_measured_and_saved(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved = tmp_path / "limits.json"
    monkeypatch.setattr("sys.argv", ["limits", *QUICK, "--quiet", "--json", str(saved)])
    main()  # its status is a matter of speed
    found = read_result(saved)
    assert (found.figures[0].value, found.figures[0].met) == (1.0, True)
    assert len(found.ratios) == 3
    assert all(each.pairs == 2 and each.value > 0 for each in found.ratios)
    assert "limits" in capsys.readouterr().out


def test_nonsense_is_refused_in_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["limits", "--limits", "20,20"])
    with pytest.raises(SystemExit) as refused:
        main()
    assert refused.value.code == 2
    assert "a limit stands there twice" in capsys.readouterr().err
