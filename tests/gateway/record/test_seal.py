"""What is sealed comes back to whoever has the secret, in its own place, and to nobody else."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from gateway.record.seal import Content, Seal
from seawall.errors import ConfigError

SEAL = Seal(b"s" * 32)
PLACE = ("acme", "m1", 0)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@given(text=TEXTS, name=TEXTS, verdict=st.binary(), id=TEXTS)
def test_content_comes_back(text: str, name: str, verdict: bytes, id: str) -> None:
    content, place = Content(text, name, verdict), ("acme", id, 7)
    blob = SEAL.seal(content, place)
    assert Seal(b"s" * 32).open(blob, place) == content
    assert SEAL.open(memoryview(blob).tobytes(), place) == content


def test_nobody_reads_it_and_no_two_are_alike() -> None:
    content = Content("an ugly word", "Ann")
    blobs = {Seal(b"s" * 32).seal(content, PLACE) for _ in range(50)}
    blobs |= {SEAL.seal(content, PLACE) for _ in range(50)}
    assert len(blobs) == 100
    assert not any(b"ugly" in blob or b"Ann" in blob for blob in blobs)


def test_another_secret_opens_nothing() -> None:
    with pytest.raises(ConfigError, match="another secret"):
        Seal(b"t" * 32).open(SEAL.seal(Content("a"), PLACE), PLACE)


@pytest.mark.parametrize("place", [("other", "m1", 0), ("acme", "m2", 0), ("acme", "m1", 1)])
def test_it_opens_in_its_own_place_only(place: tuple[str, str, int]) -> None:
    with pytest.raises(ConfigError, match="changed since"):
        SEAL.open(SEAL.seal(Content("a"), PLACE), place)


@given(st.data())
def test_a_changed_byte_is_noticed(data: st.DataObject) -> None:
    blob = bytearray(SEAL.seal(Content("some text"), PLACE))
    at = data.draw(st.integers(0, len(blob) - 1))
    blob[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ConfigError):
        SEAL.open(bytes(blob), PLACE)


@given(st.binary(max_size=80))
def test_rubbish_is_refused(blob: bytes) -> None:
    with pytest.raises(ConfigError):
        SEAL.open(blob, PLACE)
    with pytest.raises(ConfigError):
        SEAL.open_bytes(blob, b"")


@given(data=st.binary(), aad=st.binary())
def test_bytes_come_back(data: bytes, aad: bytes) -> None:
    blob = SEAL.seal_bytes(data, aad)
    assert SEAL.open_bytes(blob, aad) == data
    with pytest.raises(ConfigError):
        SEAL.open_bytes(blob, aad + b"x")


def test_bytes_are_not_taken_for_content() -> None:
    with pytest.raises(ConfigError):
        SEAL.open_bytes(SEAL.seal(Content("a"), PLACE), b"content\0")
    blob = SEAL._seal(b"\x93\x01", b"content\0" + b"\x93\xa4acme\xa2m1\x00")
    with pytest.raises(ConfigError, match="unknown form"):
        SEAL.open(blob, PLACE)
