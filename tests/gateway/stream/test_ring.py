"""A ring becomes a clip, and a clip longer while nothing is missing between the two."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.record.clips import Clip, Clips
from gateway.stream.ring import Ring

KEY = ("t", "e", 0)


@pytest.fixture
def clips(tmp_path: Path) -> Clips:
    clips = Clips(tmp_path, b"s" * 32)
    clips.folder.mkdir(parents=True)
    return clips


def ring_of(tmp_path: Path, clips: Clips, name: str = "ring") -> Ring:
    return Ring(tmp_path / "rings", clips, name, 30.0, 1 << 20)


def frozen(ring: Ring) -> Clip:
    clip = ring.freeze(KEY, "live", "mpegts")
    assert clip is not None
    return clip


def read(clips: Clips) -> bytes:
    clip = clips.find(KEY)
    assert clip is not None
    return b"".join(data for _, data in clips.read(clip))


def test_a_clip_gets_what_came_since_and_only_that(tmp_path: Path, clips: Clips) -> None:
    ring = ring_of(tmp_path, clips)
    ring.write(b"one", 100.0)
    first = frozen(ring)
    assert frozen(ring) == first  # nothing came
    ring.write(b"two", 101.0)
    second = frozen(ring)
    ring.write(b"three", 102.0)
    third = frozen(ring)
    assert read(clips) == b"onetwothree"
    assert clips.find(KEY) == third
    assert (third.from_, third.to, third.offset, third.bytes) == (100.0, 102.0, 3, 11)
    assert len({first.sha256, second.sha256, third.sha256}) == 3


def test_a_clip_stays_as_it_is_where_something_is_missing_behind_it(
    tmp_path: Path, clips: Clips
) -> None:
    ring = ring_of(tmp_path, clips)
    ring.write(b"one", 100.0)
    first = frozen(ring)
    for second in range(1, 60):
        ring.write(b"more", 100.0 + second)
    assert frozen(ring) == first
    assert read(clips) == b"one"


def test_a_clip_of_another_ring_stays_as_it_is(tmp_path: Path, clips: Clips) -> None:
    before = ring_of(tmp_path, clips)
    before.write(b"one", 100.0)
    first = frozen(before)
    again = ring_of(tmp_path, clips, "again")
    again.write(b"two", 101.0)
    assert frozen(again) == first
    assert read(clips) == b"one"
