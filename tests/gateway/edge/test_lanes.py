"""Turns over tenants, then rooms; order within a room; and how long the next one would wait."""

from __future__ import annotations

from collections import defaultdict

from hypothesis import given, strategies as st

from gateway.edge.lanes import Lanes

PUTS = st.lists(st.tuples(st.sampled_from("tuv"), st.sampled_from("abcd")), max_size=60)


def test_a_quiet_room_goes_before_what_a_hot_one_has_piled_up() -> None:
    lanes: Lanes[str] = Lanes()
    for number in range(100):
        lanes.put("t", "hot", f"hot{number}")
    lanes.put("t", "quiet", "quiet0")
    assert lanes.ahead("t", "quiet") == (3, False)  # a second one of it: a round of two, and one
    assert [lanes.pop() for _ in range(3)] == ["hot0", "quiet0", "hot1"]
    assert lanes.ahead("t", "hot") == (98, True)
    assert lanes.spread == 0


def test_a_tenant_with_many_rooms_takes_no_more_turns_than_one_with_one() -> None:
    lanes: Lanes[str] = Lanes()
    for number in range(50):
        lanes.put("big", f"r{number}", "big")
    for number in range(3):
        lanes.put("small", "r", f"small{number}")
    assert [lanes.pop() for _ in range(6)] == ["big", "small0", "big", "small1", "big", "small2"]


@given(PUTS)
def test_nothing_is_lost_and_rooms_keep_their_order(puts: list[tuple[str, str]]) -> None:
    lanes: Lanes[tuple[str, str, int]] = Lanes()
    for number, (tenant, room) in enumerate(puts):
        lanes.put(tenant, room, (tenant, room, number))
    assert lanes.total == len(puts)
    taken = [lanes.pop() for _ in puts]
    assert lanes.total == 0
    by_room = defaultdict(list)
    for tenant, room, number in taken:
        by_room[tenant, room].append(number)
    assert all(numbers == sorted(numbers) for numbers in by_room.values())
    assert sorted(number for *_, number in taken) == list(range(len(puts)))


@given(PUTS, st.sampled_from("tuv"), st.sampled_from("abcd"))
def test_no_more_go_ahead_than_is_said(puts: list[tuple[str, str]], tenant: str, room: str) -> None:
    lanes: Lanes[int] = Lanes()
    for number, lane in enumerate(puts):
        lanes.put(*lane, number)
    most, _ = lanes.ahead(tenant, room)
    lanes.put(tenant, room, -1)
    ahead = 0
    while lanes.pop() != -1:
        ahead += 1
    assert ahead <= most
