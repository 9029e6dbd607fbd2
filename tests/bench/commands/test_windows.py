"""A message that was denied its one answer is named, whichever loop sent it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from bench.commands.windows import PROMISED, broken_promises
from bench.shapes.result import Window
from tests.bench.reports.found import window


@pytest.fixture(scope="module")
def kept() -> Window:
    """Give a window in which each message had one answer."""
    found = window()
    flows = [replace(flow, unanswered=0, doubled=0, unknown=0) for flow in found.flows]
    return replace(found, flows=flows, extra=dict.fromkeys(PROMISED, 0.0))


def test_one_answer_each_is_nothing_to_tell(kept: Window) -> None:
    assert broken_promises(kept) == ""
    assert broken_promises(replace(kept, loop="closed", extra={})) == ""


@pytest.mark.parametrize("what", PROMISED)
def test_a_closed_loop_that_counts_by_flow_alone_is_believed(kept: Window, what: str) -> None:
    flows = [replace(flow, **{what: 2}) for flow in kept.flows[:1]]
    closed = replace(kept, loop="closed", flows=flows, extra={})
    assert broken_promises(closed) == f"{kept.system}, {kept.label}: 2 {what}"


def test_what_no_flow_is_to_blame_for_counts_too(kept: Window) -> None:
    made_up = replace(kept, extra={"unknown": 3.0})
    assert broken_promises(made_up) == f"{kept.system}, {kept.label}: 3 unknown"
