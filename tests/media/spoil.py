"""Ways to spoil the clips that the tests make: cut, torn, lost, lying."""

from __future__ import annotations

import io

import av

__all__ = ["crowded", "dropped", "headless", "torn", "without_packets"]

_TS = 188


def headless(ts: bytes, share: float = 0.3) -> bytes:
    """Return an MPEG-TS from the middle of a packet on."""
    return ts[int(len(ts) // _TS * share) * _TS + 100 :]


def without_packets(ts: bytes, pid: int) -> bytes:
    """Return an MPEG-TS whose tables announce a track of which nothing comes."""
    packets = [ts[at : at + _TS] for at in range(0, len(ts), _TS)]
    return b"".join(p for p in packets if int.from_bytes(p[1:3], "big") & 0x1FFF != pid)


def dropped(h264: bytes, which: int) -> bytes:
    """Return an Annex B stream without its picture of this number."""
    parts = h264.split(b"\0\0\x01")
    slices = [n for n, part in enumerate(parts) if part and part[0] & 31 in (1, 5)]
    del parts[slices[which]]
    return b"\0\0\x01".join(parts)


def torn(clip: bytes, which: int) -> bytes:
    """Return a clip in which the bytes of this video packet are no longer what they were."""
    with av.open(io.BytesIO(clip), "r") as container:
        packets = [bytes(packet) for packet in container.demux(video=0) if packet.size]
    return clip.replace(packets[which], b"\xff" * len(packets[which]))


def crowded(mp4: bytes, tracks: int) -> bytes:
    """Return an MP4 whose index describes so many tracks more."""
    moov, trak = mp4.index(b"moov") - 4, mp4.index(b"trak") - 4
    one = mp4[trak : trak + int.from_bytes(mp4[trak : trak + 4], "big")]
    size = int.from_bytes(mp4[moov : moov + 4], "big") + len(one) * tracks
    return mp4[:moov] + size.to_bytes(4, "big") + mp4[moov + 4 : trak] + one * tracks + mp4[trak:]
