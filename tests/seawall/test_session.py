"""A connection's life: what is accepted, what is refused, and that nothing illegal is ever sent."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from seawall import wire
from seawall.quota import Quota
from seawall.session import GARBAGE_LIMIT, Close, Session, SessionLimits, State, peek

encode = msgspec.json.Encoder().encode
HELLO = {"type": "hello", "server": "chat-1", "rooms": ["*"]}


def chat(ref: str = "m1", rev: int = 0, **more: Any) -> dict[str, Any]:
    """Build a sound chat message."""
    kind = {"type": "edit", "rev": rev} if rev else {"type": "chat"}
    user = {"id": "u1", "name": "Ann", "roles": []}
    return {
        **kind,
        "id": ref,
        "room": "r1",
        "user": user,
        "text": "hi",
        "at": 1.0,
        "surface": "chat",
        **more,
    }


def opened(limits: SessionLimits | None = None, role: str = "server", rooms: Any = None) -> Session:
    session = Session(limits or SessionLimits(), role, 0.0)
    greeting = session.receive(encode({**HELLO, "rooms": rooms or ["*"]}), 0.0)
    assert isinstance(greeting, wire.Hello)
    session.opened()
    return session


def code_of(outcome: object) -> str:
    assert isinstance(outcome, wire.Error), outcome
    return outcome.code


def test_hello_comes_first() -> None:
    session = Session(SessionLimits(), "server", 0.0)
    outcome = session.receive(encode(chat()), 0.0)
    assert code_of(outcome) == "hello_first"
    assert isinstance(outcome, wire.Error)
    assert outcome.ref == "m1"
    assert session.state is State.NEW


def test_a_second_hello_is_an_error_and_the_connection_lives() -> None:
    session = opened()
    assert code_of(session.receive(encode(HELLO), 0.0)) == "bad_field"
    assert isinstance(session.receive(encode(chat()), 0.0), wire.Chat)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "bad_json"),
        (b"{", "bad_json"),
        (b"[]", "bad_json"),
        (b"null", "bad_json"),
        (b'"chat"', "bad_json"),
        (b"\xff\xfe", "bad_json"),
        (b'{"type":"chat","id":"\xff"}', "bad_utf8"),
        (b'{"type":"chat","id":"\\ud800"}', "bad_json"),
        (b'{"type":"nonsense"}', "unknown_type"),
        (b'{"type":"verdict","id":"x"}', "unknown_type"),
        (b'{"id":"m1"}', "bad_field"),
        (b'{"type":"chat","id":"m1"}', "bad_field"),
        (b'{"type":"chat","id":5}', "bad_field"),
        (encode(chat(at="noon")), "bad_field"),
        (encode(chat(surface="billboard")), "bad_field"),
        (encode(chat(ref="")), "bad_field"),
        (encode(chat(ref="x" * 129)), "bad_field"),
        (encode(chat(ref="é" * 100)), "bad_field"),
        (encode(chat(rev=-1)), "bad_field"),
        (encode(chat(user={"id": "u1"})), "bad_field"),
        (encode(chat(text="x" * (16 * 1024 + 1))), "too_large"),
        (encode(chat(text="é" * (8 * 1024 + 1))), "too_large"),
        (b'{"type":"chat","id":"m1","at":1e999}', "bad_field"),
        (b"[" * 100_000, "bad_json"),
    ],
)
def test_malformed_frames_get_a_code_and_the_connection_lives(data: bytes, code: str) -> None:
    session = opened()
    outcome = session.receive(data, 0.0)
    assert code_of(outcome) == code
    assert not session.outstanding
    assert isinstance(session.receive(encode(chat("ok")), 0.0), wire.Chat)


def test_an_error_names_the_message_it_is_about() -> None:
    outcome = opened().receive(encode(chat("m7", rev=3, at="noon")), 0.0)
    assert isinstance(outcome, wire.Error)
    assert (outcome.ref, outcome.rev) == ("m7", 3)


def test_unknown_fields_are_ignored() -> None:
    assert isinstance(opened().receive(encode(chat(colour="red")), 0.0), wire.Chat)


def test_text_of_exactly_16_kib_passes() -> None:
    assert isinstance(opened().receive(encode(chat(text="x" * 16 * 1024)), 0.0), wire.Chat)


def test_a_frame_over_the_bound_ends_the_connection() -> None:
    outcome = opened().receive(b" " * (wire.FRAME_BYTES + 1), 0.0)
    assert outcome == Close(1009, "too_large")


def test_garbage_in_a_row_ends_the_connection_and_sense_forgives() -> None:
    session = opened()
    for _ in range(GARBAGE_LIMIT):
        assert isinstance(session.receive(b"?", 0.0), wire.Error)
    assert isinstance(session.receive(encode(chat()), 0.0), wire.Chat)
    for _ in range(GARBAGE_LIMIT):
        assert isinstance(session.receive(b"?", 0.0), wire.Error)
    last = session.receive(b"?", 0.0)
    assert isinstance(last, Close)
    assert last.code == 1007


def test_over_the_rate_is_told_and_then_cut() -> None:
    session = opened(SessionLimits(rate=10, burst=5))
    for number in range(4):  # hello took one
        assert isinstance(session.receive(encode(chat(f"m{number}")), 0.0), wire.Chat)
    refused = session.receive(encode(chat("late")), 0.0)
    assert code_of(refused) == "rate"
    assert isinstance(refused, wire.Error)
    assert refused.ref == "late"
    assert ("late", 0) not in session.outstanding
    outcomes = [session.receive(encode(chat("late")), 0.0) for _ in range(6)]
    assert isinstance(outcomes[-1], Close)
    assert outcomes[-1].code == 4003


def test_rate_comes_back_with_time() -> None:
    session = opened(SessionLimits(rate=10, burst=1))
    assert code_of(session.receive(encode(chat("a")), 0.01)) == "rate"
    assert isinstance(session.receive(encode(chat("b")), 0.2), wire.Chat)


def test_a_clock_that_steps_back_gives_nothing_away() -> None:
    session = opened(SessionLimits(rate=10, burst=2))
    assert isinstance(session.receive(encode(chat("a")), 0.0), wire.Chat)
    assert code_of(session.receive(encode(chat("b")), -5.0)) == "rate"


def test_a_tenants_rate_counts_over_all_its_connections_and_cuts_none() -> None:
    quota = Quota(10.0, 6.0, 0.0)
    sessions = [Session(SessionLimits(burst=1000.0), "server", 0.0, quota) for _ in range(2)]
    for session in sessions:
        assert isinstance(session.receive(encode(HELLO), 0.0), wire.Hello)
        session.opened()
    outcomes = [sessions[n % 2].receive(encode(chat(f"m{n}")), 0.0) for n in range(1500)]
    assert [isinstance(each, wire.Chat) for each in outcomes[:4]] == [True] * 4  # two were hello
    assert {code_of(each) for each in outcomes[4:]} == {"rate"}
    last = outcomes[-1]
    assert isinstance(last, wire.Error)
    assert (last.ref, last.retry_after) == ("m1499", 0.1)
    assert isinstance(sessions[0].receive(encode(chat("later")), 1.0), wire.Chat)


def test_a_batch_over_the_tenants_rate_is_refused_whole() -> None:
    session = opened()
    session._quota = Quota(10.0, 3.0, 0.0)
    items = [chat(f"m{n}") for n in range(4)]
    assert code_of(session.receive(encode({"type": "batch", "items": items}), 0.0)) == "rate"
    assert not session.outstanding


def test_a_peek_says_what_a_message_is_about_and_nothing_of_the_rest() -> None:
    found = peek(encode(chat("m7", rev=2, room="r9")))
    assert found is not None
    assert (found.id, found.rev, found.room) == ("m7", 2, "r9")
    for other in (HELLO, {"type": "done", "command": "c"}, {"type": "batch", "items": []}):
        assert peek(encode(other)) is None
    for broken in (
        b"",
        b"\xff",
        b"[1]",
        b'{"type":"chat","id":5}',
        b'{"type":"chat"}',
        b"[" * 9999,
    ):
        assert peek(broken) is None


def test_what_is_owed_or_over_the_rate_is_not_shed() -> None:
    session = opened(SessionLimits(rate=1.0, burst=3.0))
    session.receive(encode(chat("a")), 0.0)
    assert not session.may_shed(("a", 0), 0.0)
    assert session.may_shed(("b", 0), 0.0)
    assert not session.may_shed(("c", 0), 0.0)  # the rate is used up
    session.drain()
    assert not session.may_shed(("d", 0), 100.0)


def test_too_many_unanswered_are_overloaded() -> None:
    session = opened(SessionLimits(inflight=2))
    for number in range(4):
        assert isinstance(session.receive(encode(chat(f"m{number}")), 0.0), wire.Chat)
    assert session.full
    assert code_of(session.receive(encode(chat("m9")), 0.0)) == "overloaded"


def test_rooms_not_named_in_hello_are_not_allowed() -> None:
    session = opened(rooms=["r1"])
    assert isinstance(session.receive(encode(chat()), 0.0), wire.Chat)
    assert code_of(session.receive(encode(chat("m2", room="r2")), 0.0)) == "not_allowed"
    assert session.serves("r1")
    assert not session.serves("r2")


@pytest.mark.parametrize("role", ["moderator", "admin"])
def test_only_a_servers_key_sends_messages(role: str) -> None:
    session = opened(role=role)
    assert code_of(session.receive(encode(chat()), 0.0)) == "not_allowed"


def test_a_batch_is_refused_whole() -> None:
    session = opened(rooms=["r1"])
    items = [chat("a"), chat("b", room="elsewhere"), chat("c")]
    assert code_of(session.receive(encode({"type": "batch", "items": items}), 0.0)) == "not_allowed"
    assert not session.outstanding
    many = [chat(f"m{n}") for n in range(257)]
    outcome = session.receive(encode({"type": "batch", "items": many}), 0.0)
    assert code_of(outcome) == "batch_too_large"
    assert not session.outstanding


def test_a_refused_batch_keeps_what_was_outstanding_before() -> None:
    session = opened(rooms=["r1"])
    session.receive(encode(chat("a")), 0.0)
    items = [chat("a"), chat("b", room="elsewhere")]
    session.receive(encode({"type": "batch", "items": items}), 0.0)
    assert session.outstanding == {("a", 0)}


def test_a_draining_session_accepts_nothing_and_still_owes() -> None:
    session = opened()
    session.receive(encode(chat("a")), 0.0)
    session.drain()
    assert code_of(session.receive(encode(chat("b")), 0.0)) == "overloaded"
    assert session.answered(("a", 0))
    assert not session.answered(("b", 0))


def test_each_key_is_answered_once() -> None:
    session = opened()
    session.receive(encode(chat("a")), 0.0)
    session.receive(encode(chat("a")), 0.0)
    session.receive(encode(chat("a", rev=1)), 0.0)
    assert session.answered(("a", 0))
    assert not session.answered(("a", 0))
    assert session.answered(("a", 1))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=300)
@given(data=st.binary(max_size=300) | json_values.map(lambda found: json.dumps(found).encode()))
def test_no_bytes_raise(data: bytes) -> None:
    outcome = opened().receive(data, 0.0)
    assert isinstance(outcome, wire.Error | Close | msgspec.Struct)
    if isinstance(outcome, wire.Error):
        assert outcome.code in wire.ERROR_CODES
    if isinstance(outcome, Close):
        assert outcome.code in wire.CLOSE_CODES


@settings(max_examples=200)
@given(
    mutation=st.dictionaries(
        st.sampled_from(["id", "room", "user", "text", "at", "surface", "rev", "type"]),
        json_values,
        min_size=1,
        max_size=3,
    )
)
def test_mutated_messages_are_accepted_or_refused_with_a_code(mutation: dict[str, Any]) -> None:
    session = opened()
    outcome = session.receive(json.dumps({**chat(), **mutation}).encode(), 0.0)
    if isinstance(outcome, wire.Chat | wire.Edit):
        assert session.outstanding == {(outcome.id, outcome.rev)}
    else:
        assert not session.outstanding


class SessionLife(RuleBasedStateMachine):
    """Any order of messages, answers, draining and closing against a model of what is owed."""

    def __init__(self) -> None:
        super().__init__()
        self.session = Session(SessionLimits(inflight=4), "server", 0.0)
        self.owed: set[tuple[str, int]] = set()
        self.greeted = False
        self.now = 0.0

    def say(self, message: dict[str, Any]) -> object:
        self.now += 0.01
        return self.session.receive(encode(message), self.now)

    @rule()
    def hello(self) -> None:
        outcome = self.say(HELLO)
        if isinstance(outcome, wire.Hello):
            assert not self.greeted
            self.session.opened()
            self.greeted = True

    @rule(ref=st.sampled_from("abcdefghijkl"), rev=st.integers(0, 1))
    def send(self, ref: str, rev: int) -> None:
        outcome = self.say(chat(ref, rev))
        if isinstance(outcome, wire.Chat | wire.Edit):
            assert self.greeted
            self.owed.add((ref, rev))

    @rule(ref=st.sampled_from("abcdefghijkl"), rev=st.integers(0, 1))
    def answer(self, ref: str, rev: int) -> None:
        assert self.session.answered((ref, rev)) == ((ref, rev) in self.owed)
        self.owed.discard((ref, rev))

    @rule()
    def drain(self) -> None:
        self.session.drain()

    @rule()
    def lose(self) -> None:
        self.session.closed()
        self.owed.clear()

    @invariant()
    def owes_what_it_accepted(self) -> None:
        assert self.session.outstanding == self.owed
        assert len(self.owed) <= 8


TestSessionLife = SessionLife.TestCase


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"ref": "a\0"}, "$.id"),
        ({"room": "\0"}, "$.room"),
        ({"user": {"id": "u\0", "name": "n", "roles": []}}, "$.user.id"),
        ({"parent": "p\0"}, "$.parent"),
    ],
)
def test_a_null_in_an_id_is_refused(change: dict[str, Any], field: str) -> None:
    """No database keeps U+0000: after a restart that user would be somebody else."""
    session = opened()
    refused = session.receive(encode(chat(**change)), 1.0)
    assert isinstance(refused, wire.Error)
    assert (refused.code, refused.message.endswith(f"`{field}`")) == ("bad_field", True)


def test_a_null_in_a_text_is_what_somebody_wrote() -> None:
    session = opened()
    assert isinstance(session.receive(encode(chat(text="a\0b")), 1.0), wire.Chat)


@pytest.mark.parametrize(
    ("skipped", "code"),
    [(b'"\xff"', "bad_utf8"), (b'"\xed\xa0\x80"', "bad_utf8"), (b"[" * 3000, "bad_json")],
)
def test_what_the_decoder_skips_is_read_when_a_null_is_looked_for(
    skipped: bytes, code: str
) -> None:
    """Such a frame once raised out of `receive`, and nobody was read any more."""
    frame = b'{"x":%b,"y":"\\u0000",%b' % (skipped, encode(chat())[1:])
    assert code_of(opened().receive(frame, 1.0)) == code
