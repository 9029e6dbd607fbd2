"""Pieces on their way: none is given out twice or never, what is bounded stays bounded."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from workers.streams.feed import Feed, Piece

WINDOW, MOST, STALE_S = 30, 100, 4.0


def feed() -> Feed:
    return Feed(WINDOW, MOST, STALE_S)


def piece(seq: int, size: int = 10, came: float = 0.0, keep: bool = False) -> Piece:
    return Piece(seq, float(seq), bytes(size), False, came, keep)


def sent(fed: Feed) -> list[Piece]:
    out = []
    while (found := fed.next()) is not None:
        out.append(found[1])
    return out


def test_what_is_under_way_is_bounded_and_a_large_piece_goes_alone() -> None:
    fed = feed()
    for n in range(5):
        fed.put(piece(n))
    assert [each.seq for each in sent(fed)] == [0, 1, 2]
    assert [each.seq for each in fed.took(2)] == [0, 1]
    assert [each.seq for each in sent(fed)] == [3, 4]
    fed.took(5)
    fed.put(piece(5, 90))
    assert [each.seq for each in sent(fed)] == [5]


def test_the_oldest_that_waits_is_dropped_and_the_next_says_so() -> None:
    fed = feed()
    for n in range(3):
        fed.put(piece(n))
    sent(fed)
    dropped = [each.seq for n in range(3, 12) for each in fed.put(piece(n))]
    assert dropped == [3, 4]
    fed.took(3)
    assert [(each.seq, each.gap) for each in sent(fed)] == [(5, True), (6, False), (7, False)]


def test_what_no_decoder_can_do_without_is_dropped_last() -> None:
    fed = feed()
    fed.put(piece(0, 40, keep=True))
    fed.put(piece(1, 40, keep=True))
    assert [each.seq for each in fed.put(piece(2, 40))] == [2]
    assert [each.seq for each in fed.stale(100.0)] == []
    fed.put(piece(3, 10))
    assert [(each.seq, each.gap) for each in fed.stale(100.0)] == [(3, True)]


def test_a_new_decoder_reads_the_head_first() -> None:
    fed = feed()
    fed.put(piece(0, keep=True))
    for n in range(1, 5):
        fed.put(piece(n))
    sent(fed)
    assert [each.seq for each in fed.restart(b"head", True, 0.0, 9.0)] == [0, 1, 2]
    out = sent(fed)
    assert [(each.data, each.gap) for each in out[:1]] == [(b"head", False)]
    assert [(each.seq, each.gap) for each in out[1:]] == [(3, True), (4, False)]
    assert fed.sent == 3


def test_half_a_head_goes_on_where_it_ended() -> None:
    fed = feed()
    for n in range(3):
        fed.put(piece(n, 20, keep=True))
    sent(fed)
    lost = fed.restart(b"half", False, 0.0, 9.0)
    assert [each.seq for each in lost] == [0, 1, 2]
    fed.put(piece(3))
    assert [each.gap for each in sent(fed)] == [False, False]


def test_what_was_never_sent_needs_no_head() -> None:
    fed = feed()
    fed.put(piece(0, keep=True))
    assert fed.restart(b"head", True, 0.0, 9.0) == []
    assert [each.seq for each in sent(fed)] == [0]


def test_a_decoder_cannot_take_what_was_not_sent() -> None:
    fed = feed()
    fed.put(piece(0))
    with pytest.raises(ValueError, match="not sent"):
        fed.took(1)


STEP = st.one_of(
    st.tuples(st.just("put"), st.integers(1, 60), st.booleans()),
    st.tuples(st.just("next"), st.just(0), st.just(False)),
    st.tuples(st.just("took"), st.integers(0, 3), st.just(False)),
    st.tuples(st.just("stale"), st.just(0), st.just(False)),
    st.tuples(st.just("restart"), st.integers(0, 20), st.booleans()),
)


@given(st.lists(STEP, max_size=60))
def test_every_piece_is_given_out_once(steps: list[tuple[str, int, bool]]) -> None:
    fed, given, put, now = feed(), list[Piece](), 0, 0.0
    for what, size, flag in steps:
        now += 1.0
        if what == "put":
            given += fed.put(piece(put, size, now, flag))
            put += 1
        elif what == "next":
            fed.next()
        elif what == "took":
            given += fed.took(max(0, fed.sent - size))
        elif what == "stale":
            given += fed.stale(now)
        else:
            given += fed.restart(bytes(size), flag, 0.0, now)
        assert fed.flight_bytes <= max(WINDOW, 60)
        assert fed.waiting_bytes + fed.flight_bytes <= MOST + 20 or what == "restart"
    given += fed.clear()
    assert sorted(each.seq for each in given if not each.free) == list(range(put))
    assert fed.waiting_bytes == fed.flight_bytes == 0
