"""Of several runs the worst of each figure is told, whichever way is worse."""

from __future__ import annotations

from bench.faults.writers import worst
from bench.shapes.result import Figure


def test_the_worst_of_each_figure_is_told() -> None:
    runs = [
        [Figure("lost", 0, bar=0), Figure("tried on", 90, bar=1, least=True), Figure("took", 1.5)],
        [
            Figure("lost", 2, bar=0, why="2 without a verdict"),
            Figure("tried on", 0, bar=1, least=True),
            Figure("took", 0.5),
        ],
    ]
    lost, tried, took = worst(runs)
    assert (lost.value, lost.met, lost.why) == (2, False, "2 without a verdict")
    assert (tried.value, tried.met) == (0, False)
    assert took.value == 1.5


def test_what_each_run_says_of_a_figure_is_kept_once() -> None:
    runs = [[Figure("late", 1, why=why)] for why in ("1 load", "", "1 load", "1 journal")]
    assert worst(runs)[0].why == "1 load; 1 journal"
