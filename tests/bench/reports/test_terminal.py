"""The terminal tells everything within its width, without colour where none is wanted."""

from collections import Counter
from io import StringIO

import pytest
from rich.console import Console

from bench.reports.comparing import Comparison, compare
from bench.reports.terminal import Progress, summary
from bench.reports.terminal_comparison import told
from bench.reports.words import floor_of
from bench.shapes.result import Result
from tests.bench.reports.found import environment, result


def shown(width: int, colour: bool = False) -> str:
    out = StringIO()
    summary(result(), Console(file=out, width=width, force_terminal=colour))
    return out.getvalue()


@pytest.mark.parametrize("width", [80, 100, 140])
def test_a_summary_keeps_to_its_width(width: int) -> None:
    assert max(map(len, shown(width).splitlines())) <= width


def test_a_summary_holds_what_matters() -> None:
    text = shown(120)
    for words in (
        "failed",
        "scenario steady",
        "picows-echo, 1x ×5",
        "not counted, send slip p99 8.2 ms",
        "p99.9",
        "decode",
        "valkey",
        "cores",
        "at least 0.4",
        "missed",
        "5 pairs",
        "promised at most 20 KB",
        "AMD EPYC",
        "noise at its worst",
    ):
        assert words in text


def test_a_narrow_one_cuts_no_number() -> None:
    assert "…" not in shown(80)


def heads(text: str) -> list[str]:
    lines = text.splitlines()
    return next(line.split() for line in lines if "offered" in line)


def test_percentiles_give_way_one_after_another_and_none_is_cut() -> None:
    every = heads(shown(200))
    assert every[-10:] == [f"{part}{name}" for part in ("", "s.")
                           for name in ("p50", "p90", "p99", "p99.9", "max")]  # fmt: skip
    for width in range(80, 121):
        kept = heads(shown(width))
        assert set(kept) <= set(every)
        assert {"offered", "good/s", "p50", "p99", "p99.9", "max", "s.p99"} <= set(kept)
    assert len(heads(shown(80))) < len(heads(shown(100))) <= len(heads(shown(120)))


def compared(found: Comparison, before: Result, after: Result, width: int) -> list[str]:
    out = StringIO()
    told(found, before, after, Console(file=out, width=width))
    return out.getvalue().splitlines()


@pytest.mark.parametrize("width", [80, 88, 96, 120])
def test_no_width_cuts_a_verdict_or_the_last_column(width: int) -> None:
    before, after = result(overload=False), result(overload=False, slower=1.3, dearer=1.15)
    found = compare(before, after)
    lines = compared(found, before, after, width)
    assert max(map(len, lines)) <= width
    assert any(line.split()[:1] == ["verdict"] and line.split()[-1] == "floor" for line in lines)
    rows = [line.split() for line in lines if line.startswith((" worse ", " same ", " unsure "))]
    assert len(rows) == len(found.lines)
    assert Counter(row[0] for row in rows) == Counter(line.verdict for line in found.lines)
    floors = Counter(floor_of(line).split()[0] for line in found.lines)
    ends = Counter(floor for row in rows for floor in row[-2:] if floor in floors)
    assert ends >= floors


def test_no_color_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[3" not in shown(100, colour=True).replace("\x1b[39m", "")
    monkeypatch.delenv("NO_COLOR")
    assert "\x1b[1;31m" in shown(100, colour=True)


def test_an_empty_result_is_told_too() -> None:
    out = StringIO()
    summary(Result("plan", [], "", environment()), Console(file=out, width=80))
    assert "passed" in out.getvalue()


def test_progress_is_plain_lines_where_nobody_watches() -> None:
    out = StringIO()
    with Progress(Console(file=out, width=80), 12) as progress:
        passed = progress.window("gateway [x]", 10, turn=2, turns=5)
        passed(0.5)
        progress.window("echo", 1.5)
    assert out.getvalue() == " 1/12  gateway [x], turn 2 of 5: 10 s\n 2/12  echo: 1.5 s\n"


def test_progress_is_a_bar_on_a_terminal() -> None:
    out = StringIO()
    console = Console(file=out, width=100, force_terminal=True)
    with Progress(console, 0) as progress:
        progress.window("gateway", 10)(0.5)
        progress.window("echo", 10)(1.2)
    assert "gateway" in out.getvalue() or "echo" in out.getvalue()


def test_silent_progress_says_nothing() -> None:
    out = StringIO()
    with Progress(Console(file=out, width=80), 2, silent=True) as progress:
        progress.window("gateway", 10)(1.0)
    assert out.getvalue() == ""


def test_a_comparison_tells_the_worst_first() -> None:
    before, after = result(), result(slower=1.3, dearer=1.15)
    out = StringIO()
    told(compare(before, after), before, after, Console(file=out, width=100))
    lines = out.getvalue().splitlines()
    assert max(map(len, lines)) <= 100
    assert "worse" in lines[1]
    assert any("CPU a message" in line and "worse" in line for line in lines)
    assert "refused as evidence" in out.getvalue()
