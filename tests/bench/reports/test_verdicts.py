"""A run ends as it went: missed bars and invalid windows are never passed over."""

import msgspec

from bench.reports.verdicts import balance, broken_promises, left_out, quiet, remarks, verdict
from bench.shapes.result import Figure, Noise, Result
from tests.bench.reports.found import environment, window


def run(**parts: object) -> Result:
    empty = Result("chat", [], "steady", environment())
    return msgspec.structs.replace(empty, **parts)


def test_a_missed_bar_is_no_pass() -> None:
    missed = Figure("memory", 21.0, bar=20.0)
    assert verdict(run()) == "passed"
    assert verdict(run(figures=[missed])) == "bars missed"
    assert verdict(run(figures=[missed], failures=["memory"])) == "failed"
    assert balance(run(figures=[missed, Figure("told", 1.0)])) == "0 of 1 bars met"


def test_invalid_windows_are_told_once_for_each_load() -> None:
    late = window(offered=50, seconds=2, invalid="slip p99 8 ms")
    found = run(
        windows=[late, late, window(offered=50, seconds=2)], notes=["seawall, 1x: slip p99 8 ms"]
    )
    assert left_out(found.windows) == [
        "seawall, 1x: not counted, slip p99 8 ms (and 1 more like it)"
    ]
    assert remarks(found) == []
    assert balance(found) == "2 of 3 windows invalid"


def test_broken_promises_are_named() -> None:
    flow = window(offered=50, seconds=2).flows[0]
    assert broken_promises(flow) == ""
    lost = msgspec.structs.replace(flow, unanswered=2, doubled=1)
    assert broken_promises(lost) == "2 unanswered, 1 answered twice"


def test_a_busy_machine_is_not_quiet() -> None:
    calm = window(offered=50, seconds=2)
    assert quiet(calm)
    assert not quiet(msgspec.structs.replace(calm, noise=Noise(0.3, 0.0, 1.0)))
    assert not quiet(msgspec.structs.replace(calm, noise=Noise(0.0, 0.05, 1.0)))
