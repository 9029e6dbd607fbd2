"""The view fits any terminal and shows what matters."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.cells import cell_len
from rich.console import Console

from gateway.demo.board import Board, Health
from gateway.demo.rows import Line, read_room
from gateway.demo.view import picture, render
from seawall import wire
from seawall.actions import Action, Target

WHY = [wire.Reason("flood-rule", "flood", "low")]


def busy() -> Board:
    board = Board(read_room(None, None))
    board.health = Health(True, "3f2a9bd1c0ffee00", ("state",), 96.0, "ready")
    for number, line in enumerate(board.room.lines[:120]):
        limits = [Action(Target("user", line.room, line.user.id), "slow", 60.0)]
        verdict = wire.Verdict("m", 0, "allow", ms={"total": 0.3})
        if number % 5 == 0:
            verdict = wire.Verdict("m", 0, "block", limits, WHY, ms={"total": 0.9})
        board.judged(line, verdict, number / 30, line.at)
    board.rounds = 1
    board.remark("command mute u1 for 30 s")
    return board


def drawn(board: Board, width: int, height: int, now: float = 30.0) -> list[str]:
    console = Console(width=width, height=height, file=StringIO(), record=True)
    console.print(render(board, now, width, height), height=height)
    return console.export_text().splitlines()


@pytest.mark.parametrize(("width", "height"), [(80, 24), (100, 30), (200, 60), (60, 16), (40, 12)])
def test_the_view_fits_the_terminal(width: int, height: int) -> None:
    lines = drawn(busy(), width, height)
    assert len(lines) == height
    assert {cell_len(line) for line in lines} == {width}


@pytest.mark.parametrize(("width", "height"), [(80, 24), (100, 30)])
def test_the_view_shows_what_matters(width: int, height: int) -> None:
    text = "\n".join(drawn(busy(), width, height))
    for part in ("SEAWALL", "btc-night", "╰ BLOCK", "flood-rule", "p50", "p99", "slow", "0:30"):
        assert part in text
    for part in ("gateway ready", "96 MB", "degraded: state", "quit", "command mute u1"):
        assert part in text


def test_a_run_with_one_verdict_is_drawn_once() -> None:
    board = Board(read_room(None, None))
    who = wire.Author("u1", "Ann", ["host", "vip"])
    for number in range(9):
        line = Line(0.0, "btc-night", who, f"buy {number}")
        board.judged(line, wire.Verdict("m", 0, "block", reasons=WHY), 1.0, 1.0)
    text = "\n".join(drawn(board, 80, 24))
    assert "⋮ 6 more before" in text
    assert "BLOCK ×9 flood-rule" in text
    assert "buy 8" in text
    assert "buy 5" not in text


def test_a_masked_message_is_shown_as_the_room_sees_it() -> None:
    board = Board(read_room(None, None))
    line = Line(0.0, "btc-night", wire.Author("u1", "Ann", []), "holy cow")
    board.judged(line, wire.Verdict("m", 0, "mask", reasons=WHY, text="holy ***"), 1.0, 1.0)
    text = "\n".join(drawn(board, 80, 24))
    assert "holy ***" in text
    assert "holy cow" not in text


def test_nothing_has_happened_yet() -> None:
    text = "\n".join(drawn(Board(read_room(None, None)), 80, 24, 0.0))
    assert "none yet" in text
    assert "gateway starting" in text


def test_strangers_cannot_write_outside_their_line() -> None:
    board = Board(read_room(None, None))
    evil = "\x1b[2J[bold red]x[/] \u202e\r\n" + "a\u0336\u0336\u0336\u0336" * 5
    line = Line(0.0, evil, wire.Author("u1", evil, []), evil)
    why = [wire.Reason(evil, "flood", "low")]
    limit = [Action(Target("user", "r", evil), "mute", 60.0)]
    board.judged(line, wire.Verdict("m", 0, "block", limit, why), 1.0, 1.0)
    lines = drawn(board, 100, 30)
    assert "\x1b" not in "".join(lines)
    assert "[bold red]" in "".join(lines)
    assert len(lines) == 30


def test_paused_and_repeated_is_said() -> None:
    board = busy()
    board.paused, board.rounds = True, 3
    text = "\n".join(drawn(board, 100, 30))
    assert "paused" in text
    assert "round 3" in text


def test_the_picture_is_an_image() -> None:
    image = picture(busy(), 30.0)
    assert image.startswith("<svg")
    assert "SEAWALL" in image
    assert "url(http" not in image  # it loads nothing from afar
