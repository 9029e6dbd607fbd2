"""How much of live streams is taken in, and how long anybody is waited for."""

from __future__ import annotations

import msgspec

__all__ = ["CONTAINERS", "StreamLimits"]

CONTAINERS = frozenset(
    {
        *("mp4", "fmp4", "mov", "m4a", "matroska", "webm", "mkv", "mpegts", "ts", "flv"),
        *("ogg", "opus", "adts", "aac", "wav", "mp3", "flac", "aiff", "avi"),
        *("h264", "annexb", "mjpeg", "jpeg", "auto"),
        *("pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s32le"),
        *("pcm_f32le", "pcm_u8", "pcm_mulaw", "pcm_alaw"),
    }
)
"""What `stream.open` may announce; what follows a `;` is the decoder's, and so is the truth."""


class StreamLimits(msgspec.Struct, frozen=True):
    """Bounds of the ingest; the operator's words."""

    credit_bytes: int = 4 * 1024 * 1024
    """Bytes of a stream that may be on their way or waiting; at least two frames' worth."""
    per_connection: int = 64
    per_tenant: int = 256
    streams: int = 256
    """Streams of the whole gateway."""
    stall_s: float = 5.0
    """A stream without a byte for so long is said to be stalled."""
    idle_s: float = 60.0
    """It is closed after so long without one."""
    max_hours: float = 24.0
    """No stream is examined for longer under one open."""
    resume_s: float = 30.0
    """A stream whose connection broke waits so long for its server."""
    takeover_s: float = 2.0
    """Its own server may open it anew on another connection when nothing came for so long."""
    coverage_s: float = 5.0
    close_s: float = 25.0
    """What was asked to end is ended by then."""
    dark_s: float = 10.0
    """A stream that was cut is forgotten when nothing came of it for so long."""
