"""Codes in pictures: read whole, several of them, small, light on dark, in other scripts."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import zxingcpp

from detectors.pictures import Picture
from detectors.vision.codes import Codes
from tests.detectors.vision.drawing import coded, plain, scene, stuck_on

LINK = "https://drainer.example/claim?ref=1"
CODES = Codes()


def texts(picture: Picture, closer: bool = False) -> list[tuple[str, str]]:
    [seen] = CODES.look([picture], closer)
    return [(found.kind, found.text) for found in seen.texts]


def test_a_code_is_told_with_its_content_and_its_place() -> None:
    [seen] = CODES.look([stuck_on(scene(1), coded(LINK), 320, 90)])
    [found] = seen.texts
    assert (found.kind, found.text) == ("qr", LINK)
    left, top, right, bottom = found.box
    assert 0.5 < left < right < 0.85
    assert 0.25 < top < bottom < 0.75
    [signal] = seen.signals
    assert (signal.name, signal.score, signal.value) == ("qr.any", 1.0, LINK)


@pytest.mark.parametrize(
    "change",
    [
        lambda picture: 255 - picture,
        lambda picture: np.rot90(picture).copy(),
        lambda picture: picture[:, ::-1].copy(),
        lambda picture: cv2.imdecode(cv2.imencode(".jpg", picture, [1, 30])[1], 1),
        lambda picture: cv2.GaussianBlur(picture, (0, 0), 1.2),
        lambda picture: cv2.convertScaleAbs(picture, alpha=0.4, beta=100),
    ],
    ids=["inverted", "turned", "mirrored", "jpeg30", "blurred", "pale"],
)
def test_a_code_is_found_however_it_is_shown(change: object) -> None:
    picture = stuck_on(scene(1), coded(LINK), 320, 90)
    assert callable(change)
    assert texts(change(picture)) == [("qr", LINK)]


def test_small_codes_are_found() -> None:
    picture = stuck_on(scene(1, 1280, 720), coded(LINK, scale=2), 900, 500)
    assert texts(picture) == [("qr", LINK)]


def test_several_codes_are_all_told_and_each_once() -> None:
    picture = scene(2, 1280, 720)
    for number in range(3):
        picture = stuck_on(picture, coded(f"{LINK}{number}"), 40 + number * 300, 60)
    picture = stuck_on(picture, coded(f"{LINK}0"), 40, 420)
    assert sorted(texts(picture)) == [("qr", f"{LINK}{number}") for number in range(3)]


def test_more_codes_than_are_told_are_said_to_be_more() -> None:
    picture = plain(255, 1280, 1280)
    for number in range(20):
        piece = coded(f"number {number}", scale=3)
        picture = stuck_on(picture, piece, 10 + number % 5 * 250, 10 + number // 5 * 300)
    [seen] = CODES.look([picture])
    assert len(seen.texts) == 16
    assert seen.partly


@pytest.mark.parametrize("content", ["加微信 abc123", "телега: @drainer", "送金 0x12", "ok"])
def test_any_script_is_read(content: str) -> None:
    assert texts(stuck_on(scene(1), coded(content), 300, 60)) == [("qr", content)]


def test_micro_codes_are_qr_codes() -> None:
    assert texts(stuck_on(scene(1), coded("T.ME/X", micro=True, scale=6), 300, 60)) == [
        ("qr", "T.ME/X")
    ]


def test_what_is_no_text_is_told_in_hexadecimal() -> None:
    content = bytes(range(24))
    assert texts(stuck_on(scene(1), coded(content), 300, 60)) == [("qr", content.hex())]


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (zxingcpp.BarcodeFormat.Aztec, LINK),
        (zxingcpp.BarcodeFormat.DataMatrix, LINK),
        (zxingcpp.BarcodeFormat.PDF417, LINK),
        (zxingcpp.BarcodeFormat.Code128, "SEAWALL-128"),
        (zxingcpp.BarcodeFormat.EAN13, "4006381333931"),
    ],
    ids=lambda value: str(value),
)
def test_other_codes_are_read(kind: zxingcpp.BarcodeFormat, content: str) -> None:
    grey = np.array(zxingcpp.create_barcode(content, kind).to_image(scale=4))
    code = cv2.copyMakeBorder(grey, 20, 20, 20, 20, cv2.BORDER_CONSTANT, value=255)
    piece = np.asarray(cv2.cvtColor(code, cv2.COLOR_GRAY2RGB), np.uint8)
    assert texts(stuck_on(scene(3, 1280, 720), piece, 100, 100)) == [("barcode", content)]
    [seen] = CODES.look([stuck_on(scene(3, 1280, 720), piece, 100, 100)])
    assert [signal.name for signal in seen.signals] == ["barcode.any"]


@pytest.mark.parametrize("closer", [False, True])
def test_where_there_is_none_nothing_is_said(closer: bool) -> None:
    assert texts(scene(5), closer) == []
    assert texts(plain(), closer) == []
    assert texts(plain(width=1, height=1), closer) == []


def test_seen_closer_a_code_is_still_told_once() -> None:
    assert texts(stuck_on(scene(1), coded(LINK), 320, 90), closer=True) == [("qr", LINK)]
