"""What one frame says: detectors' names, its text line by line, and what is new in it."""

from __future__ import annotations

from gateway.stream.looking import TEXT, Seen, image_signals, text_of
from workers.streams.reports import Saw, Text
from workers.units import Said

BOX = (0.0, 0.0, 1.0, 1.0)


def test_each_signal_names_its_detector() -> None:
    names = ("image.nudity", "image.sexual", "qr.any", "hash.csam", "onnx.logos.acme", "new.thing")
    found = image_signals(Said(name, 0.5) for name in names)
    assert [each.detector for each in found] == [
        "opennsfw",
        "image-safety",
        "codes",
        "pdq",
        "onnx.logos",
        "new",
    ]


def test_texts_stand_on_lines_and_are_bounded() -> None:
    texts = [Text("qr", "a", BOX), Text("ocr", "", BOX), Text("ocr", "b c", BOX)]
    assert text_of(Saw(1, 1, 0.0, "ocr", [], texts)) == "a\nb c"
    many = [Text("ocr", "x" * 4096, BOX)] * 10
    assert len(text_of(Saw(1, 1, 0.0, "ocr", [], many))) == TEXT


def test_only_what_is_new_is_a_reason_to_look_closer() -> None:
    seen = Seen(keep_s=60.0, most=3)
    line, code = Text("ocr", "hello", BOX), Text("qr", "https://x", BOX)
    assert seen.news([line], 0.0) == "text"
    assert seen.news([line], 30.0) is None
    assert seen.news([line, code], 40.0) == "qr"
    assert seen.news([line, code], 50.0) is None
    assert seen.news([line], 120.0) == "text"
    for n in range(10):
        seen.news([Text("ocr", str(n), BOX)], 121.0)
    assert seen.news([line], 122.0) == "text"
