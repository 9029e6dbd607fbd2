"""What a host is described by."""

from __future__ import annotations

from hypothesis import given, strategies as st

from detectors.hostfeatures import Resemblance, bucket, describe


def test_a_host_is_described_by_runs_words_and_facts() -> None:
    pieces = describe("my-login.example.co.uk", Resemblance(0.85, 5, 1, 8, "d"))
    assert {"^ex", "ple$", " co.uk", ">log", "+tld uk", "+inside 5 0", "+near 1 4"} <= pieces


def test_what_looks_like_other_letters_is_told_apart() -> None:
    assert any(piece.startswith("~") for piece in describe("paypa1.com", Resemblance()))
    assert not any(piece.startswith("~") for piece in describe("garden.com", Resemblance()))


@given(st.text(max_size=400))
def test_any_host_has_a_bounded_description(host: str) -> None:
    pieces = describe(host, Resemblance())
    assert len(pieces) < 2500
    assert all(0 <= bucket(piece, 1 << 15) < 1 << 15 for piece in pieces)
