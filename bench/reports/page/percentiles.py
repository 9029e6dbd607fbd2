"""The page's tables of percentiles: response and service of every flow, and every stage of them.

A stage has a service time only: a message waits for its sending before the first one. So response
stands once beside the stages, and not in closed loops, which have none.
"""

from __future__ import annotations

from collections.abc import Sequence

from bench.reports.groups import Flows, Group
from bench.reports.page.bars import STAGES
from bench.reports.page.markup import Cell, table, tag
from bench.reports.words import number, percent
from bench.shapes.result import Quantiles

__all__ = ["latency_tables", "stage_tables"]

FIVE = ("p50", "p90", "p99", "p99.9", "max")


def latency_tables(groups: Sequence[Group]) -> str:
    """List rates and response of every flow, then service. Closed loops have no response."""
    flows = [(each, flow) for each in groups if each.windows for flow in each.flows]
    if not flows:
        return ""
    responses = [_response(each, flow) for each, flow in flows]
    services: list[list[Cell]] = [
        [_name(each, flow), f"{flow.service.count:,}", *_five(flow.service)] for each, flow in flows
    ]
    return table(
        ("system, load", "offered /s", "goodput /s", "refused", *FIVE),
        responses,
        caption="Response in milliseconds, from the intended send",
    ) + table(
        ("system, load", "counted", *FIVE),
        services,
        caption="Service in milliseconds, from the real send",
    )


def stage_tables(groups: Sequence[Group]) -> str:
    """List every stage of every flow that tells them, with service and response below; ms."""
    found = [
        table(("stage", *FIVE), _stages(each, flow), caption=f"{_name(each, flow)}, ms")
        for each in groups
        for flow in each.flows
        if flow.stages
    ]
    return tag("div", "".join(found), class_="grid tables") if found else ""


def _response(each: Group, flow: Flows) -> list[Cell]:
    refused = percent(sum(flow.refused.values()) / flow.sent) if flow.sent else "–"
    told = ["–"] * len(FIVE) if each.loop == "closed" else _five(flow.response)
    return [_name(each, flow), number(each.offered), number(each.goodput), refused, *told]


def _stages(each: Group, flow: Flows) -> list[list[Cell]]:
    names = [*STAGES, *(name for name in flow.stages if name not in STAGES)]
    rows = [(name, flow.stages[name]) for name in names if name in flow.stages]
    rows.append(("service", flow.service))
    if each.loop == "open":
        rows.append(("response", flow.response))
    return [[name, *_five(found)] for name, found in rows]


def _five(found: Quantiles) -> list[str]:
    if not found.count:
        return ["–"] * len(FIVE)
    return [number(value) for value in (found.p50, found.p90, found.p99, found.p999, found.max)]


def _name(each: Group, flow: Flows) -> str:
    name = each.name if len(each.flows) == 1 else f"{each.name}, {flow.name}"
    name += f" ×{len(each.windows)}" if len(each.windows) > 1 else ""
    return name + (" (closed loop)" if each.loop == "closed" else "")
