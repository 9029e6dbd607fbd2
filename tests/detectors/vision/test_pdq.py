"""Known pictures: found again mirrored, framed, recompressed; unknown and empty ones are not."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from detectors.hashlists import THRESHOLD
from detectors.perceptual import Hash
from detectors.pictures import Picture
from detectors.vision.pdq import KnownList, Pdq, variants
from tests.detectors.vision.drawing import plain, scene, stuck_on

KNOWN = [scene(seed) for seed in range(4)]


def written(found: Hash) -> str:
    return "".join(f"{int(word):016x}" for word in found)


def listed(folder: Path, pictures: list[Picture]) -> KnownList:
    path = folder / "known.txt"
    path.write_text(
        "\n".join(f"{written(variants(each)[0])} # {at}" for at, each in enumerate(pictures))
    )
    return KnownList("known", str(path), "extremism")


def jpeg(picture: Picture, quality: int) -> Picture:
    coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)


def framed(picture: Picture, down: int, across: int, level: int = 0) -> Picture:
    return np.asarray(
        cv2.copyMakeBorder(picture, down, down, across, across, cv2.BORDER_CONSTANT,
                           value=(level, level, level)), np.uint8)  # fmt: skip


def set_in(picture: Picture, share: float) -> Picture:
    ground = scene(99)
    high, wide = round(360 * share), round(640 * share)
    small = np.asarray(cv2.resize(picture, (wide, high), interpolation=cv2.INTER_AREA), np.uint8)
    return stuck_on(ground, small, (640 - wide) // 2, (360 - high) // 2)


CHANGES: dict[str, Callable[[Picture], object]] = {
    "as it is": lambda picture: picture,
    "mirrored": lambda picture: picture[:, ::-1].copy(),
    "upside down": lambda picture: picture[::-1].copy(),
    "turned": lambda picture: np.rot90(picture).copy(),
    "jpeg30": lambda picture: jpeg(picture, 30),
    "brighter": lambda picture: cv2.convertScaleAbs(picture, alpha=1.15, beta=15),
    "darker": lambda picture: cv2.convertScaleAbs(picture, alpha=0.6),
    "half the size": lambda picture: cv2.resize(picture, (320, 180), interpolation=cv2.INTER_AREA),
    "letterboxed": lambda picture: framed(picture, 60, 0),
    "pillarboxed": lambda picture: framed(picture, 0, 120),
    "white frame": lambda picture: framed(picture, 40, 60, 255),
    "letterboxed, mirrored, jpeg40": lambda picture: jpeg(framed(picture[:, ::-1], 60, 0), 40),
    "set into another": lambda picture: set_in(picture, 0.8),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_known_picture_is_found_again(tmp_path: Path, change: str) -> None:
    detector = Pdq([listed(tmp_path, KNOWN)])
    [seen] = detector.look([np.ascontiguousarray(CHANGES[change](KNOWN[2]), np.uint8)])
    [signal] = seen.signals
    assert (signal.name, signal.category, signal.detector) == ("hash.known", "extremism", "pdq")
    assert signal.value.startswith("2 (")
    assert 1.0 - 31 / 256 <= signal.score <= 1.0


@pytest.mark.parametrize(
    "picture", [scene(50), plain(), plain(255), plain(0, 1, 1), framed(plain(9), 9, 9)]
)
def test_unknown_and_empty_pictures_are_not(tmp_path: Path, picture: Picture) -> None:
    assert Pdq([listed(tmp_path, KNOWN)]).look([picture])[0].signals == []


@given(seed=st.integers(100, 400), width=st.integers(1, 900), height=st.integers(1, 900))
@settings(max_examples=25, deadline=None)
def test_any_picture_has_hashes_or_too_little_in_it(seed: int, width: int, height: int) -> None:
    found = variants(scene(seed, width, height))
    assert len(found) % 8 == 0
    assert len(found) <= 40
    assert all(each.shape == (4,) and each.dtype == np.uint64 for each in found)


def test_nearly_all_are_found_mirrored_framed_and_recompressed_at_once() -> None:
    random = np.random.default_rng(7)
    found = 0
    for seed in range(60):
        known = scene(seed)
        shown = known[:, ::-1].copy() if random.random() < 0.5 else known
        # A bar of a pixel or two is half gone after scaling, and then no bar.
        down, across = (int(bar) if bar >= 5 else 0 for bar in random.integers(0, 90, 2))
        shown = jpeg(framed(shown, down, across), int(random.integers(30, 95)))
        [first, *_] = variants(known)
        distances = [int(np.bitwise_count(first ^ each).sum()) for each in variants(shown)]
        found += min(distances) <= THRESHOLD
    assert found >= 57


@given(one=st.integers(0, 500), other=st.integers(501, 1000))
@settings(max_examples=20, deadline=None)
def test_two_pictures_are_far_apart_whatever_is_done_to_them(one: int, other: int) -> None:
    [first, *_] = variants(scene(one))
    assert min(int(np.bitwise_count(first ^ each).sum()) for each in variants(scene(other))) > 60


def test_a_list_is_read_again_when_its_file_changes(tmp_path: Path) -> None:
    known = listed(tmp_path, KNOWN[:1])
    detector = Pdq([known])
    before = detector.version
    assert detector.refresh() == []
    assert detector.look([KNOWN[1]])[0].signals == []
    listed(tmp_path, KNOWN[:2])
    os.utime(known.path, ns=(1, 1))
    assert detector.refresh() == []
    assert detector.version != before
    assert detector.sizes == {"known": 2}
    assert detector.look([KNOWN[1]])[0].signals


def test_a_list_that_went_bad_or_vanished_leaves_the_old_one_in_force(tmp_path: Path) -> None:
    known = listed(tmp_path, KNOWN[:1])
    detector = Pdq([known])
    Path(known.path).write_text("hello\n")
    assert detector.refresh() == ["known"]
    assert detector.problems["known"].startswith("left as it was: ")
    assert "line 1" in detector.problems["known"]
    assert detector.look([KNOWN[0]])[0].signals
    Path(known.path).unlink()
    assert detector.refresh() == ["known"]
    assert "cannot be read" in detector.problems["known"]
    assert detector.look([KNOWN[0]])[0].signals


def test_a_list_that_cannot_be_read_is_done_without_until_it_is_mended(tmp_path: Path) -> None:
    known, gone = listed(tmp_path, KNOWN[:1]), tmp_path / "gone.txt"
    detector = Pdq([KnownList("gone", str(gone)), known])
    assert dict(detector.problems) == {
        "gone": f"done without: {gone} cannot be read: No such file or directory"
    }
    assert [each.name for each in detector.look([KNOWN[0]])[0].signals] == ["hash.known"]
    gone.write_bytes(Path(known.path).read_bytes())
    assert detector.refresh() == []
    assert detector.problems == {}
    found = detector.look([KNOWN[0]])[0].signals
    assert [each.name for each in found] == ["hash.gone", "hash.known"]
