"""Numbers of streams, as Prometheus reads them: whole, cumulative, and of nobody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest
from hypothesis import given, strategies as st
from prometheus_client.core import Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector, CollectorRegistry

from gateway.stream.metrics import LAG_S, Lag, StreamNumbers, stream_metrics
from workers.streams.client import StreamStats
from workers.streams.reports import Stats


class Once(Collector):
    """What one reading yields."""

    def __init__(self, numbers: StreamNumbers, stats: StreamStats) -> None:
        self.numbers, self.stats = numbers, stats

    def collect(self) -> Iterable[Metric]:
        return stream_metrics(self.numbers, self.stats)


def read(numbers: StreamNumbers, stats: StreamStats | None = None) -> dict[str, float]:
    """Return every sample by its line without the value, as a scraper parses it."""
    registry = CollectorRegistry()
    registry.register(Once(numbers, stats or StreamStats()))
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(generate_latest(registry).decode()):
        assert family.documentation.endswith(".")
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


@given(st.lists(st.floats(0, 100), max_size=50))
def test_a_lag_is_counted_once_in_the_first_bound_it_fits(lags: list[float]) -> None:
    lag = Lag()
    for each in lags:
        lag.add(each)
    assert sum(lag.counts) == len(lags)
    assert lag.total_s == pytest.approx(sum(lags))
    for place, bound in enumerate(LAG_S):
        assert sum(lag.counts[: place + 1]) == sum(each <= bound for each in lags)


def test_nothing_yet_can_be_read() -> None:
    found = read(StreamNumbers())
    assert found["seawall_streams"] == found["seawall_stream_bytes_total"] == 0.0
    assert found["seawall_stream_lag_seconds_count{what=speech}"] == 0.0


def test_lags_are_cumulative_and_a_clock_ahead_counts_as_none() -> None:
    numbers = StreamNumbers()
    for seconds in (-3.0, 0.07, 0.3, 30.0):
        numbers.lagged("frame", seconds)
    found = read(numbers)
    prefix = "seawall_stream_lag_seconds"
    assert found[f"{prefix}_bucket{{le=0.05,what=frame}}"] == 1.0
    assert found[f"{prefix}_bucket{{le=0.1,what=frame}}"] == 2.0
    assert found[f"{prefix}_bucket{{le=20.0,what=frame}}"] == 3.0
    assert found[f"{prefix}_bucket{{le=+Inf,what=frame}}"] == 4.0
    assert found[f"{prefix}_sum{{what=frame}}"] == pytest.approx(30.37)


def test_what_was_counted_is_told() -> None:
    numbers = StreamNumbers()
    numbers.bytes = 4096
    numbers.pieces["late"] += 2
    numbers.opens["id_reused"] += 1
    numbers.closes["stalled"] += 1
    numbers.promotions["report"] += 3
    numbers.restarts["died"] += 1
    numbers.examined_s["frames"] += 12.5
    numbers.unchecked_s["speech", "down"] += 2.5
    numbers.skipped["ocr", "load"] += 4
    numbers.worst_gap_s = 9.9
    found = read(numbers)
    assert found["seawall_stream_bytes_total"] == 4096.0
    assert found["seawall_stream_pieces_total{outcome=late}"] == 2.0
    assert found["seawall_stream_opens_total{outcome=id_reused}"] == 1.0
    assert found["seawall_stream_closes_total{why=stalled}"] == 1.0
    assert found["seawall_stream_promotions_total{why=report}"] == 3.0
    assert found["seawall_stream_restarts_total{why=died}"] == 1.0
    assert found["seawall_stream_examined_seconds_total{unit=frames}"] == 12.5
    assert found["seawall_stream_unchecked_seconds_total{cause=down,unit=speech}"] == 2.5
    assert found["seawall_stream_skipped_total{cause=load,unit=ocr}"] == 4.0
    assert found["seawall_stream_worst_gap_seconds"] == 9.9


def test_workers_that_are_up_down_and_gone_are_told_apart() -> None:
    stats = StreamStats(
        streams=2,
        decoders=1,
        held_bytes=500,
        unanswered=3,
        decoder_ends={"signal": 1},
        ends={"vision": {"died": 2}, "speech": {}, "zygote": {}},
        workers={"vision": Stats({"frame": 5}, {"frame": 90}, {"late": 1}, 1.0, 400.0, 0.2)},
        down=frozenset({"speech"}),
        decoder_cpu_s=7.5,
    )
    found = read(StreamNumbers(), stats)
    assert (found["seawall_streams"], found["seawall_stream_decoders"]) == (2.0, 1.0)
    assert found["seawall_stream_waiting_bytes"] == 500.0
    assert found["seawall_stream_unanswered_frames"] == 3.0
    up = [found[f"seawall_media_up{{process={name}}}"] for name in ("vision", "speech", "zygote")]
    assert up == [1.0, 0.0, 1.0]
    assert found["seawall_media_ends_total{how=died,process=vision}"] == 2.0
    assert found["seawall_media_ends_total{how=signal,process=decoder}"] == 1.0
    assert found["seawall_media_queue{process=vision,queue=frame}"] == 5.0
    assert found["seawall_media_done_total{process=vision,what=frame}"] == 90.0
    assert found["seawall_media_lost_total{process=vision,what=late}"] == 1.0
    assert found["seawall_media_rss_mb{process=vision}"] == 400.0
    assert found["seawall_media_lag_seconds{process=vision}"] == 0.2
    assert found["seawall_media_decoder_cpu_seconds_total"] == 7.5


def test_the_gateways_own_table_is_counted_in() -> None:
    table: Counter[tuple[str, str]] = Counter()
    assert StreamNumbers(table).unchecked is table
    assert StreamNumbers().unchecked == {}
