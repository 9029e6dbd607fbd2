"""What of a video track is decoded, and which frames come out."""

from __future__ import annotations

import itertools

import pytest

from media.choose import Chooser, Rates
from media.clock import Clock
from media.watching import Look, Watcher
from tests.media.clips import FRAGMENTS, Made, made
from tests.media.streams import openings, source

CLIPS = [
    Made("mp4", "libx264", seconds=6, bframes=2, options=FRAGMENTS),
    Made("mp4", "libx265", seconds=6, options=FRAGMENTS),
    Made("webm", "libvpx", seconds=6),
    Made("webm", "libvpx-vp9", seconds=6),
    Made("webm", "libsvtav1", seconds=6),
    Made("mpegts", "libx264", seconds=6, bframes=3),
]


def watch(
    what: Made, rates: Rates, promote: float = -1.0, lose: range = range(0), most: int = 1 << 25
) -> tuple[list[Look], Watcher]:
    """Watch a clip; `lose` names packets that never arrive."""
    chooser, clock, looks = Chooser(rates, 3), Clock(), []
    opening = next(openings(source(made(what))))
    assert opening.video is not None
    watcher = Watcher(opening.video.codec_context, chooser, most)
    for n, unit in enumerate(opening.units()):
        if n in lose:
            if n == lose[0]:
                watcher.broken()
            continue
        moment = clock.place(unit.track, unit.pts, unit.lasts, unit.seen)
        chooser.promote(0 <= promote <= moment.t)
        looks += watcher.packet(unit.packet, moment)
    return looks + watcher.end(), watcher


@pytest.mark.parametrize("what", CLIPS)
def test_only_keyframes_are_decoded_and_each_comes_at_once(what: Made) -> None:
    looks, watcher = watch(what, Rates(random=False))
    assert [look.why for look in looks] == ["first"] + ["key"] * (len(looks) - 1)
    assert len(looks) in (6, 7)
    assert watcher.decoded == len(looks)
    assert all(look.frame.key_frame for look in looks)
    gaps = [b.moment.t - a.moment.t for a, b in itertools.pairwise(looks)]
    assert all(gap == pytest.approx(1.0, abs=0.15) for gap in gaps)


def test_a_keyframe_of_another_scene_is_told() -> None:
    looks, _ = watch(Made("mpegts", "libx264", seconds=6, scene_s=3.0), Rates(random=False))
    assert [look.changed for look in looks] == [False, False, False, True, False, False]


@pytest.mark.parametrize("what", CLIPS)
def test_a_random_frame_between_is_the_right_one(what: Made) -> None:
    looks, _ = watch(what, Rates(max_gap_s=3.0))
    found = [look for look in looks if look.why == "random"]
    assert len(found) == 2
    for look in found:
        n = round((look.moment.t - looks[0].moment.t) * what.fps)
        assert not look.frame.key_frame
        blue = int(look.frame.to_ndarray(format="rgb24")[..., 2].mean())
        assert blue == pytest.approx((40 + n * 8) % 256, abs=14)


def test_a_long_gap_is_decoded_through() -> None:
    what = Made("mp4", "libx264", seconds=12, gop=1000, options=FRAGMENTS)
    looks, watcher = watch(what, Rates(max_gap_s=3.0, random=False))
    assert {look.why for look in looks[1:]} <= {"gap", "scene"}
    assert watcher.errors == 0
    assert watcher.chooser.worst_gap_s < 3.3


def test_promotion_decodes_everything_from_then_on() -> None:
    what = Made("mpegts", "libx264", seconds=6, gop=30, bframes=2)
    looks, watcher = watch(what, Rates(random=False), promote=2.0)
    assert [look.why for look in looks].count("promoted") >= 6
    assert watcher.decoded > 40
    assert watcher.errors == 0


def test_lost_packets_wait_for_the_next_keyframe() -> None:
    what = Made("mpegts", "libx264", seconds=6)
    looks, watcher = watch(what, Rates(max_gap_s=3.0), lose=range(12, 18))
    assert watcher.errors == 0
    assert len([look for look in looks if look.why in ("first", "key")]) in (5, 6)


def test_pictures_beyond_the_limit_are_not_decoded() -> None:
    looks, watcher = watch(CLIPS[0], Rates(random=False), most=100 * 50)
    assert looks == []
    assert watcher.decoded == 0
