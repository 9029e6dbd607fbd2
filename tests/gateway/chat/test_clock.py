"""Sequence numbers grow whatever the clock does, and those of two nodes differ."""

from __future__ import annotations

from hypothesis import given, strategies as st

from gateway.chat.clock import SEQ_LIMIT, Sequence, time_of

NOW = 1_800_000_000.0
HOUR = 3600.0

steps = st.one_of(st.sampled_from([-HOUR, 0.0, HOUR]), st.floats(-HOUR, HOUR), st.floats(0, 0.01))


@given(steps=st.lists(st.tuples(steps, st.sampled_from(["give", "restart", "see"])), max_size=60))
def test_one_nodes_numbers_grow_over_stepped_clocks_and_restarts(
    steps: list[tuple[float, str]],
) -> None:
    now, life, greatest = NOW, 0, 0
    sequence, other = Sequence("life 0"), Sequence("another node")
    for step, does in steps:
        now += step
        if does == "restart":  # a new process has a new name, and reads the greatest number
            life += 1
            sequence = Sequence(f"life {life}")
            sequence.see(greatest)
        elif does == "see":
            other.see(greatest)
            greatest = other.next(now + HOUR)
            sequence.see(greatest)
        seq = sequence.next(now)
        assert greatest < seq < 2**53
        greatest = seq


@given(
    first=st.lists(steps, min_size=1, max_size=30), second=st.lists(steps, min_size=1, max_size=30)
)
def test_two_nodes_never_give_the_same_number(first: list[float], second: list[float]) -> None:
    given_out: list[int] = []
    for node, moves in (("node 1", first), ("node 2", second)):
        sequence, now = Sequence(node), NOW
        for step in moves:
            now += step
            given_out.append(sequence.next(now))
    assert len(set(given_out)) == len(given_out)


def test_a_node_that_sees_its_own_bits_given_by_another_chooses_new_ones() -> None:
    mine, twin = Sequence("same name"), Sequence("same name")
    assert mine.next(NOW) == twin.next(NOW)
    theirs = twin.next(NOW)
    mine.see(theirs)
    assert mine.next(NOW) > theirs
    assert mine.next(NOW) & 1023 != twin.next(NOW) & 1023


def test_what_was_seen_before_or_cannot_be_true_changes_nothing() -> None:
    sequence = Sequence("node")
    seq = sequence.next(NOW)
    for seen in (0, seq - 5, SEQ_LIMIT, 2**63):
        sequence.see(seen)
    assert sequence.next(NOW) == seq + 1024


def test_a_number_tells_when_it_was_given() -> None:
    assert time_of(Sequence("node").next(NOW)) == NOW


def test_numbers_fit_what_json_readers_can_hold_for_two_centuries() -> None:
    assert Sequence("node").next(NOW + 200 * 365 * 86_400.0) < 2**53
