"""PDQ: near what its reference says, and its mirrored and turned forms exactly so."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pdqhash
import pytest
from hypothesis import given, settings, strategies as st

from detectors.hashlists import THRESHOLD
from detectors.perceptual import Hash, hashes, luma
from detectors.pictures import Picture
from tests.detectors.vision.drawing import plain, scene, stuck_on, written


def apart(one: Hash, other: Hash) -> int:
    return int(np.bitwise_count(one ^ other).sum())


def reference(picture: Picture) -> tuple[Hash, int]:
    bits, quality = pdqhash.compute(picture)
    packed = np.packbits(np.asarray(bits, np.uint8))
    return packed.view(">u8").astype(np.uint64), int(quality)


@pytest.mark.parametrize("size", [(640, 360), (1280, 720), (360, 640), (300, 300)])
@pytest.mark.parametrize("seed", range(3))
def test_a_hash_is_near_that_of_the_reference(seed: int, size: tuple[int, int]) -> None:
    picture = stuck_on(scene(seed, *size), scene(seed + 50, 90, 60), 20, 30)
    [ours, *_], quality = hashes(luma(picture))
    theirs, expected = reference(picture)
    assert apart(ours, theirs) <= THRESHOLD - 8
    assert quality == pytest.approx(expected, abs=5)


FORMS: tuple[Callable[[Picture], Picture], ...] = (
    lambda picture: picture,
    lambda picture: picture[:, ::-1],
    lambda picture: picture[::-1],
    lambda picture: picture[::-1, ::-1],
    lambda picture: picture.transpose(1, 0, 2),
    lambda picture: picture.transpose(1, 0, 2)[:, ::-1],
    lambda picture: picture.transpose(1, 0, 2)[::-1],
    lambda picture: picture.transpose(1, 0, 2)[::-1, ::-1],
)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_the_forms_are_those_of_the_mirrored_and_turned_picture(seed: int) -> None:
    picture = scene(seed, 512, 256)
    forms, _ = hashes(luma(picture))
    for expected, turn in zip(forms, FORMS, strict=True):
        [found, *_], _ = hashes(luma(np.ascontiguousarray(turn(picture))))
        assert apart(found, expected) <= 4


def test_pictures_with_nothing_in_them_have_no_quality() -> None:
    assert hashes(luma(plain()))[1] == 0
    assert hashes(luma(written([("a", 10, 40)])))[1] < 50
    assert hashes(luma(scene(1)))[1] >= 50


@given(width=st.integers(16, 700), height=st.integers(16, 700))
@settings(max_examples=25, deadline=None)
def test_any_size_has_eight_hashes_of_half_ones(width: int, height: int) -> None:
    forms, quality = hashes(luma(scene(3, width, height)))
    assert len(forms) == 8
    assert 0 <= quality <= 100
    if quality >= 50:
        # Two coefficients in the middle can be alike: then one bit less is set.
        assert all(126 <= int(np.bitwise_count(form).sum()) <= 128 for form in forms)
