"""Windows of one system, label and rate put together: repeated, interleaved, told as one.

Invalid windows are kept apart: they are listed and never counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median
from typing import Literal, assert_never

import msgspec

from bench.reports.distributions import Distribution, decode, merge
from bench.shapes.result import FlowFound, Quantiles, Second, Usage, Window

__all__ = ["Flows", "Group", "Unit", "group", "merged"]

Unit = Literal["µs", "cores", "s"]
SHARES = (0.5, 0.9, 0.99, 0.999, 1.0)
RATE = 0.03
"""Rates nearer than this share are the same one: random arrivals are never exactly as many."""


class Flows(msgspec.Struct, frozen=True, eq=False):
    """One flow in all windows of a group: sums, and the distributions merged."""

    name: str
    sent: int
    verdicts: int
    good: int
    unchecked: int
    refused: dict[str, int]
    response: Quantiles
    service: Quantiles
    slip: Quantiles
    responses: tuple[Distribution, ...]
    services: tuple[Distribution, ...]
    stages: dict[str, Quantiles]


class Group(msgspec.Struct, frozen=True, eq=False):
    """The valid windows of one system under one label, and those that are not.

    `several`: the same label stands for other rates as well.
    """

    system: str
    label: str
    loop: str
    windows: tuple[Window, ...]
    invalid: tuple[Window, ...]
    flows: tuple[Flows, ...]
    several: bool = False

    @property
    def name(self) -> str:
        """Return system and load."""
        return f"{self.system}, {self.load}" if self.load else self.system

    @property
    def load(self) -> str:
        """Return the label, with the rate where the label alone does not say it."""
        return f"{self.label} {self.offered:,.0f}/s".strip() if self.several else self.label

    @property
    def offered(self) -> float:
        """Return the median rate that was offered, a second; of invalid windows, if all are."""
        return median(found.offered_per_s for found in self.windows or self.invalid)

    @property
    def goodput(self) -> float:
        """Return the median rate answered inside the SLO, a second."""
        return median(found.goodput_per_s for found in self.windows or self.invalid)

    @property
    def usage(self) -> tuple[Usage, ...]:
        """Return what each role spent: medians over the windows, in the order of first sight."""
        return tuple(self._usage(role) for role in dict.fromkeys(self._roles()))

    def seconds(self) -> list[Second]:
        """Return the seconds of all windows."""
        return [second for found in self.windows for second in found.series]

    @property
    def unit(self) -> Unit:
        """Return what CPU is told in. Without chat, a message is a second of one stream."""
        if not any(usage.cpu_us_per_message for usage in self.usage):
            return "s"
        return "µs" if self.flows else "cores"

    def cost(self, usage: Usage) -> float:
        """Return what a role spent, in this group's unit."""
        match self.unit:
            case "µs":
                return usage.cpu_us_per_message
            case "cores":
                return usage.cpu_us_per_message / 1e6
            case "s":
                return usage.cpu_s
            case never:
                assert_never(never)

    def cpu_of(self, role: str) -> list[float]:
        """Return CPU microseconds a message of one role, window by window."""
        return [sum(u.cpu_us_per_message for u in w.usage if u.role == role) for w in self.windows]

    def _roles(self) -> Iterable[str]:
        return (usage.role for found in self.windows for usage in found.usage)

    def _usage(self, role: str) -> Usage:
        parts = [usage for found in self.windows for usage in found.usage if usage.role == role]
        return Usage(
            role=role,
            processes=max(part.processes for part in parts),
            cpu_s=median(part.cpu_s for part in parts),
            cpu_us_per_message=median(part.cpu_us_per_message for part in parts),
            rss_before=int(median(part.rss_before for part in parts)),
            rss_after=int(median(part.rss_after for part in parts)),
            rss_peak=max(part.rss_peak for part in parts),
        )


def group(windows: Sequence[Window]) -> tuple[Group, ...]:
    """Put windows of the same system, label, loop and rate together, in the order of first sight.

    Raises ValueError for a histogram that is none.
    """
    places: dict[tuple[str, str, str], list[list[Window]]] = {}
    for window in windows:
        rates = places.setdefault((window.system, window.label, window.loop), [])
        for found in rates:
            if _same_rate(found[0], window):
                found.append(window)
                break
        else:
            rates.append([window])
    return tuple(_group(found, len(rates) > 1) for rates in places.values() for found in rates)


def _same_rate(one: Window, other: Window) -> bool:
    """Tell whether as much was offered. A closed loop offers what is answered."""
    most = max(one.offered_per_s, other.offered_per_s)
    return one.loop == "closed" or abs(one.offered_per_s - other.offered_per_s) <= RATE * most


def merged(parts: Sequence[Quantiles]) -> Quantiles:
    """Merge distributions by their histograms. Where one lacks its histogram: medians of each.

    Raises ValueError for a histogram that is none.
    """
    if len(parts) == 1:
        return parts[0]
    known = [part for part in parts if part.count]
    count = sum(part.count for part in known)
    if not count:
        return Quantiles(0, 0, 0, 0, 0, 0, 0)
    mean = sum(part.mean * part.count for part in known) / count
    if all(part.log for part in known):
        whole = merge([decode(part) for part in known])
        p50, p90, p99, p999, most = (float(whole.at(share)) for share in SHARES)
        return Quantiles(count, p50, p90, p99, p999, most, mean)
    return Quantiles(
        count=count,
        p50=median(part.p50 for part in known),
        p90=median(part.p90 for part in known),
        p99=median(part.p99 for part in known),
        p999=median(part.p999 for part in known),
        max=max(part.max for part in known),
        mean=mean,
    )


def _group(windows: list[Window], several: bool) -> Group:
    valid = tuple(window for window in windows if not window.invalid)
    names = dict.fromkeys(flow.name for window in valid for flow in window.flows)
    return Group(
        system=windows[0].system,
        label=windows[0].label,
        loop=windows[0].loop,
        windows=valid,
        invalid=tuple(window for window in windows if window.invalid),
        flows=tuple(
            _flows([flow for window in valid for flow in window.flows if flow.name == name])
            for name in names
        ),
        several=several,
    )


def _flows(parts: list[FlowFound]) -> Flows:
    refused: dict[str, int] = {}
    for part in parts:
        for code, count in part.refused.items():
            refused[code] = refused.get(code, 0) + count
    stages = dict.fromkeys(stage for part in parts for stage in part.stages)
    return Flows(
        name=parts[0].name,
        sent=sum(part.sent for part in parts),
        verdicts=sum(part.verdicts for part in parts),
        good=sum(part.good for part in parts),
        unchecked=sum(part.unchecked for part in parts),
        refused=refused,
        response=merged([part.response for part in parts]),
        service=merged([part.service for part in parts]),
        slip=merged([part.slip for part in parts]),
        responses=tuple(decode(part.response) for part in parts),
        services=tuple(decode(part.service) for part in parts),
        stages={
            stage: merged([part.stages[stage] for part in parts if stage in part.stages])
            for stage in stages
        },
    )
