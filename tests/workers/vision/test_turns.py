"""Turns: each stream one every so often, in its own time."""

from __future__ import annotations

from workers.vision.turns import Turns


def test_a_stream_has_a_turn_every_so_often() -> None:
    turns = Turns(0.9)
    taken = [turns.take(1, 10.0 + n * 0.5) for n in range(5)]
    assert taken == [True, False, True, False, True]


def test_streams_have_their_turns_apart() -> None:
    turns = Turns(0.9)
    assert turns.take(1, 10.0)
    assert turns.take(2, 10.1)
    assert not turns.take(1, 10.2)


def test_a_time_that_goes_back_is_a_turn_and_counts_from_there() -> None:
    turns = Turns(5.0)
    assert turns.take(1, 100.0)
    assert turns.take(1, 7.0)
    assert not turns.take(1, 11.9)
    assert turns.take(1, 12.0)


def test_of_too_many_streams_the_one_longest_ago_is_forgotten() -> None:
    turns = Turns(60.0, most=2)
    assert all(turns.take(handle, 10.0) for handle in (1, 2, 3))
    assert not turns.take(3, 11.0)
    assert not turns.take(2, 11.0)
    assert turns.take(1, 11.0)
