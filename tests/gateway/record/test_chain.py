"""The chain's arithmetic: any change of any field of any row changes what follows."""

from __future__ import annotations

import msgspec
from hypothesis import given, strategies as st

from gateway.record.chain import FIELDS, FORM, GENESIS, Head, Linked, Row, chain, link

_FLOATS = st.floats(-1e300, 1e300).map(lambda number: number + 0.0)
_WHOLE = st.integers(0, 2**63 - 1)
_TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
_BY_TYPE = {int: _WHOLE, float: _FLOATS, str: _TEXT}
_TYPES = {field.name: field.type for field in msgspec.structs.fields(Row)}
ROWS = st.builds(Row, **{name: _BY_TYPE[kind] for name, kind in _TYPES.items()})


def verified(head: Head, linked: list[Linked]) -> bool:
    """Follow a chain as `verify` does."""
    prev = head.hash
    for each in linked:
        if each.prev != prev or each.hash != link(prev, each.row):
            return False
        prev = each.hash
    return True


@given(st.lists(ROWS, min_size=1, max_size=4), st.data())
def test_any_change_of_any_field_breaks_the_chain(rows: list[Row], data: st.DataObject) -> None:
    linked = list(chain(Head(), rows))
    assert verified(Head(), linked)
    place = data.draw(st.integers(0, len(rows) - 1))
    name = data.draw(st.sampled_from(FIELDS))
    old = getattr(rows[place], name)
    new = data.draw(_BY_TYPE[_TYPES[name]].filter(lambda value: value != old))
    edited = msgspec.structs.replace(rows[place], **{name: new})
    linked[place] = Linked(edited, linked[place].prev, linked[place].hash)
    assert not verified(Head(), linked)


@given(st.lists(ROWS, min_size=2, max_size=5, unique=True), st.data())
def test_order_and_absence_break_the_chain(rows: list[Row], data: st.DataObject) -> None:
    linked = list(chain(Head(), rows))
    place = data.draw(st.integers(0, len(rows) - 2))
    assert not verified(Head(), linked[:place] + linked[place + 1 :])
    linked[place], linked[place + 1] = linked[place + 1], linked[place]
    assert not verified(Head(), linked)


def test_form_1_is_pinned() -> None:
    """Changing what is hashed would break every journal there is: that needs a new form."""
    values = {int: 7, float: 0.5}
    filled = [values.get(kind, f"{name} é") for name, kind in _TYPES.items()]
    digest = link(GENESIS, msgspec.convert([FORM, *filled[1:]], Row))
    assert digest.hex() == "3e4f9bdeeca8c35036f661d11c668d9691036e5d778202459b080e4c9832bb9f"
