"""What is done by hand from the room view, as the steps of a decision without a case. Pure."""

from __future__ import annotations

from gateway.deciding.recipes import Step
from gateway.refusal import Refused
from gateway.shapes.rooms import ActBody
from seawall.actions import USER_ACTIONS

__all__ = ["LIFT", "by_hand", "choice_of"]

LIFT = "un"
"""What stands before a kind that a step takes away, whoever had set it."""
MESSAGE_KINDS = ("remove", "restore", "self_only")
USER_KINDS = tuple(kind for kind in USER_ACTIONS if kind != "care")
LASTING = ("slow", "mute", "read_only", "kick", "ban")


def by_hand(room: str, body: ActBody) -> Step:
    """Return the step that a wish comes to. Raises Refused 422 for what there is not."""
    kinds = MESSAGE_KINDS if body.target == "message" else USER_KINDS
    if body.kind not in kinds:
        raise Refused(422, "bad_field", f"kind: one of {', '.join(kinds)} for a {body.target}")
    if body.lift and body.kind not in LASTING:
        raise Refused(422, "bad_field", f"lift: one of {', '.join(LASTING)} can be lifted")
    if body.target == "message":
        return Step(body.kind, "message", room, body.id, body.rev)
    kind = LIFT + body.kind if body.lift else body.kind
    for_s = None if body.lift or body.kind not in LASTING else body.for_s
    return Step(kind, "user", room, body.id, None, for_s)


def choice_of(body: ActBody) -> str:
    """Return the name of the decision that a wish is."""
    return f"{LIFT if body.lift else ''}{body.kind}"
