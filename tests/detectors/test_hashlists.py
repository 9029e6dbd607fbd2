"""Lists of hashes: three kinds of files, bad lines named, and lookup as counting would have it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from detectors.hashlists import HashList, read_hashes
from detectors.perceptual import Hash
from seawall.errors import ConfigError

ONE, TWO = "0f" * 32, "a7" * 32


def read(folder: Path, text: str) -> HashList:
    path = folder / "list.txt"
    path.write_text(text, "utf-8")
    return read_hashes(path)


def asked(hexed: str) -> Hash:
    return np.frombuffer(bytes.fromhex(hexed), ">u8").astype(np.uint64)


def flipped(hexed: str, bits: int) -> str:
    return f"{int(hexed, 16) ^ ((1 << bits) - 1):064x}"


KINDS = {
    "plain": f"# a heading\n\n{ONE}\n{TWO.upper()}  # second\n",
    "bare csv": f"{ONE},100,\n{TWO},93,second\n",
    "csv with a heading": f"name,quality,PDQ\n,100,{ONE}\nsecond,93,{TWO}\n",
    "quoted csv": f'hash,quality,note\n{ONE},100,""\n"{TWO}",93,"second"\n',
    "json lines": f'{{"hash": "{ONE}", "quality": 100}}\n\n{{"value": "{TWO}", "id": "second"}}\n',
    "exchange": f'{{"indicator": "{ONE}", "type": "HASH_PDQ"}}\n'
    f'{{"indicator": "d41d8cd98f", "type": "HASH_MD5"}}\n'
    f'{{"signal_value": "{TWO}", "signal_type": "pdq", "name": "second"}}\n',
    "byte order mark": f"\ufeff{ONE}\n{TWO} #second",
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_file_is_read(tmp_path: Path, kind: str) -> None:
    known = read(tmp_path, KINDS[kind])
    assert len(known) == 2
    match = known.nearest([asked(TWO)])
    assert match is not None
    assert (match.distance, match.name) == (0, "second")
    match = known.nearest([asked(ONE)])
    assert match is not None
    assert (match.distance, match.name) == (0, ONE)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (f"{ONE}\nhello\n", "line 2: 'hello' is not 64"),
        (f"{ONE}\n{ONE}0\n", "line 2"),
        (f"hash,quality\n{ONE},100\n{ONE},good\n", "line 3: the quality 'good' is no number"),
        (f"hash,quality\n{ONE},inf\n", "line 2"),
        ("name,quality\na,100\n", "line 1: no column"),
        (f'{{"hash": "{ONE}"}}\n{{"hash": \n', "line 2"),
        (f'{{"hash": "{ONE}"}}\n["{ONE}"]\n', "line 2"),
        (f'{{"hash": "{ONE}"}}\n{{"other": 1}}\n', "line 2"),
    ],
)
def test_a_bad_line_is_named_and_the_file_refused(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        read(tmp_path, text)


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "list.bin"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="UTF-8"):
        read_hashes(path)
    with pytest.raises(ConfigError, match="cannot be read"):
        read_hashes(tmp_path / "none")


def test_hashes_of_empty_pictures_are_left_out_and_counted(tmp_path: Path) -> None:
    known = read(tmp_path, f"{ONE},49,dark\n{TWO},50,good\n")
    assert (len(known), known.weak) == (1, 1)
    assert known.nearest([asked(ONE)]) is None


def test_an_empty_list_knows_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, "# nothing yet\n").nearest([asked(ONE)]) is None


def test_the_threshold_is_the_last_that_counts(tmp_path: Path) -> None:
    known = read(tmp_path, f"{ONE}\n")
    assert known.nearest([asked(flipped(ONE, 31))]) is not None
    assert known.nearest([asked(flipped(ONE, 32))]) is None
    assert known.nearest([asked(flipped(ONE, 32))], 32) is not None
    assert known.nearest([asked(flipped(ONE, 1))], 0) is None


def test_a_file_that_changes_has_another_version(tmp_path: Path) -> None:
    assert read(tmp_path, ONE).version != read(tmp_path, TWO).version


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_the_nearest_is_the_one_that_counting_finds(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    hashes = data.draw(st.lists(st.integers(0, 2**256 - 1), min_size=1, max_size=30))
    questions = data.draw(st.lists(st.integers(0, 2**256 - 1), max_size=3))
    near = data.draw(st.sampled_from(hashes)) ^ sum(
        1 << bit for bit in data.draw(st.sets(st.integers(0, 255), max_size=40))
    )
    questions.append(near)
    threshold = data.draw(st.integers(0, 64))
    known = read(tmp_path_factory.mktemp("hashes"), "\n".join(f"{each:064x}" for each in hashes))
    least = min((one ^ other).bit_count() for one in hashes for other in questions)
    match = known.nearest([asked(f"{each:064x}") for each in questions], threshold)
    assert (match.distance if match else None) == (least if least <= threshold else None)
