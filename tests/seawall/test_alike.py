"""What is one incident: copies of a text, a raid, a stream's category, reports of one target."""

from __future__ import annotations

from hypothesis import given, strategies as st

from seawall.alike import (
    alike,
    alike_command,
    alike_fault,
    alike_report,
    alike_stream,
    named,
)
from seawall.events import Joined, Message, User
from seawall.fold import fold
from seawall.taxonomy import Severity
from seawall.verdicts import Finding

LONG = "Claim your free tokens at my page before midnight"


def said(text: str = LONG, user: str = "ann", room: str = "r", stream: str = "") -> Message:
    return Message("t", "m", room, User(user), text, 1.0, 1.0, stream=stream)


def finding(rule: str = "scam", detector: str = "lexicon", category: str = "spam") -> Finding:
    return Finding(rule, category, Severity.HIGH, (), detector)


def test_copies_of_a_text_are_one_over_rooms_and_people() -> None:
    first = alike(said(), finding())
    assert first == alike(said(LONG.upper() + "!!!", "bob", "s"), finding())
    assert first == alike(said(), finding(), fold(LONG))
    assert first != alike(said(), finding("another"))
    assert first != alike(said(LONG + " and never come back"), finding())


def test_small_talk_is_one_for_each_user_rule_and_room() -> None:
    short = said("you fool")
    assert alike(short, finding()) == alike(said("idiot"), finding())
    for other in (said("you fool", "bob"), said("you fool", room="s")):
        assert alike(short, finding()) != alike(other, finding())
    assert alike(short, finding()) != alike(short, finding("another"))


def test_a_raid_is_one_for_each_window_and_room() -> None:
    over = finding("raid", "window")
    raid = alike(said("hello", "ann"), over)
    assert raid == alike(said(LONG, "bob"), over)
    assert raid == alike(Joined("t", "r", User("eve"), 2.0), over)
    assert raid != alike(said(room="s"), over)
    assert raid != alike(said(), finding("flood", "window"))


def test_a_streams_category_is_one_seen_or_heard() -> None:
    seen = alike(said("one thing", stream="live"), finding())
    assert seen == alike(said("another", "bob", stream="live"), finding("another"))
    assert seen == alike_stream("live", "spam")
    assert seen != alike(said(stream="live"), finding(category="sexual"))
    assert seen != alike(said(stream="other"), finding())


def test_what_is_reported_failed_or_down_has_names_of_its_own() -> None:
    names = {alike_report("x"), alike_fault("x"), alike_command("x", ""), alike_stream("x", "")}
    assert len(names) == 4
    assert alike_report("x") == alike_report("x")


@given(st.lists(st.text(max_size=5), max_size=4), st.lists(st.text(max_size=5), max_size=4))
def test_other_parts_have_another_name(one: list[str], other: list[str]) -> None:
    assert (named("k", *one) == named("k", *other)) is (one == other)


@given(st.text())
def test_a_name_is_short_and_tells_nothing(text: str) -> None:
    name = alike(said(text, "somebody-in-particular"), finding())
    assert name.isascii()
    assert len(name) == 26
    assert "somebody" not in name
