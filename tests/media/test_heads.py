"""What a container must begin with is taken off its first bytes, however they come."""

from __future__ import annotations

import io

import av
import pytest

from media.heads import Head
from tests.media.clips import FRAGMENTS, Made, made


def head_of(content: bytes, size: int = 700) -> bytes:
    head = Head()
    known = [head.feed(content[at : at + size]) for at in range(0, len(content), size)]
    assert sum(known) == bool(head.found)
    return head.found


@pytest.mark.parametrize("size", [1, 700, 1_000_000])
def test_a_stream_can_be_joined_in_its_middle_with_its_head(size: int) -> None:
    for what, mark in (
        (Made("webm", "libvpx", "libopus"), b"\x1f\x43\xb6\x75"),
        (Made("mp4", "libx264", "aac", options=FRAGMENTS), b"moof"),
    ):
        content = made(what)
        head = head_of(content, size)
        assert content.startswith(head)
        middle = content.find(mark, content.find(mark) + 4)
        middle -= 4 if mark == b"moof" else 0
        with av.open(io.BytesIO(head + content[middle:]), "r") as container:
            assert any(True for _ in container.decode(video=0))


def test_other_containers_need_none_and_nothing_is_kept() -> None:
    assert head_of(made(Made("mpegts", "libx264"))) == b""
    assert head_of(made(Made("mp4", "libx264", options=(("movflags", "faststart"),)))) == b""
    assert head_of(b"words " * 100_000) == b""
    assert head_of(b"\x1a\x45\xdf\xa3\x80\x42\x82\x84webm" + bytes(600_000)) == b""
