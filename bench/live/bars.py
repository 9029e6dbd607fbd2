"""What live streams are held to: figures with the bars of NUMBERS, part C, and where they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from bench.live.limits import DONE
from bench.live.measuring import FRAME_S, WORD_S
from bench.live.trend import FLAT_S
from bench.shapes.result import Figure

__all__ = ["figures"]


class _Bar(msgspec.Struct, frozen=True):
    name: str
    what: str
    unit: str = ""
    bar: float | None = None
    least: bool = False
    scale: float = 1.0


_WORKERS = ("vision", "speech")
_WORKERS_MB = 1200.0
_BARS: Sequence[_Bar] = (
    _Bar("word_lag_p50_ms", "word to verdict, p50", "s", scale=1e-3),
    _Bar("word_lag_p95_ms", "word to verdict, p95", "s", WORD_S, scale=1e-3),
    _Bar("word_lag_slope_low_s_per_min", "lag grows surely by", "s a minute", FLAT_S),
    _Bar("words_unheard_share", "words in no verdict", "%", 100 * (1 - DONE), scale=100),
    _Bar("tail_flush_p95_ms", "end of speech to its final verdict, p95", "s", scale=1e-3),
    _Bar("unchecked_audio_share", "sound unchecked", "%", 100 * (1 - DONE), scale=100),
    _Bar("coverage_frames", "pictures examined", "%", 100 * DONE, True, 100),
    _Bar("frame_lag_p95_ms", "frame to verdict, p95", "ms", 1000 * FRAME_S),
    _Bar("frame_age_p95_ms", "age of a frame when it is looked at, p95", "ms"),
    _Bar("first_detection_ms", "violation shown to finding, p50", "s", scale=1e-3),
    _Bar("violations_missed", "violations nobody found", "", 0.0),
    _Bar("dark_p95_ms", "offending frame to last byte, p95", "s", 2.0, scale=1e-3),
    _Bar("wer", "word error rate, live", "%", scale=100),
    _Bar("wer_offline", "word error rate, same network offline", "%", scale=100),
    _Bar("wer_penalty", "word errors that live adds", "points", 1.0, scale=100),
    _Bar("cpu_per_stream", "CPU of a stream, all processes", "cores"),
    _Bar("rss_workers_mb", "memory of what sees and hears", "MB", _WORKERS_MB),
)


def figures(table: Mapping[str, float], label: str, word_s: float = WORD_S) -> list[Figure]:
    """Return what is known of a run, beside its bars. `word_s` is how late words may be."""
    held = {**table, "rss_workers_mb": sum(table.get(f"rss_{role}_mb", 0.0) for role in _WORKERS)}
    found = []
    for each in _BARS:
        if each.name in held:
            bar = word_s if each.name == "word_lag_p95_ms" else each.bar
            value = held[each.name] * each.scale
            found.append(Figure(f"{label}: {each.what}", value, each.unit, bar, each.least))
    return found
