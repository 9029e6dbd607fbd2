"""Choices follow from what a case is about; each target is hit once, the house is left out."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from gateway.cases.drafts import Line, opened
from gateway.deciding.recipes import MOST_STEPS, Recipe, effects_of, plan, recipes
from gateway.shapes.cases import CaseLine, Effect, Member


def member(event: str = "m1", **changes: Any) -> Member:  # any field of Member
    fields: dict[str, Any] = {
        "event": event, "rev": 0, "about": "verdict", "ref": event, "room": "r", "user": "u",
        "name": "", "surface": "chat", "stream": "", "action": "block", "rule": "rule",
        "score": 0.5, "at": 1.0, "ended": False, "kept": False, "text": None, "spans": [],
    }  # fmt: skip
    return Member(**(fields | changes))


def case(*members: Member, **changes: Any) -> CaseLine:  # any field of CaseLine
    line = Line(
        "l1", "open", "t", 1.0, "q", "p2", members[0].about, "", "r", "", "m1", 0, "u", "", "chat",
        "", "block", "rule", "spam", "low", 0.5, "", "", 0, None, "",
    )  # fmt: skip
    return replace(opened(line, "k1"), members=len(members), **changes)


def offered(*members: Member, waits: bool = False, **changes: Any) -> list[tuple[str, str]]:
    line = case(*members, **changes)
    made = recipes(line, members, streams=True, cut_waits=waits)
    assert len({each.key for each in made}) == len(made)
    return [(each.id, each.key) for each in made]


def chosen(name: str, *members: Member, for_s: float | None = None) -> list[tuple[str, str]]:
    line = case(*members)
    recipe = named(line, name, *members)
    made = plan(recipe, line, members, for_s, lambda room, user: user == "host")
    return [(step.kind, step.target) for step in made.steps]


def named(line: CaseLine, name: str, *members: Member) -> Recipe:
    made = recipes(line, members, streams=True, cut_waits=False)
    return next(each for each in made if each.id == name)


def test_each_kind_of_case_has_its_choices() -> None:
    assert offered(member(about="hold", action="hold")) == [
        ("approve", "a"), ("deny", "d"), ("deny_mute", "m"), ("deny_ban", "b"),
    ]  # fmt: skip
    assert offered(member()) == [
        ("uphold", "a"), ("revert", "r"), ("mute", "m"), ("mute_day", "h"), ("ban", "b"),
        ("warn", "w"),
    ]  # fmt: skip
    assert offered(member(action="allow")) == [
        ("dismiss", "d"), ("remove", "x"), ("remove_mute", "m"), ("ban", "b"), ("warn", "w"),
    ]  # fmt: skip
    report = member(about="report", ref="m7", user="v", action="ack")
    assert [each for each, _ in offered(report)] == ["dismiss", "remove", "mute", "ban"]
    assert offered(member(about="command", event="")) == [("acknowledge", "a")]
    stream = member(action="allow", surface="frame", stream="s")
    assert [each for each, _ in offered(stream, waits=True, stream="s")] == [
        "veto", "cut", "stream_warn", "blur", "mute_audio", "mute_video", "dismiss",
    ]  # fmt: skip
    acted = member(action="blur", surface="frame", stream="s")
    assert ("revert", "r") in offered(acted, stream="s")
    plain = recipes(case(stream, stream="s"), [stream], streams=False, cut_waits=True)
    assert [each.id for each in plain] == ["dismiss"]


def test_a_target_is_hit_once_and_messages_come_first() -> None:
    two = (member("m1", action="allow"), member("m2", action="allow"))
    assert chosen("remove_mute", *two) == [("remove", "m1"), ("remove", "m2"), ("mute", "u")]
    edited = (member("m1", action="allow"), member("m1", rev=1, action="allow"))
    assert chosen("remove", *edited) == [("remove", "m1")]
    other = (member("m1"), member("m2", action="allow"))
    assert chosen("revert", *other) == [("revert", "m1")]
    holds = (member("m1", about="hold", ended=True), member("m2", about="hold"))
    assert chosen("approve", *holds) == [("approve", "m2")]
    report = member("rep1", about="report", ref="m7", user="v", action="ack")
    assert chosen("remove", report) == [("remove", "m7")]
    assert chosen("mute", report) == [("mute", "v")]


def test_the_house_is_left_out_where_many_are_hit() -> None:
    line = case(member(user="host"), member("m2"))
    made = plan(named(line, "ban", member()), line, [member(user="host"), member("m2")], None,
                lambda room, user: user == "host")  # fmt: skip
    assert ([step.target for step in made.steps], made.exempt) == (["u"], 1)
    assert chosen("ban", member(user="host")) == [("ban", "host")]


def test_how_long_and_how_many() -> None:
    line = case(member(), member("m2", user="v"))
    mute, ban = (named(line, each, member()) for each in ("mute", "ban"))
    members = [member(), member("m2", user="v")]
    lasts = {
        each: plan(recipe, line, members, for_s, lambda room, user: False).steps[0].for_s
        for each, recipe, for_s in (("a", mute, None), ("b", mute, 5.0), ("c", ban, None))
    }
    assert lasts == {"a": 600.0, "b": 5.0, "c": None}
    steps = plan(mute, line, members, None, lambda room, user: False).steps
    assert effects_of(steps) == [Effect("mute", "user", 2, 600.0)]
    assert (mute.restricts, named(line, "uphold", member()).restricts) == (True, False)


def test_no_choice_does_more_than_the_cap() -> None:
    members = [member(f"m{n}", user=f"u{n}", action="allow") for n in range(MOST_STEPS // 2 + 1)]
    line = case(*members)
    made = plan(named(line, "remove_mute", *members), line, members, None, lambda room, user: False)
    assert str(MOST_STEPS) in made.refused
    assert plan(named(line, "remove", *members), line, members, None, _nobody).refused == ""


def _nobody(room: str, user: str) -> bool:
    return False


@pytest.mark.parametrize("name", ["mute", "ban"])
def test_who_is_not_known_cannot_be_muted(name: str) -> None:
    unknown = member(user="")
    line = case(unknown)
    made = plan(named(line, name, unknown), line, [unknown], None, _nobody)
    assert made.refused == "whom this is about is not known"
