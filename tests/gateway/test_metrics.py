"""Our numbers, as Prometheus reads them: the names of WIRE, and never a room or user as a label."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

from hypothesis import given, strategies as st
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from gateway.chat.load import STATES, Load
from gateway.metrics import BOUNDS, STAGES, Histogram, Metrics


def samples(metrics: Metrics) -> Iterator[Sample]:
    for family in text_string_to_metric_families(metrics.text().decode()):
        yield from family.samples


def value(metrics: Metrics, name: str, **labels: str) -> float:
    (found,) = [
        sample.value
        for sample in samples(metrics)
        if sample.name == name and sample.labels == labels
    ]
    return float(found)


def test_a_new_gateway_shows_nothing_but_zeroes() -> None:
    found = list(samples(Metrics()))
    assert found
    assert all(sample.value == 0 for sample in found)


def test_verdicts_are_counted_by_action_and_rule() -> None:
    metrics = Metrics()
    metrics.allowed = 5
    metrics.verdicts["block", "block-spam"] += 2
    metrics.verdicts["allow", "flag"] += 1
    name = "seawall_verdicts_total"
    assert value(metrics, name, action="allow", rule="") == 5
    assert value(metrics, name, action="block", rule="block-spam") == 2
    assert value(metrics, name, action="allow", rule="flag") == 1


def test_a_rules_name_cannot_break_the_text() -> None:
    metrics = Metrics()
    rule = 'odd "name" \\ with\na line'
    metrics.verdicts["block", rule] += 1
    assert value(metrics, "seawall_verdicts_total", action="block", rule=rule) == 1


@given(st.lists(st.floats(0.0, 5.0), max_size=30))
def test_a_stages_buckets_are_cumulative_and_end_at_all(spent: list[float]) -> None:
    metrics = Metrics()
    for seconds in spent:
        metrics.stages["journal"].add(seconds)
    buckets = {
        float(sample.labels["le"]): sample.value
        for sample in samples(metrics)
        if sample.name == "seawall_stage_seconds_bucket" and sample.labels["stage"] == "journal"
    }
    assert list(buckets) == [*BOUNDS, math.inf]
    counts = list(buckets.values())
    assert counts == sorted(counts)
    assert counts[-1] == len(spent)
    for bound, count in buckets.items():
        # a value on a bound may count above it: buckets are found by whole microseconds
        assert count <= sum(1 for seconds in spent if seconds <= bound)
        assert count >= sum(1 for seconds in spent if seconds < bound - 1e-6)


def test_where_a_messages_time_went_is_counted_in_one_call() -> None:
    metrics = Metrics()
    metrics.spent((1e-5, 2e-5, 3e-5, 4e-5, 2.0))
    seconds = {stage: metrics.stages[stage].total for stage in STAGES}
    assert seconds == {
        "decode": 1e-5, "detect": 2e-5, "state": 3e-5, "decide": 4e-5, "journal": 0.0, "total": 2.0,
    }  # fmt: skip
    assert value(metrics, "seawall_stage_seconds_count", stage="total") == 1
    assert value(metrics, "seawall_stage_seconds_sum", stage="total") == 2.0
    assert value(metrics, "seawall_stage_seconds_bucket", stage="total", le="+Inf") == 1
    assert value(metrics, "seawall_stage_seconds_bucket", stage="total", le=str(BOUNDS[-1])) == 0
    assert value(metrics, "seawall_stage_seconds_count", stage="journal") == 0


@given(st.floats(0.0, 10.0))
def test_both_ways_of_counting_agree(seconds: float) -> None:
    metrics, histogram = Metrics(), Histogram()
    metrics.spent((seconds, seconds, seconds, seconds, seconds))
    histogram.add(seconds)
    assert all(
        metrics.stages[stage].counts == histogram.counts for stage in STAGES if stage != "journal"
    )


def test_what_went_wrong_is_counted_by_its_cause() -> None:
    metrics = Metrics()
    metrics.unchecked["text", "detect"] += 1
    metrics.commands["mute", "done"] += 2
    metrics.errors["bad_json"] += 3
    metrics.closes["slow_consumer"] += 4
    metrics.policy = lambda: Counter(refused=5)
    assert value(metrics, "seawall_unchecked_total", unit="text", cause="detect") == 1
    assert value(metrics, "seawall_commands_total", kind="mute", outcome="done") == 2
    assert value(metrics, "seawall_errors_total", code="bad_json") == 3
    assert value(metrics, "seawall_closes_total", code="slow_consumer") == 4
    assert value(metrics, "seawall_policy_loads_total", outcome="refused") == 5


def test_gauges_are_asked_when_somebody_reads() -> None:
    metrics = Metrics()
    waiting = 3
    metrics.queues["verdicts"] = lambda: waiting
    metrics.degraded["windows"] = lambda: waiting > 3
    metrics.windows["late"] = lambda: waiting
    metrics.loop_lag_s, metrics.connections = 0.25, 7
    metrics.journal_lag_s, metrics.journal_ends = lambda: 1.5, {"died": 2, "silent": 3}
    assert value(metrics, "seawall_degraded", dependency="windows") == 0
    waiting = 4
    assert value(metrics, "seawall_queue_depth", queue="verdicts") == 4
    assert value(metrics, "seawall_degraded", dependency="windows") == 1
    assert value(metrics, "seawall_window_checks_total", way="late") == 4
    assert value(metrics, "seawall_loop_lag_seconds") == 0.25
    assert value(metrics, "seawall_connections") == 7
    assert value(metrics, "seawall_journal_lag_seconds") == 1.5
    assert value(metrics, "seawall_journal_ends_total", why="died") == 2
    assert value(metrics, "seawall_journal_ends_total", why="silent") == 3


def test_the_state_of_load_is_one_of_all_and_its_beginnings_are_counted() -> None:
    load, metrics = Load(lambda: 0.05), Metrics()
    metrics.load = (lambda: load.state, load.entered.items)
    load.look(0, 0.03, 1.0)
    text = metrics.text().decode()
    states = {name: f'seawall_load{{state="{name}"}} ' in text for name in STATES}
    assert all(states.values())
    assert 'seawall_load{state="lean"} 1.0' in text
    assert 'seawall_load{state="normal"} 0.0' in text
    assert 'seawall_load_entered_total{state="lean"} 1.0' in text


def test_no_label_names_a_person_or_a_place() -> None:
    metrics = Metrics()
    metrics.verdicts["block", "rule"] += 1
    metrics.commands["mute", "sent"] += 1
    labels = {label for sample in samples(metrics) for label in sample.labels}
    assert not labels & {"room", "user", "tenant", "id", "stream"}
