"""How far behind this process is, and what that means for the next message.

States, each with less work than the one before:

* `normal`: everything is examined.
* `lean`: what waits would take over half a budget. Windows, lists and lexicons judge; what
  `seawall.shedding` names is left out and reported.
* `paused`: lean, and who speaks is not read for a moment, at most a budget long. That is for a
  burst: a second one soon after the first is no burst.
* `full`: lean, everybody is read, and what could not be answered in its budget is refused.

Pure: it is told the time. A room whose lane holds more than half of all that waits does not count
here: it is that room's trouble, and refused for itself (`most_ahead`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

__all__ = ["AFTERWARDS_S", "STATES", "STILL_S", "WHY_LEAN", "Load", "State"]

State = Literal["normal", "lean", "paused", "full"]
STATES: tuple[State, ...] = ("normal", "lean", "paused", "full")
WHY_LEAN = frozenset({"timeout", "lean", "full"})
"""Why a message is judged lean: see `seawall.fallback.CAUSES`."""

LEAN_AT, PAUSE_AT, REFUSE_AT = 0.5, 0.6, 0.7
"""How much of a budget may be waiting before a state begins, and before a message is refused."""
CALM_AT = 0.25
"""Under this share of a budget, for CALM_FOR budgets, everything is examined again."""
STOOD_AT = 0.5
CALM_FOR, APART = 2.0, 4.0
"""In budgets: how long calm must last; how far apart two pauses must be."""
SETTLE_S = 0.5
"""How long nobody must have been refused before `full` ends."""
STILL_S = 1.0
"""Who has not looked for so long stood still: stopped, or its machine was."""
AFTERWARDS_S = 5.0
"""So long after that, what is read may have been answered by another gateway meanwhile."""
FIRST_COST_S = 70e-6
LEAST_COST_S, MOST_COST_S = 5e-6, 50e-3
LEARNED = 0.1


class Load:
    """The load of one process. `budget_s` is asked for the strictest chat budget in force."""

    def __init__(self, budget_s: Callable[[], float] = lambda: math.inf) -> None:
        self.state: State = "normal"
        self.cost_s = FIRST_COST_S
        """What a message takes at present, all its work together."""
        self.lean_after_s = budget_s() * LEAN_AT
        """A message that waited as long is looked at more closely by the engine; below 0: all."""
        self.stood_until = -math.inf
        """Until when what is read may lie here since this process stood still."""
        self.entered = dict.fromkeys(STATES, 0)
        self._ask = budget_s
        self._budget_s = budget_s()
        self._looked_at = math.inf
        self._behind_at = self._paused_at = self._refused_at = -math.inf

    @property
    def lean(self) -> bool:
        """Say whether all messages are judged lean."""
        return self.state != "normal"

    def why_lean(self, waited_s: float, budget_s: float) -> str:
        """Return which of WHY_LEAN a message of that budget is judged lean for; else ""."""
        if waited_s >= budget_s:
            return "timeout"
        if self.lean:
            return "full" if self.state == "full" else "lean"
        return "lean" if waited_s >= budget_s / 2 else ""

    def look(self, waiting: int, lag_s: float, now: float) -> State:
        """Take in how much waits and how long the first of it has, and return the state.

        `waiting` is in messages, `lag_s` the age of the oldest one unread, `now` monotonic seconds.
        """
        if now - self._looked_at > STILL_S:
            self.stood_until = now + AFTERWARDS_S
        self._looked_at = now
        budget_s = self._budget_s = self._ask()
        behind = max(lag_s, waiting * self.cost_s)
        if behind >= CALM_AT * budget_s:
            self._behind_at = now
        state = self.state
        if state == "paused":
            if behind < LEAN_AT * budget_s:
                state = "lean"
                self._paused_at = now
            elif now - self._paused_at > budget_s:
                state = "full"
                self._refused_at = now
        elif state == "full":
            if now - self._refused_at > SETTLE_S and behind < LEAN_AT * budget_s:
                state = "lean"
        elif waiting * self.cost_s >= PAUSE_AT * budget_s:
            if now - self._paused_at > APART * budget_s:
                state = "paused"
            else:
                state = "full"
                self._refused_at = now
            self._paused_at = now
        elif behind >= LEAN_AT * budget_s:
            state = "lean"
        elif state == "lean" and now - self._behind_at > CALM_FOR * budget_s:
            state = "normal"
        if state != self.state:
            self.entered[state] += 1
            self.state = state
        self.lean_after_s = LEAN_AT * budget_s if state == "normal" else -1.0
        return state

    def served(self, count: int, seconds: float) -> None:
        """Learn what a message takes from how long `count` of them took."""
        cost = min(max(seconds / count, LEAST_COST_S), MOST_COST_S)
        self.cost_s += LEARNED * (cost - self.cost_s)

    def fits(self, count: int) -> bool:
        """Say whether so many messages are done before anybody would notice."""
        return count * self.cost_s < CALM_AT * self._budget_s

    def calm(self, waiting: int) -> bool:
        """Say whether so little waits that everybody may be read again."""
        return waiting * self.cost_s < LEAN_AT * self._budget_s

    def most_ahead(self, pass_s: float) -> tuple[float, float]:
        """Return how many may be ahead of a message that is not refused: more, and it is too late.

        The second number is for those whose own room crowds, which is to hold most of what waits:
        they are refused early in any state, not only in `full`.
        """
        budget_s, elsewhere_s = self._budget_s, self._elsewhere_s(pass_s)
        early = (REFUSE_AT * budget_s - elsewhere_s) / self.cost_s
        if self.state == "full":
            return early, early
        return (budget_s - elsewhere_s) / self.cost_s, early

    def refused(self, crowds: bool, now: float) -> None:
        """Note that a message was refused; a crowd's refusals are its own."""
        if not crowds or self.state == "full":
            self._refused_at = now

    def too_old(self, waited_s: float, pass_s: float) -> bool:
        """Say whether a message is refused that should be judged now: what is late helps nobody
        while others could be in time. `waited_s` is since it was read."""
        return self.state == "full" and waited_s + self._elsewhere_s(pass_s) > self._budget_s

    def _elsewhere_s(self, pass_s: float) -> float:
        """Return how long a message is under way besides waiting here.

        A pass unread, a pass until its windows are back. What waited longer than that did so
        because all stood still: then it is late, not too many.
        """
        return min(2 * pass_s, STOOD_AT * self._budget_s)

    def retry_after(self, waiting: int) -> float:
        """Return when to try again, seconds; whoever tells it to many tells them different times,
        up to twice as long, or all would come back at once."""
        return max(0.1, min(5.0, 4.0 * waiting * self.cost_s))
