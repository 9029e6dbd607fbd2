"""What streams come to that are sent as fast as the gateway takes them: its capacity; pure.

No lag of such a run means anything: what was captured is stamped ahead of the clock. What counts is
how many seconds of stream were examined a second, and a second of CPU.
"""

from __future__ import annotations

from bench.live.playing import Played
from bench.shapes.result import Window

__all__ = ["raced"]


def raced(played: Played, label: str) -> Window:
    """Return the window of a race. Its offered rate is seconds of stream sent, a second."""
    parts = [part for part in played.told.parts if part.began]
    told = [each for part in parts for each in part.coverage]
    sent_s = sum(to - from_ for from_, to, *_ in told)
    frames_s = sum(frames * (to - from_) for from_, to, frames, _, _ in told)
    speech_s = sum(speech * (to - from_) for from_, to, _, speech, _ in told)
    cpu_s = sum(each.cpu_s for each in played.usage)
    extra = {
        "sent_stream_s": sent_s,
        "examined_frames_per_s": frames_s / played.seconds,
        "examined_speech_per_s": speech_s / played.seconds,
        "examined_frames_per_cpu_s": frames_s / cpu_s if cpu_s else 0.0,
        "examined_speech_per_cpu_s": speech_s / cpu_s if cpu_s else 0.0,
        **({"coverage_frames": frames_s / sent_s} if sent_s else {}),
        **({"coverage_speech": speech_s / sent_s} if sent_s else {}),
    }
    return Window(
        system="gateway",
        label=label,
        loop="closed",
        seconds=played.seconds,
        offered_per_s=sent_s / played.seconds,
        goodput_per_s=min(frames_s, speech_s) / played.seconds,
        flows=[],
        usage=played.usage,
        noise=played.noise,
        extra=extra,
    )
