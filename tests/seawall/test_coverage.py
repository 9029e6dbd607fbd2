"""What was announced is examined, unchecked or pending, and no time is told twice."""

from __future__ import annotations

import random
from math import inf, nan

import pytest
from hypothesis import given, strategies as st

from seawall.coverage import FRAMES, UNCHECKED, Ledger, Report
from seawall.spans import added, length, without

Calls = list[tuple[str, int, int]]
calls: st.SearchStrategy[Calls] = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "chosen",
                "saw",
                "lost",
                "same",
                "heard",
                "listened",
                "unheard",
                "missed",
                "unseen",
                "report",
            ]
        ),
        st.integers(0, 30),
        st.integers(0, 10),
    ),
    max_size=60,
)


def run(ledger: Ledger, made: Calls) -> list[Report]:
    found = []
    for what, one, two in made:
        match what:
            case "chosen":
                ledger.chosen(one, float(one))
            case "same":
                ledger.same(max(0, one - two), float(one))
            case "saw":
                ledger.saw(one)
            case "lost":
                ledger.lost(one, "late" if two % 2 else "full")
            case "heard":
                ledger.heard(float(one), float(one + two))
            case "listened":
                ledger.listened(float(one), float(one + two))
            case "unheard":
                ledger.listened(float(one), float(one + two), "load")
            case "missed":
                ledger.missed("frames" if two % 2 else "speech", one, one + two, "damaged")
            case "unseen":
                ledger.unseen(one, one + two / 4, "down")
            case _:
                found.append(ledger.report(float(one), float(one + two)))
    return found


@given(calls, st.randoms(use_true_random=False))
def test_shares_are_shares_and_nothing_is_unchecked_twice(
    made: Calls, chance: random.Random
) -> None:
    ledger = Ledger(settle_s=5.0, gap_s=4.0)
    chance.shuffle(made)
    reports = [*run(ledger, made), ledger.report(inf, inf)]
    told: dict[str, list[tuple[float, float]]] = {"speech": [], "frames": []}
    at = -inf
    for report in reports:
        assert 0.0 <= report.speech <= 1.0
        assert 0.0 <= report.frames <= 1.0
        assert report.from_ <= report.to
        assert len(report.unchecked) <= UNCHECKED
        if report.to > report.from_:
            assert report.from_ >= at
            at = report.to
        for start, end, unit, cause in report.unchecked:
            assert cause
            assert start < end
            before = length(told[unit])
            told[unit] = added(told[unit], (start, end))
            assert length(told[unit]) == pytest.approx(before + end - start)


@given(calls)
def test_all_sound_that_was_announced_is_told_once_the_end_is_reported(made: Calls) -> None:
    sound = [call for call in made if call[0] in ("heard", "listened", "unheard")]
    ledger = Ledger(settle_s=5.0)
    run(ledger, sound)
    report = ledger.report(inf, inf)
    marks: dict[int, set[str]] = {}
    for what, start, long in sound:
        for each in range(start, start + long):
            marks.setdefault(each, set()).add(what)
    good = sum("listened" in said and "unheard" not in said for said in marks.values())
    told = sum(end - start for start, end, _, _ in report.unchecked)
    assert told == len(marks) - good
    assert report.speech == pytest.approx(good / len(marks) if marks else 1.0)


looked = st.lists(st.sampled_from(["seen", "lost", "unseen", "report"]), max_size=40)


@given(looked, st.integers(0, 3))
def test_nothing_after_a_frame_nobody_saw_counts_as_examined(fates: list[str], behind: int) -> None:
    ledger, reports, bad = Ledger(settle_s=5.0, gap_s=4.0), list[Report](), set[int]()
    waiting: list[tuple[int, float]] = []
    frames = [(n, fate) for n, fate in enumerate(fates) if fate != "report"]
    for n, fate in enumerate(fates):
        if fate == "report":
            reports.append(ledger.report(float(n), float(n)))
            continue
        if fate == "unseen":
            waiting.append((n, float(n)))
        else:
            ledger.chosen(n, float(n))
            ledger.saw(n) if fate == "seen" else ledger.lost(n, "full")
        if len(waiting) > behind:  # it may be told late
            for _, at in waiting:
                ledger.unseen(at, at, "down")
            waiting.clear()
    for _, at in waiting:
        ledger.unseen(at, at, "down")
    reports.append(ledger.report(inf, inf))
    for (n, fate), following in zip(frames, [*(n for n, _ in frames[1:]), 1000], strict=False):
        if fate != "seen":
            bad.update(range(n, min(following, n + 4)))
    told: list[tuple[float, float]] = []
    for each in reports:
        for start, end, _, _ in each.unchecked:
            told = added(told, (start, end))
    assert without([(float(n), n + 1.0) for n in sorted(bad)], told) == []
    if not behind:
        assert length(told) == len(bad)
    assert all(0.0 <= each.frames <= 1.0 for each in reports)
    if not bad:
        assert {each.frames for each in reports} == {1.0}


def test_three_seconds_without_anybody_looking_are_not_examined() -> None:
    ledger = Ledger(settle_s=5.0)
    for n in range(8):
        if 3 <= n < 6:
            ledger.unseen(float(n), float(n), "down")
        else:
            ledger.chosen(n, float(n))
            ledger.saw(n)
    report = ledger.report(8.0, 8.0)
    assert report == Report(0.0, 8.0, 1.0, 5 / 8, [(3.0, 6.0, "frames", "down")])


