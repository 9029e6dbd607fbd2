"""The life of a case as a state table: what may follow what, and nothing else.

Rules:
1. An ended case (`ENDED`) knows one move, `reopen`: so it is decided, or ends, once. What was
   decided is taken back first, and only then can it be decided otherwise.
2. A claim ends by `release`, or by `stall` where its lease ran out; `handover` gives it to another
   person. To renew one's own claim is no move.
3. `second` asks another person for their opinion; `opine` gives it, and the case is again with
   whoever asked.
4. `resolve` is for what needs nobody any more (the platform was quicker, the worker is back),
   `expire` for what nobody decided until it was due.

This floor only knows the edges; who holds a case, and where it is written, belongs to the gateway.
"""

from __future__ import annotations

from typing import Literal

from seawall.errors import InvalidTransition

__all__ = ["CASE_EDGES", "ENDED", "CaseMove", "CaseState", "advance"]

CaseState = Literal["open", "claimed", "second", "escalated", "decided", "expired", "resolved"]
CaseMove = Literal[
    "claim",
    "release",
    "stall",
    "escalate",
    "second",
    "opine",
    "decide",
    "expire",
    "resolve",
    "reopen",
    "assign",
    "handover",
]

ENDED: frozenset[CaseState] = frozenset({"decided", "expired", "resolved"})
"""Nobody is asked for any more."""

CASE_EDGES: dict[tuple[CaseState, CaseMove], CaseState] = {
    ("open", "claim"): "claimed",
    ("open", "assign"): "open",
    ("open", "second"): "second",
    ("open", "escalate"): "escalated",
    ("open", "decide"): "decided",
    ("open", "expire"): "expired",
    ("open", "resolve"): "resolved",
    ("claimed", "release"): "open",
    ("claimed", "stall"): "open",
    ("claimed", "handover"): "claimed",
    ("claimed", "assign"): "claimed",
    ("claimed", "second"): "second",
    ("claimed", "escalate"): "escalated",
    ("claimed", "decide"): "decided",
    ("claimed", "expire"): "expired",
    ("claimed", "resolve"): "resolved",
    ("second", "opine"): "claimed",
    ("second", "release"): "open",
    ("second", "stall"): "open",
    ("second", "assign"): "second",
    ("second", "escalate"): "escalated",
    ("second", "decide"): "decided",
    ("second", "expire"): "expired",
    ("second", "resolve"): "resolved",
    ("escalated", "claim"): "claimed",
    ("escalated", "assign"): "escalated",
    ("escalated", "second"): "second",
    ("escalated", "decide"): "decided",
    ("escalated", "expire"): "expired",
    ("escalated", "resolve"): "resolved",
    ("decided", "reopen"): "open",
    ("expired", "reopen"): "open",
    ("resolved", "reopen"): "open",
}


def advance(state: CaseState, move: CaseMove) -> CaseState:
    """Return the state after `move`; InvalidTransition when the table has no such edge."""
    following = CASE_EDGES.get((state, move))
    if following is None:
        raise InvalidTransition(f"a case that is {state} cannot {move}")
    return following
