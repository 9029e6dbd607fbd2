"""What one frame says: detectors' names, its text line by line, and what is new in it."""

from __future__ import annotations

from itertools import pairwise
from math import nan

from hypothesis import given, strategies as st

from detectors.catalog import CATALOG
from gateway.stream.looking import TEXT, Scenes, Seen, image_signals, text_of
from workers.streams.reports import Saw, Text
from workers.streams.units import Chosen
from workers.units import Said


def _chosen(at: float, changed: bool) -> Chosen:
    return Chosen(1, at, at, "key", changed)


BOX = (0.0, 0.0, 1.0, 1.0)


def test_each_signal_names_its_detector() -> None:
    names = ("image.nudity", "image.sexual", "qr.any", "hash.csam", "onnx.logos.acme", "new.thing")
    found = image_signals(Said(name, 0.5) for name in names)
    assert [each.detector for each in found] == [
        "nudity",
        "safety",
        "codes",
        "pdq",
        "onnx.logos",
        "new",
    ]


def test_every_image_detector_of_the_catalog_is_named() -> None:
    entries = [entry for entry in CATALOG if entry.modality == "vision" and entry.name != "onnx"]
    for entry in entries:
        names = [name + "listed" * name.endswith(".") for name in entry.signals]
        found = image_signals(Said(name, 0.5) for name in names)
        assert [each.detector for each in found] == [entry.name] * len(names)


def test_another_scene_is_news_only_after_a_long_one() -> None:
    scenes = Scenes(still_s=60.0)
    frames = [
        (0, True),
        (30, False),
        (59, True),
        (100, True),
        (159, False),
        (160, True),
        (161, True),
    ]
    found = [at for at, changed in frames if scenes.news(_chosen(at, changed))]
    assert found == [160]
    assert not scenes.news(_chosen(nan, True))
    assert not scenes.news(_chosen(50.0, True)), "a clock that was set back begins anew"
    assert scenes.news(_chosen(110.0, True))


@given(st.lists(st.tuples(st.floats(0, 90), st.booleans()), max_size=60))
def test_scenes_are_news_a_minute_apart_at_least(steps: list[tuple[float, bool]]) -> None:
    scenes, at, found = Scenes(still_s=60.0), 0.0, []
    for step, changed in steps:
        at += step
        if scenes.news(_chosen(at, changed)):
            found.append(at)
    assert all(b - a >= 60.0 for a, b in pairwise(found))


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
