"""Somebody is on call at every time that a rota covers, by the clock on their own wall."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, strategies as st

from gateway.paging.rota import DEFAULT_STEPS, check, on_call, quiet_until, steps
from gateway.shapes.paging import Override, Quiet, RotaBody, Shift, Step

DAYS: list[Any] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def shift(**more: Any) -> Shift:
    given = {"name": "day", "people": ["ann", "bob", "cat"], "days": DAYS, "start": "08:00",
             "end": "20:00", "zone": "UTC", "first": "2026-01-05"}  # fmt: skip
    return Shift(**{**given, **more})


def test_people_take_turns_by_the_week() -> None:
    rota = RotaBody([shift()])
    assert on_call(rota, "abuse", at("2026-01-05T09:00")).people == ["ann", "bob", "cat"]
    assert on_call(rota, "abuse", at("2026-01-11T09:00")).people[0] == "ann"
    assert on_call(rota, "abuse", at("2026-01-12T09:00")).people == ["bob", "cat", "ann"]
    assert on_call(rota, "abuse", at("2025-12-30T09:00")).people[0] == "cat"


def test_people_take_turns_by_the_day_or_never() -> None:
    assert on_call(RotaBody([shift(rotate="daily")]), "", at("2026-01-06T09:00")).people[0] == "bob"
    assert on_call(RotaBody([shift(rotate="never")]), "", at("2026-03-06T09:00")).people[0] == "ann"


def test_a_night_belongs_to_the_day_it_began_on() -> None:
    night = shift(start="20:00", end="08:00", days=["sun"])
    rota = RotaBody([night])
    assert on_call(rota, "", at("2026-01-12T07:59")).people[0] == "ann"  # sunday's, a week of ann
    assert on_call(rota, "", at("2026-01-12T08:00")).people == []
    assert on_call(rota, "", at("2026-01-11T07:00")).people == []


def test_hours_are_those_of_the_zone_in_summer_and_in_winter() -> None:
    rota = RotaBody([shift(zone="Europe/Berlin")])
    assert on_call(rota, "", at("2026-01-05T07:00")).people  # 08:00 CET
    assert not on_call(rota, "", at("2026-01-05T06:59")).people
    assert on_call(rota, "", at("2026-07-06T06:00")).people  # 08:00 CEST
    found = on_call(rota, "", at("2026-07-06T06:00"))
    assert found.until == at("2026-07-06T18:00")


def test_the_night_when_the_clock_goes_back_has_somebody_all_through() -> None:
    rota = RotaBody([shift(zone="Europe/Berlin", start="22:00", end="22:00")])
    for minute in range(0, 25 * 60, 10):
        assert on_call(rota, "", at("2026-10-24T22:00") + minute * 60).people


def test_an_override_takes_the_whole_of_its_time() -> None:
    swap = Override("zoe", at("2026-01-05T09:00"), at("2026-01-05T10:00"))
    rota = RotaBody([shift()], [swap])
    found = on_call(rota, "", at("2026-01-05T09:00"))
    assert (found.people, found.shift) == (["zoe", "ann", "bob", "cat"], "override")
    assert on_call(rota, "", at("2026-01-05T10:00")).people[0] == "ann"


def test_the_override_that_was_written_last_holds() -> None:
    span = (at("2026-01-05T09:00"), at("2026-01-05T10:00"))
    rota = RotaBody([shift()], [Override("zoe", *span), Override("yan", *span, ["fraud"])])
    assert on_call(rota, "fraud", span[0]).people[0] == "yan"
    assert on_call(rota, "abuse", span[0]).people[0] == "zoe"


def test_a_shift_of_the_queue_goes_before_one_for_all() -> None:
    rota = RotaBody([shift(), shift(name="money", people=["fay"], queues=["fraud"])])
    assert on_call(rota, "fraud", at("2026-01-05T09:00")).people == ["fay"]
    assert on_call(rota, "abuse", at("2026-01-05T09:00")).people[0] == "ann"


def test_quiet_hours_hold_back_what_they_do_not_except() -> None:
    quiet = Quiet(DAYS, "22:00", "07:00", "UTC", ["p0"])
    rota = RotaBody([], quiet=[quiet])
    assert quiet_until(rota, "p1", at("2026-01-05T23:00")) == at("2026-01-06T07:00")
    assert quiet_until(rota, "p0", at("2026-01-05T23:00")) is None
    assert quiet_until(rota, "p1", at("2026-01-05T12:00")) is None


def test_without_steps_the_usual_ones_hold() -> None:
    assert steps(RotaBody([])) == DEFAULT_STEPS
    mine = Step("ann", ["console"])
    assert steps(RotaBody([], steps=[mine])) == (mine,)


@pytest.mark.parametrize(
    ("rota", "says"),
    [
        (RotaBody([shift(zone="Mars/Olympus")]), "time zone"),
        (RotaBody([shift(zone="../../etc/passwd")]), "time zone"),
        (RotaBody([shift(first="2026-02-30")]), "no day"),
        (RotaBody([shift(), shift()]), "two shifts"),
        (RotaBody([], [Override("ann", 10.0, 10.0)]), "ends before"),
        (RotaBody([], [Override("ann", 10.0, 1e300)]), "ends before"),
        (RotaBody([], quiet=[Quiet(DAYS, "22:00", "07:00", "Nowhere")]), "time zone"),
    ],
)
def test_what_a_form_cannot_tell_is_told(rota: RotaBody, says: str) -> None:
    assert says in (check(rota) or "")


ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Apia")
CLOCKS = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))


@given(
    zone=st.sampled_from(ZONES),
    start=CLOCKS,
    end=CLOCKS,
    moment=st.floats(1.6e9, 2.2e9),
    rotate=st.sampled_from(["weekly", "daily", "never"]),
)
def test_two_shifts_that_share_a_day_leave_no_gap(
    zone: str, start: str, end: str, moment: float, rotate: str
) -> None:
    rota = RotaBody(
        [
            shift(zone=zone, start=start, end=end, rotate=rotate),
            shift(name="rest", zone=zone, start=end, end=start, rotate=rotate, people=["eve"]),
        ]
    )
    found = on_call(rota, "abuse", moment)
    assert found.people
    assert found.until is not None
    assert moment < found.until <= moment + 26 * 3600
