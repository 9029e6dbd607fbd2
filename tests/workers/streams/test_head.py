"""The head of a container is found however its bytes are cut, and no length in it is believed."""

from __future__ import annotations

from hypothesis import given, strategies as st

from workers.streams.head import MOST_BYTES, Head


def box(kind: bytes, size: int) -> bytes:
    return size.to_bytes(4, "big") + kind + bytes(size - 8)


def tag(kind: int, payload: bytes) -> bytes:
    size = len(payload)
    body = bytes([kind]) + size.to_bytes(3, "big") + bytes(7) + payload
    return body + (size + 11).to_bytes(4, "big")


def page(granule: int, payload: bytes) -> bytes:
    head = b"OggS\0\2" + granule.to_bytes(8, "little") + bytes(12)
    return head + bytes([1, len(payload)]) + payload


MP4 = box(b"ftyp", 24) + box(b"free", 16) + box(b"moov", 300)
WEBM = b"\x1a\x45\xdf\xa3" + bytes(40) + b"\x16\x54\xae\x6b" + bytes(100)
FLV = (
    b"FLV\x01\x05\0\0\0\x09\0\0\0\0"
    + tag(18, b"onMetaData" + bytes(30))
    + tag(9, b"\x17\0" + bytes(40))
    + tag(8, b"\xaf\0" + bytes(4))
)
OGG = page(0, b"OpusHead" + bytes(11)) + page(0, b"OpusTags" + bytes(40))
WAVE = b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0" + bytes(16) + b"data\xff\xff\xff\xff"
HEADS = {
    MP4: box(b"moof", 60) + box(b"mdat", 500),
    WEBM: b"\x1f\x43\xb6\x75" + bytes(500),
    FLV: tag(9, b"\x17\1" + bytes(300)) + tag(8, b"\xaf\1" + bytes(30)),
    OGG: page(960, bytes(200)),
    WAVE: bytes(500),
}


@given(st.sampled_from(list(HEADS)), st.lists(st.integers(1, 80), min_size=1, max_size=20))
def test_a_head_is_found_however_it_is_cut(head: bytes, cuts: list[int]) -> None:
    found, data, place = Head(), head + HEADS[head], 0
    for size in [*cuts, len(data)]:
        found.feed(data[place : place + size])
        place += size
    assert found.whole
    assert found.data == head


def test_streams_that_can_be_entered_anywhere_have_none() -> None:
    for data in (b"\x47" + bytes(187), b"\xff\xf1" + bytes(100), b"\xff\xd8\xff" + bytes(100)):
        head = Head()
        assert not head.feed(data)
        assert head.settled
        assert not head.data


def test_media_before_the_index_leave_none() -> None:
    head = Head()
    head.feed(box(b"ftyp", 24) + box(b"mdat", 500))
    assert head.settled
    assert not head.whole


def test_a_head_without_an_end_is_given_up() -> None:
    head = Head()
    head.feed(b"\x1a\x45\xdf\xa3" + bytes(100))
    assert not head.settled
    for _ in range(12):
        head.feed(bytes(100_000))
    assert head.settled
    assert not head.data


def test_a_piece_of_flv_is_entered_at_a_tag() -> None:
    head, frame = Head(), tag(9, b"\x17\1" + bytes(300))
    head.feed(FLV + frame)
    assert head.entry(frame[50:] + frame) == len(frame) - 50
    assert head.entry(frame[50:]) == 0
    other = Head()
    other.feed(WEBM + HEADS[WEBM])
    assert other.entry(frame[50:] + frame) == 0


def test_missing_bytes_leave_none() -> None:
    head = Head()
    head.feed(MP4[:100])
    head.broken()
    assert (head.settled, head.data) == (True, b"")


def test_a_container_that_opens_anew_is_noticed() -> None:
    head = Head()
    head.feed(MP4 + HEADS[MP4])
    assert head.begins(MP4)
    assert head.begins(WEBM)
    assert not head.begins(HEADS[MP4])


@given(st.lists(st.binary(max_size=300), max_size=10), st.sampled_from([b"", *HEADS]))
def test_whatever_comes_is_bounded_and_raises_nothing(pieces: list[bytes], head: bytes) -> None:
    found = Head()
    for data in [head[: len(head) // 2], *pieces]:
        found.feed(data)
    assert len(found.data) <= MOST_BYTES
