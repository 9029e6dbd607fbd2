"""How long a file says it is."""

from __future__ import annotations

import io

import av
import pytest
from hypothesis import given, strategies as st

from media.claims import claimed
from tests.media.clips import Made, made

FILES = {
    "wav": Made("wav", "", "pcm_s16le"),
    "aiff": Made("aiff", "", "pcm_s16be"),
    "avi": Made("avi", "mpeg4", "libmp3lame"),
    "matroska": Made("matroska", "libx264", "libopus"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_whole_file_claims_what_it_has(name: str) -> None:
    clip = made(FILES[name])
    assert claimed(name, clip[:1024]) == len(clip)


def test_a_live_stream_claims_nothing() -> None:
    wav = bytearray(made(FILES["wav"]))
    at = wav.index(b"data") + 4
    for endless in (0, 0xFFFFFFFF, 0x7FFFFFFF):
        wav[at : at + 4] = endless.to_bytes(4, "little")
        assert claimed("wav", bytes(wav)) == 0
    out = io.BytesIO()
    with av.open(out, "w", format="matroska", options={"live": "1"}) as container:
        container.add_stream("libopus", rate=48_000)
        container.start_encoding()
    assert claimed("matroska", out.getvalue()) == 0
    assert claimed("ogg", b"OggS") == 0


@given(st.sampled_from(sorted(FILES)), st.binary(max_size=200))
def test_hostile_bytes_claim_something_or_nothing(name: str, head: bytes) -> None:
    assert claimed(name, head) >= 0
