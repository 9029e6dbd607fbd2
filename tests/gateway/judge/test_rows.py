"""What people have becomes rows; what is no message is told with its line, and nothing raises."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from gateway.judge.rows import LATEST_S, LINE_BYTES, Row, Unreadable, read_rows
from seawall.events import User


def read(*lines: object) -> list[Row | Unreadable]:
    return list(
        read_rows(
            iter([one if isinstance(one, bytes) else json.dumps(one).encode() for one in lines])
        )
    )


def row(**fields: Any) -> Row:  # Any: JSON
    (found,) = read({"text": "hello", **fields})
    assert isinstance(found, Row), found
    return found


def why(line: object) -> str:
    (found,) = read(line)
    assert isinstance(found, Unreadable), found
    assert found.line == 1
    return found.why


def test_a_wire_chat_event_is_read_whole() -> None:
    user = {"id": "u1", "name": "Ann", "roles": ["mod", "knight"], "created_at": 5.0, "risk": 0.5}
    found = row(type="chat", id="m1", room="r1", user=user, at=9.5, surface="post", lang="en")
    message = found.message
    assert found.timed
    assert (message.id, message.room, message.text) == ("m1", "r1", "hello")
    assert (message.at, message.claimed_at) == (9.5, 9.5)
    assert (message.surface, message.rev, message.lang) == ("post", 0, "en")
    assert message.user == User("u1", "Ann", frozenset({"mod"}), created_at=5.0, risk=0.5)


def test_an_edit_keeps_its_rev() -> None:
    assert row(type="edit", id="m1", rev=3).message.rev == 3


def test_a_replay_row_is_read_by_its_own_names() -> None:
    found = row(stream="s1", seq=4, t="2023-11-23T15:56:35Z", user="u9", label=None, bot=False)
    assert found.timed
    assert found.message.room == "s1"
    assert found.message.at == 1700754995.0
    assert found.message.user == User("u9", "u9")


@pytest.mark.parametrize(
    ("told", "at"),
    [
        (1.5, 1.5),
        (0, 0.0),
        ("1970-01-01T00:01:00", 60.0),
        ("1970-01-01T01:01:00+01:00", 60.0),
        ("1970-01-02", 86400.0),
    ],
)
def test_a_time_is_seconds_or_iso_8601_and_utc_unless_it_says_otherwise(
    told: object, at: float
) -> None:
    assert (row(user="u", t=told).message.at, row(user="u", t=told).timed) == (at, True)


@pytest.mark.parametrize(
    "told",
    [
        float("nan"),
        float("inf"),
        -1.0,
        LATEST_S,
        1.7e12,
        10**400,
        True,
        None,
        "noon",
        "",
        [5],
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
    ],
)
def test_an_unusable_time_is_no_time(told: object) -> None:
    assert not row(user="u", at=told).timed


def test_a_bare_text_is_judged_without_windows_under_the_number_of_its_line() -> None:
    first, second = read({"text": "hello"}, {"text": "hello", "id": ""})
    assert isinstance(first, Row)
    assert isinstance(second, Row)
    assert (first.message.id, second.message.id) == ("line:1", "line:2")
    assert (first.message.room, first.message.user, first.timed) == ("", User(""), False)


def test_empty_lines_are_no_messages_but_are_counted() -> None:
    _, second = read({"text": "a"}, b"\n", b"  \n", {"text": "b"})
    assert isinstance(second, Row)
    assert second.message.id == "line:4"


@pytest.mark.parametrize("user", [None, "", {}, {"id": ""}, {"name": "Ann"}, 5, ["u"]])
def test_without_a_user_there_are_no_windows(user: object) -> None:
    found = row(user=user, at=1.0)
    assert (found.timed, found.message.user) == (False, User(""))


def test_what_a_user_lacks_is_filled_in() -> None:
    assert row(user={"id": 7}, at=1.0).message.user == User("7", "7")
    odd = {"id": "u", "name": "", "roles": "mod", "risk": 10**400, "device": 5, "created_at": True}
    assert row(user=odd, at=1.0).message.user == User("u", "u")


@pytest.mark.parametrize("rev", [-1, True, 1.5, "1", None, 2**31])
def test_a_rev_that_cannot_be_one_is_0(rev: object) -> None:
    assert row(rev=rev).message.rev == 0


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"{nonsense", "not JSON"),
        (b'{"text": "\xff\xfe"}', "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"text": "x", "at": ' + b"1" * 5000 + b"}", "not JSON"),
        (["text"], "not an object"),
        ("text", "not an object"),
        ({}, "no text"),
        ({"text": None}, "no text"),
        ({"text": 5}, "no text"),
        ({"text": "x", "type": "join"}, "'join' is not a message"),
        ({"text": "x", "type": [1]}, "is not a message"),
        ({"text": "x", "surface": "sofa"}, "surface 'sofa' is none of chat, post"),
        ({"text": "x", "surface": ["chat"]}, "is none of"),
        ({"text": "\ud800"}, "the text has a lone surrogate"),
        ({"text": "x", "id": "\ud800"}, "the id has a lone surrogate"),
        ({"text": "x", "room": "\udfff"}, "the room has a lone surrogate"),
        ({"text": "x", "user": "\udfff"}, "the user's id has a lone surrogate"),
        ({"text": "é" * 8193}, "over 16 KiB"),
        (b" " * LINE_BYTES + b"{}", f"over {LINE_BYTES} bytes"),
    ],
)
def test_a_line_that_is_no_message_is_told(line: object, told: str) -> None:
    assert told in why(line)


def test_lines_after_a_bad_one_are_read() -> None:
    bad, good = read(b"\x00\x01", {"text": "hello"})
    assert isinstance(bad, Unreadable)
    assert isinstance(good, Row)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
NAMES = ("type", "id", "room", "stream", "user", "at", "t", "rev", "surface", "lang", "parent")


@given(st.dictionaries(st.sampled_from(NAMES), JSON), JSON)
def test_whatever_the_fields_hold_a_line_is_a_row_or_told(
    fields: dict[str, object], user: object
) -> None:
    (found,) = read({"text": "hello", "user": {"id": "u", "roles": user, "name": user}, **fields})
    assert found.line == 1 if isinstance(found, Unreadable) else found.message.text == "hello"


@given(st.binary(max_size=200))
def test_no_bytes_raise(line: bytes) -> None:
    assert len(read(line)) <= 1
