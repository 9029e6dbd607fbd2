"""Every flow tells five percentiles of response and service, and every stage of it its own."""

import re

import msgspec

from bench.reports.groups import group
from bench.reports.page.bars import STAGES
from bench.reports.page.percentiles import latency_tables, stage_tables
from bench.reports.words import number
from bench.shapes.result import Quantiles, Window
from tests.bench.reports.found import window

Row = list[str]


def five(found: Quantiles) -> Row:
    return [number(each) for each in (found.p50, found.p90, found.p99, found.p999, found.max)]


def rows(markup: str) -> dict[str, list[Row]]:
    """Return the rows of each table by its caption, heads first."""
    found = {}
    for caption, table in re.findall(r"<caption>(.*?)</caption>(.*?)</table>", markup, re.S):
        lines = re.findall(r"<tr>(.*?)</tr>", table, re.S)
        found[caption] = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", line) for line in lines]
    return found


def one(**changes: object) -> Window:
    return msgspec.structs.replace(window(offered=300, seconds=3), **changes)


def test_response_and_service_have_the_same_five() -> None:
    found = rows(latency_tables(group([one()])))
    (flow,) = one().flows
    response, service = found.values()
    assert response[0][-5:] == service[0][-5:] == ["p50", "p90", "p99", "p99.9", "max"]
    assert response[1][-5:] == five(flow.response)
    assert service[1][-5:] == five(flow.service)
    assert five(flow.response) != five(flow.service)


def test_a_closed_loop_has_service_alone() -> None:
    found = rows(latency_tables(group([one(loop="closed")])))
    response, service = found.values()
    assert response[1][-5:] == ["–"] * 5
    assert service[1][-5:] == five(one().flows[0].service)
    (stages,) = rows(stage_tables(group([one(loop="closed")]))).values()
    assert [row[0] for row in stages[1:]] == [*STAGES, "service"]


def test_every_stage_has_its_five_with_service_and_response_below() -> None:
    (told,) = rows(stage_tables(group([one()]))).values()
    (flow,) = one().flows
    assert told[0] == ["stage", "p50", "p90", "p99", "p99.9", "max"]
    wanted = [[stage, *five(flow.stages[stage])] for stage in STAGES]
    wanted += [["service", *five(flow.service)], ["response", *five(flow.response)]]
    assert told[1:] == wanted


def test_a_stage_of_another_name_is_told_and_one_without_a_count_has_no_number() -> None:
    (flow,) = one().flows
    stages = {"late": flow.slip, "decode": Quantiles(0, 0, 0, 0, 0, 0, 0)}
    changed = one(flows=[msgspec.structs.replace(flow, stages=stages)])
    (told,) = rows(stage_tables(group([changed]))).values()
    assert told[1] == ["decode", *["–"] * 5]
    assert told[2] == ["late", *five(flow.slip)]


def test_windows_together_are_merged_and_counted() -> None:
    several = [window(offered=300, seconds=3, seed=seed) for seed in range(3)]
    (caption,) = rows(stage_tables(group(several)))
    assert caption == "seawall, 1x ×3, ms"


def test_without_stages_or_windows_there_is_no_table() -> None:
    (flow,) = one().flows
    assert not stage_tables(group([one(flows=[msgspec.structs.replace(flow, stages={})])]))
    assert not latency_tables(group([one(invalid="late")]))
    assert not stage_tables(group([one(invalid="late")]))
