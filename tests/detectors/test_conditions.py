"""Packed conditions: what was put in is read, however often and in which order."""

from __future__ import annotations

from hypothesis import given, strategies as st

from detectors import conditions as module
from detectors.conditions import Besides, Condition, Conditions

FIRST = 1000
EDGES = st.sampled_from([(b"a", b"b"), (b"", b"b")])
NUMBERS = st.integers(-FIRST, FIRST - 1)
SETS = st.lists(st.integers(0, 70_000), max_size=3).map(tuple)
CONDITIONS: st.SearchStrategy[Condition] = st.tuples(
    st.lists(NUMBERS, max_size=3).map(tuple),
    st.lists(st.tuples(NUMBERS, SETS), max_size=3).map(tuple),
    st.lists(st.tuples(NUMBERS, st.integers(1, 40), EDGES, SETS), max_size=3).map(tuple),
)


@given(some=st.lists(CONDITIONS, max_size=12))
def test_a_condition_is_read_as_it_was_given(some: list[Condition]) -> None:
    packed = Conditions(some, FIRST)
    for told, condition in zip(packed.told, some, strict=True):
        if told < FIRST:
            assert condition == ((told,), (), ())
        else:
            assert packed.read(told) == condition
            assert packed.known[told] == condition


def test_equal_conditions_are_kept_once() -> None:
    either: Condition = (1, 2), (), ()
    packed = Conditions([either, ((3,), (), ()), either], FIRST)
    assert list(packed.told) == [FIRST, 3, FIRST]


def test_what_was_read_is_bounded() -> None:
    many: list[Condition] = [((1, number), (), ()) for number in range(2, 5000)]
    packed = Conditions(many, FIRST)
    for told, condition in zip(packed.told, many, strict=True):
        assert packed.read(told) == condition
    assert len(packed.known) <= module._KEPT


LITERALS = (b" seed", b"seed", b"phrase", b"wallet", b"all")
SOME = (frozenset({0, 2}), frozenset({1}), frozenset({3}), frozenset({4, 2}))
BESIDES = Besides(LITERALS, SOME)
TEXTS = st.lists(st.sampled_from([b" ", b"seed", b"phrase", b"wallet", b"all", b"x"]), max_size=6)
WAITING = st.lists(
    st.tuples(st.integers(0, 9), st.lists(st.integers(0, 3), max_size=3).map(tuple)), max_size=5
)


@given(parts=TEXTS, waiting=WAITING)
def test_both_ways_to_weigh_pick_what_has_a_literal_of_each_set(
    parts: list[bytes], waiting: list[tuple[int, tuple[int, ...]]]
) -> None:
    text = b"".join(parts)
    expected = {
        index
        for index, others in waiting
        if all(any(LITERALS[place] in text for place in SOME[number]) for number in others)
    }
    few: set[int] = set()
    many: set[int] = set()
    BESIDES.weigh_few(text, waiting, few)
    BESIDES.weigh_many(text, waiting, many)
    assert few == many == expected
