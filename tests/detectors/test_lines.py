"""Lines: found where they are, doubted on their head, read with how sure that is."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from detectors.lines import Finder, Reader, Turner
from detectors.models.registry import load
from detectors.networks import CPU
from detectors.pictures import Picture
from seawall.errors import ConfigError
from tests.detectors.vision.drawing import plain, stuck_on, written


def content(name: str) -> bytes:
    [one] = load(name).values()
    return one


FINDER = Finder(content("ppocr-det"), CPU)
TURNER = Turner(content("ppocr-cls"), CPU)
READER = Reader(content("ppocr-rec"), CPU)
WORDS = written([("send 1 ETH", 12, 32)], 200, 48)


def test_a_line_is_found_where_it_stands() -> None:
    [corners] = FINDER.find(stuck_on(plain(30, 640, 360), WORDS, 300, 100), 480)
    assert np.abs(corners[0] - (306, 105)).max() < 8
    assert np.abs(corners[2] - (454, 140)).max() < 8


def test_a_turned_line_is_found_with_its_corners_in_order() -> None:
    turn = cv2.getRotationMatrix2D((320, 180), 20, 1)
    upright = written([("send 1 ETH to me now", 120, 190)])
    turned = np.asarray(cv2.warpAffine(upright, turn, (640, 360)), np.uint8)
    [corners] = FINDER.find(turned, 480)
    left_top, right_top, right_bottom, left_bottom = corners
    assert left_top[0] < right_top[0]
    assert left_top[1] - right_top[1] > 60, "it rises"
    assert left_bottom[1] > left_top[1]
    assert right_bottom[1] > right_top[1]


def test_two_lines_are_two_and_corners_lie_within_the_picture() -> None:
    found = FINDER.find(written([("left", 0, 20), ("right", 560, 355)]), 480)
    assert len(found) == 2
    for corners in found:
        assert corners.min() >= 0
        assert (corners <= (639, 359)).all()


@pytest.mark.parametrize("picture", [plain(), plain(0, 1, 1), plain(9, 1200, 2), plain(9, 2, 1200)])
def test_where_there_is_no_text_no_line_is_found(picture: Picture) -> None:
    assert FINDER.find(picture, 480) == []


def test_a_line_on_its_head_is_doubted_and_an_upright_one_is_not() -> None:
    assert not TURNER.doubts(WORDS)
    assert TURNER.doubts(np.ascontiguousarray(WORDS[::-1, ::-1]))


def test_a_line_is_read_with_how_sure_that_is() -> None:
    text, sure = READER.read(WORDS)
    assert text == "send 1 ETH"
    assert 0.8 < sure <= 1.0


def test_a_letter_said_twice_is_read_twice() -> None:
    assert READER.read(written([("committee 100", 12, 32)], 260, 48))[0] == "committee 100"


def test_where_nothing_stands_nothing_is_read() -> None:
    assert READER.read(plain(0, 200, 48)) == ("", 0.0)


def test_a_line_without_end_is_read_in_bounded_time() -> None:
    text, _ = READER.read(np.tile(WORDS, (1, 60, 1)))
    assert len(text) < 300


def test_a_network_that_names_no_characters_is_refused() -> None:
    with pytest.raises(ConfigError, match="which characters"):
        Reader(content("ppocr-cls"), CPU)
