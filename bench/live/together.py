"""What chat suffers from streams on the same gateway, and streams from chat; pure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from bench.reports.statistics import ratio
from bench.shapes.result import Ratio, Window

__all__ = ["Turn", "beside_us", "ratios"]

_STREAMS = (
    ("word to verdict, p95", "word_lag_p95_ms"),
    ("frame to verdict, p95", "frame_lag_p95_ms"),
    ("pictures examined", "coverage_frames"),
    ("sound examined", "coverage_speech"),
)


class Turn(msgspec.Struct, frozen=True):
    """The windows of one turn: chat alone, streams alone, and each as it went beside the other."""

    chat: Window
    streams: Window
    chat_beside: Window
    streams_beside: Window

    @property
    def valid(self) -> bool:
        """Whether all of it may be used."""
        parts = (self.chat, self.streams, self.chat_beside, self.streams_beside)
        return not any(each.invalid for each in parts)


def ratios(turns: Sequence[Turn]) -> list[Ratio]:
    """Return how many times as much everything is beside the other, over turns that are valid."""
    valid = [turn for turn in turns if turn.valid]
    found = [
        _ratio(f"chat {name}", "streams", [(of(t.chat_beside), of(t.chat)) for t in valid])
        for name, of in (("p50", _p50), ("p99", _p99), ("goodput", _goodput))
    ]
    found.append(
        _ratio("gateway CPU a message", "streams", [(beside_us(t), _us(t.chat)) for t in valid])
    )
    for what, name in _STREAMS:
        pairs = [
            (t.streams_beside.extra.get(name, 0.0), t.streams.extra.get(name, 0.0)) for t in valid
        ]
        found.append(_ratio(what, "chat", pairs))
    return [each for each in found if each is not None]


def _ratio(what: str, other: str, pairs: Sequence[tuple[float, float]]) -> Ratio | None:
    """Return the ratio of pairs; None where nothing was measured on both sides."""
    known = [(first, second) for first, second in pairs if first > 0 and second > 0]
    if not known:
        return None
    firsts, seconds = zip(*known, strict=True)
    return ratio(what, f"beside {other}", "alone", firsts, seconds)


def beside_us(turn: Turn) -> float:
    """Return the gateway's CPU microseconds a message, less what the streams cost it alone."""
    messages = sum(flow.verdicts + sum(flow.refused.values()) for flow in turn.chat_beside.flows)
    own = _cpu_s(turn.streams) / turn.streams.seconds * turn.chat_beside.seconds
    return 1e6 * (_cpu_s(turn.chat_beside) - own) / messages if messages else 0.0


def _us(window: Window) -> float:
    return sum(each.cpu_us_per_message for each in window.usage if each.role == "gateway")


def _cpu_s(window: Window) -> float:
    return sum(each.cpu_s for each in window.usage if each.role == "gateway")


def _p50(window: Window) -> float:
    """Return the worst flow's, milliseconds from the intended send."""
    return max((flow.response.p50 for flow in window.flows), default=0.0)


def _p99(window: Window) -> float:
    return max((flow.response.p99 for flow in window.flows), default=0.0)


def _goodput(window: Window) -> float:
    return window.goodput_per_s
