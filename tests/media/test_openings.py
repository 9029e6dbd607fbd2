"""Where a stream begins anew, and what is held for its index."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, strategies as st

from media.containers import wanted
from media.faults import Unreadable
from media.openings import Bit, Openings
from tests.media.clips import FRAGMENTS, Made, made, raw

FMP4 = Made("mp4", "libx264", "aac", seconds=1, options=FRAGMENTS)
WEBM = Made("webm", "libvpx", "libopus", seconds=1)
FLV = Made("flv", "libx264", "aac", seconds=1)
LAST = Made("mp4", "libx264", "aac", seconds=1)


def cut(data: bytes, size: int, container: str = "auto", hold: int = 8 << 20) -> list[Bit]:
    openings = Openings(wanted(container), hold)
    bits = [bit for at in range(0, len(data), size) for bit in openings.push(data[at : at + size])]
    return bits + openings.finish()


def joined(bits: list[Bit]) -> list[bytes]:
    whole: list[bytes] = []
    for bit in bits:
        if bit.begins:
            whole.append(b"")
        whole[-1] += bit.data
    return whole


@pytest.mark.parametrize("what", [FMP4, WEBM, FLV])
@given(size=st.integers(1, 3000))
def test_a_header_in_the_middle_begins_an_opening(what: Made, size: int) -> None:
    clip = made(what)
    assert joined(cut(clip * 3, max(size, len(clip) // 200))) == [clip] * 3


@pytest.mark.parametrize("what", [FMP4, WEBM, FLV, Made("mpegts", "libx264", "aac", seconds=1)])
def test_every_byte_of_one_clip_goes_through(what: Made) -> None:
    clip = made(what)
    for size in (1, 7, 1000, len(clip)):
        assert joined(cut(clip, size)) == [clip]


def test_an_index_that_comes_last_is_waited_for() -> None:
    clip = made(LAST)
    bits = cut(clip, 1000)
    assert bits == [Bit(clip, begins=True, whole=True)]


def test_an_index_that_comes_too_late_is_refused() -> None:
    clip = made(LAST)
    with pytest.raises(Unreadable) as refused:
        cut(clip, 1000, hold=len(clip) // 2)
    assert refused.value.cause == "unsupported"
    assert "moov" in str(refused.value)


def test_no_index_at_all_is_refused() -> None:
    clip = made(LAST)
    with pytest.raises(Unreadable):
        cut(clip[: clip.rindex(b"moov") + 40], 1000)


def test_after_a_gap_the_next_fragment_is_opened_with_the_index() -> None:
    clip = made(Made("mp4", "libx264", seconds=3, options=FRAGMENTS))
    index = clip[: clip.index(b"moof") - 4]
    second = clip.index(b"moof", clip.index(b"moof") + 8) - 4
    openings = Openings(wanted("fmp4"))
    openings.push(clip[: len(index) + 100])
    bits = openings.push(clip[len(index) + 400 : second + 200], gap=True)
    bits += openings.push(clip[second + 200 :])
    assert joined(bits) == [index + clip[second:]]


def test_an_index_that_never_opened_is_forgotten() -> None:
    clip = made(Made("mp4", "libx264", seconds=3, options=FRAGMENTS))
    fragment = clip[clip.index(b"moof") - 4 :]
    for opens, left in (([False] * 3, False), ([False] * 2, True), ([True] + [False] * 9, True)):
        openings = Openings(wanted("fmp4"))
        openings.push(clip)
        for well in opens:
            openings.opened(well)
        assert bool(openings.anew(fragment)) is left


def test_what_ends_before_it_says_is_short() -> None:
    for what in (WEBM, FMP4, Made("wav", "", "pcm_s16le"), Made("aiff", "", "pcm_s16be")):
        clip = made(what)
        for end, short in ((len(clip), False), (len(clip) - 1, True), (len(clip) // 2, True)):
            openings = Openings(wanted("auto"))
            openings.push(clip[:end])
            openings.finish()
            assert openings.short is short, (what.format, end)


def test_a_stream_that_begins_inside_a_packet_is_torn() -> None:
    clip = made(Made("mpegts", "libx264", seconds=1))
    for at in (0, 188, 100):
        openings = Openings(wanted("auto"))
        openings.push(clip[at:])
        assert openings.torn is (at == 100)


def test_another_container_after_a_reconnect_is_seen() -> None:
    openings = Openings(wanted("webm"))
    bits = openings.push(made(WEBM)) + openings.push(made(FMP4), gap=True) + openings.finish()
    assert joined(bits) == [made(WEBM), made(FMP4)]
    assert openings.family is not None
    assert openings.family.name == "mp4"


@pytest.mark.parametrize(
    ("said", "what", "is_"), [("webm", FMP4, "mp4"), ("mpegts", WEBM, "matroska"),
                              ("pcm_s16le", FLV, "flv"), ("h264", FMP4, "mp4")],
)  # fmt: skip
def test_a_stream_that_lies_is_recognised(said: str, what: Made, is_: str) -> None:
    openings = Openings(wanted(said))
    openings.push(made(what))
    assert openings.family is not None
    assert openings.family.name == is_


def test_samples_are_taken_for_what_they_are_said_to_be() -> None:
    openings = Openings(wanted("pcm_s16le"))
    data = b"\0\0\x01\x09" + raw()
    assert joined(openings.push(data)) == [data]
    assert openings.family is not None
    assert openings.family.name == "pcm"


@pytest.mark.parametrize("clip", [made(FMP4), made(WEBM), made(FLV)])
@given(data=st.data())
def test_garbage_is_refused_or_goes_through(clip: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(clip) - 1))
    junk = data.draw(st.binary(min_size=1, max_size=100))
    openings = Openings(wanted("auto"), 1 << 20)
    with suppress(Unreadable):
        openings.push(clip[:at] + junk + clip[at + len(junk) :])
        openings.push(clip, gap=data.draw(st.booleans()))
        openings.finish()


def test_what_is_encrypted_is_refused_at_once() -> None:
    clip = made(FMP4).replace(b"avc1", b"encv").replace(b"mp4a", b"enca")
    with pytest.raises(Unreadable) as refused:
        cut(clip, 4096)
    assert refused.value.cause == "encrypted"


def test_a_scrambled_mpegts_is_refused() -> None:
    clip = bytearray(made(Made("mpegts", "libx264", "aac", seconds=1)))
    for at in range(0, len(clip), 188):
        clip[at + 3] |= 0x80
    with pytest.raises(Unreadable) as refused:
        cut(bytes(clip), 8192, "mpegts")
    assert refused.value.cause == "encrypted"
