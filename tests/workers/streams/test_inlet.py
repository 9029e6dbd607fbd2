"""A decoder's end of its socket: bytes come in order, what was dropped is said, the end is seen."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from threading import Thread

import msgspec
import pytest

from media.source import Piece
from workers.streams.inlet import GatewayGone, Inlet
from workers.streams.units import (
    Bytes,
    Finish,
    FromDecoder,
    Hearing,
    Missed,
    Pace,
    Sampling,
    Start,
    ToDecoder,
    Took,
)
from workers.units import cut, frame

START = Start(7, "mpegts", Sampling(), Hearing())
DECODE = msgspec.msgpack.Decoder(FromDecoder).decode


class Gateway:
    """The other end, and what the inlet says of being alive."""

    def __init__(self, most_bytes: int = 1 << 20) -> None:
        ours, self.sock = socket.socketpair()
        self.sock.settimeout(5)
        self.ours = ours
        self.alive: list[bool] = []
        self.inlet = Inlet(ours, self.alive.append, most_bytes)

    def say(self, *said: ToDecoder) -> None:
        self.sock.sendall(b"".join(frame(msgspec.msgpack.encode(each)) for each in said))

    def heard(self) -> list[FromDecoder]:
        return [DECODE(body) for body in cut(bytearray(self.sock.recv(1 << 16)))]

    def close(self) -> None:
        self.sock.close()
        self.ours.close()


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    made = Gateway()
    yield made
    made.close()


def bytes_of(seq: int, data: bytes = b"x" * 100, gap: bool = False) -> Bytes:
    return Bytes(seq, 1000.0 + seq, data, gap)


def test_pieces_come_in_order_and_are_taken(gateway: Gateway) -> None:
    gateway.say(START, bytes_of(1, b"one"), bytes_of(2, b"two", gap=True), Finish())
    assert gateway.inlet.start(5.0) == START
    assert gateway.inlet.next() == Piece(1001.0, b"one")
    assert gateway.inlet.next() == Piece(1002.0, b"two", gap=True)
    assert gateway.inlet.next() is None
    assert gateway.inlet.finished
    assert gateway.heard() == [Took(2, 6)]


def test_what_was_read_is_said_once_it_is_much() -> None:
    gateway = Gateway()
    gateway.say(START, bytes_of(1, b"x" * 60_000), bytes_of(2, b"x" * 10_000), bytes_of(3))
    gateway.inlet.start(5.0)
    for _ in range(3):
        gateway.inlet.next()
    assert gateway.heard() == [Took(2, 70_000)]
    gateway.inlet.say(Missed("frames", 0.0, 1.0, "late"))
    assert gateway.heard() == [Took(3, 100), Missed("frames", 0.0, 1.0, "late")]
    gateway.close()


def test_what_was_read_is_said_before_long(gateway: Gateway) -> None:
    gateway.say(START, bytes_of(1))
    gateway.inlet.start(5.0)
    gateway.inlet.next()
    waiting = Thread(target=gateway.inlet.next)
    waiting.start()
    assert gateway.heard() == [Took(1, 100)]  # though no other piece comes
    gateway.say(Finish())
    waiting.join(5.0)


def test_it_says_that_it_waits_before_it_does(gateway: Gateway) -> None:
    gateway.say(START)
    gateway.inlet.start(5.0)
    gateway.alive.clear()
    gateway.say(bytes_of(1))
    assert gateway.inlet.next() is not None
    assert gateway.alive[0] is True
    assert gateway.alive[-1] is True
    gateway.say(Finish())
    assert gateway.inlet.next() is None


def test_the_first_frame_must_be_a_start(gateway: Gateway) -> None:
    gateway.say(bytes_of(1))
    with pytest.raises(ValueError, match="start"):
        gateway.inlet.start(5.0)


def test_garbage_is_refused(gateway: Gateway) -> None:
    gateway.sock.sendall(frame(b"\xc1garbage"))
    with pytest.raises(ValueError, match=r"."):
        gateway.inlet.start(5.0)


def test_a_gateway_that_says_nothing_or_hangs_up_is_gone(gateway: Gateway) -> None:
    with pytest.raises(GatewayGone):
        gateway.inlet.start(0.01)
    gateway.say(START)
    gateway.inlet.start(5.0)
    gateway.sock.close()
    assert gateway.inlet.next() is None  # whoever asks is the demuxer: it drops what is raised
    assert not gateway.inlet.finished
    assert gateway.inlet.next() is None
    with pytest.raises(GatewayGone):
        gateway.inlet.turn()
    with pytest.raises(GatewayGone):
        gateway.inlet.say(Took(1, 1))


def test_beyond_its_bound_the_oldest_are_dropped_and_said_to_be() -> None:
    gateway = Gateway(most_bytes=250)
    gateway.say(START, *(bytes_of(n) for n in range(1, 6)), Finish())
    gateway.inlet.start(5.0)
    assert gateway.inlet.dropped == [(1001.0, 1002.0), (1002.0, 1003.0), (1003.0, 1004.0)]
    assert gateway.inlet.next() == Piece(1004.0, b"x" * 100, gap=True)
    assert gateway.inlet.next() == Piece(1005.0, b"x" * 100)
    assert gateway.inlet.next() is None
    assert gateway.heard() == [Took(5, 500)], "credit comes back all the same"
    gateway.close()


def test_one_large_piece_is_kept_whatever_the_bound() -> None:
    gateway = Gateway(most_bytes=10)
    gateway.say(START, bytes_of(1, b"y" * 5000))
    gateway.inlet.start(5.0)
    assert gateway.inlet.next() == Piece(1001.0, b"y" * 5000)
    gateway.close()


def test_pace_is_heard_between_two_packets(gateway: Gateway) -> None:
    gateway.say(START)
    gateway.inlet.start(5.0)
    gateway.say(Pace(True))
    gateway.inlet.turn(always=True)
    assert gateway.inlet.promoted
    gateway.say(Pace(False))
    gateway.inlet.turn(always=True)
    assert not gateway.inlet.promoted


def test_the_age_of_what_is_read_counts_its_wait_here(gateway: Gateway) -> None:
    gateway.say(START, bytes_of(1), bytes_of(2))
    gateway.inlet.start(5.0)
    before = time.monotonic()
    gateway.inlet.next()
    gateway.inlet.next()
    first = gateway.inlet.age_s
    while time.monotonic() - before < 0.02:
        gateway.inlet.turn()
    assert gateway.inlet.age_s >= first + 0.01


class Lines:
    """What a decoder serves besides: a socket that something lies in."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.turns = 0

    def descriptors(self) -> list[tuple[int, int]]:
        return [(self.sock.fileno(), 1)]

    def turn(self, now: float) -> None:
        self.turns += 1


def test_other_lines_are_served_while_nothing_comes(gateway: Gateway) -> None:
    gateway.say(START)
    gateway.inlet.start(5.0)
    ours, theirs = socket.socketpair()

    class Served(Lines):
        def turn(self, now: float) -> None:
            super().turn(now)
            if self.turns == 3:
                gateway.say(Finish())

    served = Served(ours)
    gateway.inlet.served = served
    with ours, theirs:
        theirs.sendall(b"!")
        assert gateway.inlet.next() is None
    assert served.turns >= 3
