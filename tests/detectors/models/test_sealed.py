"""The envelope of models' files: what was sealed is opened again, and nothing else is."""

from __future__ import annotations

import struct
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from detectors.models import linear, opinion
from detectors.models.headfile import Header as OfHeads
from detectors.models.sealed import Kind, open_sealed, read_sealed, seal
from detectors.models.weights import Header as OfWeights
from seawall.errors import WeightsError

KIND = Kind(b"SWTESTED", 3, 200, "a file of tests")


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    count: int = 0


SEALED = seal(KIND, Header("a"), b"numbers")


def refused(data: bytes) -> str:
    with pytest.raises(WeightsError) as caught:
        open_sealed(data, KIND, Header)
    return str(caught.value)


def resealed(body: bytes) -> bytes:
    return body + sha256(body).digest()


def test_what_was_sealed_is_opened_again() -> None:
    header, body, version = open_sealed(SEALED, KIND, Header)
    assert (header, bytes(body)) == (Header("a"), b"numbers")
    assert version == sha256(SEALED).hexdigest()[:16]


def test_the_layout_is_the_one_it_says() -> None:
    told = b'{"name":"a","count":0}'
    body = b"SWTESTED" + struct.pack("<HI", 3, len(told)) + told + b"numbers"
    assert resealed(body) == SEALED


def test_what_is_no_such_file_says_why() -> None:
    assert refused(SEALED + bytes(200)) == "more than 200 bytes"
    assert refused(SEALED[:45]) == "cut short"
    assert refused(b"SWLINEAR" + SEALED[8:]) == "not a file of tests"
    assert refused(resealed(b"SWTESTED\x04" + SEALED[9:-32])).startswith("format 4; this")
    for at in (20, 40, -1):
        changed = bytearray(SEALED)
        changed[at] ^= 1
        assert refused(bytes(changed)).startswith("wrong checksum")
    for length in (0, 3, 1000, 0xFFFFFFFF):
        lying = resealed(SEALED[:10] + struct.pack("<I", length) + SEALED[14:-32])
        assert refused(lying).startswith("unreadable header")


def test_a_problem_names_its_file(tmp_path: Path) -> None:
    path = tmp_path / "a.weights"
    with pytest.raises(WeightsError, match=r"a\.weights cannot be read: No such file"):
        read_sealed(path, KIND, len)
    path.write_bytes(bytes(1000))
    assert read_sealed(path, KIND, len) == 201  # never more than one byte too many
    with pytest.raises(WeightsError, match=r"a\.weights: more than 200 bytes"):
        read_sealed(path, KIND, lambda data: open_sealed(data, KIND, Header))


@pytest.mark.parametrize(
    ("path", "magic", "header"),
    [(linear.SHIPPED, b"SWLINEAR", OfWeights), (opinion.SHIPPED, b"SWOPINIO", OfHeads)],
    ids=["linear", "opinion"],
)
def test_the_shipped_files_come_out_of_it_byte_by_byte(
    path: Path, magic: bytes, header: type[OfWeights | OfHeads]
) -> None:
    data = path.read_bytes()
    kind = Kind(magic, 1, len(data), "a model's file")
    told, body, _ = open_sealed(data, kind, header)
    assert seal(kind, told, bytes(body)) == data
