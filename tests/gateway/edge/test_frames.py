"""Fragments become messages, or the connection ends."""

from __future__ import annotations

from hypothesis import given, strategies as st

from gateway.edge.frames import Assembler, Kind, Violation, Whole


@given(data=st.binary(max_size=200), cuts=st.lists(st.integers(0, 200), max_size=6))
def test_any_cut_gives_the_message_back(data: bytes, cuts: list[int]) -> None:
    frames = Assembler(1000)
    places = sorted({min(cut, len(data)) for cut in cuts})
    pieces = [data[a:b] for a, b in zip([0, *places], [*places, len(data)], strict=True)]
    for number, piece in enumerate(pieces):
        kind = Kind.TEXT if number == 0 else Kind.CONTINUATION
        last = number == len(pieces) - 1
        found = frames.add(kind, last, False, piece)
        assert found == (Whole(False, data) if last else None)
    assert not frames.busy


def test_fragments_out_of_order_end_the_connection() -> None:
    assert Assembler(10).add(Kind.CONTINUATION, True, False, b"x") == Violation(4004, "protocol")
    frames = Assembler(10)
    assert frames.add(Kind.TEXT, False, False, b"x") is None
    assert frames.add(Kind.BINARY, True, False, b"x") == Violation(4004, "protocol")


def test_the_bound_is_on_the_whole() -> None:
    frames = Assembler(10)
    assert frames.add(Kind.BINARY, False, False, b"x" * 8) is None
    assert frames.add(Kind.CONTINUATION, True, False, b"x" * 3) == Violation(1009, "too_large")


def test_reserved_bits_end_the_connection() -> None:
    assert Assembler(10).add(Kind.TEXT, True, True, b"") == Violation(4004, "protocol")
