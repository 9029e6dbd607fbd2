"""Numbers about ourselves, kept as plain ints on the hot path and shown as Prometheus text.

prometheus-client's counters cost a microsecond each, which is a tenth of a message; so the hot path
counts in dicts and lists, and one collector reads them when somebody asks.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector, CollectorRegistry

from gateway.modelmetrics import model_metrics
from workers.stats import Stats

__all__ = ["STAGES", "Histogram", "Metrics"]

STAGES = ("decode", "detect", "state", "decide", "journal", "total")
BOUNDS = tuple(2**power / 1e6 for power in range(4, 21))
"""Upper bounds in seconds: 16 µs to 1 s, doubling."""

_SETTLED_AT = 256
"""So many messages are counted together: sorted, a sixth of what one after the other costs."""


class Histogram:
    """Counts by upper bound, seconds. The bounds are BOUNDS and infinity."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS) + 1)
        self.total = 0.0

    def add(self, seconds: float) -> None:
        """Count one value."""
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.total += seconds

    def add_all(self, times: Collection[float]) -> None:
        """Count several values."""
        ordered, counts, at = sorted(times), self.counts, 0
        for place, bound in enumerate(BOUNDS):
            end = bisect_right(ordered, bound, at)
            counts[place] += end - at
            at = end
            if at == len(ordered):
                break
        else:
            counts[-1] += len(ordered) - at
        self.total += sum(ordered)


