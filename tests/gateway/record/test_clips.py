"""Clips in a folder: bound to their decision, refused when changed, drafts swept up."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gateway.record.clips import LENGTH, Clip, Clips, Segment, place_of, segment_file
from seawall.errors import ConfigError

SECRET = b"s" * 32


def keep(clips: Clips, event: str, *pieces: bytes) -> Clip:
    """Keep a clip of one segment."""
    draft = clips.folder / "draft-1"
    draft.mkdir(parents=True)
    with (draft / segment_file(0)).open("wb") as file:
        for number, piece in enumerate(pieces):
            sealed = clips.seal.seal_bytes(piece, place_of("ring", 0, number))
            file.write(LENGTH.pack(len(sealed)) + sealed)
    size = sum(map(len, pieces))
    segments = (Segment(0, len(pieces), size),)
    clip = Clip("t", event, 0, "live", "webm", "ring", 1.0, 2.0, size, size, segments)
    clips.keep(draft, clip)
    return clip


def test_a_clip_is_found_by_its_decision_and_read_in_order(tmp_path: Path) -> None:
    clips = Clips(tmp_path, SECRET)
    clip = keep(clips, "e1", b"one", b"two")
    again = Clips(tmp_path, SECRET)
    assert again.find(("t", "e1", 0)) == clip
    assert [data for _, data in again.read(clip)] == [b"one", b"two"]
    assert again.find(("t", "e1", 1)) is None
    assert again.find(("other", "e1", 0)) is None


def test_a_clip_cannot_be_given_to_another_decision(tmp_path: Path) -> None:
    clips = Clips(tmp_path, SECRET)
    clip = keep(clips, "e1", b"one")
    shutil.move(clips.path(clip), clips.folder / clips.name(("t", "e2", 0)))
    with pytest.raises(ConfigError):
        clips.find(("t", "e2", 0))


def test_pieces_cannot_be_left_out(tmp_path: Path) -> None:
    clips = Clips(tmp_path, SECRET)
    clip = keep(clips, "e1", b"one", b"two")
    path = clips.path(clip) / segment_file(0)
    path.write_bytes(path.read_bytes()[: len(path.read_bytes()) // 2])
    with pytest.raises(ConfigError, match="cut"):
        list(clips.read(clip))


def test_all_lists_what_can_be_read_and_deletes_drafts(tmp_path: Path) -> None:
    clips = Clips(tmp_path, SECRET)
    clip = keep(clips, "e1", b"one")
    (clips.folder / "draft-2").mkdir()
    keep(Clips(tmp_path, b"x" * 32), "e2", b"two")
    assert list(clips.all()) == [clip]
    assert clips.unreadable == 1
    assert not (clips.folder / "draft-2").exists()
    assert clips.delete(("t", "e1", 0))
    assert not clips.delete(("t", "e1", 0))
