"""Detectors asked and answered for: stills, bounds, and detectors that raise or lie."""

from __future__ import annotations

import os
from collections.abc import Sequence
from time import monotonic

import numpy as np
import pytest

from detectors.pictures import Found, Picture, Seen
from seawall.signals import Signal
from tests.workers.vision.conftest import plain, scene
from workers.streams.mailbox import Gallery, Mailbox
from workers.streams.reports import Lost, Saw
from workers.streams.units import Shown
from workers.vision.frames import Frame
from workers.vision.looking import Looking
from workers.vision.stills import MOST_BYTES, still


class Brightness:
    """Scores how bright a picture is; a black one it cannot bear."""

    version = "1"

    def __init__(self, name: str = "bright", most: int = 1) -> None:
        self.name = name
        self.most = most
        self.asked: list[tuple[int, bool]] = []

    def look(self, pictures: Sequence[Picture], closer: bool = False) -> list[Seen]:
        self.asked.append((len(pictures), closer))
        levels = [float(picture.mean()) / 255 for picture in pictures]
        if 0.0 in levels:
            raise RuntimeError("too dark")
        return [Seen([Signal("image.bright", level, self.name, "sexual")]) for level in levels]


class Wordy:
    """Finds more texts than anybody wants, in places that do not exist."""

    name, version, most = "wordy", "1", 1

    def look(self, pictures: Sequence[Picture], closer: bool = False) -> list[Seen]:
        box = (-1.0, 0.5, 7.0, 2.0)
        return [Seen([], [Found("ocr", "x" * 9000, box, 3.0)] * 100) for _ in pictures]


class Silent:
    """Gives no answer at all."""

    name, version, most = "silent", "1", 1

    def look(self, pictures: Sequence[Picture], closer: bool = False) -> list[Seen]:
        return []


def frame(n: int, picture: Picture, *, closer: bool = False, at: float = 100.0) -> Frame:
    mailbox = Mailbox(picture.nbytes, 1)
    height, width = picture.shape[:2]
    mailbox.rows(0, width, height)[:] = picture
    gallery = Gallery(os.dup(mailbox.fd), 1, picture.nbytes)
    mailbox.close()
    shown = Shown(n, at, 0, width, height, monotonic() + 5, True, closer)
    return Frame(7, shown, gallery, monotonic())


def looking(*heavy: object, light: Sequence[object] = (), problems: list[str]) -> Looking:
    return Looking(light, heavy, 0.6, 320, problems.append)  # type: ignore[arg-type]


def look(eye: Looking, *pictures: Picture, heavy: bool = True) -> list[Saw | Lost]:
    frames = [frame(n, picture) for n, picture in enumerate(pictures)]
    return eye.look(frames, list(pictures), [heavy] * len(frames), monotonic())


def test_a_still_comes_with_what_is_bad_enough() -> None:
    eye = looking(Brightness(), problems=[])
    dark, bright = look(eye, plain(50), plain(200))
    assert isinstance(dark, Saw)
    assert isinstance(bright, Saw)
    assert dark.still == b""
    assert bright.still.startswith(b"\xff\xd8\xff")
    assert [(each.name, round(each.score, 2)) for each in bright.signals] == [
        ("image.bright", 0.78)
    ]
    assert {"queue", "bright"} == set(bright.ms)


def test_a_detector_that_raises_costs_the_frame_it_raises_at_and_no_other() -> None:
    problems: list[str] = []
    told = look(looking(Brightness(most=8), problems=problems), plain(50), plain(0), plain(60))
    assert [type(each) for each in told] == [Saw, Lost, Saw]
    assert told[1] == Lost(7, 1, 100.0, "frame", "error")
    assert set(problems) == {"bright: RuntimeError"}


def test_what_others_found_is_said_where_one_raises() -> None:
    class Code(Wordy):
        def look(self, pictures: Sequence[Picture], closer: bool = False) -> list[Seen]:
            return [Seen([Signal("qr.any", 1.0, "codes")]) for _ in pictures]

    [told] = look(looking(Brightness(), light=[Code()], problems=[]), plain(0))
    assert isinstance(told, Saw)
    assert told.unchecked == "error"
    assert [each.name for each in told.signals] == ["qr.any"]


