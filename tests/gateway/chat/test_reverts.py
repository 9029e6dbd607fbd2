"""A revert takes back exactly what its decision did, once, and nothing that anybody else did."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings, strategies as st

from gateway.chat.acted import Restored, acted
from gateway.chat.reverts import Reverted, Reverts
from gateway.record.entry import Entry, StrikeRow
from gateway.record.holds import Decision, Held, Outcome
from gateway.state.labels import Labels
from gateway.state.layers import rows_for
from seawall import wire
from seawall.actions import Action, Target
from seawall.errors import RecordUnavailable
from seawall.news import news
from seawall.verdicts import Change
from tests.gateway.chat.keeping import Book

ROOM, USER = Target("room", "r"), Target("user", "r", "u")


class Desk:
    """One room's decisions, recorded and in force, on one or several nodes."""

    def __init__(self, book: Book | None = None) -> None:
        self.book = book or Book()
        self.labels = self.book.memory()
        self.holds: dict[tuple[str, int], str | None] = {}
        self.restored = Restored()
        self.changed: list[str] = []
        self.reverts = Reverts(
            self.book,
            self.decide_hold,
            self.labels,
            self.book,
            self.book,
            self.restored,
            self.changed.append,
        )

    async def decide_hold(
        self, tenant: str, ref: str, rev: int, outcome: Outcome, by: str, at: float
    ) -> Decision | None:
        if (ref, rev) not in self.holds:
            return None
        fresh = self.holds[ref, rev] is None
        if fresh:
            self.holds[ref, rev] = outcome
        held = Held(tenant, ref, rev, "r", "u", "", "", "", "", 0.0, 1.0, self.holds[ref, rev])  # type: ignore[arg-type]  # a str is kept above
        return Decision(held, fresh)

    def decides(
        self,
        event: str,
        at: float,
        *kinds: tuple[Target, str, float | None],
        action: str = "block",
        strikes: int = 0,
        rev: int = 0,
        messages: tuple[Action, ...] = (),
        only_news: bool = False,
    ) -> None:
        """Decide as the recorder does: in the record first, then in memory and to the server."""
        actions = tuple(Action(target, kind, for_s) for target, kind, for_s in kinds)
        changes = tuple(_change(each, at) for each in actions)
        commands: tuple[Action, ...] = actions
        if only_news:
            changes, commands = news(changes, actions, self.labels.facts("t", "r", "u", at), at)
        rows = rows_for(changes, event, rev, "", at)
        orders = self.book.prepare("t", (*commands, *messages), "rule", at)
        entry = Entry(
            "verdict", "t", event, at, action, rev, "r", "u", "chat", actions,
            commands=orders, labels=rows, strikes=StrikeRow(strikes) if strikes else None,
        )  # fmt: skip
        self.book.keep(entry)
        self.labels.put("t", rows, at)
        if strikes:
            self.labels.strike("t", "u", strikes, at, event, rev)
        self.book.send("t", orders)

    async def revert(self, event: str, at: float, rev: int = 0, by: str = "ann") -> Reverted | None:
        return await self.reverts.revert("t", event, rev, by, "a mistake", at)

    def told_since(self, place: int) -> list[tuple[str, float | None]]:
        return [(action.kind, action.for_s) for action, _ in self.book.told[place:]]


def _change(action: Action, at: float) -> Change:
    room = action.target.kind == "room"
    until = None if action.for_s is None else at + action.for_s
    return Change(
        "room" if room else "user", "r", "r" if room else "u", action.kind, until, "rule", "flood"
    )


def in_force(labels: Labels, at: float) -> dict[str, float | None]:
    facts = labels.facts("t", "r", "u", at)
    return {name: label.until for name, label in (*facts.user.items(), *facts.room.items())}


async def test_everything_a_decision_did_is_taken_back_in_one_entry() -> None:
    desk = Desk()
    part = Action(Target("message", "r", "m0", 0), "remove")
    desk.decides(
        "m1", 10.0, (USER, "mute", 60.0), (ROOM, "shield", None), strikes=3, messages=(part,)
    )
    done = await desk.revert("m1", 20.0)
    assert done is not None
    assert (done.fresh, done.by, done.at, done.labels, done.strikes) == (True, "ann", 20.0, 2, 3)
    restore = [Action(Target("message", "r", ref, 0), "restore") for ref in ("m1", "m0")]
    assert list(done.commands) == [
        *restore, Action(USER, "mute", 0.0), Action(ROOM, "shield", 0.0)
    ]  # fmt: skip
    entry = desk.book.entries[-1]
    assert (entry.kind, entry.event, entry.by, entry.rule) == ("revert", "m1", "ann", "a mistake")
    assert len(desk.book.entries) == 2
    assert in_force(desk.labels, 20.0) == in_force(desk.book.memory(), 20.0) == {}
    assert desk.labels.facts("t", "r", "u", 20.0).strikes == 0.0
    assert desk.changed == ["t"]
    assert desk.restored.without("t", "m9", (part,), 21.0) == ()


