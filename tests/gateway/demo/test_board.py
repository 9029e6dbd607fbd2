"""The board counts what happened, and forgets what ended."""

from __future__ import annotations

import pytest

from gateway.demo.board import KEPT_LINES, Board, Force, outcome_of
from gateway.demo.rows import Line, Room
from seawall import wire
from seawall.actions import Action, Target

WHO = wire.Author("u1", "Ann", [])
LINE = Line(0.0, "r1", WHO, "hello")
USER = Target("user", "r1", "u1")
ROOM = Target("room", "r1")
WHY = [wire.Reason("flood-rule", "flood", "low")]
CLIENTS = [wire.Reason("client.timeout", "unchecked", "low", detector="client")]


def board() -> Board:
    return Board(Room("file", (LINE,)))


@pytest.mark.parametrize(
    ("verdict", "outcome"),
    [
        (wire.Verdict("m", 0, "allow"), "allow"),
        (wire.Verdict("m", 0, "allow", reasons=WHY), "flagged"),
        (wire.Verdict("m", 0, "mask", reasons=WHY), "mask"),
        (wire.Verdict("m", 0, "hold", reasons=WHY), "hold"),
        (wire.Verdict("m", 0, "block", reasons=WHY), "block"),
        (wire.Verdict("m", 0, "remove", reasons=WHY), "block"),
        (wire.Verdict("m", 0, "allow", reasons=WHY, late=True), "unchecked"),
        (wire.Verdict("m", 0, "block", reasons=CLIENTS, late=True), "unchecked"),
        (wire.Verdict("m", 0, "hold", reasons=WHY, late=True), "hold"),
    ],
)
def test_what_became_of_a_message(verdict: wire.Verdict, outcome: str) -> None:
    assert outcome_of(verdict) == outcome


def test_limits_are_in_force_until_they_run_out_or_are_taken_back() -> None:
    seen = board()
    slow = wire.Verdict("m", 0, "block", [Action(USER, "slow", 30.0)], WHY)
    seen.judged(LINE, slow, 1.0, 10.0)
    seen.commanded(wire.Command("c1", 1, "slow_all", ROOM, 5.0), 11.0)
    seen.commanded(wire.Command("c2", 2, "locked", ROOM), 11.0)
    assert seen.in_force(12.0) == [
        Force("slow_all", "r1", 16.0),
        Force("slow", "u1", 40.0),
        Force("locked", "r1", None),
    ]
    assert seen.in_force(12.0)[0].left_s(12.0) == 4.0
    assert seen.in_force(12.0)[2].left_s(12.0) is None
    assert [force.kind for force in seen.in_force(16.0)] == ["slow", "locked"]
    assert seen.commanded(wire.Command("c3", 3, "locked", ROOM, 0.0), 17.0) == (
        "command locked r1 for 0 s"
    )
    assert seen.in_force(50.0) == []


def test_a_command_that_only_prolongs_is_not_told_again() -> None:
    seen = board()
    assert seen.commanded(wire.Command("c1", 1, "slow", USER, 30.0), 1.0) is not None
    assert seen.commanded(wire.Command("c2", 2, "slow", USER, 30.0), 5.0) is None
    assert [force.until for force in seen.in_force(6.0)] == [35.0]
    assert seen.commanded(wire.Command("c3", 3, "slow", USER, 30.0), 36.0) is not None
    assert seen.commands == {"slow": 3}


def test_what_passes_at_once_is_not_in_force() -> None:
    seen = board()
    for kind in ("care", "warn", "kick"):
        seen.commanded(wire.Command("c", 1, kind, USER), 1.0)
    seen.commanded(wire.Command("c", 1, "remove", Target("message", "r1", "m1")), 1.0)
    assert seen.in_force(1.0) == []


def test_percentiles_are_of_real_verdicts_only() -> None:
    seen = board()
    assert seen.latency_ms(0.5) == 0.0
    for ms in range(1, 101):
        verdict = wire.Verdict("m", 0, "allow", ms={"total": ms / 10})
        seen.judged(LINE, verdict, float(ms), 1.0)
    seen.judged(LINE, wire.Verdict("m", 0, "allow", late=True), 9999.0, 1.0)
    assert (seen.latency_ms(0.5), seen.latency_ms(0.99), seen.latency_ms(1.0)) == (51, 100, 100)
    assert seen.latency_ms(0.5, inside=True) == 5.1
    assert seen.recent_ms(3) == [98, 99, 100]
    assert seen.recent_ms(0) == []


def test_the_summary_says_it_in_lines() -> None:
    seen = Board(Room("file", (LINE,), skipped=2))
    assert next(iter(seen.summary(1.0))) == "0 messages in 1 s from file: none"
    seen.judged(LINE, wire.Verdict("m", 0, "block", reasons=WHY, ms={"total": 0.5}), 2.0, 1.0)
    seen.judged(LINE, wire.Verdict("m", 0, "allow"), 2.0, 1.0)
    seen.commanded(wire.Command("c1", 1, "mute", USER, 5.0), 11.0)
    text = "\n".join(seen.summary(60.0))
    for part in ("2 messages in 60 s", "1 allow · 1 block", "p50 2.0 ms", "0.50 ms", "1 mute"):
        assert part in text
    assert "1 × flood-rule  (flood)" in text
    assert "2 rows" in text


def test_what_is_kept_is_bounded() -> None:
    seen = board()
    for _ in range(KEPT_LINES + 50):
        seen.remark("x")
    assert len(seen.lines) == KEPT_LINES
