"""What was known when an event was judged: counts of windows, facts, and what was left undone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from seawall.policy.model import Facts, Window
from seawall.verdicts import Ease
from seawall.windows import Check

__all__ = ["NO_NEEDS", "NO_STATE", "Needs", "State"]


class Needs(msgspec.Struct, frozen=True, gc=False):
    """Windows to ask about one event, in order, and the checks to ask them with."""

    windows: Sequence[Window] = ()
    checks: Sequence[Check] = ()


class State(msgspec.Struct, frozen=True, gc=False):
    """What was known when the event was judged.

    `counts` answer `needs.checks` in order: n >= 0 within the limit, n < 0 over it. `degraded` says
    that they are this process's own counts only: then nothing strikes. `unchecked` names why the
    text was not examined whole, one of `fallback.CAUSES`; empty when it was. `tripped` says what is
    left of rules and windows that ran away, by name.
    """

    needs: Needs = Needs()
    counts: Sequence[int] = ()
    facts: Facts = Facts()
    degraded: bool = False
    unchecked: str = ""
    tripped: Mapping[str, Ease] = {}


NO_NEEDS = Needs()
NO_STATE = State()
