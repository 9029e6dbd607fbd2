"""Worse is found where it is, beside the echo of the same machine, and nowhere else."""

from collections.abc import Callable, Sequence

import msgspec
import pytest

from bench.reports.comparing import compare
from bench.reports.lines import ECHO
from bench.shapes.result import Environment, Result, Window
from tests.bench.reports.found import environment, result, window


def run(
    make: Callable[[int], list[Window]], turns: int = 5, machine: Environment | None = None
) -> Result:
    windows = [each for turn in range(turns) for each in make(turn)]
    return Result("chat", [], "steady", machine or environment(), windows)


def pair(
    seed: int, *, dearer: float = 1.0, slower: float = 1.0, machine: float = 1.0
) -> list[Window]:
    return [
        window(ECHO, offered=300, seconds=4, seed=seed, dearer=machine, slower=machine),
        window(offered=300, seconds=4, seed=seed, dearer=dearer * machine, slower=slower * machine),
    ]


def worse(before: Result, after: Result, tolerance: float = 0.05) -> set[str]:
    return {line.metric for line in compare(before, after, tolerance).regressions}


BEFORE = run(lambda turn: pair(turn))


def test_the_same_is_the_same() -> None:
    assert not worse(BEFORE, BEFORE)


@pytest.mark.parametrize("first", [10, 20, 30])
def test_another_run_of_the_same_does_not_differ(first: int) -> None:
    assert not worse(BEFORE, run(lambda turn: pair(first + turn)))


def test_dearer_messages_are_a_regression() -> None:
    found = worse(BEFORE, run(lambda turn: pair(turn + 10, dearer=1.15)))
    assert "CPU a message, gateway" in found
    assert not any("response" in metric for metric in found)


def test_cheaper_messages_are_none() -> None:
    found = compare(BEFORE, run(lambda turn: pair(turn + 10, dearer=0.8)))
    assert not found.regressions
    assert {line.verdict for line in found.lines if line.metric == "CPU a message, gateway"} == {
        "better"
    }


def test_a_slower_machine_is_no_regression_where_the_echo_ran_too() -> None:
    slow = run(lambda turn: pair(turn + 10, machine=1.4))
    assert not {metric for metric in worse(BEFORE, slow) if "CPU" in metric}
    alone = [each for each in BEFORE.windows if each.system != ECHO]
    slow_alone = [each for each in slow.windows if each.system != ECHO]
    found = worse(
        msgspec.structs.replace(BEFORE, windows=alone),
        msgspec.structs.replace(slow, windows=slow_alone),
    )
    assert "CPU a message, gateway" in found


def test_slower_answers_are_a_regression() -> None:
    found = worse(BEFORE, run(lambda turn: pair(turn + 10, slower=1.8)))
    assert "p50 response, over the echo's" in found
    assert "CPU a message, gateway" not in found


def test_a_change_within_the_tolerance_is_none() -> None:
    dearer = run(lambda turn: pair(turn, dearer=1.15))
    assert not worse(BEFORE, dearer, tolerance=0.3)


def test_one_window_each_is_unsure_and_never_a_regression() -> None:
    found = compare(run(lambda turn: pair(0), 1), run(lambda turn: pair(0, dearer=1.5), 1))
    cpu = [line for line in found.lines if line.metric == "CPU a message, gateway"]
    assert [line.verdict for line in cpu] == ["unsure"]


def verdicts(before: Result, after: Result) -> dict[str, str]:
    return {line.metric: line.verdict for line in compare(before, after).lines}


def scattered(shares: Sequence[float]) -> Result:
    """Give a run whose gateway costs these multiples, window by window, and has no echo."""
    return run(lambda turn: [costing(shares[turn])], len(shares))


