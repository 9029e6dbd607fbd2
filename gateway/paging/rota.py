"""Who is on call at a time, when it is quiet, and in which steps people are called. Pure.

Rules:
1. A shift's hours are wall-clock hours of its zone: they move with daylight saving as people do.
   One that ends at or before its start goes past midnight and belongs to the day it began on.
2. An override takes the whole of its time, for its queues; where several hold, the one that was
   written last.
3. A shift that names a queue goes before one that is for all; else the one that stands first.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gateway.shapes.paging import OnCall, Quiet, RotaBody, Shift, Step

__all__ = ["DEFAULT_STEPS", "check", "on_call", "quiet_until", "steps"]

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEK = 7
DEFAULT_STEPS = (
    Step("on-call", ["console"], 60.0, 2),
    Step("next", ["console"], 60.0, 1),
    Step("leads", ["console"], 300.0, 1),
)
"""What holds until somebody writes a rota."""


def check(rota: RotaBody) -> str | None:
    """Say what is wrong with a rota that its form does not tell; None: nothing."""
    for shift in rota.shifts:
        if (wrong := _wrong_zone(shift.zone)) or (wrong := _wrong_date(shift.first)):
            return f"shift {shift.name}: {wrong}"
    for quiet in rota.quiet:
        if wrong := _wrong_zone(quiet.zone):
            return f"quiet hours: {wrong}"
    for override in rota.overrides:
        if not 0 < override.start < override.end < 253_402_300_800:
            return f"override of {override.person}: it ends before it starts"
    names = [shift.name for shift in rota.shifts]
    twice = next((name for name in names if names.count(name) > 1), None)
    return None if twice is None else f"two shifts are called {twice}"


def on_call(rota: RotaBody, queue: str, at: float) -> OnCall:
    """Return whom to call for a queue: the one on call first, then who takes turns with them."""
    for override in reversed(rota.overrides):
        if override.start <= at < override.end and _serves(override.queues, queue):
            turns = _of_shift(rota, queue, at)[0]
            rest = [person for person in turns if person != override.person]
            return OnCall(queue, [override.person, *rest], "override", override.end)
    people, shift, until = _of_shift(rota, queue, at)
    return OnCall(queue, people, shift, until)


def quiet_until(rota: RotaBody, priority: str, at: float) -> float | None:
    """Return when the quiet hours end that hold a page of this priority back; None: call now."""
    ends = [
        span[1]
        for quiet in rota.quiet
        if priority not in quiet.but
        for span in _around(quiet, at)
        if span[0] <= at < span[1]
    ]
    return max(ends, default=None)


def steps(rota: RotaBody) -> tuple[Step, ...]:
    """Return in which steps people are called."""
    return tuple(rota.steps) or DEFAULT_STEPS


def _of_shift(rota: RotaBody, queue: str, at: float) -> tuple[list[str], str, float | None]:
    standing = [shift for shift in rota.shifts if _serves(shift.queues, queue)]
    for shift in sorted(standing, key=lambda each: not each.queues):
        for begun, start, end in _spans(shift, at):
            if start <= at < end:
                return _turn(shift, begun), shift.name, end
    return [], "", None


def _serves(queues: list[str], queue: str) -> bool:
    return not queues or queue in queues


def _turn(shift: Shift, day: date) -> list[str]:
    """Return a shift's people, whose turn it is first."""
    passed = (day - date.fromisoformat(shift.first)).days
    match shift.rotate:
        case "weekly":
            turn = passed // _WEEK
        case "daily":
            turn = passed
        case "never":
            turn = 0
    turn %= len(shift.people)
    return [*shift.people[turn:], *shift.people[:turn]]


def _around(hours: Quiet, at: float) -> Iterator[tuple[float, float]]:
    for _, start, end in _spans(hours, at):
        yield start, end


def _spans(hours: Shift | Quiet, at: float) -> Iterator[tuple[date, float, float]]:
    """Return the spans that may hold a time: the day they began on, start and end."""
    zone = ZoneInfo(hours.zone)
    today = datetime.fromtimestamp(at, zone).date()
    start, end = _clock(hours.start), _clock(hours.end)
    for day in (today - timedelta(days=1), today):
        if _DAYS[day.weekday()] in hours.days:
            last = day if end > start else day + timedelta(days=1)
            yield day, _moment(day, start, zone), _moment(last, end, zone)


def _moment(day: date, clock: time, zone: ZoneInfo) -> float:
    return datetime.combine(day, clock, zone).timestamp()


def _clock(text: str) -> time:
    hours, _, minutes = text.partition(":")
    return time(int(hours), int(minutes))


def _wrong_zone(name: str) -> str | None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return f"{name!r} is no time zone such as Europe/Berlin"
    return None


def _wrong_date(text: str) -> str | None:
    try:
        date.fromisoformat(text)
    except ValueError:
        return f"{text!r} is no day"
    return None
