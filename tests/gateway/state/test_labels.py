"""Labels last until they end or are taken back; strikes fade; memory is bounded."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, strategies as st

from gateway.record.standing import Snapshot, StandingLabel, StandingStrike
from gateway.state.labels import Labels
from gateway.state.labelsync import merge
from seawall.policy.model import Facts, Label
from seawall.verdicts import Change
from seawall.wire import Room

DAY_S = 86_400.0


def mute(user: str = "u", until: float | None = 100.0, label: str = "mute") -> Change:
    return Change("user", "r", user, label, until, "rule", "threat")


def shield(until: float | None = 100.0) -> Change:
    return Change("room", "r", "r", "shield", until, "rule", "flood")


def names(
    labels: Labels, now: float, user: str = "u", room: str = "r"
) -> tuple[set[str], set[str]]:
    facts = labels.facts("t", room, user, now)
    return set(facts.user), set(facts.room)


def test_nothing_known_is_no_facts() -> None:
    labels = Labels()
    assert labels.facts("t", "r", "u", 0.0) == Facts()
    labels.apply("t", mute(), 0.0)
    assert labels.facts("t", "r", "other", 0.0) == Facts()


def test_a_label_is_in_force_until_its_time() -> None:
    labels = Labels()
    labels.apply("t", mute(), 0.0)
    facts = labels.facts("t", "r", "u", 99.9)
    assert facts.user == {"mute": Label("mute", 100.0, "rule", "threat")}
    assert labels.facts("t", "r", "u", 100.0).user == {}


def test_a_label_is_its_users_in_its_room_of_its_tenant() -> None:
    labels = Labels()
    labels.apply("t", mute(), 0.0)
    assert names(labels, 1.0) == ({"mute"}, set())
    assert names(labels, 1.0, user="v") == (set(), set())
    assert names(labels, 1.0, room="s") == (set(), set())
    assert labels.facts("other", "r", "u", 1.0) == Facts()


def test_a_rooms_label_is_everybodys_in_it() -> None:
    labels = Labels()
    labels.apply("t", shield(), 0.0)
    assert names(labels, 1.0, user="anybody") == (set(), {"shield"})
    assert names(labels, 100.0) == (set(), set())


def test_one_of_several_ends_and_the_others_stay() -> None:
    labels = Labels()
    labels.apply("t", mute(until=10.0), 0.0)
    labels.apply("t", mute(until=None, label="slow"), 0.0)
    assert names(labels, 5.0)[0] == {"mute", "slow"}
    assert names(labels, 10.0)[0] == {"slow"}
    assert names(labels, 1e12)[0] == {"slow"}


@pytest.mark.parametrize("change", [mute(until=50.0), shield(until=50.0)])
def test_a_change_that_ends_now_takes_the_label_away(change: Change) -> None:
    labels = Labels()
    labels.apply("t", mute(), 0.0)
    labels.apply("t", shield(), 0.0)
    labels.apply("t", change, 50.0)
    left = {"user": (set(), {"shield"}), "room": ({"mute"}, set())}
    assert names(labels, 50.0) == left[change.kind]
    labels.apply("t", change, 60.0)  # taking away what is not there is nothing
    assert names(labels, 60.0) == left[change.kind]


def test_the_last_word_counts() -> None:
    labels = Labels()
    labels.apply("t", mute(until=100.0), 0.0)
    labels.apply("t", mute(until=20.0), 1.0)
    assert names(labels, 30.0)[0] == set()


def test_no_restriction_in_force_is_forgotten_and_being_over_the_bound_is_told() -> None:
    labels = Labels(bound=3)
    for user in ("a", "b", "c"):
        labels.apply("t", mute(user), 0.0)
    assert labels.over_bound == 0
    labels.apply("t", mute("d"), 1.0)
    assert [names(labels, 2.0, user)[0] for user in "abcd"] == [{"mute"}] * 4
    assert labels.over_bound == 1
    labels.sweep(100.0)
    assert labels.over_bound == 0


def test_what_rooms_are_about_is_forgotten_beyond_the_bound() -> None:
    labels = Labels(bound=2)
    for room in ("a", "b", "c"):
        labels.about("t", Room(room, topic="chess"))
    assert [labels.facts("t", room, "u", 0.0).topic for room in "abc"] == ["", "chess", "chess"]


def test_a_platform_wide_label_holds_in_every_room_and_the_longer_one_counts() -> None:
    labels = Labels()
    labels.apply("t", Change("user", None, "u", "ban", 50.0, "acted", "flood"), 0.0, by="platform")
    assert names(labels, 1.0) == names(labels, 1.0, room="s") == ({"ban"}, set())
    assert names(labels, 1.0, user="v") == (set(), set())
    labels.apply("t", mute("u", 90.0, "ban"), 0.0, "m1")
    labels.apply("t", mute("u", 20.0, "mute"), 0.0, "m2")
    facts = labels.facts("t", "r", "u", 1.0)
    assert {name: label.until for name, label in facts.user.items()} == {"ban": 90.0, "mute": 20.0}
    assert names(labels, 60.0, room="s")[0] == set()


def line(label: str, set_at: float, **more: Any) -> StandingLabel:
    fields: dict[str, Any] = {
        "tenant": "t", "kind": "user", "room": "r", "id": "u", "label": label, "until": 100.0,
        "because": "rule", "category": "threat", "by": "", "event": "", "rev": 0,
        "set_at": set_at, "ended": False, "changed": set_at,
    }  # fmt: skip
    return StandingLabel(**(fields | more))


def struck(event: str, **more: Any) -> StandingStrike:
    fields: dict[str, Any] = {
        "tenant": "t", "user": "u", "event": event, "rev": 0, "at": 0.0, "strikes": 2,
        "rule": "rule", "ended": False, "changed": 0.0,
    }  # fmt: skip
    return StandingStrike(**(fields | more))


def test_what_the_record_holds_is_taken_in_and_the_newest_row_wins() -> None:
    labels = Labels()
    merge(labels, Snapshot([line("mute:0:m1", 5.0)], [struck("m1"), struck("m2", strikes=1)]))
    assert names(labels, 6.0)[0] == {"mute"}
    assert labels.facts("t", "r", "u", 0.0).strikes == 3.0
    epoch = labels.epoch
    merge(labels, Snapshot([line("mute:0:m1", 5.0)], [struck("m1")]))
    merge(labels, Snapshot([line("mute:0:m1", 4.0, ended=True)], []))
    assert labels.epoch == epoch
    merge(labels, Snapshot([line("mute:0:m1", 6.0, ended=True)], [struck("m2", ended=True)]))
    assert labels.epoch > epoch
    assert names(labels, 6.0)[0] == set()
    assert labels.facts("t", "r", "u", 0.0).strikes == 2.0
    merge(labels, Snapshot([line("mute:0:m1", 5.0)], [struck("m2")]))  # an old row, read late
    labels.sweep(60.0)
    merge(labels, Snapshot([line("mute:0:m1", 5.0)], [struck("m2")]))
    assert names(labels, 6.0)[0] == set()
    assert labels.facts("t", "r", "u", 0.0).strikes == 2.0


def test_every_rows_of_the_record_make_the_same_memory_in_any_order() -> None:
    rows = [
        line("mute:0:m1", 1.0),
        line("mute:0:m1", 9.0, ended=True),
        line("mute", 2.0, until=None, by="platform:x"),
        line("slow:0:m3", 3.0),
        line("slow_lifted", 4.0, until=90.0, by="platform:x"),
        line("slow:0:m4", 5.0, until=40.0),
    ]
    seen = set()
    for order in permutations(rows):
        labels = Labels()
        for row in order:
            merge(labels, Snapshot([row], []))
        facts = labels.facts("t", "r", "u", 10.0)
        seen.add(tuple(sorted((name, label.until) for name, label in facts.user.items())))
    assert seen == {(("mute", None), ("slow", 40.0))}


def test_a_sweep_costs_what_is_due_not_what_is_known() -> None:
    labels = Labels()
    for n in range(2_000):
        labels.apply("t", mute(f"u{n}", None), 0.0)
        labels.apply("t", mute(f"v{n}", 10.0), 0.0)
    labels.sweep(10.0, most=500)
    assert len(labels.in_force(0.0)) == 3_500
    for _ in range(3):
        labels.sweep(10.0, most=500)
    assert len(labels.in_force(0.0)) == 2_000
    labels.sweep(1e12)
    assert len(labels.in_force(1e12)) == 2_000


def test_strikes_halve_every_half_life_and_add_up() -> None:
    labels = Labels(half_life_s=DAY_S)
    labels.strike("t", "u", 4, 0.0)
    assert labels.facts("t", "any room", "u", 0.0).strikes == 4.0
    assert labels.facts("t", "r", "u", DAY_S).strikes == pytest.approx(2.0)
    labels.strike("t", "u", 1, DAY_S)
    assert labels.facts("t", "r", "u", DAY_S).strikes == pytest.approx(3.0)
    assert labels.facts("other", "r", "u", DAY_S).strikes == 0.0


def test_a_sweep_drops_what_has_ended_and_nothing_else() -> None:
    labels = Labels(half_life_s=1.0)
    labels.apply("t", mute("u", 10.0), 0.0)
    labels.apply("t", mute("v", 30.0), 0.0)
    labels.apply("t", shield(10.0), 0.0)
    labels.strike("t", "u", 1, 0.0)
    labels.sweep(20.0)
    assert [(kind, place) for _, kind, place, _ in labels.in_force(0.0)] == [("user", "r/v")]
    assert labels.facts("t", "r", "u", 0.0) == Facts()


def test_what_a_room_is_about_is_kept_where_news_say_nothing() -> None:
    labels = Labels()
    labels.about("t", Room("r", topic="chess", viewers=5, owners=["ann"]))
    labels.about("t", Room("r", mode="kids"))
    facts = labels.facts("t", "r", "u", 0.0)
    assert (facts.topic, facts.mode, facts.viewers) == ("chess", "kids", 5)
    assert facts.owners == {"ann"}
    labels.about("t", Room("r", viewers=0, owners=[]))
    assert labels.facts("t", "r", "u", 0.0).viewers == 0
    assert labels.facts("t", "r", "u", 0.0).owners == frozenset()
    assert labels.facts("t", "s", "u", 0.0) == Facts()


def test_the_epoch_tells_that_something_changed() -> None:
    labels = Labels()
    epochs = [labels.epoch]
    labels.apply("t", mute(), 0.0)
    epochs.append(labels.epoch)
    labels.strike("t", "u", 1, 0.0)
    epochs.append(labels.epoch)
    labels.about("t", Room("r"))
    epochs.append(labels.epoch)
    assert epochs == sorted(set(epochs))
    labels.facts("t", "r", "u", 0.0)
    assert labels.epoch == epochs[-1]


CHANGES = st.lists(
    st.tuples(
        st.sampled_from("ab"),
        st.sampled_from(["mute", "slow"]),
        st.none() | st.integers(0, 40).map(float),
    ),
    max_size=30,
)


@given(CHANGES)
def test_what_is_in_force_is_the_last_change_whether_swept_or_not(
    changes: list[tuple[str, str, float | None]],
) -> None:
    labels, swept = Labels(), Labels()
    last: dict[tuple[str, str], float | None] = {}
    for now, (user, label, until) in enumerate(changes):
        for each in (labels, swept):
            each.apply("t", mute(user, until, label), float(now))
        swept.sweep(float(now))
        last[user, label] = until
        for who in "ab":
            want = {
                name
                for (owner, name), end in last.items()
                if owner == who and (end is None or end > now)
            }
            assert names(labels, float(now), who)[0] == want
            assert names(swept, float(now), who)[0] == want
