"""How far a server's clock is from ours, as far as what arrives can tell.

Nothing arrives before it was captured: the least (arrival - capture) of late is the offset plus the
shortest way. Where that is between 0 and `STEP_S` the clocks are in step and it is all way: such
a way is time that counts as lag. Below 0 the server's clock is ahead, above it is behind; then the
shortest way is taken for none, since nobody could tell it from the offset.

`hello` carries no time and a ping's answer none either; what says when it was made are chat events
and the pieces of streams.
"""

from __future__ import annotations

from collections import OrderedDict

__all__ = ["LEAP_S", "SPAN_S", "STEP_S", "Captures", "Clocks", "ServerClock", "captured"]

STEP_S = 1.0
SPAN_S = 60.0
"""The least is that of the last one to two spans: clocks are set right, and drift."""
_HOLD_S = 0.25
"""An offset that changed by less is the old one: what is derived from it should not tremble."""
LEAP_S = 300.0
"""Capture times that go on by this much more than time does have leapt. A piece of a recording
that is sent faster than it plays may hold minutes of sound."""
_DAY_S = 86_400.0
_SERVERS = 1024


class ServerClock:
    """One server's clock."""

    __slots__ = ("_before", "_least", "_since", "offset_s")

    def __init__(self) -> None:
        self.offset_s = 0.0
        """What to add to its times to get ours."""
        self._least: float | None = None
        self._before: float | None = None
        self._since = 0.0

    def seen(self, made_at: float, now: float) -> None:
        """Learn from something the server says it made at `made_at` and we got at `now`."""
        behind = now - made_at
        if not -_DAY_S < behind < _DAY_S:
            return
        if now - self._since > SPAN_S or now < self._since:
            self._before, self._least, self._since = self._least, None, now
        if self._least is not None and behind >= self._least:
            return
        self._least = behind
        least = behind if self._before is None else min(behind, self._before)
        offset_s = 0.0 if 0.0 <= least <= STEP_S else least
        if abs(offset_s - self.offset_s) > _HOLD_S:
            self.offset_s = offset_s

    def set(self, made_at: float, now: float) -> None:
        """Take its clock as just set: what was learned before is of the old one."""
        self._least = self._before = None
        self._since = now
        self.seen(made_at, now)


class Clocks:
    """The clocks of all servers; the longest unheard are forgotten first."""

    def __init__(self) -> None:
        self._clocks: OrderedDict[tuple[str, str], ServerClock] = OrderedDict()

    def of(self, tenant: str, server: str) -> ServerClock:
        """Return a server's clock."""
        clock = self._clocks.get((tenant, server))
        if clock is None:
            clock = self._clocks[tenant, server] = ServerClock()
            if len(self._clocks) > _SERVERS:
                self._clocks.popitem(last=False)
        else:
            self._clocks.move_to_end((tenant, server))
        return clock


def captured(captured_ms: int, now: float) -> float:
    """Return a header's capture time in seconds; `now` for one that cannot be.

    A file that is pushed faster than it plays runs ahead of the clock: a day is let through.
    """
    at = captured_ms / 1000.0
    return at if -_DAY_S < at - now < _DAY_S else now


class Captures:
    """One stream's capture times: a leap is believed when the next piece says so, too.

    One odd stamp would put everything after it in the past: nothing of it were told any more.
    """

    __slots__ = ("_came", "_doubt", "_last")

    def __init__(self) -> None:
        self._last: float | None = None
        self._came = 0.0
        self._doubt: tuple[float, float] | None = None

    def take(self, captured_ms: int, now: float) -> tuple[float, bool]:
        """Return when a piece that comes `now` was captured, and whether time leapt before it."""
        at = captured(captured_ms, now)
        last, passed = self._last, max(0.0, now - self._came)
        leapt = False
        if last is not None and not _follows(at, last, passed):
            doubt, self._doubt = self._doubt, (at, now)
            if doubt is None or not _follows(at, doubt[0], max(0.0, now - doubt[1])):
                at = last + min(passed, LEAP_S)
            else:
                leapt, self._doubt = True, None
        else:
            self._doubt = None
        self._last, self._came = at, now
        return at, leapt


def _follows(at: float, last: float, passed: float) -> bool:
    return -LEAP_S <= at - last <= passed + LEAP_S
