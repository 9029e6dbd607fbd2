"""Pieces come out in order, each once, and what is missing is told."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, strategies as st

from seawall.sequence import Ordered, Sequencer

M = 2**32
bases = st.sampled_from([0, 1, 7, M - 3, M - 40, M // 2])


def fed(sequencer: Sequencer[int], numbers: list[int], base: int) -> list[Ordered[int]]:
    out: list[Ordered[int]] = []
    for step, number in enumerate(numbers):
        out += sequencer.push((base + number) % M, number, 10, float(step))
    return out + sequencer.flush()


@given(st.permutations(range(1, 12)), bases)
def test_what_is_only_out_of_order_comes_out_whole(order: list[int], base: int) -> None:
    sequencer: Sequencer[int] = Sequencer(window=16, wait_s=1e9)
    out = fed(sequencer, [0, *order], base)
    assert [each.item for each in out] == list(range(12))
    assert not any(each.missing for each in out)
    assert sequencer.late == 0


@given(
    st.lists(st.integers(0, 60), max_size=80),
    bases,
    st.integers(0, 6),
    st.floats(0.0, 10.0),
)
def test_whatever_comes_goes_out_rising_once_and_gaps_add_up(
    numbers: list[int], base: int, window: int, wait_s: float
) -> None:
    sequencer: Sequencer[int] = Sequencer(window, wait_s, most_bytes=40)
    first = [100, *(100 + number for number in numbers)]
    out: list[Ordered[int]] = []
    for step, number in enumerate(first):
        out += sequencer.push((base + number) % M, number, 10, float(step))
        assert sequencer.held <= min(window, 4)
    out += sequencer.flush()
    items = [each.item for each in out]
    assert all(one < two for one, two in pairwise(items))
    assert all(two.item - one.item - 1 == two.missing for one, two in pairwise(out))
    assert len(out) + sequencer.late == len(first)


def test_a_piece_waits_no_longer_than_it_may() -> None:
    sequencer: Sequencer[str] = Sequencer(window=8, wait_s=0.5)
    assert sequencer.push(0, "a", 1, 0.0) == [Ordered(0, "a")]
    assert sequencer.push(2, "c", 1, 0.0) == []
    assert sequencer.overdue(0.4) == []
    assert sequencer.overdue(0.5) == [Ordered(2, "c", 1)]
    assert sequencer.push(1, "b", 1, 0.6) == []
    assert sequencer.late == 1
    assert sequencer.expected == 3


def test_a_sender_that_began_anew_is_followed() -> None:
    sequencer: Sequencer[str] = Sequencer()
    sequencer.push(5000, "a", 1, 0.0)
    assert sequencer.push(0, "b", 1, 0.0) == [Ordered(0, "b", 1)]
    sequencer.push(2, "d", 1, 0.0)
    sequencer.restart()
    assert sequencer.held == 0
    assert sequencer.push(9, "e", 1, 0.0) == [Ordered(9, "e", 1)]
    assert sequencer.push(10, "f", 1, 0.0) == [Ordered(10, "f", 0)]


def test_a_sender_that_began_anew_a_little_behind_is_followed_in_the_end() -> None:
    sequencer: Sequencer[int] = Sequencer()
    sequencer.push(700, 0, 1, 0.0)
    out = [each for n in range(300) for each in sequencer.push(n, n, 1, 0.0)]
    assert [each.seq for each in out] == list(range(256, 300))
    assert [each.missing for each in out[:2]] == [1, 0]
    assert sequencer.late == 256


def test_what_was_repeated_once_is_no_new_beginning() -> None:
    sequencer: Sequencer[int] = Sequencer()
    for n in range(300):
        sequencer.push(n, n, 1, 0.0)
    for _ in range(9):
        assert [sequencer.push(n, n, 1, 0.0) for n in range(172, 300)] == [[]] * 128
    assert sequencer.is_behind(299)
    assert not sequencer.is_behind(300)


def test_a_fresh_sequence_begins_anywhere_without_a_gap() -> None:
    sequencer: Sequencer[str] = Sequencer()
    sequencer.restart()
    assert sequencer.push(77, "a", 1, 0.0) == [Ordered(77, "a", 0)]
