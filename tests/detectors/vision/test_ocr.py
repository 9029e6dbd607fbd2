"""Text in pictures: read whole, in reading order, with its place; nothing where there is none."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from detectors.models.registry import version
from detectors.pictures import Picture
from detectors.vision.ocr import Ocr
from tests.detectors.vision.drawing import plain, scene, stuck_on, written

OCR = Ocr(most_lines=6)
OFFER = [("send 1 ETH to", 40, 80), ("t.me/fastdouble", 40, 130), ("and get 2 ETH back", 40, 180)]


def texts(picture: Picture, closer: bool = False) -> list[str]:
    [seen] = OCR.look([picture], closer)
    assert seen.signals == []
    return [found.text for found in seen.texts]


def test_an_offer_over_three_lines_is_one_text_in_its_place() -> None:
    [seen] = OCR.look([written(OFFER)])
    [found] = seen.texts
    assert found.kind == "ocr"
    assert found.text == "send 1 ETH to t.me/fastdouble and get 2 ETH back"
    left, top, right, bottom = found.box
    assert 0.02 < left < 0.1
    assert 0.05 < top < 0.2
    assert 0.4 < right < 0.7
    assert 0.45 < bottom < 0.6
    assert 0.5 <= found.score <= 1.0


def test_text_on_a_moving_picture_and_after_compression_is_read() -> None:
    picture = stuck_on(scene(1), written(OFFER[:1], 320, 120), 100, 100)
    coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 50])[1]
    assert "send 1 ETH to" in texts(np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8))


def test_two_places_are_two_texts() -> None:
    picture = written([("OFFICIAL", 30, 60), ("chat", 480, 320)])
    assert sorted(texts(picture)) == ["OFFICIAL", "chat"]


def test_text_that_stands_on_its_side_or_head_is_read() -> None:
    upright = written([("send 1 ETH", 20, 60)], 300, 100)
    assert texts(upright[::-1, ::-1].copy()) == ["send 1 ETH"]
    assert texts(stuck_on(plain(30), np.rot90(upright)[:180].copy(), 40, 0)) != []


def test_of_too_many_lines_the_largest_are_read_and_that_is_said() -> None:
    lines = [
        (f"line {number}", 20 + number % 2 * 320, 40 + number // 2 * 80) for number in range(8)
    ]
    [seen] = OCR.look([written(lines)])
    assert seen.partly
    assert sum(found.text.count("line") for found in seen.texts) == 6


@pytest.mark.parametrize("closer", [False, True])
@pytest.mark.parametrize("picture", [plain(), scene(2), plain(0, 1, 1), plain(9, 1200, 2)])
def test_where_there_is_none_nothing_is_said(picture: Picture, closer: bool) -> None:
    assert texts(picture, closer) == []


def test_seen_closer_smaller_text_is_read() -> None:
    small = written(
        [(f"small text {row}", 900, 300 + row * 26) for row in range(3)], 1280, 720, 0.5
    )
    assert " ".join(texts(small, closer=True)).count("small text") == 3


def test_the_version_names_the_weights() -> None:
    assert OCR.version == version("ppocr-rec")
