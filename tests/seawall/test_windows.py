"""Claims about the arithmetic of sliding windows."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from seawall.windows import (
    BUCKETS,
    EXACT,
    MOST,
    MOST_MEMBERS,
    MOST_NOW_MS,
    MOST_PER_MS,
    Check,
    LocalWindows,
    Mode,
    Spec,
    member_digest,
)

LIMIT_3 = Spec(Mode.HITS_ACCEPTED, 3, 1_000)
NOW = 1_700_000_000_000


def one(windows: LocalWindows, spec: Spec, member: str, at: int, key: str = "k") -> int:
    [count] = windows.check([Check(spec, key, member)], at)
    return count


def many(windows: LocalWindows, spec: Spec, members: str, at: int) -> list[int]:
    return windows.check([Check(spec, "k", member) for member in members], at)


def test_a_limit_lets_its_number_through_and_refuses_the_next() -> None:
    assert many(LocalWindows(), LIMIT_3, "abcde", NOW) == [1, 2, 3, -4, -4]


def test_an_entry_leaves_exactly_when_its_time_has_passed() -> None:
    windows = LocalWindows()
    many(windows, LIMIT_3, "abc", NOW)
    assert one(windows, LIMIT_3, "d", NOW + 999) == -4
    assert one(windows, LIMIT_3, "d", NOW + 1_000) == 1


def test_a_refusal_leaves_no_trace() -> None:
    windows = LocalWindows()
    many(windows, LIMIT_3, "abc", NOW)
    assert one(windows, LIMIT_3, "d", NOW + 900) == -4
    assert many(windows, LIMIT_3, "efg", NOW + 1_000) == [1, 2, 3]


def test_an_earlier_time_counts_as_the_latest_recorded() -> None:
    windows = LocalWindows()
    one(windows, LIMIT_3, "a", NOW)
    assert one(windows, LIMIT_3, "b", NOW - 1_000) == 2
    assert one(windows, LIMIT_3, "c", NOW + 999) == 3
    assert one(windows, LIMIT_3, "d", NOW + 1_000) == 2


def test_keys_do_not_know_each_other() -> None:
    windows = LocalWindows()
    spec = Spec(Mode.HITS_ACCEPTED, 1, 1_000)
    checks = [Check(spec, key, "a") for key in "xyx"] + [Check(spec, "x", "b")]
    assert windows.check(checks, NOW) == [1, 1, 1, -2]


def test_a_limit_of_zero_lets_nothing_through() -> None:
    windows = LocalWindows()
    assert one(windows, Spec(Mode.HITS_ACCEPTED, 0, 10), "a", NOW) == -1
    assert many(windows, Spec(Mode.HITS_ATTEMPTED, 0, 10), "ab", NOW) == [-1, -1]


def test_a_hit_seen_again_answers_what_stands() -> None:
    windows = LocalWindows()
    many(windows, LIMIT_3, "abc", NOW)
    assert one(windows, LIMIT_3, "a", NOW + 10) == 3
    assert one(windows, LIMIT_3, "a", NOW + 1_000) == 1


def test_what_was_let_through_stays_so_when_the_limit_falls() -> None:
    windows = LocalWindows()
    many(windows, LIMIT_3, "abc", NOW)
    assert one(windows, Spec(Mode.HITS_ACCEPTED, 1, 1_000), "a", NOW) == 3
    assert one(windows, Spec(Mode.HITS_ACCEPTED, 1, 1_000), "d", NOW) == -4


def test_a_distinct_member_seen_again_moves_to_now() -> None:
    windows = LocalWindows()
    spec = Spec(Mode.DISTINCT_ACCEPTED, 2, 1_000)
    assert many(windows, spec, "ab", NOW) == [1, 2]
    assert one(windows, spec, "a", NOW + 900) == 2
    assert one(windows, spec, "c", NOW + 900) == -3
    assert one(windows, spec, "c", NOW + 1_000) == 2
    assert one(windows, spec, "d", NOW + 1_899) == -3
    assert one(windows, spec, "d", NOW + 1_900) == 2


@pytest.mark.parametrize("mode", [Mode.HITS_ATTEMPTED, Mode.DISTINCT_ATTEMPTED])
def test_attempted_keeps_the_newest_and_one_more_than_its_limit(mode: Mode) -> None:
    windows = LocalWindows()
    spec = Spec(mode, 2, 1_000)
    assert [one(windows, spec, member, NOW + at) for at, member in enumerate("abcde")] == [
        *(1, 2, -3, -3, -3)
    ]
    assert one(windows, spec, "c", NOW + 5) == -3
    assert one(windows, spec, "x", NOW + 1_003) == (-3 if mode is Mode.DISTINCT_ATTEMPTED else 2)


def test_attempted_says_over_when_the_limit_fell_below_what_is_kept() -> None:
    windows = LocalWindows()
    many(windows, Spec(Mode.HITS_ATTEMPTED, 9, 1_000), "abcdef", NOW)
    low = Spec(Mode.HITS_ATTEMPTED, 2, 1_000)
    assert many(windows, low, "ag", NOW) == [-6, -3]


def test_peek_answers_what_is_recorded_and_records_nothing() -> None:
    windows = LocalWindows()
    peek = Spec(Mode.PEEK, 2, 1_000)
    assert one(windows, peek, "", NOW) == 0
    assert len(windows) == 0
    many(windows, LIMIT_3, "ab", NOW)
    assert many(windows, peek, "cde", NOW + 10) == [2, 2, 2]
    one(windows, LIMIT_3, "c", NOW + 20)
    assert one(windows, peek, "", NOW + 20) == -3
    assert one(windows, peek, "", NOW + 1_000) == 1


def test_peek_reads_sub_buckets_too() -> None:
    windows = LocalWindows()
    spec = Spec(Mode.HITS_ATTEMPTED, 200, 3_200)
    for number in range(300):
        one(windows, spec, str(number), NOW + number)
    assert one(windows, Spec(Mode.PEEK, 200, 3_200), "", NOW + 300) == -201
    assert one(windows, Spec(Mode.PEEK, 500, 3_200), "", NOW + 300) == 300
    assert one(windows, Spec(Mode.PEEK, 500, 3_200), "", NOW + 9_000) == 0


def test_sub_buckets_let_the_limit_through_and_free_it_a_bucket_late() -> None:
    windows = LocalWindows()
    spec = Spec(Mode.HITS_ACCEPTED, 200, 3_200)
    counts = [one(windows, spec, str(number), NOW + number) for number in range(201)]
    assert counts == [*range(1, 201), -201]
    assert one(windows, spec, "early", NOW + 3_200) == -201
    assert one(windows, spec, "freed", NOW + 3_299) == 101


def test_sub_buckets_do_not_run_backwards() -> None:
    windows = LocalWindows()
    spec = Spec(Mode.HITS_ACCEPTED, 200, 3_200)
    assert [one(windows, spec, "a", NOW), one(windows, spec, "b", NOW - 3_200)] == [1, 2]
    assert windows.packed("k")[:6] == NOW.to_bytes(6, "big")


HOUR = 3_600_000


@pytest.mark.parametrize("limit", [3, EXACT, EXACT + 1])
def test_a_clock_set_back_an_hour_lets_no_more_through_and_blocks_for_one_window(
    limit: int,
) -> None:
    windows, spec = LocalWindows(), Spec(Mode.HITS_ACCEPTED, limit, 3_200)
    before = [Check(spec, "k", f"before {number}") for number in range(limit)]
    assert windows.check(before, NOW)[-1] == limit
    back = NOW - HOUR
    assert one(windows, spec, "early", back) == -(limit + 1)
    assert one(windows, spec, "still early", back + 3_199) == -(limit + 1)
    assert one(windows, spec, "in time", back + 3_299) == 1


def test_a_repeat_that_finds_the_clock_set_back_starts_the_way_out() -> None:
    windows = LocalWindows()
    many(windows, LIMIT_3, "abc", NOW)
    assert one(windows, LIMIT_3, "c", NOW - HOUR) == 3
    assert one(windows, LIMIT_3, "d", NOW - HOUR + 999) == -4
    assert one(windows, LIMIT_3, "d", NOW - HOUR + 1_000) == 1


def test_a_peek_does_not_move_what_is_recorded() -> None:
    windows = LocalWindows()
    many(windows, LIMIT_3, "abc", NOW)
    held = windows.packed("k")
    assert one(windows, Spec(Mode.PEEK, 3, 1_000), "", NOW - HOUR) == 3
    assert windows.packed("k") == held


def test_what_moves_back_stays_in_order_and_after_the_epoch() -> None:
    windows = LocalWindows()
    for at, member in ((1_600, "a"), (1_900, "b"), (2_500, "c")):
        one(windows, LIMIT_3, member, at)
    assert one(windows, LIMIT_3, "d", 0) == -4
    times = [windows.packed("k")[at : at + 6] for at in (0, 12, 24)]
    assert times == [bytes(6)] * 3


def test_a_window_starts_anew_when_its_limit_crosses_the_exact_one() -> None:
    windows = LocalWindows()
    exact, coarse = (Spec(Mode.HITS_ACCEPTED, limit, 1_000) for limit in (EXACT, EXACT + 1))
    assert [one(windows, spec, "a", NOW) for spec in (exact, coarse, coarse, exact)] == [1, 1, 2, 1]


@pytest.mark.parametrize("mode", list(Mode))
def test_a_spec_refuses_what_cannot_be_kept(mode: Mode) -> None:
    distinct = mode in (Mode.DISTINCT_ACCEPTED, Mode.DISTINCT_ATTEMPTED)
    most = MOST_MEMBERS if distinct else MOST
    assert Spec(mode, most, MOST_PER_MS).limit == most
    for limit, per_ms in ((-1, 1), (most + 1, 1), (1, 0), (1, MOST_PER_MS + 1)):
        with pytest.raises(ValueError, match="must be"):
            Spec(mode, limit, per_ms)


@pytest.mark.parametrize("now_ms", [-1, MOST_NOW_MS + 1])
def test_a_time_that_cannot_be_packed_is_refused(now_ms: int) -> None:
    with pytest.raises(ValueError, match="now_ms"):
        one(LocalWindows(), LIMIT_3, "a", now_ms)


def test_the_last_time_and_the_longest_window_can_be_packed() -> None:
    spec = Spec(Mode.HITS_ACCEPTED, MOST, MOST_PER_MS)
    assert one(LocalWindows(), spec, "a", MOST_NOW_MS) == 1


def test_any_member_has_six_bytes() -> None:
    assert len({member_digest(member) for member in ("", "a", "é", "\ud800")}) == 4
    assert {len(member_digest(member)) for member in ("", "a" * 10_000, "\ud800")} == {6}


def test_a_time_is_not_taken_for_a_member() -> None:
    windows = LocalWindows()
    spec = Spec(Mode.HITS_ACCEPTED, 9, 1_000)
    at = int.from_bytes(member_digest("x"), "big")
    assert [one(windows, spec, member, at) for member in "abx"] == [1, 2, 3]


def test_memory_is_bounded_and_what_has_left_its_time_goes_first() -> None:
    windows = LocalWindows(max_keys=3)
    short, long = Spec(Mode.HITS_ACCEPTED, 9, 100), Spec(Mode.HITS_ACCEPTED, 9, 100_000)
    for key, spec in (("a", long), ("b", short), ("c", long)):
        one(windows, spec, "m", NOW, key)
    one(windows, long, "m", NOW + 500, "d")
    assert len(windows) == 3
    peek = Spec(Mode.PEEK, 9, 100_000)
    assert [one(windows, peek, "", NOW + 500, key) for key in "abcd"] == [1, 0, 1, 1]


def test_when_nothing_has_left_its_time_the_one_that_leaves_soonest_goes() -> None:
    windows = LocalWindows(max_keys=3)
    for key, per_ms in (("a", 9_000), ("b", 5_000), ("c", 7_000), ("d", 8_000)):
        one(windows, Spec(Mode.HITS_ACCEPTED, 9, per_ms), "m", NOW, key)
    peek = Spec(Mode.PEEK, 9, 9_000)
    assert [one(windows, peek, "", NOW, key) for key in "abcd"] == [1, 0, 1, 1]


def test_a_window_needs_room_for_one_key() -> None:
    with pytest.raises(ValueError, match="max_keys"):
        LocalWindows(max_keys=0)


steps = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 30)), min_size=1, max_size=120)


@given(steps, st.integers(1, 12), st.integers(1, 200))
def test_no_rolling_interval_holds_more_hits_than_the_limit(
    steps: list[tuple[int, int]], limit: int, per_ms: int
) -> None:
    windows, spec = LocalWindows(), Spec(Mode.HITS_ACCEPTED, limit, per_ms)
    let_through: dict[int, int] = {}
    now = NOW
    for number, (wait, _) in enumerate(steps):
        now += wait
        count = one(windows, spec, str(number), now)
        standing = sum(now - at < per_ms for at in let_through.values())
        assert (count > 0) == (standing < limit), "exact: never early, never late"
        if count > 0:
            let_through[number] = now
            assert count == standing + 1


@given(steps, st.integers(1, 6), st.integers(1, 200))
def test_no_rolling_interval_holds_more_members_than_the_limit(
    steps: list[tuple[int, int]], limit: int, per_ms: int
) -> None:
    windows, spec = LocalWindows(), Spec(Mode.DISTINCT_ACCEPTED, limit, per_ms)
    latest: dict[int, int] = {}
    now = NOW
    for wait, member in steps:
        now += wait
        standing = {known for known, at in latest.items() if now - at < per_ms}
        count = one(windows, spec, str(member), now)
        assert (count > 0) == (member in standing or len(standing) < limit)
        if count > 0:
            latest[member] = now
            assert count == len(standing | {member})


bursts = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 60)), min_size=1, max_size=30)


@given(bursts, st.integers(1, 640))
def test_sub_buckets_never_let_more_through_and_refuse_at_most_a_bucket_early(
    bursts: list[tuple[int, int]], per_ms: int
) -> None:
    limit = EXACT + 1
    windows, spec = LocalWindows(), Spec(Mode.HITS_ACCEPTED, limit, per_ms)
    width = -(-per_ms // BUCKETS)
    let_through: list[int] = []
    now = NOW
    for wait, burst in bursts:
        now += wait
        for number in range(burst):
            count = one(windows, spec, f"{now}-{number}", now)
            if count > 0:
                assert sum(now - at < per_ms for at in let_through) < limit
                let_through.append(now)
            else:
                assert sum(now - at < per_ms + width - 1 for at in let_through) >= limit


@given(steps, st.integers(0, 12), st.integers(1, 200))
def test_attempted_counts_every_hit_up_to_one_over(
    steps: list[tuple[int, int]], limit: int, per_ms: int
) -> None:
    windows, spec = LocalWindows(), Spec(Mode.HITS_ATTEMPTED, limit, per_ms)
    made: list[int] = []
    now = NOW
    for number, (wait, _) in enumerate(steps):
        now += wait
        made.append(now)
        standing = sum(now - at < per_ms for at in made)
        expected = standing if standing <= limit else -(limit + 1)
        assert one(windows, spec, str(number), now) == expected


@given(steps, st.integers(0, 12), st.integers(1, 200))
def test_attempted_counts_every_member_up_to_one_over(
    steps: list[tuple[int, int]], limit: int, per_ms: int
) -> None:
    windows, spec = LocalWindows(), Spec(Mode.DISTINCT_ATTEMPTED, limit, per_ms)
    latest: dict[int, int] = {}
    now = NOW
    for wait, member in steps:
        now += wait
        latest[member] = now
        standing = sum(now - at < per_ms for at in latest.values())
        expected = standing if standing <= limit else -(limit + 1)
        assert one(windows, spec, str(member), now) == expected


clocks = st.lists(
    st.tuples(st.integers(0, 300), st.sampled_from([0, 0, 0, -1, -50, -200, -201, -3_600_000])),
    min_size=1,
    max_size=60,
)


@given(clocks, st.sampled_from([1, 2, 5, EXACT + 1]), st.integers(1, 200), st.integers(1, 60))
def test_however_often_the_clock_is_set_back_the_limit_holds_and_nobody_waits_for_two_windows(
    clocks: list[tuple[int, int]], limit: int, per_ms: int, burst: int
) -> None:
    windows, spec = LocalWindows(), Spec(Mode.HITS_ACCEPTED, limit, per_ms)
    width = -(-per_ms // BUCKETS)
    real, clock, asked = 0, NOW, 0
    let_through: list[int] = []
    for wait, step in clocks:
        real, clock = real + wait, clock + wait + step
        for _ in range(burst):
            asked += 1
            if one(windows, spec, str(asked), clock) > 0:
                let_through.append(real)
                assert sum(real - at < per_ms for at in let_through) <= limit
    one(windows, spec, "finds it set back", clock)
    assert one(windows, spec, "two windows later", clock + 2 * per_ms + width) > 0
