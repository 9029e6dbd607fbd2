"""What is lost, told twice or made up is found, however much of it is right."""

from __future__ import annotations

import time

from bench.load.truth_server import Orders
from tests.bench.truth.servers import driven, honest, steady


def test_a_verdict_that_was_dropped_one_told_twice_and_one_made_up_are_found() -> None:
    with honest(Orders(drop=(50,), double=(60, 70), invent=(80,))) as system:
        found = driven(system, steady(0.5, 400.0))
    assert (found.unanswered, found.doubled, found.unknown) == (1, 2, 1)
    flow = found.flows[0]
    assert (flow.sent, flow.verdicts) == (200, 199)
    assert (flow.unanswered, flow.doubled, flow.unknown) == (1, 2, 1)


def test_a_server_that_answers_each_message_once_is_believed() -> None:
    with honest() as system:
        found = driven(system, steady(0.5, 400.0), processes=2)
    assert (found.unanswered, found.doubled, found.unknown) == (0, 0, 0)
    assert found.flows[0].actions == {"allow": 200}
    assert sum(second.offered for second in found.series) == 200


def test_a_clock_that_is_ahead_is_noticed_and_corrected() -> None:
    with honest(Orders(skew_s=3.5)) as system:
        before = time.time()
        found = driven(system, steady(0.1, 50.0))
    off, uncertain = found.clock_offset_ms / 1000, found.clock_uncertainty_ms / 1000
    assert abs(off) > uncertain
    assert abs(off - 3.5) <= uncertain
    assert uncertain < time.time() - before


def test_a_clock_that_is_right_is_left_alone() -> None:
    with honest() as system:
        found = driven(system, steady(0.1, 50.0))
    assert abs(found.clock_offset_ms) <= found.clock_uncertainty_ms
