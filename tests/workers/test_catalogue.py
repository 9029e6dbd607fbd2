"""Recordings go into a catalogue by hand, and come out of it."""

from __future__ import annotations

import wave
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import msgspec
import numpy as np
import pytest

from detectors.chromaprint import RATE, missing
from detectors.prints import FILE
from tests.detectors.songs import pcm, song
from workers.catalogue import main


@pytest.fixture(autouse=True)
def _library(absent: Callable[[str, str], NoReturn]) -> None:
    if why := missing():
        absent("libchromaprint", why)


def written(path: Path, sound: bytes) -> str:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(sound)
    return str(path)


def test_recordings_are_added_listed_and_removed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [written(tmp_path / f"{name}.wav", pcm(song(n, 8.0))) for n, name in enumerate("ab")]
    place = ["--folder", str(tmp_path / "catalogue")]
    assert main(["add", "anthems", *files, *place]) == 0
    assert main(["add", "anthems", files[0], *place]) == 0  # replaces itself
    capsys.readouterr()
    assert main(["list", "--json", *place]) == 0
    told = [msgspec.json.decode(line) for line in capsys.readouterr().out.splitlines()]
    assert {(each["list"], each["entry"]) for each in told} == {("anthems", "a"), ("anthems", "b")}
    assert all(7.0 < each["seconds"] < 9.0 for each in told)
    assert main(["remove", "anthems", "a", *place]) == 0
    assert main(["list", *place]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("anthems/b: ")
    assert main(["remove", "anthems", "a", *place]) == 1


def test_what_cannot_be_looked_for_is_refused_and_the_rest_taken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "text.wav").write_text("no sound at all")
    good = written(tmp_path / "good.wav", pcm(song(3, 8.0)))
    short = written(tmp_path / "short.wav", pcm(song(3, 2.0)))
    still = written(tmp_path / "still.wav", pcm(np.zeros(20 * RATE)))
    place = ["--folder", str(tmp_path / "catalogue")]
    bad = [str(tmp_path / "text.wav"), short, still, str(tmp_path / "absent.wav")]
    assert main(["add", "l", *bad, good, *place]) == 1
    told = capsys.readouterr()
    assert told.out.startswith("l/good: ")
    for word in ("cannot be decoded", "too short", "hardly changes"):
        assert word in told.err
    assert (tmp_path / "catalogue" / FILE).exists()


@pytest.mark.parametrize("name", ["No_Name", "made-up", "9lives", "_x", "", "a b", "l" * 41])
def test_a_list_that_no_rule_could_write_is_refused_before_anything_is_read(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = ["--folder", str(tmp_path / "catalogue")]
    assert main(["add", name, str(tmp_path / "absent.wav"), *place]) == 1
    told = capsys.readouterr().err
    assert f"{name!r}: a list is called by lower-case letters" in told
    assert "absent" not in told
    assert not (tmp_path / "catalogue").exists()
