"""The benchmark of window checks runs to its end and keeps its word about the bar."""

from __future__ import annotations

import pytest

from bench.cli import run

QUICK = ("windows-cost", "--keys", "200", "--limit", "4", "--turns", "1")


@pytest.mark.parametrize(("bar", "status"), [("100000", 0), ("0", 1)])
def test_it_measures_both_ways_and_says_whether_the_bar_was_kept(
    capsys: pytest.CaptureFixture[str], bar: str, status: int
) -> None:
    assert run([*QUICK, "--bar", bar]) == status
    printed = capsys.readouterr().out
    assert printed.count("packed") == 5
    assert printed.count("zset") == 4
