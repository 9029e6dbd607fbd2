"""Pauses grow and stay bounded, and refusals are final."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from seawall.retry import of_close, of_status, pause_s, tries


@given(attempt=st.integers(0, 10_000), chance=st.floats(0, 1), at_least=st.floats(0, 3600))
def test_a_pause_is_never_shorter_than_asked_nor_endless(
    attempt: int, chance: float, at_least: float
) -> None:
    assert at_least <= pause_s(attempt, chance, at_least) <= at_least + 5.0


def test_pauses_double() -> None:
    assert [pause_s(n, 1.0) for n in range(4)] == [0.1, 0.2, 0.4, 0.8]


@pytest.mark.parametrize("code", [4001, 4004])
def test_some_close_codes_are_final(code: int) -> None:
    refusal = of_close(code)
    assert refusal is not None
    assert str(code) in str(refusal)


@pytest.mark.parametrize("code", [None, 1000, 1001, 1006, 1007, 1009, 1011, 4002, 4003, 4999])
def test_other_close_codes_are_not(code: int | None) -> None:
    assert of_close(code) is None


def test_a_wrong_key_is_final_and_says_so() -> None:
    assert "key" in str(of_status(401))
    assert of_status(404) is not None


@pytest.mark.parametrize("status", [200, 301, 408, 425, 429, 500, 503])
def test_what_may_pass_is_tried_again(status: int) -> None:
    assert of_status(status) is None


def test_a_connection_that_lived_long_starts_the_pauses_afresh() -> None:
    assert [tries(3, lived) for lived in (0.0, 10.0, 10.1)] == [4, 4, 0]
