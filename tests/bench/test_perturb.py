"""Disguises are pure: the same seed writes the same, and nothing raises."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, strategies as st

from bench.evaluation.perturb import PERTURBATIONS, fullwidth, homoglyph, spaced, styled, zero_width
from seawall.fold import fold


@given(text=st.text(max_size=60), seed=st.integers(0, 99))
def test_a_disguise_depends_on_text_and_seed_alone(text: str, seed: int) -> None:
    for change in PERTURBATIONS.values():
        assert change(text, random.Random(seed)) == change(text, random.Random(seed))


@pytest.mark.parametrize("change", [fullwidth, homoglyph, styled, zero_width])
@pytest.mark.parametrize("seed", range(10))
def test_the_fold_undoes_what_looks_the_same(change: object, seed: int) -> None:
    assert callable(change)
    written = change("Claim your free airdrop before midnight", random.Random(seed))
    assert fold(written).spaced == "claim your free airdrop before midnight"


def test_words_apart_keep_wider_gaps_between_them() -> None:
    assert spaced("seed phrase", random.Random(1)).replace(" ", "") == "seedphrase"
    assert "   " in spaced("seed phrase", random.Random(1))
