"""The benchmark of the queue runs to its end and keeps its word about the bar."""

from __future__ import annotations

import pytest

from bench.cli import run


@pytest.mark.parametrize(("bar", "status"), [("100000", 0), ("0", 1)])
def test_it_asks_for_every_kind_of_page(
    capsys: pytest.CaptureFixture[str], bar: str, status: int
) -> None:
    asked = ["case-queue", "--cases", "200", "--times", "2", "--plans", "--bar", bar]
    assert run(asked) == status
    printed = capsys.readouterr().out
    assert "220 cases in sqlite" in printed
    assert "middle page" in printed
    assert "USING INDEX cases_rank" in printed
    assert "SCAN cases" not in printed
