"""Credit adds up: what may be sent, what waits and what was not told yet are the whole, always."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from gateway.stream.credit import Credit

MOST = 1000


def test_bytes_are_given_back_once_they_wait_no_more() -> None:
    credit = Credit(MOST)
    assert credit.came(600)
    assert credit.left == 400
    assert not credit.came(500)
    assert (credit.left, credit.over) == (-100, 100)
    credit.settled(600)
    assert credit.tell(700) == 0
    assert credit.tell(600) == 600
    assert credit.left == 500


def test_what_never_came_is_not_given_back() -> None:
    with pytest.raises(ValueError, match="settled"):
        Credit(MOST).settled(1)


def test_who_begins_again_is_told_what_is_left() -> None:
    credit = Credit(MOST)
    credit.came(600)
    credit.settled(200)
    assert credit.anew() == 600
    assert credit.tell() == 0
    credit.came(1000)
    assert credit.anew() == 0


STEP = st.tuples(st.sampled_from(["came", "settled", "tell", "anew"]), st.integers(1, 400))


@given(st.lists(STEP, max_size=100))
def test_a_server_that_keeps_to_it_never_has_more_than_the_whole_waiting(
    steps: list[tuple[str, int]],
) -> None:
    credit, allowed = Credit(MOST), MOST
    for what, size in steps:
        if what == "came" and size <= allowed:
            assert credit.came(size)
            allowed -= size
        elif what == "settled":
            credit.settled(min(size, credit.waiting))
        elif what == "tell":
            allowed += credit.tell(size)
        elif what == "anew":
            allowed = credit.anew()
        assert allowed == credit.left
        assert allowed + credit.waiting + credit.untold == MOST
        assert credit.waiting <= MOST
    assert credit.over == 0


@given(st.lists(st.integers(1, 400), max_size=50))
def test_what_is_sent_over_it_is_counted_to_the_byte(sizes: list[int]) -> None:
    credit = Credit(MOST)
    for size in sizes:
        credit.came(size)
    assert credit.over == max(0, sum(sizes) - MOST)
