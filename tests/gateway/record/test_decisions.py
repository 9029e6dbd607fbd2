"""What one decision did is read back whole, and what others did to the same messages besides."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.record.away import REINSTATE
from gateway.record.decisions import Decided, Decisions, SetLabel, SetStrikes, Undone
from gateway.record.entry import CommandRow, Entry, LabelRow, StrikeEnd, StrikeRow
from gateway.record.journal import Journal
from seawall.actions import Action, Target
from tests.gateway.record.making import make_entry


@pytest.fixture
async def decisions(data: Path) -> AsyncIterator[Decisions]:
    it = Decisions(data)
    yield it
    it.close()


def decided(number: int, **changes: Any) -> Entry:  # any field of Entry
    return make_entry(number, evidence=None, **changes)


def removes(number: int, *messages: str) -> tuple[CommandRow, ...]:
    return tuple(
        CommandRow(f"c{number}-{n}", n, Action(Target("message", "lobby", ref), "remove"), 5e9)
        for n, ref in enumerate(messages)
    )


async def test_a_decision_is_read_back_with_all_that_stands_of_it(
    journal: Journal, decisions: Decisions
) -> None:
    label = LabelRow("user", "lobby", "user-1", "mute:0:m1", None, "rule", "threat")
    over = LabelRow("room", "lobby", "", "shield:0:m1", 5e9, "rule", "flood", ended=True)
    reduced = Action(Target("message", "lobby", "m1", 0), "reduced")
    entry = decided(
        1, labels=(label, over), strikes=StrikeRow(3, "rule"), actions=(reduced,),
        commands=removes(1, "m0"),
    )  # fmt: skip
    await journal.record(entry, 5.0)
    assert await decisions.find("acme", "m1", 0) == Decided(
        "lobby", "block", "reduced", entry.at,
        (Target("message", "lobby", "m0"),), frozenset(),
        (SetLabel("user", "lobby", "user-1", "mute:0:m1", None, "rule", "threat", "", entry.at),),
        (SetStrikes("user-1", 3, entry.at),), None, "chat",
        ended=(SetLabel("room", "lobby", "", "shield:0:m1", 5e9, "rule", "flood", "", entry.at),),
    )  # fmt: skip


async def test_what_nobody_decided_is_not_found(journal: Journal, decisions: Decisions) -> None:
    await journal.record(decided(1), 5.0)
    assert await decisions.find("acme", "m2", 0) is None
    assert await decisions.find("acme", "m1", 1) is None
    assert await decisions.find("other", "m1", 0) is None


async def test_a_revert_is_told_and_what_it_ended_is_gone(
    journal: Journal, decisions: Decisions
) -> None:
    label = LabelRow("user", "lobby", "user-1", "mute:0:m1", None)
    await journal.record(decided(1, labels=(label,), strikes=StrikeRow(3)), 5.0)
    ended = LabelRow("user", "lobby", "user-1", "mute:0:m1", None, ended=True)
    await journal.record(
        Entry(
            "revert", "acme", "m1", 4_000_000_100.0, "revert", room="lobby", rule="a mistake",
            by="moderator:ann", labels=(ended,), strike_ends=(StrikeEnd("user-1", "m1"),),
        ),
        5.0,
    )  # fmt: skip
    found = await decisions.find("acme", "m1", 0)
    assert found is not None
    assert found.undone == Undone("moderator:ann", 4_000_000_100.0, "a mistake")
    assert (found.labels, found.strikes) == ((), ())


async def test_messages_that_others_removed_too_are_named_until_those_are_reverted(
    journal: Journal, decisions: Decisions
) -> None:
    await journal.record(decided(1, commands=removes(1, "m0", "x")), 5.0)
    await journal.record(decided(2, commands=removes(2, "m0", "m1")), 5.0)
    found = await decisions.find("acme", "m1", 0)
    assert found is not None
    assert found.kept_away == {"m0", "m1"}
    await journal.record(Entry("revert", "acme", "m2", 4_000_000_100.0, "revert"), 5.0)
    found = await decisions.find("acme", "m1", 0)
    assert found is not None
    assert found.kept_away == frozenset()


async def test_an_edit_does_not_answer_for_what_the_first_version_removed(
    journal: Journal, decisions: Decisions
) -> None:
    await journal.record(decided(1, commands=removes(1, "m0")), 5.0)
    await journal.record(decided(1, rev=1), 5.0)
    found = await decisions.find("acme", "m1", 1)
    assert found is not None
    assert found.removed == ()


def by_hand(number: int, kind: str, *messages: str, **changes: Any) -> Entry:  # fields of Entry
    actions = [Action(Target("message", "lobby", ref), kind) for ref in messages]
    rows = tuple(
        CommandRow(f"h{number}-{n}", 100 * number + n, action, 5e9)
        for n, action in enumerate(actions)
    )
    fields = {"kind": "moderator", "event": f"d{number}.1", "action": kind, "surface": ""}
    return decided(number, **(fields | {"commands": rows} | changes))


async def test_what_a_person_did_is_a_decision_without_a_message_of_its_own(
    journal: Journal, decisions: Decisions
) -> None:
    await journal.record(by_hand(1, "remove", "m0"), 5.0)
    await journal.record(by_hand(2, "restore", "m0"), 5.0)
    removed = await decisions.find("acme", "d1.1", 0)
    restored = await decisions.find("acme", "d2.1", 0)
    assert removed is not None
    assert restored is not None
    target = Target("message", "lobby", "m0")
    assert (removed.by_hand, removed.removed, removed.restored) == (True, (target,), ())
    assert (restored.by_hand, restored.removed, restored.restored) == (True, (), (target,))
    assert removed.kept_away == frozenset()  # whoever put it back did so in any case
    assert restored.kept_away == {"m0"}


async def test_a_blocked_or_held_message_is_away_until_somebody_puts_it_back(
    journal: Journal, decisions: Decisions
) -> None:
    await journal.record(decided(1, action="block"), 5.0)
    await journal.record(decided(2, action="hold"), 5.0)
    await journal.record(decided(3, action="hold"), 5.0)
    approved = decided(4, kind="hold", event="m3", action="approved")
    await journal.record(approved, 5.0)
    await journal.record(by_hand(5, "remove", "m1", "m2", "m3"), 5.0)
    found = await decisions.find("acme", "d5.1", 0)
    assert found is not None
    assert found.kept_away == {"m1", "m2"}
    await journal.record(Entry("revert", "acme", "m1", 4_000_000_100.0, "revert"), 5.0)
    found = await decisions.find("acme", "d5.1", 0)
    assert found is not None
    assert found.kept_away == {"m2"}


async def test_a_revert_that_was_taken_back_does_not_stand(
    journal: Journal, decisions: Decisions
) -> None:
    at = 4_000_000_100.0
    await journal.record(decided(1, action="block"), 5.0)
    await journal.record(by_hand(2, "remove", "m1"), 5.0)
    await journal.record(Entry("revert", "acme", "m1", at, "revert", by="ann"), 5.0)
    await journal.record(Entry("moderator", "acme", "m1", at + 1, REINSTATE, by="bob"), 5.0)
    verdict = await decisions.find("acme", "m1", 0)
    hand = await decisions.find("acme", "d2.1", 0)
    assert verdict is not None
    assert hand is not None
    assert verdict.undone is None
    assert hand.kept_away == {"m1"}
    await journal.record(Entry("revert", "acme", "m1", at + 2, "revert", by="cat"), 5.0)
    verdict = await decisions.find("acme", "m1", 0)
    assert verdict is not None
    assert verdict.undone == Undone("cat", at + 2, "")


async def test_many_are_read_in_one_look(journal: Journal, decisions: Decisions) -> None:
    for number in range(5):
        await journal.record(decided(number, commands=removes(number, f"x{number}")), 5.0)
    keys = [(f"m{number}", 0) for number in range(1_000)]
    found = await decisions.find_all("acme", keys)
    assert sorted(found) == keys[:5]
    assert [each.removed[0].id for _, each in sorted(found.items())] == [f"x{n}" for n in range(5)]
