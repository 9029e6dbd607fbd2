"""What may cross the socket to the writer: whole entries, no number a column could not hold."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from gateway.record.chain import Head
from gateway.record.entry import (
    Ack,
    CommandEnd,
    CommandRow,
    Entry,
    Evidence,
    HoldRow,
)
from seawall.actions import Action, Target
from tests.gateway.record.making import make_entry


def test_an_entry_comes_through_whole() -> None:
    mute = Action(Target("user", "lobby", "ann"), "mute", 60.0)
    entry = make_entry(
        1,
        actions=(mute,),
        evidence=Evidence("text", "Ann", 5.0, True),
        hold=HoldRow("text", 9.0, "Ann"),
        commands=(CommandRow("c1", 4, mute, 9.0, "because"),),
        ends=(CommandEnd("c0", "done", "server-1"),),
    )
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(entry), type=Entry) == entry


@pytest.mark.parametrize(
    "wrong",
    [
        {"at": float("nan")},
        {"score": float("inf")},
        {"rev": -1},
        {"rev": 2**63},
        {"count": -1},
        {"kind": "gossip"},
        {"room": None},
        {"evidence": Evidence("text", keep_s=float("nan"))},
    ],
)
def test_what_no_column_could_hold_is_refused(wrong: Any) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.msgpack.decode(msgspec.msgpack.encode(make_entry(1, **wrong)), type=Entry)


def test_an_acknowledgement_comes_through_whole() -> None:
    ack = Ack(5, Head(4, b"h" * 32), (3,), "why")
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(ack), type=Ack) == ack
