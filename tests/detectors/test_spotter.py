"""What finds many strings in one pass."""

from __future__ import annotations

from detectors.spotter import finder


def test_every_occurrence_is_found_in_order_of_its_end() -> None:
    find = finder((b"bcd", b"ab", b"a", b"d"))
    assert find(b"abcd") == [(0, 1, 2), (0, 2, 1), (1, 4, 0), (3, 4, 3)]


def test_the_longest_alone_stands_for_those_that_end_with_it() -> None:
    assert finder((b"bcd", b"cd", b"b"), longest=True)(b"abcd") == [(1, 2, 2), (1, 4, 0)]


def test_nothing_to_look_for_is_never_found() -> None:
    assert finder(())(b"anything") == []
