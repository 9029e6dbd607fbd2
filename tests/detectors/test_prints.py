"""A catalogue is read back as it was written; what its file claims is checked."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import numpy as np
import pytest
from hypothesis import given, strategies as st

from detectors.prints import (
    FILE,
    LEAST_WORDS,
    Catalogue,
    Recording,
    read_recordings,
    write_recordings,
)
from seawall.errors import ConfigError


def recording(name: str, *words: int) -> Recording:
    filled = [*words, *range(0xABCD_0000, 0xABCD_0000 + max(0, LEAST_WORDS - len(words)))]
    return Recording("music", name, np.array(filled, "<u4").tobytes())


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    assert read_recordings(folder) == ()
    held = (recording("a", 1), recording("b", 2))
    write_recordings(folder, held)
    assert read_recordings(folder) == held
    assert [each.name for each in folder.iterdir()] == [FILE]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"junk",
        msgspec.msgpack.encode([2, []]),
        msgspec.msgpack.encode([1, [["music", "a", b"123"]]]),
        msgspec.msgpack.encode([1, [["music", "a", b"1234"]]]),
        msgspec.msgpack.encode([1, [["../etc", "a", b"1234" * 30]]]),
    ],
)
def test_a_file_that_is_none_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(ConfigError):
        read_recordings(tmp_path)


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        (Path(folder) / FILE).write_bytes(content)
        try:
            assert read_recordings(Path(folder)) == ()  # an empty catalogue, by chance
        except ConfigError:
            return


def test_a_word_is_found_where_it_stands_and_where_one_bit_differs() -> None:
    catalogue = Catalogue([recording("a", 5, 6, 7), recording("b", 5 ^ (1 << 31))])
    assert sorted(catalogue.find(5).tolist()) == [0, 2, LEAST_WORDS]  # 7 is 5 but for a bit
    assert catalogue.find(0xDEAD_BEEF).tolist() == []
    assert catalogue.bounds(0) == (0, 0, LEAST_WORDS)
    assert catalogue.bounds(LEAST_WORDS) == (1, LEAST_WORDS, 2 * LEAST_WORDS)


def test_a_word_that_stands_everywhere_says_nothing() -> None:
    assert len(Catalogue([recording("a", *([9] * 100))]).find(9)) == 0


def test_an_empty_catalogue_finds_nothing() -> None:
    assert len(Catalogue([])) == 0
    assert len(Catalogue([]).find(1)) == 0
