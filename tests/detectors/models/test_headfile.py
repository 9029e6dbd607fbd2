"""The file of the heads: what was packed is read again, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest

from detectors.models.headfile import Head, Header, load_heads, pack_heads
from detectors.models.opinion import bent
from seawall.errors import WeightsError

HEADER = Header(
    heads=("abuse", "spam"),
    inputs=5,
    inner=3,
    encoder="e",
    recipe="r",
    biases=(0.5, -0.5),
    bent_biases=(0.1, 0.2),
    levels={name: {"": ((-1.0, 0.1), (1.0, 0.5))} for name in ("abuse", "spam")},
    rows=10,
    licence="none",
)


def numbers(*shape: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.random.default_rng(sum(shape)).random(shape, np.float32)


def packed(header: Header = HEADER) -> bytes:
    heads = tuple(Head(numbers(5), numbers(5, 3), numbers(3), numbers(3)) for _ in header.heads)
    return pack_heads(header, numbers(5), numbers(5), heads)


def written(folder: Path, data: bytes) -> Path:
    path = folder / "heads"
    path.write_bytes(data)
    return path


def test_what_was_packed_is_read_again(tmp_path: Path) -> None:
    loaded = load_heads(written(tmp_path, packed()))
    assert loaded.header == HEADER
    assert loaded.heads[1].wide.shape == (5, 3)
    assert np.array_equal(loaded.heads[0].wide, numbers(5, 3))
    assert np.array_equal(loaded.scale, numbers(5))
    assert len(loaded.version) == 16


def test_the_bent_part_is_a_layer_of_rectified_sums() -> None:
    head = Head(numbers(2), np.array([[1, -1], [0, 0]], np.float32),
                np.array([0, 0], np.float32), np.array([1, 10], np.float32))  # fmt: skip
    rows = np.array([[2, 9], [-3, 9]], np.float32)
    assert bent(rows, head).tolist() == [2.0, 30.0]


@pytest.mark.parametrize("kept", [0, 13, 100, -1, -40])
def test_a_file_that_was_cut_is_refused(tmp_path: Path, kept: int) -> None:
    with pytest.raises(WeightsError):
        load_heads(written(tmp_path, packed()[:kept]))


def test_a_file_that_was_changed_is_refused(tmp_path: Path) -> None:
    data = bytearray(packed())
    data[-100] ^= 1
    with pytest.raises(WeightsError, match="checksum"):
        load_heads(written(tmp_path, bytes(data)))


@pytest.mark.parametrize(
    "change",
    [
        {"inputs": 6},
        {"inner": 0},
        {"inner": 10**9},
        {"biases": (1.0,)},
        {"levels": {}},
        {"levels": {"abuse": {"": ()}, "spam": {"": ()}}},
    ],
)
def test_a_header_that_does_not_fit_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    with pytest.raises(WeightsError):
        load_heads(written(tmp_path, packed(msgspec.structs.replace(HEADER, **change))))


def test_a_file_that_is_absent_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="cannot be read"):
        load_heads(tmp_path / "absent")
