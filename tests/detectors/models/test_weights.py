"""The weights file: what training wrote is read back; anything else is refused by name."""

from __future__ import annotations

import struct
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from detectors.models.linear import SHIPPED
from detectors.models.weights import HEADS, LARGEST, load_weights, pack_weights
from seawall.errors import WeightsError
from tests.detectors.models.synthetic import header, small, table, write


def resealed(body: bytes) -> bytes:
    return body + sha256(body).digest()


def test_what_is_packed_is_read_back(tmp_path: Path) -> None:
    packed = pack_weights(header(), table("wretch"))
    weights = load_weights(write(tmp_path, packed))
    assert weights.header == header()
    assert (weights.table == table("wretch")).all()
    assert weights.version == sha256(packed).hexdigest()[:16]


def test_packing_is_the_same_every_time() -> None:
    assert pack_weights(header(), table("a")) == pack_weights(header(), table("a"))


def test_an_absent_file_is_an_error_of_ours_to_catch(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"none\.weights cannot be read: No such file"):
        load_weights(tmp_path / "none.weights")


def test_one_changed_byte_is_noticed(tmp_path: Path) -> None:
    data = bytearray(small(tmp_path).read_bytes())
    data[len(data) // 2] ^= 1
    with pytest.raises(WeightsError, match="wrong checksum"):
        load_weights(write(tmp_path, bytes(data)))


@pytest.mark.parametrize("kept", [0, 1, 13, 14, 45, 46, 100, 100_000])
def test_a_file_that_was_cut_is_refused(tmp_path: Path, kept: int) -> None:
    with pytest.raises(WeightsError, match=r"cut short|wrong checksum"):
        load_weights(write(tmp_path, small(tmp_path).read_bytes()[:kept]))


def test_a_file_that_is_too_large_is_not_read_whole(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=f"more than {LARGEST} bytes"):
        load_weights(write(tmp_path, bytes(LARGEST + 1)))


def test_other_files_are_not_weights(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="not a weights file"):
        load_weights(write(tmp_path, b"\x80\x04" + bytes(200)))


def test_a_format_of_the_future_is_refused(tmp_path: Path) -> None:
    body = small(tmp_path).read_bytes()[:-32]
    body = body[:8] + struct.pack("<H", 2) + body[10:]
    with pytest.raises(WeightsError, match="format 2"):
        load_weights(write(tmp_path, resealed(body)))


def test_a_header_length_that_lies_is_refused(tmp_path: Path) -> None:
    body = small(tmp_path).read_bytes()[:-32]
    for length in (0, 10, 0xFFFFFFFF):
        lying = body[:10] + struct.pack("<I", length) + body[14:]
        with pytest.raises(WeightsError, match="unreadable header"):
            load_weights(write(tmp_path, resealed(lying)))


def test_weights_of_another_shape_are_refused(tmp_path: Path) -> None:
    body = small(tmp_path).read_bytes()[:-32]
    with pytest.raises(WeightsError, match="weights for"):
        load_weights(write(tmp_path, resealed(body[:-7])))


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"recipe": "other"}, "made for features"),
        ({"heads": ()}, "0 heads"),
        ({"scales": (1.0,)}, "1 scales"),
        ({"biases": ()}, "0 biases"),
        ({"scales": (float("inf"),) * len(HEADS)}, "no number"),
        ({"levels": {}}, "no scores for abuse"),
        ({"levels": {head: {"": ()} for head in HEADS}}, "do not rise"),
        ({"levels": {head: {"": ((1.0, 0.5), (0.0, 0.9))} for head in HEADS}}, "do not rise"),
        ({"levels": {head: {"": ((0.0, 0.5), (1.0, 1.5))} for head in HEADS}}, "do not rise"),
    ],
)
def test_a_header_that_makes_no_sense_is_refused(changed: dict[str, object], told: str) -> None:
    with pytest.raises(WeightsError, match=told):
        pack_weights(header(**changed), table())


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=300))
def test_garbage_raises_nothing_but_weights_error(
    tmp_path_factory: pytest.TempPathFactory, garbage: bytes
) -> None:
    folder = tmp_path_factory.mktemp("garbage")
    for data in (garbage, resealed(b"SWLINEAR\x01\x00" + garbage)):
        with pytest.raises(WeightsError):
            load_weights(write(folder, data))


def test_the_shipped_file_is_small_enough() -> None:
    assert SHIPPED.stat().st_size <= LARGEST
    assert load_weights(SHIPPED).header.heads == HEADS


def test_the_card_beside_it_is_about_this_file() -> None:
    card = SHIPPED.with_name("linear.card.md").read_text(encoding="utf-8")
    weights = load_weights(SHIPPED)
    assert weights.version in card
    assert weights.header.licence in card