def test_a_frame_stands_until_the_next_one() -> None:
    ledger = Ledger(settle_s=5.0)
    for n in range(4):
        ledger.chosen(n, 2.0 * n)
    ledger.saw(0)
    ledger.saw(1)
    ledger.lost(2, "superseded")
    ledger.saw(3)
    report = ledger.report(8.0, 8.0)
    assert report == Report(0.0, 8.0, 1.0, 0.75, [(4.0, 6.0, "frames", "superseded")])


def test_what_is_pending_holds_the_report_back_until_it_is_late() -> None:
    ledger = Ledger(settle_s=5.0)
    ledger.chosen(0, 0.0)
    ledger.saw(0)
    ledger.chosen(1, 2.0)
    ledger.heard(0.0, 4.0)
    ledger.listened(0.0, 3.0)
    assert ledger.pending == 1
    assert ledger.report(4.0, 4.0) == Report(0.0, 2.0, 1.0, 1.0, [], 2.0)
    late = ledger.report(4.0, 10.0)
    assert (late.from_, late.to) == (2.0, 4.0)
    assert late.unchecked == [(2.0, 4.0, "frames", "late"), (3.0, 4.0, "speech", "late")]
    assert (late.frames, late.speech) == (0.0, 0.5)


def test_how_much_of_the_sound_was_speech_is_told_of_what_was_examined() -> None:
    ledger = Ledger(settle_s=5.0)
    ledger.heard(0.0, 10.0)
    ledger.listened(0.0, 6.0)
    ledger.listened(4.0, 6.0, voiced=True)
    ledger.listened(6.0, 8.0, "late", voiced=True)
    first = ledger.report(5.0, 5.0)
    assert (first.sound_s, first.voiced_s, first.voiced) == (5.0, 1.0, 0.2)
    ledger.listened(8.0, 10.0, voiced=True)
    second = ledger.report(10.0, 10.0)
    assert (second.sound_s, second.voiced_s, second.voiced) == (3.0, 3.0, 1.0)
    ledger.chosen(0, 11.0)
    ledger.saw(0)
    assert ledger.report(12.0, 12.0).voiced is None


def test_an_answer_may_come_before_the_announcement() -> None:
    ledger = Ledger(settle_s=5.0)
    ledger.saw(7)
    ledger.chosen(7, 1.0)
    ledger.listened(0.0, 2.0)
    ledger.heard(0.0, 2.0)
    assert ledger.report(3.0, 3.0) == Report(0.0, 3.0, 1.0, 1.0, [], 2.0)


def test_a_frame_like_another_shares_its_fate() -> None:
    ledger = Ledger(settle_s=5.0)
    ledger.chosen(1, 0.0)
    ledger.lost(1, "error")
    for at in range(1, 4):
        ledger.same(1, float(at))
    assert ledger.report(4.0, 4.0).unchecked == [(0.0, 4.0, "frames", "error")]


def test_what_turns_out_damaged_later_is_still_told() -> None:
    ledger = Ledger(settle_s=5.0)
    ledger.chosen(0, 0.0)
    ledger.saw(0)
    assert ledger.report(8.0, 8.0).frames == 1.0
    ledger.missed("frames", 1.0, 9.0, "damaged")
    assert ledger.report(9.0, 9.0).unchecked == [(1.0, 9.0, "frames", "damaged")]


def test_nobody_stands_for_what_a_dead_worker_had() -> None:
    ledger = Ledger(settle_s=5.0)
    ledger.chosen(0, 0.0)
    ledger.heard(0.0, 2.0)
    ledger.down("frames")
    ledger.down("speech")
    report = ledger.report(2.0, 2.0)
    assert report.unchecked == [(0.0, 2.0, "frames", "down"), (0.0, 2.0, "speech", "down")]
    ledger.saw(0)
    assert ledger.report(3.0, 3.0).unchecked == [(2.0, 3.0, "frames", "down")]


def test_a_late_answer_counts_for_the_time_that_is_not_told_yet() -> None:
    ledger = Ledger(settle_s=1.0)
    ledger.chosen(0, 0.0)
    assert ledger.report(2.0, 5.0).unchecked == [(0.0, 2.0, "frames", "late")]
    ledger.saw(0)
    assert ledger.report(4.0, 6.0) == Report(2.0, 4.0, 1.0, 1.0, [])


def test_times_that_are_none_are_refused_and_counted() -> None:
    ledger = Ledger()
    ledger.chosen(0, nan)
    ledger.heard(3.0, 2.0)
    ledger.listened(0.0, inf)
    ledger.missed("frames", nan, 1.0, "gap")
    assert ledger.refused == 4
    assert ledger.report(inf, inf) == Report(0.0, 0.0, 1.0, 1.0, [])


def test_memory_is_bounded_and_says_more_unchecked_never_less() -> None:
    ledger = Ledger(settle_s=1e9)
    for n in range(3 * FRAMES // 2):
        ledger.chosen(n, float(n))
        if n % 3:
            ledger.saw(n)
        ledger.lost(-n, "full")
        ledger.heard(2.0 * n, 2.0 * n + 1)
        ledger.missed("speech", 2.0 * n, 2.0 * n + 0.5, f"cause {n}")
        if n % 8 == 0:
            ledger.chosen(n, 0.5)
    assert len(ledger._shown) <= FRAMES
    assert len(ledger._fates) <= 2 * FRAMES
    report = ledger.report(inf, inf)
    assert len(report.unchecked) <= UNCHECKED
    assert report.frames <= 0.7
    assert report.speech == 0.0
