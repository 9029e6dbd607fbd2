"""A stretch of played streams as a window of the harness: its flows, its seconds, its table; pure.

Each kind of stream gives two flows. Of `NAME words` a response is a word's lag, and a service how
long a pass over it came after its last sample; of `NAME frames` a response is from capture to
verdict, and a service what looking took. Good is what came in time; what no verdict holds is
`unchecked`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite

import numpy as np

from bench.live.measuring import FRAME_S, WORD_S, Measured
from bench.live.playing import Played
from bench.load.histograms import Timings
from bench.shapes.result import FlowFound, Quantiles, Second, Window

__all__ = ["window"]


def window(played: Played, found: Measured, label: str, system: str = "gateway") -> Window:
    """Return the window of a stretch."""
    groups = {act.work.stream: act.group for act in played.acts}
    flows = [
        flow
        for group in dict.fromkeys(groups.values())
        for flow in (_words(group, groups, found), _frames(group, groups, found))
        if flow.sent
    ]
    seconds = played.seconds
    return Window(
        system=system,
        label=label,
        loop="open" if played.pace == "clock" else "closed",
        seconds=seconds,
        offered_per_s=sum(flow.sent for flow in flows) / seconds,
        goodput_per_s=sum(flow.good for flow in flows) / seconds,
        flows=flows,
        usage=played.usage,
        noise=played.noise,
        series=_series(played, found),
        invalid=found.invalid,
        generator_cpu=_generator_cpu(played),
        extra=found.table,
    )


def _words(group: str, groups: Mapping[str, str], found: Measured) -> FlowFound:
    lags = [wait.lag_s for wait in found.words if groups[wait.stream] == group]
    heard = [lag for lag in lags if isfinite(lag)]
    good = sum(lag <= WORD_S for lag in heard)
    service = [ms / 1000 for ms in found.passes_ms]
    return _flow(f"{group} words", len(lags), good, heard, service, found)


def _frames(group: str, groups: Mapping[str, str], found: Measured) -> FlowFound:
    mine = [each for each in found.frames if groups[each[0]] == group]
    lags = [lag for _, _, lag, _ in mine]
    good = sum(lag <= FRAME_S for lag in lags)
    service = [work / 1000 for *_, work in mine]
    return _flow(f"{group} frames", len(lags), good, lags, service, found)


def _flow(
    name: str, sent: int, good: int, lags: Sequence[float], service: Sequence[float],
    found: Measured,
) -> FlowFound:  # fmt: skip
    return FlowFound(
        name=name,
        sent=sent,
        verdicts=len(lags),
        good=good,
        refused={},
        unanswered=0,
        doubled=0,
        unknown=0,
        unchecked=sent - len(lags),
        actions={},
        response=_timed(lags),
        service=_timed(service),
        slip=_timed([ms / 1000 for ms in found.slips_ms]),
    )


def _timed(seconds: Sequence[float]) -> Quantiles:
    timings = Timings()
    timings.add(np.asarray(seconds, dtype=np.float64))
    return timings.quantiles()


def _series(played: Played, found: Measured) -> list[Second]:
    """Return for each second the words that ended in it, and how late their verdicts came."""
    by_second: dict[int, list[float]] = {at: [] for at in range(int(played.seconds))}
    for wait in found.words:
        by_second.setdefault(int(wait.at - played.start), []).append(wait.lag_s)
    rows = []
    for at, lags in sorted(by_second.items()):
        heard = _timed([lag for lag in lags if isfinite(lag)])
        good = sum(lag <= WORD_S for lag in lags)
        rows.append(Second(at, len(lags), good, 0, heard.p50, heard.p99))
    return rows


def _generator_cpu(played: Played) -> float:
    spans = [part.last_at - part.began for part in played.told.parts if part.began]
    return played.told.cpu_s / max(spans) if spans and max(spans) > 0 else 0.0
