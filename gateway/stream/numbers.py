"""Numbers about acting on streams, as Prometheus reads them. Never a stream, room or user."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

__all__ = ["Numbers", "acting_metrics"]

DARK_S = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
"""Upper bounds of time to dark, seconds."""


class Numbers:
    """What judging and acting count."""

    def __init__(self) -> None:
        self.judged: Counter[tuple[str, str]] = Counter()
        """By surface and outcome: `judged`, `provisional`, `shaky`, `failed`."""
        self.findings: Counter[tuple[str, str]] = Counter()
        """By surface and action."""
        self.cuts: Counter[str] = Counter()
        """`ordered again dark disobeyed`; of countdowns `pending vetoed lapsed not_cut_…`."""
        self.evidence: Counter[str] = Counter()
        self.stored = {"rings": 0, "clips": 0, "waiting": 0}
        self.dark_counts = [0] * (len(DARK_S) + 1)
        self.dark_s = 0.0

    def dark(self, seconds: float) -> None:
        """Count one time to dark."""
        place = next((n for n, bound in enumerate(DARK_S) if seconds <= bound), len(DARK_S))
        self.dark_counts[place] += 1
        self.dark_s += seconds


def acting_metrics(numbers: Numbers) -> Iterable[Metric]:
    """Yield the metrics of acting on streams."""
    judged = CounterMetricFamily(
        "seawall_stream_judged",
        "Frames, read texts and utterances by what became of them.",
        labels=["surface", "outcome"],
    )
    for (surface, outcome), count in sorted(numbers.judged.items()):
        judged.add_metric([surface, outcome], count)
    yield judged
    findings = CounterMetricFamily(
        "seawall_stream_findings",
        "Findings told to stream servers.",
        labels=["surface", "action"],
    )
    for (surface, action), count in sorted(numbers.findings.items()):
        findings.add_metric([surface, action], count)
    yield findings
    cuts = CounterMetricFamily(
        "seawall_stream_cuts", "Cuts and countdowns by what became of them.", labels=["outcome"]
    )
    for outcome, count in sorted(numbers.cuts.items()):
        cuts.add_metric([outcome], count)
    yield cuts
    dark = HistogramMetricFamily(
        "seawall_time_to_dark_seconds",
        "From the offending frame's capture to the last byte of a stream that was cut.",
    )
    running, buckets = 0, []
    for bound, count in zip((*DARK_S, "+Inf"), numbers.dark_counts, strict=True):
        running += count
        buckets.append((str(bound), running))
    dark.add_metric([], buckets, numbers.dark_s)
    yield dark
    kept = CounterMetricFamily(
        "seawall_evidence",
        "Clips kept, refused, deleted; pieces dropped, failed; segments evicted.",
        labels=["what"],
    )
    for what, count in sorted(numbers.evidence.items()):
        kept.add_metric([what], count)
    yield kept
    stored = GaugeMetricFamily(
        "seawall_evidence_bytes", "Bytes of streams on disk, or waiting for it.", labels=["where"]
    )
    for where, size in numbers.stored.items():
        stored.add_metric([where], size)
    yield stored
