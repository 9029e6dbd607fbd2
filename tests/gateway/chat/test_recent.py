"""The ring of last messages: its bounds hold whatever comes, and it shows what stands."""

from __future__ import annotations

from collections import defaultdict

from hypothesis import given, settings, strategies as st

from gateway.chat.recent import ROOM_BYTES, ROOM_MOST, SAID_BYTES, Recent, Said
from gateway.record.holds import Held
from seawall import wire
from seawall.actions import Target
from seawall.events import Deleted, Message, User

DAY_S = 86_400.0


class Clock:
    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def message(
    event: str, at: float = 1000.0, room: str = "r1", text: str = "hello", **more: object
) -> Message:
    roles = frozenset(str(more.pop("role", "")).split()) - {""}
    tenant = str(more.pop("tenant", "t"))
    user = User("u1", "Ann", roles)
    return Message(tenant, event, room, user, text, at, at, "chat", int(str(more.get("rev", 0))))


def held(outcome: str) -> Held:
    return Held(
        "t", "m1", 0, "r1", "u1", "", "", "", "", 0.0, 0.0,
        outcome,  # type: ignore[arg-type]
        "mod", 0.0,
    )  # fmt: skip


def ids(said: list[Said]) -> list[str]:
    return [each.event for each in said]


def test_a_room_shows_its_last_messages_the_newest_last() -> None:
    recent = Recent(wall=Clock())
    for number in range(ROOM_MOST + 5):
        recent.add(message(f"m{number}", 1000.0 + number / 1000), "allow")
    said = recent.of("t", "r1")
    assert len(said) == ROOM_MOST
    assert ids(said)[-1] == f"m{ROOM_MOST + 4}"
    assert ids(recent.of("t", "r1", limit=2)) == [f"m{ROOM_MOST + 3}", f"m{ROOM_MOST + 4}"]
    assert recent.of("t", "r1", limit=0) == []
    assert recent.of("other", "r1") == [], "tenants do not see each other"


def test_what_is_said_in_no_room_is_not_kept() -> None:
    recent = Recent(wall=Clock())
    recent.add(message("p", room=""), "allow")
    assert len(recent) == 0


def test_what_is_too_old_goes_also_where_nothing_comes_any_more() -> None:
    clock = Clock()
    recent = Recent(60.0, wall=clock)
    recent.add(message("m1", 1000.0), "allow")
    recent.add(message("m2", 1050.0, "r2"), "allow")
    clock.now = 1061.0
    recent.sweep()
    assert ids(recent.of("t", "r1")) == []
    assert ids(recent.of("t", "r2")) == ["m2"]
    clock.now = 2000.0
    recent.sweep()
    assert recent.used == 0
    assert recent.rooms("t") == []


def test_nothing_is_kept_where_it_is_turned_off() -> None:
    assert not Recent(600.0, 0).on
    assert not Recent(0.0, 32).on


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 5),
            st.integers(0, 40),
            st.integers(0, 2),
            st.text(max_size=400),
            st.floats(0.0, 4.0),
        ),
        max_size=200,
    ),
    st.integers(3, 40),
)
def test_the_bounds_hold_whatever_comes(
    events: list[tuple[int, int, int, str, float]], kib: int
) -> None:
    clock = Clock()
    recent = Recent(30.0, kib / 1024, wall=clock)
    newest: dict[tuple[str, str], int] = {}
    for room, number, rev, text, passed in events:
        clock.now += passed
        recent.add(message(f"m{number}", clock.now, f"r{room}", text, rev=rev), "allow")
        key = (f"r{room}", f"m{number}")
        newest[key] = max(newest.get(key, 0), rev)
        recent.settle()
        assert recent.used <= kib * 1024 or len(recent) == 0
    said = list(recent.since("t", 0.0))
    rooms: defaultdict[str, list[Said]] = defaultdict(list)
    for each in said:
        rooms[each.room].append(each)
        assert clock.now - each.at <= 30.0
        assert newest[each.room, each.event] >= each.rev
    assert all(len({each.event for each in some}) == len(some) for some in rooms.values())
    least = sum(SAID_BYTES + len(each.text.encode()) for each in said)
    assert recent.used >= least + ROOM_BYTES * len(rooms)
    clock.now += 60.0
    recent.sweep()
    assert recent.used == 0, "nothing is reckoned that is not there"


def test_the_oldest_goes_first_over_all_rooms() -> None:
    size = (ROOM_BYTES * 2 + (SAID_BYTES + 40) * 4) / (1 << 20)
    recent = Recent(600.0, size, wall=Clock())
    for number, room in enumerate(["quiet", "busy", "busy", "busy", "busy"]):
        recent.add(message(f"m{number}", 1000.0 + number, room, ""), "allow")
        recent.settle()
    assert ids(list(recent.since("t", 0.0))) == ["m1", "m2", "m3", "m4"]


def test_an_edit_takes_the_place_of_what_it_edits() -> None:
    recent = Recent(wall=Clock())
    recent.add(message("m1", text="before"), "allow")
    recent.add(message("m1", 1001.0, text="after", rev=2), "allow")
    recent.add(message("m1", 1002.0, text="late", rev=1), "block")
    assert [(said.rev, said.text) for said in recent.of("t", "r1")] == [(2, "after")]


