"""What cannot be sent as it is becomes a container that can, with every packet still in it."""

from __future__ import annotations

import io
from pathlib import Path

import av
import pytest

from media.containers import sniff
from media.remuxing import index_is_last, remux
from seawall.errors import NetworksFault
from tests.media.clips import FRAGMENTS, Made, made


def packets(content: bytes) -> dict[str, int]:
    found: dict[str, int] = {}
    with av.open(io.BytesIO(content), "r") as container:
        for packet in container.demux():
            if packet.size:
                kind = packet.stream.type
                found[kind] = found.get(kind, 0) + 1
    return found


def written(path: Path, what: Made) -> Path:
    path.write_bytes(made(what))
    return path


def test_an_index_at_the_end_is_told(tmp_path: Path) -> None:
    last = Made("mp4", "libx264")
    first = Made("mp4", "libx264", options=(("movflags", "faststart"),))
    pieces = Made("mp4", "libx264", options=FRAGMENTS)
    assert index_is_last(written(tmp_path / "a.mp4", last))
    assert not index_is_last(written(tmp_path / "b.mp4", first))
    assert not index_is_last(written(tmp_path / "c.mp4", pieces))
    assert not index_is_last(written(tmp_path / "d.webm", Made("webm", "libvpx")))


def test_an_mp4_becomes_fragments_as_long_as_it_was(tmp_path: Path) -> None:
    path = written(tmp_path / "a.mp4", Made("mp4", "libx264", "aac"))
    name, found = remux(str(path), "mp4")
    pieces = list(found)
    content = b"".join(each.data for each in pieces)
    assert name == "mp4"
    assert sniff(content) == "mp4"
    assert packets(content) == packets(path.read_bytes())
    assert 2.0 < pieces[-1].due < 3.5
    assert len(pieces) >= 3


@pytest.mark.parametrize(
    ("what", "becomes"),
    [
        (Made("mp4", "libx264", "aac"), "mpegts"),
        (Made("webm", "libvpx", "libopus"), "matroska"),
        (Made("flv", "libx264", "aac"), "mpegts"),
    ],
)
def test_a_container_is_chosen_by_the_codecs(tmp_path: Path, what: Made, becomes: str) -> None:
    path = written(tmp_path / "clip", what)
    name, found = remux(str(path))
    content = b"".join(each.data for each in found)
    assert (name, sniff(content)) == (becomes, becomes)
    kept = packets(content)
    assert kept.keys() == packets(path.read_bytes()).keys()
    assert kept["video"] == packets(path.read_bytes())["video"]


def test_what_cannot_be_opened_or_shows_nothing_is_said(tmp_path: Path) -> None:
    (tmp_path / "words").write_text("no media at all")
    with pytest.raises(NetworksFault, match="cannot be opened"):
        remux(str(tmp_path / "words"))
    with pytest.raises(NetworksFault, match="cannot be opened"):
        remux("http://127.0.0.1:1/stream.m3u8")
