"""The metrics of one system before and after, each judged by its interval and its floor."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median
from typing import Literal

import msgspec

from bench.reports.distributions import estimate
from bench.reports.groups import Flows, Group
from bench.reports.statistics import ENOUGH, Difference, Floats, differ, difference

__all__ = ["ECHO", "Line", "Side", "Verdict", "alike", "lines"]

ECHO = "picows-echo"
LEAST_MS = {0.5: 0.05, 0.99: 0.5}
LEAST_CPU = 0.02
"""Times the echo, or microseconds: a role that spends next to nothing does not fail a run."""
LEAST_BYTES = 4 << 20

Side = tuple[Group, Group | None]
"""What is compared, and the echo of the same run."""

Verdict = Literal["same", "better", "worse", "unsure"]


class Line(msgspec.Struct, frozen=True):
    """One metric of one system before and after. `low` and `high` bound `change`, in `unit`.

    `floor` is the least change that counts. `relative`: change and bounds are shares of before.
    `same`: nothing that counts is within the interval. `unsure`: something that counts is, and so
    is what does not; or there were too few windows for an interval (not `certain`).
    """

    system: str
    label: str
    flow: str
    metric: str
    unit: str
    before: float
    after: float
    change: float
    low: float
    high: float
    floor: float
    relative: bool
    verdict: Verdict
    certain: bool = True


def lines(before: Side, after: Side, tolerance: float) -> Iterator[Line]:
    """Compare every metric of two groups. Raises ValueError for a broken histogram."""
    yield from _cpu(before, after, tolerance)
    first, second = before[0], after[0]
    if alike(first, second):
        yield from _goodput(first, second, tolerance)
    if first.loop == "open" and alike(first, second):
        yield from _latency(before, after, tolerance)
    yield from _memory(first, second, tolerance)


def alike(before: Group, after: Group) -> bool:
    """Tell whether as much was offered; a closed loop offers as much as is answered."""
    return before.loop == "closed" or abs(after.offered - before.offered) <= 0.03 * before.offered


def _cpu(before: Side, after: Side, tolerance: float) -> Iterator[Line]:
    roles = {usage.role for usage in after[0].usage}
    for role in (usage.role for usage in before[0].usage if usage.role in roles):
        floors = [_floor_cpu(side) for side in (before, after)]
        if before[0].system == ECHO or not all(floors):
            first, second = before[0].cpu_of(role), after[0].cpu_of(role)
            unit = "µs"
        else:
            first, second = _over(before, role), _over(after, role)
            unit = "× echo"
        if not min(*first, *second):
            continue
        found = differ(first, second)
        worth = max(tolerance, LEAST_CPU / found.before)
        yield _relative(before[0], f"CPU a message, {role}", unit, found, worth)


def _floor_cpu(side: Side) -> list[float]:
    """Return the echo's CPU, window by window; nothing where there is none."""
    found = side[1].cpu_of("gateway") if side[1] is not None else []
    return found if found and min(found) > 0 else []


def _over(side: Side, role: str) -> list[float]:
    mine, floor = side[0].cpu_of(role), _floor_cpu(side)
    if len(mine) == len(floor):
        return [each / its for each, its in zip(mine, floor, strict=True)]
    return [each / median(floor) for each in mine]


def _goodput(before: Group, after: Group, tolerance: float) -> Iterator[Line]:
    first, second = ([window.goodput_per_s for window in side.windows] for side in (before, after))
    if min(len(first), len(second)) < ENOUGH and before.seconds() and after.seconds():
        first, second = (
            [float(second.good) for second in side.seconds()] for side in (before, after)
        )
    if min(first) > 0 and min(second) > 0:
        found = differ(first, second)
        yield _relative(before, "goodput", "/s", found, tolerance, more_is_better=True)


def _latency(before: Side, after: Side, tolerance: float) -> Iterator[Line]:
    known = {flow.name: flow for flow in after[0].flows}
    for flow in before[0].flows:
        if flow.name not in known or not flow.response.count or not known[flow.name].response.count:
            continue
        sides = ((before, flow), (after, known[flow.name]))
        floors = [_same_flow(side, its.name) for side, its in sides]
        on_top = before[0].system != ECHO and None not in floors
        for share, word in ((0.5, "p50"), (0.99, "p99")):
            # Seeds of their own: the same draws on both sides would cancel out what chance does.
            found = [_percentile(side[0], its, share, 7 + n) for n, (side, its) in enumerate(sides)]
            plain = [value for value, _ in found]
            if on_top:
                under = [
                    _percentile(side[1], its, share, 9 + n)
                    for n, ((side, _), its) in enumerate(zip(sides, floors, strict=True))
                    if side[1] is not None and its is not None
                ]
                found = [
                    (mine[0] - its[0], mine[1] - its[1])
                    for mine, its in zip(found, under, strict=True)
                ]
            told = difference(found[0], found[1])
            worth = max(LEAST_MS[share], tolerance * plain[0])
            metric = f"{word} response" + (", over the echo's" if on_top else "")
            yield _absolute(before[0], flow.name, metric, "ms", told, worth)


def _same_flow(side: Side, name: str) -> Flows | None:
    flows = side[1].flows if side[1] is not None else ()
    return next((flow for flow in flows if flow.name == name and flow.response.count), None)


def _percentile(each: Group, flow: Flows, share: float, seed: int) -> tuple[float, Floats]:
    told = [s.p50_ms if share == 0.5 else s.p99_ms for s in each.seconds() if s.good]
    # The seconds of a window are those of all its flows together.
    return estimate(flow.responses, share, told if len(each.flows) == 1 else (), seed)


def _memory(before: Group, after: Group, tolerance: float) -> Iterator[Line]:
    known = {usage.role: usage for usage in after.usage}
    for usage in before.usage:
        if usage.role in known and usage.rss_peak:
            was, now = float(usage.rss_peak), float(known[usage.role].rss_peak)
            # A peak is read, not sampled: the floor alone decides.
            found = Difference(was, now, now - was, now - was, now - was, 1, 1, 1)
            worth = max(LEAST_BYTES, tolerance * was)
            yield _absolute(before, "", f"peak memory, {usage.role}", "bytes", found, worth)


def _relative(
    each: Group,
    metric: str,
    unit: str,
    found: Difference,
    floor: float,
    more_is_better: bool = False,
) -> Line:
    change, low, high = found.ratio - 1, found.ratio_low - 1, found.ratio_high - 1
    verdict = _judge(change, low, high, floor, found.certain, more_is_better)
    ends = (found.before, found.after, change, low, high, floor)
    return Line(each.system, each.load, "", metric, unit, *ends, True, verdict, found.certain)


def _absolute(
    each: Group, flow: str, metric: str, unit: str, found: Difference, floor: float
) -> Line:
    verdict = _judge(found.value, found.low, found.high, floor, found.certain, False)
    ends = (found.before, found.after, found.value, found.low, found.high, floor)
    return Line(each.system, each.load, flow, metric, unit, *ends, False, verdict, found.certain)


def _judge(
    change: float, low: float, high: float, floor: float, certain: bool, more_is_better: bool
) -> Verdict:
    if not certain:
        return "unsure"
    if low > 0 and change > floor:
        return "better" if more_is_better else "worse"
    if high < 0 and change < -floor:
        return "worse" if more_is_better else "better"
    # Narrow beside the floor: it differs by about the floor, and by no more than that is worth.
    if high - low <= floor or (low >= -floor and high <= floor):
        return "same"
    return "unsure"
