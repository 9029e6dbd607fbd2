"""The life of a case as a state table: what may follow what, and nothing else.

This floor only knows the edges; who holds a case, and where it is written, belongs to the gateway.
"""

from __future__ import annotations

from typing import Literal

from seawall.errors import InvalidTransition

__all__ = ["CASE_EDGES", "CaseMove", "CaseState", "advance"]

CaseState = Literal["open", "claimed", "escalated", "decided", "expired"]
CaseMove = Literal["claim", "release", "escalate", "decide", "expire"]

CASE_EDGES: dict[tuple[CaseState, CaseMove], CaseState] = {
    ("open", "claim"): "claimed",
    ("open", "escalate"): "escalated",
    ("open", "decide"): "decided",
    ("open", "expire"): "expired",
    ("claimed", "release"): "open",
    ("claimed", "escalate"): "escalated",
    ("claimed", "decide"): "decided",
    ("claimed", "expire"): "expired",
    ("escalated", "claim"): "claimed",
    ("escalated", "decide"): "decided",
    ("escalated", "expire"): "expired",
}


def advance(state: CaseState, move: CaseMove) -> CaseState:
    """Return the state after `move`; InvalidTransition when the table has no such edge."""
    following = CASE_EDGES.get((state, move))
    if following is None:
        raise InvalidTransition(f"a case that is {state} cannot {move}")
    return following
