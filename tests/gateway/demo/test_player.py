"""The player asks for every message at its moment and obeys what comes back."""

from __future__ import annotations

import asyncio
import time

import pytest

from gateway.demo.board import Board, Judged
from gateway.demo.player import Player
from gateway.demo.rows import Line, Room
from seawall import wire
from seawall.actions import Target
from tests.seawall.scripted import Link, gateway, join, until

WHO = wire.Author("u1", "Ann", [])


def room(count: int, gap: float = 0.0) -> Board:
    lines = [Line(number * gap, "r1", WHO, f"message {number}") for number in range(count)]
    return Board(Room("file", tuple(lines)))


async def allow_all(link: Link) -> None:
    await link.greet()
    while True:
        await link.allow()


async def test_every_message_is_asked_once_and_shown() -> None:
    board = room(30)
    told: list[Judged | str] = []
    player = Player(board, 1.0, told.append)
    async with gateway(allow_all) as uri, join(uri) as sea:
        await player.play(sea, repeat=False)
    assert board.counts == {"allow": 30}
    assert sorted(str(e.line.text) for e in told if isinstance(e, Judged)) == sorted(
        line.text for line in board.room.lines
    )
    assert board.latency_ms(0.5) > 0


@pytest.mark.parametrize("pace", [1.0, 4.0])
async def test_messages_come_at_their_pace(pace: float) -> None:
    board = room(5, gap=0.1)
    async with gateway(allow_all) as uri, join(uri) as sea:
        began = time.monotonic()
        await Player(board, pace).play(sea, repeat=False)
        assert time.monotonic() - began >= 0.4 / pace


async def test_repeating_uses_new_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.demo.player.BREATH_S", 0.01)
    ids: list[str] = []

    async def script(link: Link) -> None:
        await link.greet()
        while True:
            ids.append((await link.allow()).id)

    board = room(3)
    async with gateway(script) as uri, join(uri) as sea:
        playing = asyncio.create_task(Player(board, 1.0).play(sea, repeat=True))
        await until(lambda: board.rounds >= 3 and len(ids) >= 7)
        playing.cancel()
        await asyncio.wait([playing])
    assert len(set(ids)) == len(ids)


async def test_commands_and_holds_are_obeyed_and_shown() -> None:
    board = room(1)
    player = Player(board, 1.0)
    done: list[str] = []

    async def script(link: Link) -> None:
        await link.greet()
        await link.tell(
            wire.Command("c1", 1, "mute", Target("user", "r1", "u1"), 30.0),
            wire.Hold("demo-1-7", 0, "denied"),
        )
        done.append((await link.next(wire.Done)).command)
        await link.rest()

    async with gateway(script) as uri, join(uri, on_command=player.obey, on_hold=player.hear):
        await until(lambda: bool(done) and len(board.lines) == 2)
    assert list(board.lines) == ["command mute u1 for 30 s", "hold of message 7: denied"]
    assert [force.kind for force in board.in_force(player.now())] == ["mute"]


async def test_what_is_about_a_stream_is_left_to_whoever_sends_it() -> None:
    board = room(1)
    failed: list[str] = []

    async def script(link: Link) -> None:
        await link.greet()
        await link.tell(wire.Command("c1", 1, "cut", Target("stream", "r1", "s1")))
        failed.append((await link.next(wire.Failed)).command)
        await link.rest()

    async with gateway(script) as uri, join(uri, on_command=Player(board, 1.0).obey):
        await until(lambda: bool(failed))
    assert not board.lines


async def test_a_message_no_gateway_would_take_is_only_remarked() -> None:
    bad = Line(0.0, "r" * 200, WHO, "x")
    board = Board(Room("file", (bad,)))
    async with gateway(allow_all) as uri, join(uri) as sea:
        await Player(board, 1.0).play(sea, repeat=False)
    assert board.played == 0
    assert str(board.lines[0]).startswith("refused: bad_field")


async def test_a_pause_stops_the_clock_and_the_messages() -> None:
    board = room(100, gap=0.02)
    player = Player(board, 1.0)
    async with gateway(allow_all) as uri, join(uri) as sea:
        playing = asyncio.create_task(player.play(sea, repeat=False))
        await until(lambda: board.played >= 3)
        player.pause()
        stopped = player.now()
        await asyncio.sleep(0.1)  # what must not happen has no event to wait for
        assert player.now() == stopped
        assert board.paused
        assert board.played <= 5 + stopped / 0.02
        player.pause()
        await playing
    assert board.played == 100
