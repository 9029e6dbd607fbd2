"""Numbers of the ingest and of the workers behind it, as Prometheus reads them.

Plain counts here, read when somebody asks; never a stream, a room or a user.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from workers.streams.client import StreamStats

__all__ = ["LAG_S", "Lag", "StreamNumbers", "stream_metrics"]

LAG_S = (0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 6.0, 10.0, 20.0)
"""Upper bounds of lags, seconds."""


class Lag:
    """Counts of a lag by upper bound: those of LAG_S, and infinity."""

    __slots__ = ("counts", "total_s")

    def __init__(self) -> None:
        self.counts = [0] * (len(LAG_S) + 1)
        self.total_s = 0.0

    def add(self, seconds: float) -> None:
        """Count one."""
        self.counts[bisect_left(LAG_S, seconds)] += 1
        self.total_s += seconds


class StreamNumbers:
    """What the ingest counts. `unchecked` is the gateway's own table: unit and cause."""

    def __init__(self, unchecked: Counter[tuple[str, str]] | None = None) -> None:
        self.unchecked: Counter[tuple[str, str]] = Counter() if unchecked is None else unchecked
        self.unchecked_s: defaultdict[tuple[str, str], float] = defaultdict(float)
        self.examined_s: defaultdict[str, float] = defaultdict(float)
        self.sound_s: defaultdict[str, float] = defaultdict(float)
        """Sound that was examined, by what was found in it: `speech none`."""
        self.skipped: Counter[tuple[str, str]] = Counter()
        """Frames and texts that were not looked at, or not wholly, by unit and cause."""
        self.worst_gap_s = 0.0
        """The longest time of video between two frames that were looked at, of any stream ended."""
        self.bytes = 0
        self.pieces: Counter[str] = Counter()
        """By what became of them on arrival: `taken late missing unknown over`."""
        self.opens: Counter[str] = Counter()
        """By outcome: `opened resumed taken_over` or the code of the refusal."""
        self.closes: Counter[str] = Counter()
        self.promotions: Counter[str] = Counter()
        self.restarts: Counter[str] = Counter()
        """Streams' decoders that were replaced, by why."""
        self.lag = {"arrival": Lag(), "frame": Lag(), "ocr": Lag(), "speech": Lag()}
        """From capture (sound: its end) to arrival, and to each answer."""

    def lagged(self, what: str, seconds: float) -> None:
        """Count a lag; below zero is a clock's fault and counts as none."""
        self.lag[what].add(max(0.0, seconds))


def stream_metrics(numbers: StreamNumbers, stats: StreamStats) -> Iterable[Metric]:
    """Yield the metrics of live streams."""
    yield GaugeMetricFamily("seawall_streams", "Open streams.", value=stats.streams)
    yield GaugeMetricFamily("seawall_stream_decoders", "Decoders at work.", value=stats.decoders)
    yield CounterMetricFamily("seawall_stream_bytes", "Bytes of streams.", value=numbers.bytes)
    yield GaugeMetricFamily(
        "seawall_stream_waiting_bytes", "Bytes that wait for decoders.", value=stats.held_bytes
    )
    yield GaugeMetricFamily(
        "seawall_stream_unanswered_frames",
        "Frames handed over and not answered for.",
        value=stats.unanswered,
    )
    yield _counted("seawall_stream_pieces", "Binary frames by outcome.", "outcome", numbers.pieces)
    yield _counted("seawall_stream_opens", "Asks for a stream.", "outcome", numbers.opens)
    yield _counted(
        "seawall_stream_promotions", "Streams looked at closer.", "why", numbers.promotions
    )
    yield _counted("seawall_stream_closes", "Streams that ended.", "why", numbers.closes)
    yield _counted(
        "seawall_stream_restarts", "Decoders that were replaced.", "why", numbers.restarts
    )
    yield _counted(
        "seawall_stream_examined_seconds", "Time that was examined.", "unit", numbers.examined_s
    )
    yield _counted(
        "seawall_stream_sound_seconds",
        "Sound that was examined, by what was found in it: speech, or none.",
        "found",
        numbers.sound_s,
    )
    yield _paired("seawall_stream_unchecked_seconds", "Time nobody examined.", numbers.unchecked_s)
    yield _paired(
        "seawall_stream_skipped", "Frames and texts that were not looked at.", numbers.skipped
    )
    yield GaugeMetricFamily(
        "seawall_stream_worst_gap_seconds",
        "Longest time of video between two frames looked at, of streams that ended.",
        value=numbers.worst_gap_s,
    )
    yield _lags(numbers)
    yield from _workers(stats)


def _counted(name: str, text: str, label: str, table: Mapping[str, float]) -> Metric:
    family = CounterMetricFamily(name, text, labels=[label])
    for word, count in sorted(table.items()):
        family.add_metric([word], count)
    return family


def _paired(name: str, text: str, table: Mapping[tuple[str, str], float]) -> Metric:
    family = CounterMetricFamily(name, text, labels=["unit", "cause"])
    for key, count in sorted(table.items()):
        family.add_metric(list(key), count)
    return family


def _lags(numbers: StreamNumbers) -> Metric:
    family = HistogramMetricFamily(
        "seawall_stream_lag_seconds", "From capture to arrival and to answers.", labels=["what"]
    )
    for what, lag in numbers.lag.items():
        running, buckets = 0, []
        for bound, count in zip((*LAG_S, "+Inf"), lag.counts, strict=True):
            running += count
            buckets.append((str(bound), running))
        family.add_metric([what], buckets, lag.total_s)
    return family


def _workers(stats: StreamStats) -> Iterable[Metric]:
    ends = CounterMetricFamily(
        "seawall_media_ends", "Media processes that ended.", labels=["process", "how"]
    )
    for process, table in sorted(stats.ends.items()):
        for how, count in sorted(table.items()):
            ends.add_metric([process, how], count)
    for how, count in sorted(stats.decoder_ends.items()):
        ends.add_metric(["decoder", how], count)
    yield ends
    yield CounterMetricFamily(
        "seawall_media_decoder_cpu_seconds",
        "CPU time of decoders that have ended.",
        value=stats.decoder_cpu_s,
    )
    up = GaugeMetricFamily("seawall_media_up", "1 while a worker is ready.", labels=["process"])
    depth = GaugeMetricFamily(
        "seawall_media_queue", "What waits in a worker.", labels=["process", "queue"]
    )
    done = CounterMetricFamily(
        "seawall_media_done", "What a worker did.", labels=["process", "what"]
    )
    lost = CounterMetricFamily(
        "seawall_media_lost", "What a worker left undone.", labels=["process", "what"]
    )
    rss = GaugeMetricFamily("seawall_media_rss_mb", "Memory of a worker.", labels=["process"])
    lag = GaugeMetricFamily("seawall_media_lag_seconds", "A worker's lag.", labels=["process"])
    for process in stats.ends:
        up.add_metric([process], float(process not in stats.down))
    for process, counts in sorted(stats.workers.items()):
        rss.add_metric([process], counts.rss_mb)
        lag.add_metric([process], counts.lag_s)
        for family, table in ((depth, counts.depth), (done, counts.done), (lost, counts.lost)):
            for what, count in sorted(table.items()):
                family.add_metric([process, what], count)
    yield from (up, depth, done, lost, rss, lag)
