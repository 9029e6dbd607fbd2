"""A pipe gets room for every column, a terminal its own width, and COLUMNS is obeyed."""

import os
import sys
from io import StringIO

import pytest
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from bench.reports.width import ELSEWHERE, open_console, taken


@pytest.fixture(autouse=True)
def nobody_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setattr("sys.stdout", StringIO())


def test_what_is_no_terminal_is_wide(monkeypatch: pytest.MonkeyPatch) -> None:
    assert open_console().width == ELSEWHERE
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert open_console().width == ELSEWHERE


def test_columns_are_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert open_console().width == 80
    monkeypatch.setenv("COLUMNS", "many")
    assert open_console().width == ELSEWHERE


def test_a_terminal_keeps_its_own_width(monkeypatch: pytest.MonkeyPatch) -> None:
    theirs, ours = os.openpty()
    with os.fdopen(theirs, "rb"), os.fdopen(ours, "w") as terminal:
        monkeypatch.setattr("sys.stdout", terminal)
        assert sys.stdout.isatty()
        assert open_console().width == Console().width != ELSEWHERE


@pytest.mark.parametrize(("less", "whole"), [(0, True), (1, True), (2, False)])
def test_what_a_table_takes_is_what_it_needs(less: int, whole: bool) -> None:
    """One column less costs the empty edge, two cost a letter."""
    columns = [["offered", "1"], ["p99", "123,456"], ["s.max", "–"]]
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("name", overflow="fold", min_width=14)
    for head, _ in columns:
        table.add_column(head, justify="right", no_wrap=True)
    table.add_row("a name that goes on and on in further lines", *(cell for _, cell in columns))
    out = StringIO()
    Console(file=out, width=taken(14, columns) - less).print(table)
    assert all(words in out.getvalue() for words in ("offered", "123,456", "s.max")) == whole
