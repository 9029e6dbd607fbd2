"""The benchmark of the console's first view opens a real queue, and says when it cannot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

from bench.cli import run
from bench.console_browser import find_browser
from bench.console_first_view import BAR_MS
from bench.shapes.result import read_result
from gateway.http.static import BUILT

Absent = Callable[[str, str], NoReturn]


@pytest.mark.e2e
@pytest.mark.timeout(120)
def test_the_queue_is_opened_with_an_empty_and_with_a_warm_cache(
    absent: Absent, tmp_path: Path
) -> None:
    if find_browser() is None:
        absent("Chromium", "no browser, or no playwright, is installed")
    if not (BUILT / "index.html").is_file():
        absent("console", "it is not built")
    saved = tmp_path / "view.json"
    given = ("--cases", "60", "--loads", "2", "--json", str(saved))
    assert run(["console-first-view", *given]) in (0, 1)  # which is a matter of speed
    found = read_result(saved)
    value = {each.what: each.value for each in found.figures}
    assert len(value) == 12
    assert min(value.values()) > 0
    assert {each.what for each in found.figures if each.bar == BAR_MS} == {
        f"{kind} cache: first row painted, median" for kind in ("empty", "warm")
    }
    assert value["warm cache: transferred"] < value["empty cache: transferred"]
    assert found.notes[0].startswith("60 open cases")


def test_without_a_browser_it_says_so_and_measures_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    assert run(["console-first-view"]) == 3
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "no pixels" in printed.err
