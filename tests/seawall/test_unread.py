"""A refused frame is told by the id it bears; a refused batch by that of the item that was bad."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from seawall import wire
from seawall.session import Session, SessionLimits

encode = msgspec.json.Encoder().encode


def chat(ref: str, **more: Any) -> dict[str, Any]:
    """Build a sound chat message."""
    user = {"id": "u1", "name": "Ann", "roles": []}
    sound = {"type": "chat", "id": ref, "room": "r1", "user": user, "text": "hi", "at": 1.0}
    return {**sound, "surface": "chat", **more}


def refusal(session: Session, message: dict[str, Any]) -> wire.Error:
    outcome = session.receive(encode(message), 0.0)
    assert isinstance(outcome, wire.Error), outcome
    return outcome


def opened(role: str) -> Session:
    """Open a session that serves one room."""
    session = Session(SessionLimits(), role, 0.0)
    session.receive(encode({"type": "hello", "server": "chat-1", "rooms": ["r1"]}), 0.0)
    session.opened()
    return session


@pytest.fixture
def session() -> Session:
    """Open a server's session."""
    return opened("server")


@pytest.mark.parametrize(
    ("bad", "code", "ref"),
    [
        (chat("b", text=7), "bad_field", "b"),
        (chat("b", type="chatter"), "unknown_type", "b"),
        (chat("b", room="elsewhere"), "not_allowed", "b"),
        (chat("b", text="x" * 20_000), "too_large", "b"),
        (chat("b", parent="\0"), "bad_field", "b"),
        (chat(""), "bad_field", ""),
        (7, "bad_field", None),
        ({"type": "join", "room": "r1"}, "bad_field", None),
    ],
)
def test_a_refused_batch_names_the_item_that_was_bad(
    session: Session, bad: Any, code: str, ref: str | None
) -> None:
    items = [chat("a"), bad, chat("c")]
    outcome = refusal(session, {"type": "batch", "items": items})
    assert (outcome.code, outcome.ref) == (code, ref)
    assert not session.outstanding


def test_the_bad_items_revision_is_told_with_its_id(session: Session) -> None:
    bad = chat("b", type="edit", rev=3, text=7)
    outcome = refusal(session, {"type": "batch", "items": [bad]})
    assert (outcome.ref, outcome.rev) == ("b", 3)


def test_what_a_moderators_key_may_not_send_is_told_by_its_own_id() -> None:
    session = opened("moderator")
    for message, ref in (
        ({"type": "done", "command": "c7"}, "c7"),
        ({"type": "failed", "command": "c8"}, "c8"),
        ({"type": "stream.stat", "stream": "s1"}, "s1"),
        ({"type": "answer", "id": "a1", "ref": "m1", "at": 1.0}, "a1"),
        ({"type": "room", "room": "r1"}, None),
    ):
        outcome = refusal(session, message)
        assert (outcome.code, outcome.ref) == ("not_allowed", ref)