def costing(share: float) -> Window:
    (plain,) = (each for each in pair(0) if each.system != ECHO)
    usage = [
        msgspec.structs.replace(each, cpu_us_per_message=20 * share) for each in plain.usage[:1]
    ]
    return msgspec.structs.replace(plain, usage=usage)


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        ((1.0, 1.01, 0.99, 1.0, 1.01), (1.0, 0.99, 1.0, 1.01, 1.0), "same"),
        ((0.7, 1.0, 1.4, 0.8, 1.2), (0.7, 1.0, 1.4, 0.8, 1.2), "unsure"),
        ((0.7, 1.0, 1.4, 0.8, 1.2), (0.8, 1.1, 1.5, 0.9, 1.3), "unsure"),
        ((0.98, 1.0, 1.02), (0.99, 1.0, 1.01), "same"),
        ((1.0, 1.01, 0.99, 1.0), (1.2, 1.21, 1.19, 1.2), "worse"),
        ((1.0, 1.01, 0.99, 1.0), (0.8, 0.81, 0.79, 0.8), "better"),
        ((1.0, 1.001, 0.999), (1.045, 1.055, 1.044), "same"),
    ],
)
def test_the_same_is_only_what_cannot_have_changed_by_as_much_as_counts(
    first: tuple[float, ...], second: tuple[float, ...], verdict: str
) -> None:
    assert verdicts(scattered(first), scattered(second))["CPU a message, gateway"] == verdict


def test_one_window_each_without_a_change_is_unsure_too() -> None:
    alone = scattered((1.0,))
    assert verdicts(alone, alone)["CPU a message, gateway"] == "unsure"


def test_a_result_beside_itself_has_the_interval_of_two_runs() -> None:
    (line,) = (
        line for line in compare(BEFORE, BEFORE).lines if line.metric.startswith("p99 response")
    )
    assert line.change == 0
    assert line.low < 0 < line.high


def test_memory_is_read_and_needs_no_interval() -> None:
    assert verdicts(BEFORE, BEFORE)["peak memory, gateway"] == "same"


def test_lost_goodput_is_a_regression() -> None:
    def answered(capacity: float) -> Result:
        return run(lambda turn: [window(offered=400, capacity=capacity, seconds=4, seed=turn)])

    assert "goodput" in worse(answered(1_000), answered(300))
    assert "goodput" not in worse(answered(300), answered(1_000))


def test_grown_memory_is_a_regression() -> None:
    def grown(windows: list[Window]) -> list[Window]:
        return [
            msgspec.structs.replace(
                each,
                usage=[
                    msgspec.structs.replace(u, rss_peak=u.rss_peak + (8 << 20)) for u in each.usage
                ],
            )
            for each in windows
        ]

    assert "peak memory, gateway" in worse(BEFORE, run(lambda turn: grown(pair(turn))))


def test_invalid_windows_are_no_evidence() -> None:
    spoilt = [msgspec.structs.replace(each, invalid="late") for each in BEFORE.windows]
    found = compare(BEFORE, msgspec.structs.replace(BEFORE, windows=[*spoilt, *BEFORE.windows]))
    assert any("refused as evidence (after)" in note for note in found.notes)
    with pytest.raises(ValueError, match="no valid window"):
        compare(BEFORE, msgspec.structs.replace(BEFORE, windows=spoilt))


def test_other_rates_are_not_compared() -> None:
    faster = run(lambda turn: [window(offered=600, seconds=4, seed=turn)])
    slower = run(lambda turn: [window(offered=300, seconds=4, seed=turn)])
    found = compare(slower, faster)
    assert not any("response" in line.metric or line.metric == "goodput" for line in found.lines)
    assert any("300 messages a second before, 600 after" in note for note in found.notes)


def test_another_machine_is_told() -> None:
    other = msgspec.structs.replace(environment(), cores=64, versions={"seawall": "1.0.0"})
    found = compare(BEFORE, msgspec.structs.replace(BEFORE, environment=other))
    assert "cores: 2 before, 64 after" in found.environments
    assert "seawall: 0.9.0 before, 1.0.0 after" in found.environments
    assert "picows: 2.3.0 before, none after" in found.environments


def test_what_only_one_run_has_is_told() -> None:
    found = compare(result(), msgspec.structs.replace(result(), windows=result().windows[:15]))
    assert any(note.startswith("only before: seawall, 0.5x peak") for note in found.notes)