def test_without_the_models_the_rest_looks_and_that_is_said() -> None:
    heavy, light = Brightness("models"), Brightness("light")
    eye = looking(heavy, light=[light], problems=[])
    [told] = look(eye, plain(50), heavy=False)
    assert isinstance(told, Saw)
    assert told.unchecked == "load"
    assert (heavy.asked, light.asked) == ([], [(1, False)])
    assert eye.heavy_s is None


def test_where_there_are_no_models_nothing_is_left_out() -> None:
    [told] = look(looking(light=[Brightness()], problems=[]), plain(50), heavy=False)
    assert isinstance(told, Saw)
    assert told.unchecked == ""


def test_texts_are_bounded_and_their_boxes_are_within_the_picture() -> None:
    [told] = look(looking(Wordy(), problems=[]), plain(50))
    assert isinstance(told, Saw)
    assert told.unchecked == "limit"
    assert len(told.texts) == 64
    assert told.texts[0].box == (0.0, 0.5, 1.0, 1.0)
    assert (len(told.texts[0].text), told.texts[0].score) == (4096, 1.0)


def test_a_detector_that_does_not_answer_is_an_error() -> None:
    problems: list[str] = []
    [told] = look(looking(Silent(), problems=problems), plain(50))
    assert isinstance(told, Lost)
    assert problems == ["silent: ValueError"]


def test_batches_are_as_large_as_a_detector_takes() -> None:
    detector = Brightness(most=4)
    eye = looking(detector, problems=[])
    assert eye.most == 4
    look(eye, *[plain(50)] * 6)
    assert [size for size, _ in detector.asked] == [4, 2]


def test_a_promoted_stream_is_seen_closer() -> None:
    detector = Brightness()
    shown = frame(1, plain(50), closer=True)
    looking(detector, problems=[]).look([shown], [shown.copied()], [True], monotonic())
    assert detector.asked == [(1, True)]


def test_text_is_read_of_one_frame() -> None:
    eye = looking(problems=[])
    shown = frame(3, plain(50))
    told = eye.read(Wordy(), shown, shown.copied())
    assert isinstance(told, Saw)
    assert (told.unit, told.n, told.unchecked) == ("ocr", 3, "limit")
    failed = eye.read(Silent(), shown, shown.copied())
    assert failed == Lost(7, 3, 100.0, "ocr", "error")


@pytest.mark.parametrize("width", [64, 320, 1280])
def test_a_still_is_never_larger_than_allowed(width: int) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (720, 1280, 3), np.uint8)
    for picture in (noise, scene(1, 1280, 720), plain(9, 3, 5)):
        found = still(picture, width)
        assert 0 < len(found) <= MOST_BYTES or max(picture.shape[:2]) < 64


def test_under_suspicion_every_frame_is_looked_at_and_every_second_with_care() -> None:
    bright = Brightness()
    eye = looking(bright, problems=[])
    for n in range(5):
        shown = frame(n, plain(), closer=True, at=100.0 + n * 0.48)
        eye.look([shown], [plain()], [True], monotonic())
    assert bright.asked == [(1, True), (1, False), (1, True), (1, False), (1, True)]


def test_under_suspicion_every_second_text_is_read_with_care() -> None:
    bright = Brightness()
    eye = looking(problems=[])
    for n in range(4):
        eye.read(bright, frame(n, plain(), closer=True, at=100.0 + n * 4.9), plain())
    assert [closer for _, closer in bright.asked] == [True, False, True, False]


def test_care_for_frames_takes_nothing_from_care_for_text() -> None:
    bright, reader = Brightness(), Brightness("reads")
    eye = looking(bright, problems=[])
    shown = frame(1, plain(), closer=True)
    eye.look([shown], [plain()], [True], monotonic())
    eye.read(reader, shown, plain())
    assert bright.asked == reader.asked == [(1, True)]
