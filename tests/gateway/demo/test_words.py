"""Nobody in a chat can steer the terminal of whoever watches the demo."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, strategies as st

from gateway.demo.board import Judged
from gateway.demo.rows import Line
from gateway.demo.words import because, clock, legible, plain
from seawall import wire
from seawall.actions import Action, Target

WHO = wire.Author("u1", "Ann", [])
INSULT = [wire.Reason("insult", "harassment", "medium"), wire.Reason("insult", "harassment", "low")]


@given(text=st.text())
def test_what_is_shown_steers_nothing(text: str) -> None:
    shown = legible(text)
    kinds = {unicodedata.category(char) for char in shown.replace("\u200d", "")}
    assert not kinds & {"Cc", "Cf", "Cs", "Zl", "Zp"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("two\nlines\ttab", "two lines tab"),
        ("\x1b[31mred\x1b]0;title\x07", "·[31mred·]0;title·"),
        ("abc\u202etxt.exe", "abc·txt.exe"),
        ("e\u0301te\u0301", "e\u0301te\u0301"),
        ("z" + "\u0336" * 50 + "a", "z\u0336\u0336a"),
        ("👨\u200d👩\u200d👧 家", "👨\u200d👩\u200d👧 家"),
    ],
)
def test_text_stays_legible(text: str, shown: str) -> None:
    assert legible(text) == shown


def judged(action: str, reasons: list[wire.Reason], text: str | None = None) -> Judged:
    verdict = wire.Verdict("m", 0, action, reasons=reasons)
    if text is not None:
        verdict = wire.Verdict("m", 0, action, reasons=reasons, text=text)
    return Judged(1.0, Line(0.0, "r1", WHO, "you\x1b fool"), verdict, 1.25)


def test_a_plain_line_tells_all() -> None:
    assert plain(judged("allow", []), 61.0) == "  1:01  allow      r1 Ann: you· fool"
    assert plain(judged("block", INSULT), 1.0) == (
        "  0:01  BLOCK      r1 Ann: you· fool  [insult · harassment · 1.2 ms]"
    )
    assert "FLAGGED" in plain(judged("allow", INSULT), 1.0)
    assert "you ****" in plain(judged("mask", INSULT, "you ****"), 1.0)
    assert plain("command mute u1", 2.0) == "  0:02  »          command mute u1"


def test_reasons_are_named_once() -> None:
    assert because(judged("block", INSULT)) == "insult · harassment · 1.2 ms"
    assert because(judged("block", [])) == "1.2 ms"


def test_of_many_reasons_the_first_is_named_and_the_others_counted() -> None:
    reasons = [*INSULT, wire.Reason("flood-rule", "flood", "low")]
    assert because(judged("hold", reasons)) == "insult · harassment · +1 · 1.2 ms"


def test_what_falls_on_the_user_is_said() -> None:
    target = Target("user", "r1", "u1")
    actions = [Action(target, "slow", 30.0), Action(target, "care")]
    verdict = wire.Verdict("m", 0, "block", actions, INSULT)
    entry = Judged(1.0, Line(0.0, "r1", WHO, "x"), verdict, 1.25)
    assert because(entry) == "insult · harassment · slow 30 s · care · 1.2 ms"


def test_clocks() -> None:
    assert [clock(each) for each in (0, 59.9, 60, 3601)] == ["0:00", "0:59", "1:00", "60:01"]
