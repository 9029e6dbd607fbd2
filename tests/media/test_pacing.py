"""Every byte of a file is sent, in order, when its own timestamps say."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from media.pacing import Slice, Timeline, begins_with_media, slices
from tests.media.clips import FRAGMENTS, Made, jpegs, made, raw

_CLIPS = {
    "fragments.mp4": Made("mp4", "libx264", "aac", options=FRAGMENTS),
    "clip.webm": Made("webm", "libvpx", "libopus"),
    "clip.ts": Made("mpegts", "libx264", "aac"),
    "clip.flv": Made("flv", "libx264", "aac"),
    "sound.ogg": Made("ogg", audio="libopus"),
    "sound.wav": Made("wav", audio="pcm_s16le"),
}


def sent(path: Path, rate: float = 0.0) -> list[Slice]:
    found = list(slices(path, rate))
    assert b"".join(each.data for each in found) == path.read_bytes()
    assert [each.due for each in found] == sorted(each.due for each in found)
    return found


@pytest.mark.parametrize("name", _CLIPS)
def test_a_clip_takes_as_long_as_it_plays(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(made(_CLIPS[name]))
    found = sent(path)
    assert 2.0 < found[-1].due < 3.5
    assert len(found) > 2


def test_what_has_no_timestamps_is_sent_by_its_frames_or_a_rate(tmp_path: Path) -> None:
    path = tmp_path / "clip.264"
    path.write_bytes(made(Made("h264", "libx264", fps=25)))
    assert 2.0 < sent(path)[-1].due < 3.5
    path.write_bytes(raw(2.0))
    assert 1.9 < sent(path, rate=32_000.0)[-1].due < 2.1


def test_damaged_files_are_sent_to_the_last_byte(tmp_path: Path) -> None:
    whole = made(_CLIPS["clip.ts"])
    path = tmp_path / "clip.ts"
    for content in (whole[: len(whole) // 2 + 7], whole[:5000] + b"\xff" * 20_000, b"words " * 50):
        path.write_bytes(content)
        sent(path)
    path.write_bytes(b"")
    assert sent(path) == []
    with pytest.raises(OSError, match="absent"):
        list(slices(tmp_path / "absent"))


@given(st.lists(st.none() | st.floats(-1e6, 1e6) | st.sampled_from([0.0, 1e9, -1e9]), max_size=50))
def test_time_never_runs_backwards_and_jumps_cost_nothing(stamps: list[float | None]) -> None:
    line, before = Timeline(), 0.0
    for stamp in stamps:
        due = line.place(stamp, 0.04)
        assert before <= due <= before + 10.001
        before = due


def test_timestamps_that_go_on_are_kept() -> None:
    line = Timeline()
    assert [line.place(at) for at in (1000.0, 1000.5, 1000.25, 1001.0)] == [0.0, 0.5, 0.5, 1.0]
    assert line.place(0.0) == pytest.approx(1.04)  # a counter that began again
    assert line.place(0.5) == pytest.approx(1.54)


def test_a_file_is_announced_as_what_it_is() -> None:
    assert begins_with_media(made(_CLIPS["clip.webm"])) == "matroska"
    assert begins_with_media(made(_CLIPS["fragments.mp4"])) == "mp4"
    assert begins_with_media(jpegs()) == "mjpeg"
    assert begins_with_media(b"just some words") == "auto"
    assert begins_with_media(b"") == "auto"
