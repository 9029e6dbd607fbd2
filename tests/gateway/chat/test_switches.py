"""A human's switch wins over what is automatic, for its time, and is durable."""

from __future__ import annotations

import pytest

from gateway.chat.switches import Switch, Switches
from gateway.state.labels import Labels
from seawall.actions import Target
from seawall.errors import RecordUnavailable
from seawall.news import is_news
from seawall.verdicts import Change
from tests.gateway.chat.keeping import Book

ROOM = Target("room", "r")
BY = "moderator:ann"


def made() -> tuple[Switches, Labels, Book]:
    labels, book = Labels(), Book()
    return Switches(labels, book, book, lambda tenant: None), labels, book


def wave(until: float | None = 100.0) -> Change:
    return Change("room", "r", "r", "shield", until, "joins", "flood")


def shields(labels: Labels, at: float) -> float | None:
    """Return until when the room is shielded: 0 when it is not, None until reversed."""
    label = labels.facts("t", "r", "u", at).room.get("shield")
    return 0.0 if label is None else label.until


def told(book: Book) -> list[tuple[str, float | None]]:
    return [(action.kind, action.for_s) for action, _ in book.told]


async def test_on_is_on_until_it_is_released() -> None:
    switches, labels, book = made()
    on = await switches.turn("t", "r", "shield", True, None, BY, 10.0)
    assert on == Switch("shield", True, None, BY, True, None)
    assert told(book) == [("shield", None)]
    assert shields(labels, 1e9) is None
    assert not is_news(wave(), labels.facts("t", "r", "u", 20.0), 20.0)
    off = await switches.release("t", "r", "shield", BY, 30.0)
    assert off == Switch("shield", None, None, "", False, None)
    assert told(book)[1:] == [("shield", 0.0)]
    assert [entry.kind for entry in book.entries] == ["switch", "switch"]
    assert [entry.action for entry in book.entries] == ["shield.on", "shield.auto"]


async def test_on_for_a_time_ends_by_itself() -> None:
    switches, _, book = made()
    await switches.turn("t", "r", "locked", True, 60.0, BY, 10.0)
    assert told(book) == [("locked", 60.0)]
    (locked,) = (each for each in switches.of("t", "r", 69.0) if each.name == "locked")
    assert locked == Switch("locked", True, 70.0, BY, True, 70.0)
    (locked,) = (each for each in switches.of("t", "r", 70.0) if each.name == "locked")
    assert locked == Switch("locked", None, None, "", False, None)


async def test_on_does_not_cut_short_what_is_up_longer() -> None:
    switches, labels, book = made()
    labels.apply("t", wave(100.0), 5.0, "m1")
    await switches.turn("t", "r", "shield", True, 30.0, BY, 10.0)
    assert told(book) == [("shield", 90.0)]
    assert shields(labels, 11.0) == 100.0


@pytest.mark.parametrize("for_s", [None, 60.0])
async def test_off_takes_it_away_and_keeps_decisions_from_setting_it(for_s: float | None) -> None:
    switches, labels, book = made()
    labels.apply("t", wave(), 5.0, "m1")
    off = await switches.turn("t", "r", "shield", False, for_s, BY, 10.0)
    assert (off.switch, off.in_force) == (False, False)
    assert told(book) == [("shield", 0.0)]
    assert not is_news(wave(), labels.facts("t", "r", "u", 20.0), 20.0)
    labels.apply("t", wave(), 20.0, "m2")  # another node's, decided before it heard of the switch
    assert shields(labels, 21.0) == 0.0
    facts = labels.facts("t", "r", "u", 70.0)
    assert is_news(wave(200.0), facts, 70.0) is (for_s is not None)
    if for_s is None:
        await switches.release("t", "r", "shield", BY, 80.0)
        assert is_news(wave(200.0), labels.facts("t", "r", "u", 81.0), 81.0)
        assert shields(labels, 81.0) == 100.0


async def test_the_last_hand_on_it_counts() -> None:
    switches, labels, _ = made()
    await switches.turn("t", "r", "shield", False, None, BY, 10.0)
    on = await switches.turn("t", "r", "shield", True, None, "moderator:bob", 20.0)
    assert (on.switch, on.by, on.in_force) == (True, "moderator:bob", True)
    off = await switches.turn("t", "r", "shield", False, 5.0, BY, 30.0)
    assert (off.switch, off.by, off.in_force) == (False, BY, False)
    assert shields(labels, 36.0) == 0.0


async def test_a_release_leaves_what_decisions_had_set() -> None:
    switches, labels, book = made()
    labels.apply("t", wave(100.0), 5.0, "m1")
    await switches.turn("t", "r", "shield", True, None, BY, 10.0)
    state = await switches.release("t", "r", "shield", BY, 40.0)
    assert state == Switch("shield", None, None, "", True, 100.0)
    assert told(book) == [("shield", None), ("shield", 60.0)]
    again = await switches.release("t", "r", "shield", BY, 41.0)
    assert again == state
    assert len(book.entries) == 2


async def test_a_clock_behind_does_not_lose_a_humans_word() -> None:
    switches, labels, _ = made()
    labels.apply("t", wave(9000.0), 5000.0, "m1")
    await switches.turn("t", "r", "shield", False, None, BY, 1400.0)
    assert shields(labels, 5001.0) == 0.0
    await switches.turn("t", "r", "shield", True, None, BY, 1401.0)
    assert shields(labels, 5001.0) is None


async def test_it_lasts_over_restarts_and_on_every_node() -> None:
    switches, labels, book = made()
    labels.apply("t", wave(), 5.0, "m1")
    await switches.turn("t", "r", "shield", False, None, BY, 10.0)
    await switches.turn("t", "r", "locked", True, None, BY, 11.0)
    other = Switches(book.memory(), book, book, lambda tenant: None)
    assert other.of("t", "r", 20.0) == switches.of("t", "r", 20.0)
    assert {each.name: each.switch for each in other.of("t", "r", 20.0)} == {
        "links_off": None, "locked": True, "shield": False, "slow_all": None,
        "verified_only": None,
    }  # fmt: skip


async def test_what_cannot_be_recorded_has_not_happened() -> None:
    switches, labels, book = made()
    book.full = True
    with pytest.raises(RecordUnavailable):
        await switches.turn("t", "r", "shield", True, None, BY, 10.0)
    assert shields(labels, 11.0) == 0.0
    assert told(book) == []
    with pytest.raises(KeyError):
        await switches.turn("t", "r", "dance", True, None, BY, 10.0)
    with pytest.raises(KeyError):
        await switches.release("t", "r", "dance", BY, 10.0)
