"""Every name that shares a form with a claim, or lies within it, is found, and no other."""

from __future__ import annotations

from hypothesis import given, strategies as st

from detectors.bearers import Bearers, Forms

looks = st.text("abc", max_size=8)
forms = st.builds(Forms, looks, looks, looks)


@given(st.lists(forms, max_size=8), forms, st.lists(looks, max_size=4))
def test_near_is_what_a_comparison_with_all_would_find(
    names: list[Forms], claim: Forms, parts: list[str]
) -> None:
    wanted = [
        place
        for place, name in enumerate(names)
        if name.bare == claim.bare
        or name.look == claim.look
        or name.outline == claim.outline
        or name.look in parts
        or (len(name.look) >= 5 and name.look in claim.look)
    ]
    assert Bearers(names).near(claim, parts) == wanted


def test_other_scripts_are_found_within() -> None:
    names = [Forms(name, name, name) for name in ("официальный", "клуб любителей")]
    assert Bearers(names).near(Forms("", "самыйофициальныйклуб", ""), ()) == [0]