async def test_the_second_to_ask_hears_who_was_first_and_nothing_happens() -> None:
    desk = Desk()
    desk.decides("m1", 10.0, (USER, "mute", 60.0))
    await desk.revert("m1", 20.0)
    entries = len(desk.book.entries)
    again = await desk.revert("m1", 30.0, by="bob")
    assert again == Reverted("m1", 0, "ann", 20.0, "a mistake", fresh=False)
    assert len(desk.book.entries) == entries
    both = Desk()
    both.decides("m1", 10.0, (USER, "mute", 60.0))
    first, second = await asyncio.gather(both.revert("m1", 20.0), both.revert("m1", 20.0))
    assert first is not None
    assert second is not None
    assert (first.fresh, second.fresh) == (True, False)


async def test_what_nobody_decided_cannot_be_reverted() -> None:
    desk = Desk()
    desk.decides("m1", 10.0, (USER, "mute", 60.0))
    assert await desk.revert("m2", 20.0) is None
    assert await desk.revert("m1", 20.0, rev=1) is None
    assert in_force(desk.labels, 20.0) == {"mute": 70.0}


async def test_another_node_or_a_restart_can_revert_it_as_well() -> None:
    desk = Desk()
    desk.decides("m1", 10.0, (USER, "mute", 60.0), strikes=2)
    other = Desk(desk.book)
    assert await other.revert("m1", 20.0) is not None
    assert in_force(other.labels, 20.0) == {}
    assert other.labels.facts("t", "r", "u", 20.0).strikes == 0.0
    blank = Desk(desk.book)
    desk.decides("m2", 30.0, (USER, "mute", 60.0))
    done = await blank.revert("m2", 40.0)  # decided elsewhere, not heard of yet
    assert done is not None
    assert Action(USER, "mute", 0.0) in done.commands


async def test_nothing_is_sent_where_another_restriction_lasts_as_long() -> None:
    desk = Desk()
    desk.decides("m1", 10.0, (USER, "mute", 60.0), action="allow")
    desk.decides("m2", 11.0, (USER, "mute", 600.0), action="allow")
    told = len(desk.book.told)
    await desk.revert("m1", 20.0)
    assert desk.told_since(told) == []
    assert in_force(desk.labels, 20.0) == {"mute": 611.0}
    await desk.revert("m2", 21.0)
    assert desk.told_since(told) == [("mute", 0.0)]


async def test_where_another_decisions_ends_sooner_servers_hear_what_is_left() -> None:
    desk = Desk()
    desk.decides("m1", 10.0, (USER, "mute", 60.0), action="allow")
    desk.decides("m2", 11.0, (USER, "mute", None), action="allow")
    told = len(desk.book.told)
    await desk.revert("m2", 20.0)
    assert desk.told_since(told) == [("mute", 50.0)]
    assert in_force(desk.labels, 20.0) == {"mute": 70.0}


@pytest.mark.parametrize("until", [None, 40.0])
async def test_what_the_platform_did_is_never_touched(until: float | None) -> None:
    desk = Desk()
    desk.decides("m1", 10.0, (USER, "mute", 60.0), action="allow")
    entry = acted(desk.labels, "t", wire.Acted(USER, "mute", "ola", 1.0, until), 15.0)
    assert entry is not None
    desk.book.keep(entry)
    desk.labels.put("t", entry.labels, entry.at)
    told = len(desk.book.told)
    await desk.revert("m1", 20.0)
    assert desk.told_since(told) == []
    assert in_force(desk.labels, 20.0) == {"mute": until}
    lifted = acted(desk.labels, "t", wire.Acted(USER, "unmute", "ola", 1.0), 25.0)
    assert lifted is not None
    desk.decides("m2", 22.0, (USER, "mute", 60.0), action="allow")
    desk.labels.put("t", lifted.labels, lifted.at)
    told = len(desk.book.told)
    await desk.revert("m2", 30.0)  # the platform has lifted it: there is nothing to tell
    assert desk.told_since(told) == []


