"""What leaves a client is what WIRE allows, and what does not leave says why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from hypothesis import given, strategies as st

from seawall import wire
from seawall.errors import WireError
from seawall.outgoing import author, encode, unchecked

ANN = wire.Author("u1", "Ann", [])


def chat(text: str = "hello", id: str = "m1", room: str = "r1") -> wire.Chat:
    return wire.Chat(id, room, ANN, text, 1.0, "chat")


@given(text=st.text(max_size=200), id=st.text(min_size=1, max_size=32))
def test_what_was_encoded_is_read_as_it_was_meant(text: str, id: str) -> None:
    message = chat(text, id)
    data = encode(message, wire.TEXT_BYTES, wire.FRAME_BYTES)
    assert msgspec.json.decode(data, type=wire.ClientMessage) == message


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (chat("x" * (wire.TEXT_BYTES + 1)), "too_large"),
        (chat("я" * (wire.TEXT_BYTES // 2 + 1)), "too_large"),
        (chat("\ud800"), "bad_utf8"),
        (chat(id="\ud800"), "bad_utf8"),
        (chat(id=""), "bad_field"),
        (chat(id="я" * 65), "bad_field"),
        (chat(room="r" * 129), "bad_field"),
        (wire.Edit("m1", "r1", ANN, "hi", 1.0, "chat", 0), "bad_field"),
        (wire.Chat("m1", "r1", ANN, "hi", 1.0, "song"), "bad_field"),  # type: ignore[arg-type]
        (wire.Chat("m1", "r1", ANN, 7, 1.0, "chat"), "bad_field"),  # type: ignore[arg-type]
        (wire.Chat("m1", "r1", ANN, "hi", float("nan"), "chat"), "bad_field"),
        (wire.Chat(7, "r1", ANN, "hi", 1.0, "chat"), "bad_field"),  # type: ignore[arg-type]
        (wire.Chat("m1", "r1", ANN, object(), 1.0, "chat"), "bad_field"),  # type: ignore[arg-type]
    ],
)
def test_what_the_gateway_would_refuse_does_not_leave(message: wire.Chat, code: str) -> None:
    with pytest.raises(WireError) as caught:
        encode(message, wire.TEXT_BYTES, wire.FRAME_BYTES)
    assert caught.value.code == code


def test_a_frame_over_the_limit_does_not_leave() -> None:
    files = [wire.Attachment("image", url="x" * 4000) for _ in range(100)]
    message = wire.Chat("m1", "r1", ANN, "hi", 1.0, "chat", attachments=files)
    with pytest.raises(WireError, match="too_large"):
        encode(message, wire.TEXT_BYTES, wire.FRAME_BYTES)


@pytest.mark.parametrize(
    "user", [{"id": "u1"}, wire.User("u1"), wire.Author("u1", "u1", []), {"id": "u1", "name": None}]
)
def test_a_user_is_completed(user: wire.Author | wire.User | Mapping[str, Any]) -> None:
    assert author(user) == wire.Author("u1", "u1", [])


def test_what_is_known_of_a_user_is_kept() -> None:
    full = author({"id": "u1", "name": "Ann", "roles": ["mod"], "created_at": 5, "shoe_size": 38})
    assert full == wire.Author("u1", "Ann", ["mod"], created_at=5.0)


@pytest.mark.parametrize("user", [{}, {"id": 5}, {"id": "u1", "roles": "mod"}, None, "u1", 7])
def test_no_user_is_an_error(user: Any) -> None:  # Any: what a caller may hand over
    with pytest.raises(WireError, match="bad_field"):
        author(user)


def test_a_verdict_made_here_says_that_nobody_looked() -> None:
    verdict = unchecked(chat(), "block", "client.timeout")
    assert (verdict.id, verdict.rev, verdict.action, verdict.late) == ("m1", 0, "block", True)
    assert [(reason.rule, reason.category) for reason in verdict.reasons] == [
        ("client.timeout", "unchecked")
    ]
    assert unchecked(wire.Profile("p1", wire.Named("u1", "Ann"), 1.0), "allow", "x").rev == 0
