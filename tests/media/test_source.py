"""A stream as the demuxer reads it."""

from __future__ import annotations

from hypothesis import given, strategies as st

from media.containers import wanted
from media.openings import Openings
from media.source import Piece, Source
from tests.media.clips import FRAGMENTS, Made, made
from tests.media.streams import source

FMP4 = Made("mp4", "libx264", "aac", seconds=1, options=FRAGMENTS)


def read_all(from_: Source, size: int) -> bytes:
    whole = b""
    while data := from_.read(size):
        assert len(data) <= size
        whole += data
    return whole


@given(st.integers(1, 5000), st.integers(1, 40_000))
def test_an_opening_is_read_to_its_end_and_no_further(piece: int, size: int) -> None:
    clip = made(FMP4)
    from_ = source(clip * 2, size=max(piece, 50))
    assert from_.next()
    assert read_all(from_, max(size, 50)) == clip
    assert from_.read(10) == b""
    assert from_.next()
    assert read_all(from_, max(size, 50)) == clip
    assert not from_.next()
    assert from_.total == 2 * len(clip)


def test_what_is_left_of_an_opening_is_passed_over() -> None:
    clip = made(FMP4)
    from_ = source(clip * 2)
    assert from_.next()
    from_.read(100)
    assert from_.next()
    assert read_all(from_, 1000) == clip
    assert not from_.next()


def test_every_byte_has_its_capture_time() -> None:
    clip = made(Made("mpegts", "libx264", "aac"))
    from_ = source(clip, size=1000, rate=1000.0)
    assert from_.next()
    read_all(from_, 700)
    assert from_.captured(0) == 1000.0
    assert from_.captured(5500) == 1005.0
    assert from_.captured(None) == from_.at == 1000.0 + (len(clip) - 1) // 1000


def test_a_stream_too_short_to_be_known_before_its_end_has_its_capture_time() -> None:
    short = made(Made("webm", "libvpx", seconds=0.1))[:180]
    pieces = iter([Piece(1000.0, short[:90]), Piece(1001.0, short[90:])])
    from_ = Source(Openings(wanted("auto")), lambda: next(pieces, None))
    assert from_.next()
    assert read_all(from_, 4096) == short
    assert from_.at >= 1000.0


def test_a_limit_ends_reading_for_as_long_as_it_is_set() -> None:
    from_ = source(made(Made("mpegts", "libx264", "aac")))
    assert from_.next()
    from_.limit = 5000
    assert 5000 <= len(read_all(from_, 512)) < 5000 + 512
    from_.limit = 0
    assert from_.read(10)


def test_the_middle_of_an_opening_can_become_one() -> None:
    clip = made(Made("mpegts", "libx264", "aac"))
    from_ = source(clip)
    assert from_.next()
    from_.read(1000)
    from_.again()
    assert from_.read(10) == b""
    assert from_.next()
    assert read_all(from_, 512) == clip[1000:]
    from_.again()
    assert not from_.next()


def test_gaps_are_counted_and_what_is_whole_can_be_read_in_any_order() -> None:
    clip = made(Made("mp4", "libx264", seconds=1))
    pieces = iter([Piece(1.0, clip), Piece(2.0, b"more", gap=True)])
    from_ = Source(Openings(wanted("mp4")), lambda: next(pieces, None))
    assert from_.next()
    assert from_.whole == clip
    file = from_.file()
    assert hasattr(file, "seek")
    assert file.read(len(clip)) == clip
    assert from_.read(10) == b""
    assert from_.gaps == 1
