"""What was said a moment ago is not said again, within bounds."""

from __future__ import annotations

from hypothesis import given, strategies as st

from gateway.stream.recently import Recently


def test_a_key_is_first_again_only_after_its_time() -> None:
    recently = Recently(10.0)
    assert [recently.first("a", at) for at in (0.0, 1.0, 9.9, 10.0, 10.1)] == [
        True, False, False, True, False,
    ]  # fmt: skip


def test_a_clock_set_back_does_not_silence_a_key() -> None:
    recently = Recently(10.0)
    assert recently.first("a", 1000.0)
    assert recently.first("a", 500.0)


@given(st.lists(st.integers(0, 50)))
def test_no_more_keys_are_kept_than_allowed(keys: list[int]) -> None:
    recently = Recently(10.0, most=5)
    for key in keys:
        recently.first(key, 1.0)
    assert len(recently._at) <= 5
