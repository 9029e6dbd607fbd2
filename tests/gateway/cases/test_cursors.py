"""Cursors say where a page ended, and take nothing else for one."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, strategies as st

from gateway.cases.cursors import Place, parse, show
from gateway.refusal import Refused

floats = st.floats(allow_nan=False, allow_infinity=False)


@given(floats, st.text(st.characters(exclude_categories=["Cs"]), max_size=60), st.booleans())
def test_a_cursor_names_its_place(at: float, id: str, ended: bool) -> None:
    cursor = show(Place(at, id, ended))
    assert cursor.isascii()
    assert parse(cursor) == Place(at, id, ended)


@given(st.text(max_size=30))
def test_anything_else_is_refused(text: str) -> None:
    with suppress(Refused):
        assert isinstance(parse(text), Place)


@pytest.mark.parametrize("cursor", ["", "!", "AAAA", "A" * 500, show(Place(float("inf"), "k"))])
def test_what_is_no_place_is_refused(cursor: str) -> None:
    with pytest.raises(Refused):
        parse(cursor)
