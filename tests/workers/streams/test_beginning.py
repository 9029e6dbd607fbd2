"""What a worker is told before it serves, in whatever pieces it comes."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import msgspec
import pytest

from workers.streams.beginning import Beginning
from workers.streams.reports import Align, Serve
from workers.units import frame

SERVE = frame(msgspec.msgpack.encode(Serve()))


@pytest.fixture
def sockets() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


Pair = tuple[socket.socket, socket.socket]


def test_options_and_the_call_may_come_at_once(sockets: Pair) -> None:
    ours, theirs = sockets
    theirs.sendall(frame(b"options") + SERVE)
    beginning = Beginning(ours)
    assert beginning.options() == b"options"
    assert beginning.called()


def test_a_gateway_that_is_gone_calls_nobody(sockets: Pair) -> None:
    ours, theirs = sockets
    theirs.sendall(frame(b"options") + SERVE[:3])
    theirs.close()
    beginning = Beginning(ours)
    assert beginning.options() == b"options"
    assert not beginning.called()
    assert Beginning(ours).options() is None


def test_another_word_than_the_call_is_a_lie(sockets: Pair) -> None:
    ours, theirs = sockets
    theirs.sendall(frame(msgspec.msgpack.encode(Align(7, 1))))
    with pytest.raises(ValueError, match=r"."):
        Beginning(ours).called()
