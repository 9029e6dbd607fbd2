"""Answers survive a run; what is damaged, foreign or cannot be written costs time, nothing else."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from detectors.remembered import Remembered, cache_folder


class Length:
    """A pure function that counts how often it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, text: str) -> int:
        self.asked.append(text)
        return len(text)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def made(code: Path) -> tuple[Remembered[int], Length]:
    length = Length()
    return Remembered("lengths", length, int, (str(code),)), length


def test_the_next_run_knows_what_this_one_found(tmp_path: Path) -> None:
    code = tmp_path / "code.py"
    code.write_text("one", "utf-8")
    first, asked = made(code)
    assert [first("ab"), first("ab"), first("\ud800")] == [2, 2, 1]
    first.forget()
    second, again = made(code)
    assert [second("ab"), second("abc")] == [2, 3]
    assert (asked.asked, again.asked) == (["ab", "\ud800"], ["abc"])


def test_other_code_knows_nothing_and_takes_the_old_answers_away(tmp_path: Path) -> None:
    code = tmp_path / "code.py"
    code.write_text("one", "utf-8")
    first, _ = made(code)
    first("ab")
    first.forget()
    code.write_text("two", "utf-8")
    second, asked = made(code)
    assert second("ab") == 2
    second.forget()
    assert asked.asked == ["ab"]
    assert len(list(cache_folder().iterdir())) == 1


@pytest.mark.parametrize("damage", [b"", b"\xc1", b"\x81\xa1a\xa1b"])
def test_a_damaged_file_is_no_file(tmp_path: Path, damage: bytes) -> None:
    code = tmp_path / "code.py"
    code.write_text("one", "utf-8")
    first, _ = made(code)
    first("ab")
    first.forget()
    [file] = cache_folder().iterdir()
    file.write_bytes(damage)
    second, asked = made(code)
    assert second("ab") == 2
    assert asked.asked == ["ab"]


def test_an_answer_of_another_kind_is_none(tmp_path: Path) -> None:
    code = tmp_path / "code.py"
    code.write_text("one", "utf-8")
    first, _ = made(code)
    first("ab")
    first.forget()
    [file] = cache_folder().iterdir()
    (key,) = msgspec.msgpack.decode(file.read_bytes())
    file.write_bytes(msgspec.msgpack.encode({key: "two"}))
    for wanted in (["ab"], []):  # and once only
        again, asked = made(code)
        assert again("ab") == 2
        assert asked.asked == wanted
        again.forget()


def test_where_nothing_can_be_written_everything_is_worked_out(tmp_path: Path) -> None:
    code = tmp_path / "code.py"
    code.write_text("one", "utf-8")
    (tmp_path / "cache").write_text("a file where a folder should be", "utf-8")
    first, asked = made(code)
    assert first("ab") == 2
    first.forget()
    assert first("ab") == 2
    assert asked.asked == ["ab", "ab"]
