"""The filled-in line of a plain allow is the encoded verdict it stands for."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, strategies as st

from gateway.chat.replies import lean_allow, plain_allow, times
from seawall import wire

SECONDS = st.floats(0.0, 100.0)
IDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=128)
POLICY = "0123456789abcdef" * 4


@pytest.mark.parametrize("lean", [False, True])
@given(IDS, st.integers(0, 2**31 - 1), st.lists(SECONDS, min_size=5, max_size=5))
def test_a_filled_in_line_equals_the_encoded_verdict(
    lean: bool, ref: str, rev: int, spent: list[float]
) -> None:
    decode, detect, state, decided, total = spent
    line = (lean_allow if lean else plain_allow)(
        ref, rev, POLICY, decode, detect, state, decided, total
    )
    found = msgspec.json.decode(line, type=wire.Verdict)
    ms = {
        "decode": float(f"{decode * 1000:.3f}"),
        "detect": float(f"{detect * 1000:.3f}"),
        "state": float(f"{state * 1000:.3f}"),
        "decide": float(f"{decided * 1000:.3f}"),
        "journal": 0.0,
        "total": float(f"{total * 1000:.3f}"),
    }
    reasons = [wire.Reason("unchecked.load", "flood", "low", 0.0, None, "gateway")] if lean else []
    verdict = wire.Verdict(ref, rev, "allow", reasons=reasons, late=lean, ms=ms, policy=POLICY[:16])
    assert found == verdict
    encoded = msgspec.json.encode(verdict)
    assert msgspec.json.decode(line) == msgspec.json.decode(encoded)
    assert list(msgspec.json.decode(line)) == list(msgspec.json.decode(encoded))


def test_an_id_with_quotes_and_control_characters_stays_one_line() -> None:
    ref = 'a"b\\c\n\x00\x1f\u2028é😀'
    line = plain_allow(ref, 0, POLICY, 0.0, 0.0, 0.0, 0.0, 0.0)
    assert b"\n" not in line
    assert msgspec.json.decode(line, type=wire.Verdict).id == ref


def test_stages_are_told_in_milliseconds() -> None:
    assert times((0.001, 0.002, 0.003, 0.004, 0.0123456), 0.0005) == {
        "decode": 1.0,
        "detect": 2.0,
        "state": 3.0,
        "decide": 4.0,
        "journal": 0.5,
        "total": 12.346,
    }
