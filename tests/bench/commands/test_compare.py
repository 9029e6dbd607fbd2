"""`compare` says by its exit status whether something got worse, `report` makes the page anew."""

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import pytest

from bench.commands import compare, report
from bench.shapes.result import write_result
from tests.bench.reports.found import result


def status(main: Callable[[], int], monkeypatch: pytest.MonkeyPatch, *given: object) -> int:
    monkeypatch.setattr("sys.argv", ["seawall bench", *map(str, given)])
    try:
        return main()
    except SystemExit as left:
        return int(left.code or 0)


@pytest.fixture
def saved(tmp_path: Path) -> Sequence[Path]:
    before, after = tmp_path / "before.json", tmp_path / "after.json"
    write_result(result(media=False, overload=False), before)
    write_result(result(media=False, overload=False, dearer=1.2, slower=1.5), after)
    return before, after


def test_the_same_twice_is_fine(
    saved: Sequence[Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status(compare.main, monkeypatch, saved[0], saved[0]) == 0
    assert "nothing worse" in capsys.readouterr().out


def test_a_result_beside_itself_is_not_called_the_same_for_certain(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    once = tmp_path / "once.json"
    whole = result(media=False, overload=False)
    write_result(msgspec.structs.replace(whole, windows=whole.windows[:3]), once)
    assert status(compare.main, monkeypatch, once, once) == 0
    told = capsys.readouterr().out
    assert "nothing worse, 0 better" in told
    assert ", 0 unsure" not in told
    assert "Unsure: the 95 % interval is wider than the floor" in told


@pytest.mark.parametrize("columns", ["80", ""])
def test_a_pipe_has_every_verdict_whole(
    columns: str,
    saved: Sequence[Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert status(compare.main, monkeypatch, *saved) == 1
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) == int(columns or 120)
    assert sum(line.startswith(" worse ") for line in lines) == int(lines[1].split()[0])


def test_a_regression_is_status_1_and_on_the_page(
    saved: Sequence[Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    page = tmp_path / "new" / "page.html"
    assert status(compare.main, monkeypatch, *saved, "--html", page) == 1
    assert "What changed" in page.read_text(encoding="utf-8")


def test_a_wide_tolerance_lets_it_pass(
    saved: Sequence[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert status(compare.main, monkeypatch, *saved, "--tolerance", "2") == 0


@pytest.mark.parametrize("content", [None, "", "{}", '{"format": 1}', "\xff"])
def test_what_is_no_result_is_status_2_in_one_line(
    content: str | None,
    saved: Sequence[Path],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    broken = tmp_path / "broken.json"
    if content is not None:
        broken.write_text(content, encoding="latin-1")
    for main, given in ((compare.main, (saved[0], broken)), (report.main, (broken,))):
        assert status(main, monkeypatch, *given) == 2
        told = capsys.readouterr().err
        assert len(told.splitlines()) == 1
        assert "broken.json" in told


def test_a_broken_histogram_is_status_2(
    saved: Sequence[Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = saved[0].read_text(encoding="utf-8").replace('"log": "HIST', '"log": "WHAT')
    saved[0].write_text(text, encoding="utf-8")
    assert status(compare.main, monkeypatch, *saved) == 2
    assert "HdrHistogram" in capsys.readouterr().err


@pytest.mark.parametrize("tolerance", ["-1", "many", "nan"])
def test_a_senseless_tolerance_is_status_2(
    tolerance: str, saved: Sequence[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert status(compare.main, monkeypatch, *saved, f"--tolerance={tolerance}") == 2


def test_a_page_is_made_anew(
    saved: Sequence[Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    assert status(report.main, monkeypatch, saved[0], "--html", page) == 0
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert status(report.main, monkeypatch, saved[0], "--html", tmp_path) == 2


def test_without_a_file_the_terminal_tells(
    saved: Sequence[Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status(report.main, monkeypatch, saved[0]) == 0
    assert "scenario steady" in capsys.readouterr().out
