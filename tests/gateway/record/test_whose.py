"""Whom a decision is about is found by the message's id, or a command's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import closing

import pytest

from gateway.record.entry import CommandRow
from gateway.record.secret import Pseudonyms
from gateway.record.storage import open_store
from gateway.record.where import Where
from gateway.record.whose import Whose
from seawall.actions import Action, Target
from tests.gateway.record.making import AT, MUTE, Book, make_entry

NAMES = Pseudonyms(b"s" * 32)


@pytest.fixture
async def whose(where: Where) -> AsyncIterator[Whose]:
    """Leave a verdict with a command, a report, and a command that came of nothing."""
    lock = Action(Target("room", "lobby"), "locked")
    with closing(open_store(where)) as store:
        Book(store).put(
            make_entry(1, user="ann", commands=(CommandRow("c1", 1, MUTE, AT + 60.0),)),
            make_entry(2, kind="report", user="bob", ref="ann"),
            make_entry(3, event="", user="", commands=(CommandRow("c2", 2, lock, AT + 60.0),)),
        )
    with closing(Whose(where)) as found:
        yield found


@pytest.mark.parametrize("ref", ["m1", "c1"])
async def test_a_decision_is_its_users_by_its_own_id_and_its_commands(
    whose: Whose, ref: str
) -> None:
    assert await whose.find("acme", ref) == NAMES.subject("acme", "ann")
    assert await whose.find("another", ref) == ""


@pytest.mark.parametrize("ref", ["m2", "c2", "never", ""])
async def test_what_is_no_decision_on_a_user_is_nobodys(whose: Whose, ref: str) -> None:
    assert await whose.find("acme", ref) == ""
