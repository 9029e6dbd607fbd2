"""A binary frame is a header and bytes; anything else is refused with a code."""

from __future__ import annotations

import struct

import msgspec
import pytest
from hypothesis import given, strategies as st

from seawall import wire
from seawall.binary import HEADER_BYTES, Piece, pack, parse
from seawall.session import Close, Session, SessionLimits


@given(
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**40),
    st.integers(0, 2**64 - 1),
    st.binary(min_size=1, max_size=64),
)
def test_what_is_packed_is_parsed(handle: int, seq: int, at: int, payload: bytes) -> None:
    data = pack(handle, seq, at, payload)
    piece = parse(data)
    assert piece == Piece(handle, seq % 2**32, at)
    assert isinstance(piece, Piece)
    assert data[piece.offset :] == payload


def test_the_header_is_what_the_wire_says() -> None:
    assert pack(1, 2, 3, b"x") == struct.pack(">IIQ", 1, 2, 3) + b"x"
    assert HEADER_BYTES == 16


@given(st.binary(max_size=200))
def test_any_bytes_are_a_piece_or_an_error(data: bytes) -> None:
    found = parse(data)
    assert isinstance(found, wire.Error) == (len(data) <= HEADER_BYTES)


def greeted(role: str = "server", limits: SessionLimits | None = None) -> Session:
    session = Session(limits or SessionLimits(), role, 0.0)
    session.receive(msgspec.json.encode(wire.Hello("s1", ["r1"])), 0.0)
    session.opened()
    return session


def test_a_piece_is_taken_from_a_server_that_said_hello() -> None:
    assert greeted().piece(pack(1, 0, 0, b"x"), 0.0) == Piece(1, 0, 0)
    early = Session(SessionLimits(), "server", 0.0).piece(pack(1, 0, 0, b"x"), 0.0)
    assert isinstance(early, wire.Error)
    assert early.code == "hello_first"
    other = greeted("observer").piece(pack(1, 0, 0, b"x"), 0.0)
    assert isinstance(other, wire.Error)
    assert other.code == "not_allowed"


def test_a_piece_that_is_too_large_too_short_or_too_many_is_refused() -> None:
    session = greeted(limits=SessionLimits(media_bytes=64, burst=4.0, rate=0.5))
    assert session.piece(bytes(65), 0.0) == Close(1009, "too_large")
    short = session.piece(b"short", 0.0)
    assert isinstance(short, wire.Error)
    assert short.code == "bad_field"
    codes = [session.piece(pack(1, n, 0, b"x"), 0.0) for n in range(4)]
    assert isinstance(codes[-1], wire.Error)
    assert codes[-1].code == "rate"


@pytest.mark.parametrize("rooms", [["r1"], ["*"]])
def test_a_stream_is_opened_in_a_room_of_hello(rooms: list[str]) -> None:
    session = Session(SessionLimits(), "server", 0.0)
    session.receive(msgspec.json.encode(wire.Hello("s1", rooms)), 0.0)
    session.opened()
    opening = wire.StreamOpen("o1", "live", "r2", wire.User("u1"), "webm")
    found = session.receive(msgspec.json.encode(opening), 0.0)
    if rooms == ["*"]:
        assert found == opening
    else:
        assert isinstance(found, wire.Error)
        assert (found.ref, found.code) == ("o1", "not_allowed")


def test_a_key_that_is_no_servers_opens_and_closes_no_stream() -> None:
    session = greeted("observer")
    for message in (
        wire.StreamOpen("o1", "live", "r1", wire.User("u1"), "webm"),
        wire.StreamStat("live", 3),
        wire.StreamClose("live"),
    ):
        found = session.receive(msgspec.json.encode(message), 0.0)
        assert isinstance(found, wire.Error)
        assert found.code == "not_allowed"
        assert found.ref in ("o1", "live")


def test_codecs_are_bounded() -> None:
    raw = {
        "type": "stream.open",
        "id": "o1",
        "stream": "live",
        "room": "r1",
        "user": {"id": "u1"},
        "container": "webm",
        "codecs": ["x"] * 33,
    }
    found = greeted().receive(msgspec.json.encode(raw), 0.0)
    assert isinstance(found, wire.Error)
    assert found.code == "bad_field"
