"""Pictures made smaller, and boxes as shares."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from detectors.pictures import shrink, stretch, within
from tests.detectors.vision.drawing import plain, scene

SIDES = st.integers(1, 600)


@given(width=SIDES, height=SIDES, new_width=SIDES, new_height=SIDES)
@settings(max_examples=60, deadline=None)
def test_a_picture_gets_exactly_the_size_and_keeps_its_colour(
    width: int, height: int, new_width: int, new_height: int
) -> None:
    found = stretch(plain(77, width, height), new_width, new_height)
    assert found.shape == (new_height, new_width, 3)
    assert found.dtype == np.uint8
    assert (found == 77).all()


@given(width=SIDES, height=SIDES, side=SIDES)
@settings(max_examples=60, deadline=None)
def test_shrinking_keeps_the_shape_and_never_enlarges(width: int, height: int, side: int) -> None:
    found = shrink(plain(1, width, height), side)
    assert max(found.shape[:2]) == min(side, max(width, height))
    assert abs(found.shape[1] / found.shape[0] - width / height) <= max(width, height)


def test_halving_first_is_nearly_the_same_as_resampling_at_once() -> None:
    picture = scene(3, 1280, 720)
    at_once = cv2.resize(picture, (256, 256), interpolation=cv2.INTER_AREA)
    assert np.abs(stretch(picture, 256, 256).astype(int) - at_once).mean() < 1.0


def test_grey_pictures_are_made_smaller_too() -> None:
    assert shrink(plain(5, 400, 100)[:, :, 0].copy(), 40).shape == (10, 40)


@pytest.mark.parametrize(
    ("corners", "box"),
    [
        ([(10, 20), (90, 25), (88, 60), (12, 55)], (0.1, 0.2, 0.9, 0.6)),
        ([(-5, -5), (500, 500)], (0.0, 0.0, 1.0, 1.0)),
    ],
)
def test_a_box_is_upright_and_within_the_picture(
    corners: list[tuple[float, float]], box: tuple[float, float, float, float]
) -> None:
    assert within(corners, 100, 100) == pytest.approx(box)
