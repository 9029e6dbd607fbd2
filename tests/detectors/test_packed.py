"""Packed tables: they hold what they were given, and nothing else."""

from __future__ import annotations

import pickle

from hypothesis import given, strategies as st

from detectors.packed import Rows, Strings, Table, narrow, offsets

TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)


@given(entries=st.dictionaries(TEXTS, TEXTS, max_size=60), others=st.lists(TEXTS, max_size=20))
def test_a_table_holds_what_it_was_given_and_nothing_else(
    entries: dict[str, str], others: list[str]
) -> None:
    table = Table(entries)
    for key in (*entries, *others):
        assert table.find(key.encode()) == entries.get(key)
        assert (key.encode() in table) is (key in entries)


def test_no_key_is_found_across_two_entries() -> None:
    table = Table({"": "a", "a": "", "ab": "b", "b": "ab"})
    for key in (b"\xff", b"\xfe", b"\xffa", b"a\xfe", b"\xfea\xff", b"a\xfe\xffab"):
        assert key not in table
        assert table.find(key) is None


def test_an_empty_table_holds_nothing() -> None:
    assert Table({}).find(b"") is None
    assert b"a" not in Table({})


@given(rows=st.lists(st.lists(st.integers(-(1 << 31), (1 << 31) - 1), max_size=5), max_size=20))
def test_rows_come_back_by_their_place(rows: list[list[int]]) -> None:
    packed = Rows(rows)
    assert [list(packed[place]) for place in range(len(packed))] == rows


@given(strings=st.lists(st.binary(max_size=6), max_size=20))
def test_strings_come_back_by_their_place(strings: list[bytes]) -> None:
    packed = Strings(strings)
    assert [packed[place] for place in range(len(packed))] == strings


def test_numbers_take_two_bytes_unless_one_needs_more() -> None:
    assert narrow([]).itemsize == 2
    assert narrow([-(1 << 15), (1 << 15) - 1]).itemsize == 2
    assert list(narrow([-(1 << 15) - 1])) == [-(1 << 15) - 1]
    assert list(narrow([1, 1 << 15])) == [1, 1 << 15]


def test_offsets_are_where_pieces_begin_and_the_last_ends() -> None:
    assert list(offsets([])) == [0]
    assert list(offsets([3, 0, 2])) == [0, 3, 3, 5]


def test_what_is_packed_survives_the_way_to_another_process() -> None:
    table, rows, strings = pickle.loads(
        pickle.dumps((Table({"a": "b"}), Rows([[1], [2, 3]]), Strings([b"x", b"yz"])))
    )
    assert table.find(b"a") == "b"
    assert list(rows[1]) == [2, 3]
    assert strings[1] == b"yz"