def test_what_is_done_later_shows_and_listeners_hear_of_it() -> None:
    recent = Recent(wall=Clock())
    told: list[tuple[str, str]] = []
    recent.heard.append(lambda tenant, said: told.append((said.event, said.action)))
    recent.add(message("m1"), "allow")
    target = Target("message", "r1", "m1", 0)
    recent.ordered("t", wire.Command("c1", 1, "remove", target))
    recent.ordered("t", wire.Command("c2", 2, "restore", Target("message", "r1", "m1")))
    recent.ordered("t", wire.Command("c3", 3, "remove", Target("message", "r1", "m1", 7)))
    recent.ordered("t", wire.Command("c4", 4, "mute", Target("user", "r1", "u1"), 60.0))
    recent.ordered("t", wire.Command("c5", 5, "remove", Target("message", "r1", "gone")))
    assert told == [("m1", "allow"), ("m1", "remove"), ("m1", "restore")]


def test_a_hold_that_ends_shows_how() -> None:
    for outcome, action in (("approved", "allow"), ("denied", "block"), ("expired", "block")):
        recent = Recent(wall=Clock())
        recent.add(message("m1"), "hold")
        recent.ended(held(outcome))
        assert [said.action for said in recent.of("t", "r1")] == [action]


def test_what_the_platform_deletes_leaves_at_once() -> None:
    recent = Recent(wall=Clock())
    recent.add(message("m1"), "allow")
    recent.add(message("m2"), "allow")
    recent.deleted(Deleted("t", "m1", "r1", "ann", 1001.0))
    recent.deleted(Deleted("t", "unknown", "r1", "ann", 1001.0))
    assert ids(recent.of("t", "r1")) == ["m2"]


def test_around_gives_what_was_said_before_and_after() -> None:
    recent = Recent(wall=Clock(1100.0))
    for number in range(10):
        recent.add(message(f"m{number}", 1000.0 + number), "allow")
    assert ids(recent.around("t", "r1", 1005.0, 2, 1)) == ["m3", "m4", "m5", "m6"]
    assert ids(recent.around("t", "r1", 990.0, 2, 1)) == ["m0"]
    assert ids(recent.of("t", "r1", since=1008.0)) == ["m8", "m9"]


def test_rooms_tell_the_rates_of_the_last_minute() -> None:
    clock = Clock()
    recent = Recent(wall=clock)
    for number in range(3):
        recent.add(message(f"a{number}", 1000.0), "allow")
    recent.add(message("b", 1001.0), "block")
    recent.add(message("c", 1002.0, "r2"), "allow")
    busy, quiet = recent.rooms("t")
    assert (busy.room, busy.messages, busy.restricted, busy.latest) == ("r1", 4, 1, 1001.0)
    assert (quiet.room, quiet.messages) == ("r2", 1)
    clock.now = 1075.0
    assert recent.pulse("t", "r1").messages == 0
    assert recent.pulse("t", "unknown").latest == 0.0


def test_messages_are_counted_by_tenant_since_midnight() -> None:
    clock = Clock(3 * DAY_S - 10.0)
    recent = Recent(wall=clock)
    recent.add(message("m1", clock.now, tenant="t"), "allow")
    recent.add(message("m2", clock.now, tenant="other"), "block")
    recent.add(message("m3", clock.now, tenant="t"), "hold")
    assert recent.counts("t") == (clock.now, {"allow": 1, "hold": 1})
    assert recent.counts("other")[1]["block"] == 1
    clock.now += 20.0
    recent.add(message("m4", clock.now, tenant="t"), "allow")
    assert recent.counts("t") == (3 * DAY_S, {"allow": 1})


def test_those_of_the_house_are_marked() -> None:
    recent = Recent(wall=Clock())
    recent.add(message("m1", role="mod"), "allow")
    recent.add(message("m2", role="vip"), "allow")
    assert [said.exempt for said in recent.of("t", "r1")] == [True, False]
    assert recent.is_exempt("t", "r1", "u1")
    assert not recent.is_exempt("t", "r1", "u")
    assert recent.author("t", "r1", "m2") == "u1"
    assert recent.author("t", "r1", "m") is None


def test_words_are_found_folded() -> None:
    recent = Recent(wall=Clock())
    recent.add(message("m1", text="Ｆree  NITRO"), "allow")
    recent.add(message("m2", text="nitrogen"), "allow")
    recent.add(message("m3", text="free nitro", room="r2"), "allow")
    assert ids(recent.find("t", "free nitro", 0.0)) == ["m1", "m3"]
    assert ids(recent.find("t", "nitro", 0.0, "r2")) == ["m3"]


def test_what_is_noted_is_filed_by_and_by() -> None:
    due = []
    recent = Recent(later=lambda delay, call: due.append(call), wall=Clock())
    for number in range(600):
        recent.add(message(f"m{number}", room=f"r{number}"), "allow")
    assert len(due) == 3, "once for each that found nothing waiting"
    for call in due:
        call()
    assert len(recent) == 600
