"""Boxes of an MP4 that comes in pieces."""

from __future__ import annotations

import struct

from hypothesis import given, strategies as st

from media.boxes import MOST_TRACKS, Boxes, crowded, encrypted, resume
from tests.media.clips import FRAGMENTS, Made, made

KINDS = st.sampled_from([b"ftyp", b"moov", b"moof", b"mdat", b"free", b"styp"])


def box(kind: bytes, size: int, large: bool) -> bytes:
    if large:
        return struct.pack(">I4sQ", 1, kind, size + 16) + bytes(size)
    return struct.pack(">I4s", size + 8, kind) + bytes(size)


@given(
    st.lists(st.tuples(KINDS, st.integers(0, 50), st.booleans()), max_size=12),
    st.lists(st.integers(1, 40), min_size=1, max_size=40),
)
def test_boxes_are_found_however_the_bytes_are_cut(
    boxes: list[tuple[bytes, int, bool]], cuts: list[int]
) -> None:
    data = b"".join(box(*each) for each in boxes)
    walker, found, at = Boxes(), [], 0
    for n in range(len(data)):
        size = cuts[n % len(cuts)]
        found += walker.feed(data[at : at + size])
        at += size
    assert [each.kind for each in found] == [kind for kind, _, _ in boxes]
    starts = [sum(len(box(*each)) for each in boxes[:n]) for n in range(len(boxes))]
    assert [each.start for each in found] == starts
    assert not walker.lost


@given(st.integers(1, 300))
def test_a_box_that_did_not_end_is_short(end: int) -> None:
    data = box(b"moof", 92, large=False) + box(b"mdat", 192, large=False)
    walker = Boxes()
    walker.feed(data[:end])
    assert walker.short is (end not in (100, 300))


def test_a_box_without_an_end_is_never_short() -> None:
    walker = Boxes()
    walker.feed(struct.pack(">I4s", 0, b"mdat") + b"x" * 99)
    assert not walker.short


def test_an_index_of_a_crowd_is_told() -> None:
    assert not crowded(b"trak" * MOST_TRACKS)
    assert crowded(b"trak" * (MOST_TRACKS + 1))


@given(st.binary(max_size=400), st.integers(1, 60))
def test_no_bytes_trouble_it(data: bytes, cut: int) -> None:
    walker = Boxes()
    for at in range(0, len(data), cut):
        walker.feed(data[at : at + cut])
    assert walker.offset == len(data)


def test_what_is_no_box_is_told() -> None:
    walker = Boxes()
    assert walker.feed(b"This is no film at all") == []
    assert walker.lost


def test_a_fragment_is_found_again_behind_lost_bytes() -> None:
    clip = made(Made("mp4", "libx264", options=FRAGMENTS))
    second = clip.index(b"moof", clip.index(b"moof") + 8) - 4
    cut = clip[clip.index(b"moof") + 50 :]
    assert cut[resume(cut, indexed=True) :] == clip[second:]
    assert resume(cut, indexed=False) == -1


def test_a_key_that_is_needed_is_seen() -> None:
    entry = struct.pack(">I4s", 8, b"encv")
    assert encrypted(b"....stsd" + bytes(8) + entry)
    assert not encrypted(made(Made("mp4", "libx264", "aac", options=FRAGMENTS)))
