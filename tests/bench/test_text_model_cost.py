"""The cost of the classifier: printed without data as well, and a limit that can fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.text_model_cost import main


def test_it_measures_without_data_and_the_limit_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SEAWALL_DATA", str(tmp_path))
    assert main(["--limit", "100000", "--lines", "40"]) == 0
    assert "no data at" in capsys.readouterr().out
    assert main(["--limit", "0", "--lines", "40"]) == 1
