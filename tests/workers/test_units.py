"""Frames: however they are cut they come out whole; lengths that nobody sends are refused."""

from __future__ import annotations

from contextlib import suppress

import msgspec
import pytest
from hypothesis import given, strategies as st

from seawall.signals import Signal
from seawall.taxonomy import Severity
from workers.units import Told, cut, frame, said, signal


@given(st.lists(st.binary(max_size=50), max_size=10), st.integers(1, 40))
def test_frames_come_out_as_they_went_in(bodies: list[bytes], step: int) -> None:
    stream = b"".join(map(frame, bodies))
    buffer, found = bytearray(), []
    for start in range(0, len(stream), step):
        buffer += stream[start : start + step]
        found += cut(buffer)
    assert found == bodies
    assert not buffer


@given(st.binary(max_size=200))
def test_garbage_raises_nothing_but_value_errors(data: bytes) -> None:
    decoder = msgspec.msgpack.Decoder(Told)
    with suppress(ValueError):
        for body in cut(bytearray(data)):
            decoder.decode(body)


def test_a_length_that_nobody_sends_is_refused() -> None:
    with pytest.raises(ValueError, match="claims"):
        cut(bytearray(b"\xff\xff\xff\xff"))


def test_a_signal_arrives_as_it_left_but_for_its_detector() -> None:
    sent = Signal("words.hate", 0.25, "inside", "hate", Severity.HIGH, (1, 4), "value")
    encoded = msgspec.msgpack.encode(Told(1, spoke=[(7, [said(sent)])]))
    told = msgspec.msgpack.decode(encoded, type=Told)
    [(number, [heard])] = told.spoke
    assert number == 7
    assert signal(heard, "words") == msgspec.structs.replace(sent, detector="words")


def test_what_is_too_long_or_too_much_is_cut_before_it_leaves() -> None:
    sent = said(Signal("words." + "x" * 200, 1.5, "words", value="v" * 999))
    assert (len(sent.name), sent.score, len(sent.value)) == (80, 1.0, 256)
