"""Frames hold chat messages that a gateway reads, each with an id of its own."""

from __future__ import annotations

import msgspec
import pytest

from bench.load.messages import Messages, payloads, text_frame
from bench.shapes.scenario import Constant, Flow, ScenarioError, read_scenario, scenarios
from seawall import wire

DECODER = msgspec.json.Decoder(wire.ClientMessage)


def said(flow: Flow, count: int = 200, factor: float = 1.0) -> list[wire.ClientMessage]:
    made = Messages(flow, "a", "run", count, 7, factor)
    frames = b"".join(made.frame(place, place * 2) for place in range(count))
    return [DECODER.decode(payload) for payload in payloads(frames)]


@pytest.mark.parametrize("text", ["mixed", "ascii", "copypasta", "raid"])
def test_every_frame_is_a_chat_message_with_an_id_of_its_own(text: str) -> None:
    flow = msgspec.convert(
        {"name": "f", "arrivals": {"kind": "constant", "rate": 1}, "rooms": 3, "text": text}, Flow
    )
    chats = [each for each in said(flow) if isinstance(each, wire.Chat)]
    assert [each.id for each in chats] == [f"arun{place * 2:09d}" for place in range(200)]
    assert {each.room for each in chats} == {"r0", "r1", "r2"}
    assert text != "ascii" or all(each.text.isascii() for each in chats)
    assert text != "copypasta" or len({each.text for each in chats}) == 8


def test_flows_of_their_own_prefix_have_rooms_and_users_of_their_own() -> None:
    def names(flow: Flow) -> set[str]:
        chats = [each for each in said(flow) if isinstance(each, wire.Chat)]
        return {each.room for each in chats} | {each.user.id for each in chats}

    common = names(Flow("f", Constant(1), rooms=3, users=9))
    own = names(Flow("g", Constant(1), rooms=3, users=9, prefix="x-"))
    assert {f"x-{each}" for each in common} == own


def test_raiders_join_before_they_speak_and_say_nearly_the_same() -> None:
    flow = Flow("f", Constant(1), rooms=2, text="raid")
    heard = said(flow, 30)
    joined = [each.user.id for each in heard if isinstance(each, wire.Join)]
    spoke = [each.user.id for each in heard if isinstance(each, wire.Chat)]
    assert joined == list(dict.fromkeys(spoke))
    assert len(joined) == 10


def test_the_same_seed_says_the_same_and_more_load_is_more_people() -> None:
    flow = Flow("f", Constant(1), users=10)
    first, second = ([e.text for e in said(flow) if isinstance(e, wire.Chat)] for _ in "12")
    assert first == second
    once, thrice = (
        len({e.user.id for e in said(flow, 400, factor) if isinstance(e, wire.Chat)})
        for factor in (1.0, 3.0)
    )
    assert (once, thrice) == (10, 30)


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536])
def test_frames_of_every_length_are_read_back(size: int) -> None:
    assert list(payloads(text_frame(b"x" * size) + text_frame(b"y"))) == [b"x" * size, b"y"]


def test_recorded_texts_need_recorded_arrivals() -> None:
    with pytest.raises(ScenarioError, match="trace"):
        Messages(Flow("f", Constant(1), text="trace"), "a", "run", 1, 7)


@pytest.mark.parametrize("name", scenarios())
def test_the_scenarios_that_come_along_can_be_read(name: str) -> None:
    found = read_scenario(name)
    assert found.name == name
    assert found.about.endswith(".")
