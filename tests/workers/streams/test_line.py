"""A line to a worker that may be slow, deaf or gone."""

from __future__ import annotations

import socket
from pathlib import Path

from workers.streams.line import Line
from workers.units import cut, frame


class Told:
    def __init__(self, path: str, most: int = 1 << 20) -> None:
        self.sent: list[str] = []
        self.lost: list[tuple[str, str]] = []
        self.line = Line[str](
            path, lambda: (frame(b"hello"), []), self.sent.append,
            lambda about, cause: self.lost.append((about, cause)), most,
        )  # fmt: skip


def listener(path: Path) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX)
    sock.bind(str(path))
    sock.listen(4)
    sock.settimeout(5)
    return sock


def test_it_greets_sends_and_hears(tmp_path: Path) -> None:
    with listener(tmp_path / "door") as door:
        told = Told(str(tmp_path / "door"))
        told.line.turn(0.0)
        assert told.line.up
        assert told.line.send(frame(b"one"), "one")
        peer, _ = door.accept()
        with peer:
            assert cut(bytearray(peer.recv(100))) == [b"hello", b"one"]
            assert told.sent == ["one"]
            peer.sendall(frame(b"back"))
            assert told.line.turn(0.1) == [b"back"]
        told.line.close()


def test_where_nobody_is_it_says_so_and_tries_again(tmp_path: Path) -> None:
    told = Told(str(tmp_path / "door"))
    told.line.turn(0.0)
    assert not told.line.send(frame(b"one"), "one")
    with listener(tmp_path / "door") as door:
        told.line.turn(0.001)
        assert not told.line.up, "it waits before it tries again"
        told.line.turn(1.0)
        assert told.line.up
        assert told.line.lives == 1
        peer, _ = door.accept()
        peer.close()
        told.line.turn(1.1)
        assert not told.line.up
        told.line.turn(3.0)
        assert told.line.lives == 2
    told.line.close()


def test_it_never_waits_long_before_it_tries_again(tmp_path: Path) -> None:
    told = Told(str(tmp_path / "door"))
    for n in range(40):
        told.line.turn(float(n))
    with listener(tmp_path / "door"):
        told.line.turn(39.26)
        assert told.line.up
        told.line.close()


def test_a_peer_that_does_not_read_costs_the_oldest(tmp_path: Path) -> None:
    with listener(tmp_path / "door"):
        told = Told(str(tmp_path / "door"), most=100_000)
        told.line.turn(0.0)
        for n in range(200):
            told.line.send(frame(bytes(10_000)), str(n))
        lost = [about for about, cause in told.lost if cause == "full"]
        assert 100 < len(lost) < 200
        assert len(told.sent) + len(lost) + 11 >= 200
        assert lost == sorted(lost, key=int)
        told.line.close()
        assert {cause for _, cause in told.lost} == {"full", "down"}
        assert len(told.sent) + len(told.lost) == 200
