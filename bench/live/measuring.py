"""What a stretch of played streams comes to: one flat table of named numbers; pure.

A number that could not be measured is left out: nothing is a zero that was not counted. Shares run
from 0 to 1, `_ms` are milliseconds, `_s` seconds. Words of streams that are cut are left out: what
was said last in them is nobody's any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite

import msgspec

from bench.live.drops import looks_lost, lost, unchecked
from bench.live.figures import coverage, dark, percentile
from bench.live.playing import Played
from bench.live.scripts import Rates, rates
from bench.live.sender import Part
from bench.live.stage import Act
from bench.live.trend import Trend, trend
from bench.live.words import Spoken, Wait, spoken, waits

__all__ = ["FRAME_S", "SLIP_MS", "WORD_S", "Measured", "measured"]

WORD_S, FRAME_S = 2.5, 0.5
"""How late a verdict on a word, and on a frame, may be."""
SLIP_MS = 50.0
"""A generator that is later than that measures itself."""

Table = dict[str, float]


class Measured(msgspec.Struct, frozen=True):
    """`table` is what there is to tell; the rest is what tables and plots are made of.

    `frames` are (stream, capture time, seconds to its verdict, milliseconds of looking).
    """

    table: Table
    slope: Trend
    words: list[Wait]
    passes_ms: list[float]
    frames: list[tuple[str, float, float, float]]
    slips_ms: list[float]
    invalid: str


def measured(played: Played) -> Measured:
    """Return what came of it."""
    parts = {part.stream: part for part in played.told.parts if part.began}
    said = [each for act in played.acts for each in _said(act, parts.get(act.work.stream))]
    words = [wait for wait in waits(said, played.answers) if played.start <= wait.at < played.end]
    heard = [wait for wait in words if isfinite(wait.lag_s)]
    slope = trend(
        [wait.at for wait in heard],
        [wait.lag_s for wait in heard],
        [(wait.stream, wait.turn) for wait in heard],
    )
    frames = _frames(played)
    slips = [slip for part in parts.values() for slip in part.slips_ms]
    within = [each for each in said if played.start <= each.from_ and each.to <= played.end]
    table = {
        **_spoken(words, slope),
        **_each(played.acts, words),
        **_rated(rates(within, played.answers)),
        **_seen(played, frames),
        **_examined(played, parts.values()),
        **_found(played, parts),
        **_spent(played),
        **_sent(played, parts.values(), slips),
    }
    passes_ms = [
        each.work_ms
        for each in played.answers
        if each.unit == "speech" and played.start <= each.end < played.end
    ]
    late = percentile(slips, 0.99)
    invalid = f"the generator was late: slip p99 {late:.0f} ms" if late > SLIP_MS else ""
    return Measured(table, slope, words, passes_ms, frames, slips, invalid)


def spread(name: str, values: Sequence[float], scale: float = 1000.0) -> Table:
    """Return percentiles of what is finite, times `scale`, under `name_p50_ms` and so on."""
    known = [value * scale for value in values if isfinite(value)]
    if not known:
        return {}
    shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
    return {f"{name}_{label}_ms": percentile(known, share) for label, share in shares.items()}


def _said(act: Act, part: Part | None) -> list[Spoken]:
    if part is None or act.code_s is not None:
        return []
    for_s = part.last_at - part.began
    return spoken(act.work.stream, act.lines, act.clip_s, act.start, part.began, for_s)


def _spoken(words: Sequence[Wait], slope: Trend) -> Table:
    if not words:
        return {}
    found: Table = {"words": len(words)}
    found["words_unheard_share"] = sum(not isfinite(each.lag_s) for each in words) / len(words)
    found |= spread("word_lag", [each.lag_s for each in words])
    found |= spread("tail_flush", [each.flush_s for each in words if each.flush_s is not None])
    if isfinite(slope.per_minute):
        found["word_lag_slope_s_per_min"] = slope.per_minute
        found["word_lag_slope_low_s_per_min"] = slope.low
        found["word_lag_slope_high_s_per_min"] = slope.high
    return found


def _each(acts: Sequence[Act], words: Sequence[Wait]) -> Table:
    """Return how late words were in each kind of stream, where there are several."""
    groups = {act.work.stream: act.group for act in acts if act.code_s is None}
    names = sorted(set(groups.values()))
    found: Table = {}
    for name in names if len(names) > 1 else ():
        known = [e.lag_s for e in words if groups[e.stream] == name and isfinite(e.lag_s)]
        if known:
            found[f"{name}_word_lag_p95_ms"] = 1000 * percentile(known, 0.95)
    return found


def _rated(found: Rates) -> Table:
    named = {
        "wer": found.live,
        "wer_offline": found.offline,
        "wer_beside_offline": found.beside,
        "wer_penalty": found.live - found.offline,
    }
    return {name: value for name, value in named.items() if isfinite(value)}


def _frames(played: Played) -> list[tuple[str, float, float, float]]:
    """Return every frame that was looked at whole, when its verdict came, and what that took."""
    verdicts: dict[tuple[str, int], float] = {}
    for each in played.answers:
        if each.unit == "seen":
            verdicts.setdefault((each.stream, round(each.end * 1000)), each.when)
    return [
        (each.stream, each.end, verdicts[key] - each.end, each.work_ms)
        for each in played.answers
        if each.unit == "frame" and not each.unchecked and played.start <= each.end < played.end
        and (key := (each.stream, round(each.end * 1000))) in verdicts
    ]  # fmt: skip


def _seen(played: Played, frames: Sequence[tuple[str, float, float, float]]) -> Table:
    inside = [each for each in played.answers if played.start <= each.end < played.end]
    found: Table = {"frames": len(frames)}
    found |= spread("frame_lag", [lag for _, _, lag, _ in frames])
    found |= spread("frame_age", [lag - work / 1000 for _, _, lag, work in frames])
    found |= spread("frame_queue", [e.queue_ms for e in inside if e.unit == "frame"], 1.0)
    found |= spread("text_lag", [each.when - each.end for each in inside if each.unit == "ocr"])
    seen = sum(each.seen for each in played.sampled)
    if seen:
        looked = sum(each.chosen + each.same for each in played.sampled)
        found["frames_by_policy_share"] = looked / seen
        found["worst_gap_s"] = max(each.worst_gap_s for each in played.sampled)
    return found


def _examined(played: Played, parts: Iterable[Part]) -> Table:
    kept = list(parts)
    shares = coverage(kept, played.start, played.end)
    found = {
        f"coverage_{unit}": shares[unit] for unit in ("frames", "speech") if isfinite(shares[unit])
    }
    if "coverage_speech" in found:
        found["unchecked_audio_share"] = 1.0 - found["coverage_speech"]
    told = [each for part in kept for each in part.unchecked]
    gone = unchecked(told, played.start, played.end)
    lengths = [_inside(each[:2], played) for part in kept for each in part.coverage]
    if whole_s := 2 * sum(lengths):  # of pictures and of sound
        found |= lost(gone, whole_s)
    return found | gone | looks_lost(*played.metrics)


def _inside(span: tuple[float, float], played: Played) -> float:
    return max(0.0, min(span[1], played.end) - max(span[0], played.start))


def _found(played: Played, parts: Mapping[str, Part]) -> Table:
    """Return what became of violations that were shown in this stretch."""
    detected: list[float] = []
    darkness: list[float] = []
    missed = 0
    for act in played.acts:
        part = parts.get(act.work.stream)
        if act.code_s is None or part is None:
            continue
        shown = part.began + act.code_s
        if not played.start <= shown < played.end:
            continue
        first = min((at for at, surface, *_ in part.findings if surface == "frame"), default=None)
        if first is not None:
            detected.append(first - shown)
        elif part.last_at - shown > act.work.for_s - act.code_s - 1.0:  # it was shown to its end
            missed += 1
        if (gone := dark(part)) is not None:
            darkness.append(gone[0])
    if not detected and not missed:
        return {}
    found: Table = {"violations": len(detected) + missed, "violations_missed": missed}
    found |= spread("first_detection", detected) | spread("dark", darkness)
    if detected:
        found["first_detection_ms"] = 1000 * percentile(detected, 0.5)
    return found


def _spent(played: Played) -> Table:
    """Return cores a stream, and memory; a Usage's message is a second of one stream."""
    found: Table = {}
    for each in played.usage:
        if each.cpu_us_per_message:
            found[f"cpu_{each.role}_per_stream"] = each.cpu_us_per_message / 1e6
        found[f"rss_{each.role}_mb"] = each.rss_peak / 1e6
    total = sum(each.cpu_us_per_message for each in played.usage) / 1e6
    return found | {"cpu_per_stream": total}


def _sent(played: Played, parts: Iterable[Part], slips: Sequence[float]) -> Table:
    kept = list(parts)
    found: Table = {"bytes_given_up": sum(part.dropped for part in kept)}
    found |= spread("slip", slips, 1.0)
    found |= spread("close", [part.closing_s for part in kept if part.closing_s >= 0])
    refused = sum(1 for part in kept if part.problem)
    return found | {"streams_refused": refused, "streams_begun": len(kept)}
