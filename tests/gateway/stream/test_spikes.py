"""A room whose chat boils is noticed, one that is always loud is not."""

from __future__ import annotations

from gateway.stream.spikes import LEAST, STEP_S, Spikes


def told(rates: list[int]) -> list[int]:
    """Return in which steps a room was noticed that got so many messages in each."""
    found: list[int] = []
    step = 0
    spikes = Spikes(lambda tenant, room: found.append(step))
    for step, rate in enumerate(rates):
        spikes.sweep([("t", "r")], step * STEP_S)
        for _ in range(rate):
            spikes.seen("t", "r")
    return found


def test_a_quiet_room_that_boils_is_noticed_once_a_step() -> None:
    assert told([2, 1, 3, 60, 60]) == [3, 4]


def test_a_loud_room_gets_used_to_it() -> None:
    assert [step for step in told([40] * 30) if step > 10] == []
    assert told([LEAST - 1] * 10) == []


def test_rooms_without_streams_are_not_counted() -> None:
    found: list[str] = []
    spikes = Spikes(lambda tenant, room: found.append(room))
    for rooms in ([], [("t", "r"), ("t", "s")], [("t", "s")]):
        spikes.sweep(rooms, 0.0)
    for _ in range(100):
        spikes.seen("t", "r")
    assert found == []
