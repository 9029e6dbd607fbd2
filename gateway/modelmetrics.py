"""Numbers of the text models, in Prometheus' words."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from workers.stats import Stats

__all__ = ["model_metrics"]

_OUTCOMES = ("answered", "timeout", "down", "full", "error", "overdue")
_ENDS = ("restarts", "hung", "lies")


def model_metrics(stats: Iterable[Stats]) -> Iterable[Metric]:
    """Yield the metrics of all models; none where no model runs."""
    known = tuple(stats)
    if not known:
        return
    texts = CounterMetricFamily(
        "seawall_model_texts", "Texts asked about, by outcome.", labels=["model", "outcome"]
    )
    ends = CounterMetricFamily(
        "seawall_model_ends", "Workers that ended, and why.", labels=["model", "why"]
    )
    spent = CounterMetricFamily(
        "seawall_model_judging_seconds", "Time a model spent judging.", labels=["model"]
    )
    batches = CounterMetricFamily(
        "seawall_model_batches", "Batches a model judged.", labels=["model"]
    )
    waiting = GaugeMetricFamily("seawall_model_waiting", "Texts that wait.", labels=["model"])
    age = GaugeMetricFamily(
        "seawall_model_waiting_seconds", "Age of the oldest that waits.", labels=["model"]
    )
    for each in known:
        for outcome in _OUTCOMES:
            texts.add_metric([each.model, outcome], getattr(each, outcome))
        for why in _ENDS:
            ends.add_metric([each.model, why], getattr(each, why))
        spent.add_metric([each.model], each.judged_s)
        batches.add_metric([each.model], each.batches)
        waiting.add_metric([each.model], each.units)
        age.add_metric([each.model], each.age_s)
    yield from (texts, ends, spent, batches, waiting, age)
