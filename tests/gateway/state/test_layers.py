"""Who set a label, and what is in force of all of it."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from gateway.record.entry import LabelRow
from gateway.state.layers import Layer, in_force, layer_name, rows_for, with_rows
from seawall.verdicts import Change


def layer(set_at: float, until: float | None = 100.0, by: str = "", ended: bool = False) -> Layer:
    return Layer(until, "rule", "flood", by, set_at, ended)


def ends(layers: dict[str, Layer]) -> dict[str, float | None]:
    return {name: label.until for name, label in in_force(layers).items()}


def test_each_decision_has_its_row_and_people_have_one() -> None:
    assert layer_name("mute", "a:b", 2, "") == "mute:2:a:b"
    assert layer_name("mute", "m1", 0, "moderator:ann") == "mute"


def test_changes_become_rows() -> None:
    changes = (
        Change("user", None, "u", "mute", None, "rule", "threat"),
        Change("room", "r", "r", "shield", 5.0, "joins", "flood"),
    )
    assert rows_for(changes, "m1", 0, "", 5.0) == (
        LabelRow("user", "", "u", "mute:0:m1", None, "rule", "threat"),
        LabelRow("room", "r", "", "shield:0:m1", 5.0, "joins", "flood", ended=True),
    )


def test_the_one_that_lasts_longest_is_in_force() -> None:
    layers = {"mute:0:a": layer(1.0, 50.0), "mute:0:b": layer(2.0, 20.0), "slow:0:c": layer(3.0)}
    assert ends(layers) == {"mute": 50.0, "slow": 100.0}
    layers["mute"] = layer(0.0, None, "platform:x")
    assert ends(layers)["mute"] is None
    layers["mute"] = layer(9.0, None, "platform:x", ended=True)
    assert ends(layers)["mute"] == 50.0


def test_a_lift_takes_what_decisions_set_until_then_and_nothing_later() -> None:
    layers = {
        "mute_lifted": layer(5.0, 90_000.0, "platform:x"),
        "mute:0:a": layer(4.0),
        "mute:0:b": layer(5.0),
    }
    assert ends(layers) == {}
    layers["mute:0:c"] = layer(5.1, 30.0)
    assert ends(layers) == {"mute": 30.0}


@pytest.mark.parametrize("until", [20.0, None])
def test_a_switch_that_is_off_keeps_decisions_out_for_its_time(until: float | None) -> None:
    off = layer(10.0, until, "moderator:ann")
    layers = {"shield_off": off, "shield:0:a": layer(5.0), "shield:0:b": layer(15.0)}
    assert ends(layers) == {"shield_off": until}
    layers["shield:0:c"] = layer(20.0)
    assert ("shield" in ends(layers)) is (until is not None)
    layers["shield"] = layer(11.0, 70.0, "moderator:bob")
    assert ends(layers)["shield"] is not None
    layers["shield_off"] = layer(30.0, None, "moderator:ann", ended=True)
    assert "shield_off" not in ends(layers)
    assert ends(layers)["shield"] == 100.0


@given(
    st.dictionaries(
        st.sampled_from(["mute:0:a", "mute:0:b", "mute:1:a", "mute"]),
        st.builds(layer, st.floats(0, 9), st.none() | st.floats(10, 99), ended=st.booleans()),
    ),
    st.sampled_from(["mute:0:a", "mute:0:b", "mute:1:a"]),
)
def test_ending_one_row_leaves_what_the_others_alone_would_leave(
    layers: dict[str, Layer], name: str
) -> None:
    row = LabelRow("user", "r", "u", name, None, ended=True)
    others = {other: each for other, each in layers.items() if other != name}
    assert ends(with_rows(layers, (row,), 10.0)) == ends(others)