@pytest.mark.parametrize(
    ("action", "visibility", "restored"),
    [
        ("block", None, True),
        ("remove", None, True),
        ("mask", None, True),
        ("allow", "self_only", True),
        ("allow", "reduced", True),
        ("allow", None, False),
    ],
)
async def test_a_message_is_restored_when_it_was_kept_from_being_shown(
    action: str, visibility: str | None, restored: bool
) -> None:
    desk = Desk()
    shown = (Action(Target("message", "r", "m1", 2), visibility),) if visibility else ()
    entry = Entry("verdict", "t", "m1", 1.0, action, 2, "r", "u", "chat", shown)
    desk.book.keep(entry)
    done = await desk.revert("m1", 2.0, rev=2)
    assert done is not None
    want = (Action(Target("message", "r", "m1", 2), "restore"),) if restored else ()
    assert done.commands == want


@pytest.mark.parametrize(
    ("was", "restored"), [(None, False), ("approved", False), ("denied", True), ("expired", True)]
)
async def test_a_hold_is_approved_and_one_that_was_refused_is_restored(
    was: str | None, restored: bool
) -> None:
    desk = Desk()
    desk.holds["m1", 0] = was
    desk.decides("m1", 1.0, action="hold")
    done = await desk.revert("m1", 2.0)
    assert done is not None
    assert done.hold == (was or "approved")
    assert [each.kind for each in done.commands] == (["restore"] if restored else [])


async def test_when_it_cannot_be_recorded_nothing_has_changed_and_it_can_be_repeated() -> None:
    desk = Desk()
    desk.decides("m1", 10.0, (USER, "mute", 60.0), strikes=1)
    told = len(desk.book.told)
    desk.book.full = True
    with pytest.raises(RecordUnavailable):
        await desk.revert("m1", 20.0)
    assert in_force(desk.labels, 20.0) == {"mute": 70.0}
    assert desk.labels.facts("t", "r", "u", 20.0).strikes > 0
    assert desk.told_since(told) == []
    desk.book.full = False
    done = await desk.revert("m1", 30.0)
    assert done is not None
    assert done.fresh


KINDS = st.sampled_from([(USER, "mute"), (USER, "slow"), (ROOM, "shield"), (ROOM, "slow_all")])
STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.just("decide"),
            KINDS,
            st.none() | st.integers(1, 60).map(float),
            st.integers(0, 3),
            st.integers(0, 20),
        ),
        st.tuples(st.just("revert"), KINDS, st.none(), st.integers(0, 9), st.integers(0, 20)),
    ),
    max_size=25,
)


@settings(max_examples=200)
@given(STEPS, st.booleans())
def test_what_is_left_is_what_the_unreverted_decisions_alone_would_have_left(
    steps: list[tuple[str, tuple[Target, str], float | None, int, int]], only_news: bool
) -> None:
    asyncio.run(_exactly(steps, only_news))


async def _exactly(
    steps: list[tuple[str, tuple[Target, str], float | None, int, int]], only_news: bool
) -> None:
    desk, now, reverted = Desk(), 1000.0, set[str]()
    for number, (what, (target, kind), for_s, count, pause) in enumerate(steps):
        now += pause
        if what == "decide":
            kinds = (target, kind, for_s)
            desk.decides(f"m{number}", now, kinds, strikes=count, only_news=only_news)
        else:
            decided = [each.event for each in desk.book.entries if each.kind == "verdict"]
            if decided:
                event = decided[count % len(decided)]
                await desk.revert(event, now)
                reverted.add(event)
        alone = Labels()
        for entry in desk.book.entries:
            if entry.kind == "verdict" and entry.event not in reverted:
                alone.put("t", entry.labels, entry.at)
                if entry.strikes is not None:
                    alone.strike("t", "u", entry.strikes.strikes, entry.at, entry.event)
        assert in_force(desk.labels, now) == in_force(alone, now)
        assert in_force(desk.book.memory(), now) == in_force(alone, now)
        mine, its = (each.facts("t", "r", "u", now).strikes for each in (desk.labels, alone))
        assert mine == pytest.approx(its)
        if only_news:  # then what servers were told is what is in force
            for place, name in ((USER, "mute"), (USER, "slow"), (ROOM, "shield")):
                until = desk.book.does(place, name, now)
                label = in_force(alone, now).get(name, 0.0)
                assert (until or 0.0) == pytest.approx(float("inf") if label is None else label)
