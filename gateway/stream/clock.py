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

__all__ = ["SPAN_S", "STEP_S", "Clocks", "ServerClock", "captured"]

STEP_S = 1.0
SPAN_S = 60.0
"""The least is that of the last one to two spans: clocks are set right, and drift."""
_HOLD_S = 0.25
"""An offset that changed by less is the old one: what is derived from it should not tremble."""
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
