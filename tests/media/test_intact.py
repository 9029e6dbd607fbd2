"""Pictures that are missing or torn are noticed without decoding them."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from media.intact import Intact
from tests.media.clips import FRAGMENTS, Made, made
from tests.media.spoil import torn
from tests.media.streams import openings, source

WHOLE = [
    Made("h264", "libx264"),
    Made("mpegts", "libx264", bframes=3, gop=30),
    Made("mp4", "libx264", bframes=2, options=FRAGMENTS),
    Made("flv", "libx264", gop=30),
    Made("matroska", "libx265"),
    Made("mp4", "libx264", pixels="yuv444p", options=FRAGMENTS),
    Made("mpegts", "libx264", codec=(("cqm", "jvt"), ("preset", "medium")), gop=30),
    Made("webm", "libvpx"),
]
BEFORE = Made("mpegts", "libx264", gop=30)


def broken(clip: bytes, lose: range = range(0)) -> list[int]:
    """Return the numbers of the packets that are told."""
    opening = next(openings(source(clip)))
    assert opening.video is not None
    context = opening.video.codec_context
    intact = Intact(context.name, context.extradata)
    found = []
    for n, unit in enumerate(opening.units()):
        if n not in lose and intact.broken(memoryview(unit.packet)):
            found.append(n)
    return found


@pytest.mark.parametrize("what", WHOLE)
def test_a_whole_stream_has_nothing_missing(what: Made) -> None:
    assert broken(made(what)) == []


@pytest.mark.parametrize("what", [WHOLE[0], WHOLE[3], BEFORE])
def test_a_lost_picture_is_told_at_the_next_one(what: Made) -> None:
    assert broken(made(what), range(5, 6)) == [6]
    assert broken(made(what), range(5, 8)) == [8]


@pytest.mark.parametrize("what", [WHOLE[2], WHOLE[3], WHOLE[4]])
def test_a_torn_packet_is_told(what: Made) -> None:
    assert 7 in broken(torn(made(what), 7))


def test_what_is_known_to_be_missing_is_not_told_again() -> None:
    opening = next(openings(source(made(BEFORE))))
    assert opening.video is not None
    intact = Intact("h264", opening.video.codec_context.extradata)
    units = list(opening.units())
    assert not any(intact.broken(memoryview(unit.packet)) for unit in units[:5])
    intact.forget()
    assert not any(intact.broken(memoryview(unit.packet)) for unit in units[8:])


@given(
    st.sampled_from(["h264", "hevc", "vp8"]),
    st.binary(max_size=40) | st.binary(max_size=40).map(lambda tail: b"\x01" + tail),
    st.lists(
        st.binary(max_size=80) | st.binary(max_size=60).map(lambda tail: b"\0\0\x01\x67" + tail),
        max_size=6,
    ),
)
def test_hostile_bytes_are_told_or_not_and_nothing_else(
    codec: str, extradata: bytes, packets: list[bytes]
) -> None:
    intact = Intact(codec, extradata)
    for packet in packets:
        assert intact.broken(memoryview(packet)) in (True, False)
