"""Whatever a gateway says, the client's side of the conversation stays whole."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, strategies as st

from seawall import wire
from seawall.actions import Target
from seawall.dialogue import Dialogue, End
from seawall.errors import HandshakeRefused, NotConnected, WireError

ANN = wire.Author("u1", "Ann", [])
LIMITS = wire.Limits(16_384, 262_144, 256, 8, 1000.0)
MUTE = wire.Command("c1", 1, "mute", Target("user", "r1", "u1"), 60.0)


def hello(session: str = "s1", on_timeout: str = "allow", inflight: int = 8) -> bytes:
    limits = msgspec.structs.replace(LIMITS, inflight=inflight)
    budgets = {"chat": wire.Budget(50.0, on_timeout)}
    memory = wire.Memory(120.0, 1)
    return msgspec.json.encode(wire.HelloReply(session, 1, "p1", budgets, limits, memory, []))


def greeted(on_timeout: str = "allow") -> Dialogue:
    talk = Dialogue("chat-1", ["*"])
    talk.greeted(hello(on_timeout=on_timeout))
    return talk


def chat(id: str = "m1") -> wire.Chat:
    return wire.Chat(id, "r1", ANN, "hello", 1.0, "chat")


def asked(talk: Dialogue, *ids: str, group: int = 0) -> None:
    for id in ids:
        talk.ledger.open((id, 0), msgspec.json.encode(chat(id)), group)
    while talk.next_frame() is not None:
        pass


def sent(talk: Dialogue) -> list[wire.ClientMessage]:
    frames = []
    while (frame := talk.next_frame()) is not None:
        frames.append(msgspec.json.decode(frame.data, type=wire.ClientMessage))
    return frames


def test_a_new_connection_resumes_the_session_before() -> None:
    talk = greeted()
    assert sent(talk) == []
    talk.greeted(hello("s2", inflight=2))
    assert sent(talk) == [wire.Resume("s1")]
    assert talk.ledger.inflight == 2


def test_a_refused_hello_is_final_unless_the_gateway_is_only_busy() -> None:
    with pytest.raises(HandshakeRefused, match="bad_field"):
        Dialogue("s", ["*"]).greeted(
            b'{"type":"error","ref":null,"rev":null,"code":"bad_field","message":"x"}'
        )
    with pytest.raises(NotConnected):
        Dialogue("s", ["*"]).greeted(
            b'{"type":"error","ref":null,"rev":null,"code":"overloaded","message":"x"}'
        )
    with pytest.raises(NotConnected):
        Dialogue("s", ["*"]).greeted(b"what?")


def test_verdicts_come_alone_or_together_and_each_counts_once() -> None:
    talk = greeted()
    asked(talk, "a", "b", "c")
    allow = [wire.Verdict(name, 0, "allow") for name in "abc"]
    assert talk.received(msgspec.json.encode(allow[0])) == [(("a", 0), allow[0])]
    together = msgspec.json.encode(wire.Verdicts(allow))
    assert talk.received(together) == [(("b", 0), allow[1]), (("c", 0), allow[2])]
    assert talk.received(together) == []
    assert (talk.counts.answered, talk.counts.stray) == (3, 4)


def test_an_error_goes_to_the_message_it_is_about() -> None:
    talk = greeted()
    asked(talk, "a")
    error = wire.Error("a", None, "too_large", "no")
    assert talk.received(msgspec.json.encode(error)) == [(("a", 0), error)]
    assert talk.received(msgspec.json.encode(error)) == [error]
    with pytest.raises(WireError, match="too_large"):
        talk.verdict(chat("a"), error, "allow")


def test_a_batch_refused_for_one_is_asked_again_for_the_others() -> None:
    talk = greeted()
    asked(talk, "a", "b", "c", group=1)
    talk.received(msgspec.json.encode(wire.Error("b", 0, "not_allowed", "no")))
    assert sent(talk) == [chat("a"), chat("c")]


def test_busy_gateways_make_no_verdict() -> None:
    talk = greeted()
    verdict = talk.verdict(chat(), wire.Error("m1", 0, "overloaded", "later"), "block")
    assert (verdict.action, verdict.late, verdict.reasons[0].rule) == (
        "block",
        True,
        "client.overloaded",
    )
    assert talk.verdict(chat(), End.TIMEOUT, "allow").reasons[0].rule == "client.timeout"
    assert talk.counts.unchecked == 2


@pytest.mark.parametrize(
    ("told", "done"), [("allow", "allow"), ("hold", "block"), ("block", "block")]
)
def test_policy_says_what_silence_means(told: str, done: str) -> None:
    assert greeted(told).terms(chat()) == (0.1, done)


def test_without_a_budget_there_is_still_a_timer() -> None:
    assert Dialogue("s", ["*"]).terms(chat()) == (0.1, "allow")
    assert greeted().terms(wire.Profile("p", wire.Named("u", "Ann"), 1.0)) == (0.1, "allow")


def test_commands_are_confirmed_before_messages_go_out() -> None:
    talk = greeted()
    talk.ledger.open(("m1", 0), msgspec.json.encode(chat()))
    assert talk.received(msgspec.json.encode(MUTE)) == [MUTE]
    assert talk.is_due(MUTE, 1.0)
    talk.done(MUTE, 2.0)
    assert not talk.is_due(MUTE, 3.0)
    talk.failed(MUTE, "no such user")
    assert sent(talk) == [
        wire.Done("c1", 2.0),
        wire.Done("c1", 3.0),
        wire.Failed("c1", "no such user"),
        chat(),
    ]


def test_goodbye_says_when_to_come_back() -> None:
    talk = greeted()
    assert talk.received(b'{"type":"bye","why":"rate","retry_after":2.5}') == []
    assert talk.retry_after_s == 2.5
    talk.received(b'{"type":"bye","why":"draining","retry_after":null}')
    assert talk.retry_after_s == 0.0


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"\xff\xfe",
        b"null",
        b"[" * 100_000,
        b'{"type":"verdict"}',
        b'{"type":"telepathy","id":"m1"}',
        b'{"type":"telepathy","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"type":"ack","ref":"\xff"}',
        b'{"type":"command","id":"c","seq":1e999,"kind":"mute","target":{"kind":"user"}}',
    ],
)
def test_what_cannot_be_read_is_counted_and_ignored(frame: bytes) -> None:
    talk = greeted()
    assert talk.received(frame) == []
    assert talk.counts.unreadable == 1


@given(frame=st.binary(max_size=300))
def test_no_bytes_break_the_conversation(frame: bytes) -> None:
    talk = greeted()
    asked(talk, "a")
    talk.received(frame)
    assert talk.received(msgspec.json.encode(wire.Verdict("a", 0, "block")))