class Metrics(Collector):
    """All our numbers. `gauges` are asked when somebody reads: name, labels and value."""

    def __init__(self) -> None:
        self.verdicts: Counter[tuple[str, str]] = Counter()
        self.allowed = 0
        self._stages = {stage: Histogram() for stage in STAGES}
        self.journal = self._stages["journal"]
        self._spent: list[tuple[float, float, float, float, float]] = []
        self.unchecked: Counter[tuple[str, str]] = Counter()
        self.commands: Counter[tuple[str, str]] = Counter()
        self.errors: Counter[str] = Counter()
        self.closes: Counter[str] = Counter()
        self.policy: Callable[[], Counter[str]] = Counter
        self.rules: Counter[tuple[str, str]] = Counter()
        self.eased: Callable[[], Mapping[str, Mapping[str, str]]] = dict
        self.windows: dict[str, Callable[[], int]] = {}
        self.degraded: dict[str, Callable[[], bool]] = {}
        self.queues: dict[str, Callable[[], int]] = {}
        self.models: Callable[[], Iterable[Stats]] = tuple
        self.more: list[Callable[[], Iterable[Metric]]] = []
        """What other parts have to tell: streams, where there are any."""
        self.journal_lag_s: Callable[[], float] = float
        self.journal_ends: Mapping[str, int] = {}
        self.loop_lag_s = 0.0
        self.load: tuple[Callable[[], str], Callable[[], Iterable[tuple[str, int]]]] = (str, tuple)
        """The state of the chat path at present, and how often each was entered."""
        self.connections = 0

    def spent(self, stages: tuple[float, float, float, float, float]) -> None:
        """Count where a message's time went, seconds: all stages but the journal's, in order."""
        self._spent.append(stages)
        if len(self._spent) >= _SETTLED_AT:
            self._settle()

    @property
    def stages(self) -> Mapping[str, Histogram]:
        """Return how long messages spent in each stage."""
        self._settle()
        return self._stages

    def _settle(self) -> None:
        timed = [self._stages[stage] for stage in STAGES if stage != "journal"]
        for times, histogram in zip(zip(*self._spent, strict=True), timed, strict=False):
            histogram.add_all(times)
        self._spent.clear()

    def collect(self) -> Iterable[Metric]:
        """Yield every metric, for Prometheus."""
        verdicts = CounterMetricFamily(
            "seawall_verdicts", "Verdicts by action and leading rule.", labels=["action", "rule"]
        )
        verdicts.add_metric(["allow", ""], self.allowed)
        for (action, rule), count in sorted(self.verdicts.items()):
            verdicts.add_metric([action, rule], count)
        yield verdicts
        stages = HistogramMetricFamily(
            "seawall_stage_seconds", "Time a message spent in a stage.", labels=["stage"]
        )
        for stage, histogram in self.stages.items():
            running = 0
            buckets = []
            for bound, count in zip((*BOUNDS, "+Inf"), histogram.counts, strict=True):
                running += count
                buckets.append((str(bound), running))
            stages.add_metric([stage], buckets, histogram.total)
        yield stages
        yield from self._tables()
        yield from self._gauges()
        yield from model_metrics(self.models())
        for more in self.more:
            yield from more()

    def text(self) -> bytes:
        """Return all metrics in Prometheus' text format."""
        registry = CollectorRegistry()
        registry.register(self)
        return generate_latest(registry)

    def _tables(self) -> Iterable[Metric]:
        tables: tuple[tuple[str, str, list[str], Counter[tuple[str, str]]], ...] = (
            (
                "seawall_unchecked",
                "Units nobody examined in time.",
                ["unit", "cause"],
                self.unchecked,
            ),
            ("seawall_commands", "Commands by outcome.", ["kind", "outcome"], self.commands),
            (
                "seawall_rule_findings",
                "Findings by rule: acting, eased, waiting, left_out of a canary, in shadow.",
                ["rule", "group"],
                self.rules,
            ),
        )
        for name, text, labels, table in tables:
            family = CounterMetricFamily(name, text, labels=labels)
            for key, count in sorted(table.items()):
                family.add_metric(list(key), count)
            yield family
        for name, text, label, single in (
            ("seawall_errors", "Messages answered by an error.", "code", self.errors),
            ("seawall_closes", "Connections ended by us.", "code", self.closes),
            ("seawall_policy_loads", "Policy loads by outcome.", "outcome", self.policy()),
        ):
            family = CounterMetricFamily(name, text, labels=[label])
            for word, count in sorted(single.items()):
                family.add_metric([word], count)
            yield family

    def _gauges(self) -> Iterable[Metric]:
        windows = CounterMetricFamily(
            "seawall_window_checks", "Window checks by how they were answered.", labels=["way"]
        )
        for way, number in self.windows.items():
            windows.add_metric([way], float(number()))
        yield windows
        degraded = GaugeMetricFamily(
            "seawall_degraded", "1 while a dependency is replaced.", labels=["dependency"]
        )
        for name, is_down in self.degraded.items():
            degraded.add_metric([name], float(is_down()))
        yield degraded
        depth = GaugeMetricFamily("seawall_queue_depth", "Waiting items.", labels=["queue"])
        for name, size in self.queues.items():
            depth.add_metric([name], float(size()))
        yield depth
        yield GaugeMetricFamily(
            "seawall_loop_lag_seconds",
            "Delay of the event loop, last second's worst.",
            value=self.loop_lag_s,
        )
        yield from self._loads()
        yield GaugeMetricFamily(
            "seawall_journal_lag_seconds",
            "Age of the oldest entry that is not durable.",
            value=self.journal_lag_s(),
        )
        ends = CounterMetricFamily(
            "seawall_journal_ends", "Writers of the journal that ended, and why.", labels=["why"]
        )
        for why, many in self.journal_ends.items():
            ends.add_metric([why], many)
        yield ends
        eased: Counter[str] = Counter()
        for rules in self.eased().values():
            eased.update(rules.keys())
        away = GaugeMetricFamily(
            "seawall_rules_eased", "Tenants for which a rule ran away.", labels=["rule"]
        )
        for rule, tenants in sorted(eased.items()):
            away.add_metric([rule], tenants)
        yield away
        yield GaugeMetricFamily(
            "seawall_connections", "Open connections.", value=float(self.connections)
        )

    def _loads(self) -> Iterable[Metric]:
        state, entered = self.load[0](), self.load[1]()
        now = GaugeMetricFamily(
            "seawall_load", "1 for the state of the chat path: see overload.", labels=["state"]
        )
        begun = CounterMetricFamily(
            "seawall_load_entered", "How often a state of load began.", labels=["state"]
        )
        for each, many in entered:
            now.add_metric([each], float(each == state))
            begun.add_metric([each], many)
        yield now
        yield begun
