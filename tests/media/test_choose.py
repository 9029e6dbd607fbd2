"""Which packets are decoded and which frames are looked at, whatever the sender does."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from media.choose import Chooser, Rates, Step, Why

Seen = list[tuple[float, Why]]
DECODED = {Step.ALONE, Step.PEEK, Step.CATCH_UP, Step.ON, Step.FRESH}


def play(chooser: Chooser, packets: list[tuple[float, bool]]) -> tuple[Seen, list[Step]]:
    """Play packets through, with a decoder that gives each frame at once."""
    seen: Seen = []
    steps = []
    whole = False
    for t, key in packets:
        step = chooser.packet(t, key, whole)
        whole = whole or key
        steps.append(step)
        if step in DECODED and (key or whole or step is Step.ON):
            why = chooser.frame(t, key, peek=step is Step.PEEK)
            if why is not None:
                seen.append((t, why))
    chooser.end(packets[-1][0] if packets else 0.0)
    return seen, steps


def stream(keys: list[int], fps: int, seconds: int) -> list[tuple[float, bool]]:
    return [(n / fps, n in keys) for n in range(fps * seconds)]


KEYS = st.sets(st.integers(0, 599), max_size=40).map(lambda keys: [0, *sorted(keys)])


@given(KEYS, st.integers(1, 30), st.floats(1, 15), st.integers(0, 9), st.booleans())
def test_nothing_goes_unlooked_at_for_longer_than_max_gap(
    keys: list[int], fps: int, max_gap: float, seed: int, random: bool
) -> None:
    chooser = Chooser(Rates(max_gap_s=max_gap, random=random), seed)
    packets = stream(keys, fps, 20)
    seen, _ = play(chooser, packets)
    times = [t for t, _ in seen]
    worst = max((b - a for a, b in zip(times, [*times[1:], packets[-1][0]], strict=True)))
    assert worst <= max_gap + 1 / fps + 1e-9
    assert abs(chooser.worst_gap_s - worst) < 1e-9


@given(KEYS, st.integers(1, 30), st.integers(0, 9))
def test_what_is_looked_at_is_never_thicker_than_min_gap_but_for_the_random_frame(
    keys: list[int], fps: int, seed: int
) -> None:
    seen, _ = play(Chooser(Rates(), seed), stream(keys, fps, 20))
    plain = [t for t, why in seen if why != "random"]
    assert all(b - a >= 0.5 - 1e-9 for a, b in pairwise(plain))


@given(KEYS, st.integers(1, 30), st.integers(0, 9))
def test_at_most_one_random_frame_a_window(keys: list[int], fps: int, seed: int) -> None:
    seen, _ = play(Chooser(Rates(), seed), stream(keys, fps, 20))
    windows = [t // 10 for t, why in seen if why == "random"]
    assert len(windows) <= len(set(windows)) + 1


def test_the_random_frame_comes_and_nobody_can_foresee_it() -> None:
    packets = stream([n * 20 for n in range(60)], 10, 60)
    times = set()
    for seed in range(20):
        seen, _ = play(Chooser(Rates(), seed), packets)
        found = [t for t, why in seen if why == "random"]
        assert len(found) >= 4
        times.add(found[0])
    assert len(times) > 10


@pytest.mark.parametrize("promoted", [False, True])
def test_among_keyframes_only_there_is_a_random_frame_too(promoted: bool) -> None:
    packets = [(n / 30, True) for n in range(30 * 60)]
    phases = set()
    found = set()
    for seed in range(20):
        chooser = Chooser(Rates(), seed)
        chooser.promote(promoted)
        seen, steps = play(chooser, packets)
        random = [t for t, why in seen if why == "random"]
        assert len(random) in (5, 6)
        assert promoted or sum(step in DECODED for step in steps) == len(seen)
        found.add(random[0])
        phases |= {round(t * 30) % 15 for t in random}
    assert len(found) > 10
    assert len(phases) > 10, "no place between those that can be foreseen is safe"


def test_in_a_hurry_a_keyframe_is_looked_at_however_close_to_the_one_before() -> None:
    chooser = Chooser(Rates(random=False))
    play(chooser, [(0.0, True)])
    assert chooser.packet(0.1, True) is Step.KEEP
    chooser.hurry()
    assert chooser.packet(0.2, True) is Step.ALONE
    assert chooser.frame(0.2, True) == "random"
    assert chooser.packet(0.3, True) is Step.KEEP


@given(st.integers(1, 60), st.integers(5, 60), st.booleans())
def test_between_keyframes_nothing_is_decoded(fps: int, gop: int, random: bool) -> None:
    packets = [(n / fps, n % gop == 0) for n in range(fps * 30)]
    rates = Rates(random=False, max_gap_s=gop / fps + 1)
    _, steps = play(Chooser(rates), packets)
    decoded = [key for (_, key), step in zip(packets, steps, strict=True) if step in DECODED]
    assert all(decoded)


def test_without_keyframes_everything_is_decoded_through() -> None:
    chooser = Chooser(Rates(random=False))
    seen, steps = play(chooser, stream([0], 10, 60))
    assert steps.count(Step.CATCH_UP) == 1
    assert [why for _, why in seen] == ["first", "gap", "gap", "gap", "gap", "gap"]
    assert chooser.worst_gap_s <= 10.1


def test_a_stream_joined_late_without_a_keyframe_is_looked_at_all_the_same() -> None:
    _, steps = play(Chooser(Rates()), [(n / 10, False) for n in range(300)])
    assert Step.FRESH in steps[:102]


def test_who_spreads_keyframes_just_too_far_is_decoded_on() -> None:
    packets = stream([n * 102 for n in range(10)], 10, 100)
    _, steps = play(Chooser(Rates(random=False)), packets)
    assert steps.count(Step.CATCH_UP) == 1


def test_promotion_looks_closer_and_ends() -> None:
    chooser = Chooser(Rates(random=False))
    play(chooser, stream([0], 10, 3))
    chooser.promote(True)
    closer, steps = play(chooser, [(3 + n / 10, n % 20 == 0) for n in range(100)])
    assert len(closer) >= 18
    assert set(steps) <= {Step.ON, Step.FRESH, Step.CATCH_UP}
    chooser.promote(False)
    _, steps = play(chooser, [(13 + n / 10, n % 20 == 0) for n in range(100)])
    assert Step.ON not in steps[1:]


def test_in_a_hurry_one_frame_between_keyframes_is_looked_at_at_once() -> None:
    chooser = Chooser(Rates(random=False))
    packets = stream([0, 50], 10, 8)
    play(chooser, packets[:20])
    chooser.hurry()
    steps = [chooser.packet(t, key) for t, key in packets[20:22]]
    assert steps[0] is Step.PEEK
    assert chooser.frame(2.0, False, peek=True) == "random"
    seen, after = play(chooser, packets[21:])
    assert [t for t, _ in seen] == [5.0]
    assert Step.PEEK not in after


def test_absurd_frame_rates_are_limited_and_keyframes_still_seen() -> None:
    chooser = Chooser(Rates(most_fps=240, random=False))
    seen, steps = play(chooser, [(n / 2000, n % 4000 == 0) for n in range(20_000)])
    assert Step.LIMIT in steps
    assert len(seen) >= 4
    assert sum(step in DECODED for step in steps) < 300


@given(st.lists(st.tuples(st.floats(-50, 50), st.booleans(), st.booleans()), max_size=200))
def test_times_that_leap_about_break_nothing(packets: list[tuple[float, bool, bool]]) -> None:
    chooser = Chooser(Rates(), 1)
    for t, key, full in packets:
        chooser.packet(t, key, full=full)
        chooser.frame(t, key)
        chooser.promote(full)
    chooser.end(0.0)
    assert chooser.worst_gap_s >= 0.0
