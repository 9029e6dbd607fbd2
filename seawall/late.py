"""What is found after a verdict never sends a second one: it takes the message back by command."""

from __future__ import annotations

import msgspec

from seawall.actions import Action, Target, strictness
from seawall.events import Message
from seawall.verdicts import Verdict

__all__ = ["taken_back"]


def taken_back(event: Message, said: str, verdict: Verdict) -> Verdict | None:
    """Return what follows when `verdict` is known only now and `said` was the action answered.

    None when it would have been no stricter. What would have been held is shown to its author only
    and left to people; what would have been blocked is removed. Nobody strikes or is restricted for
    it: the message stood, and others may have answered it.
    """
    would = verdict.action
    if strictness("message", would) <= strictness("message", said) or would == "mask":
        return None
    kind = "self_only" if would == "hold" else "remove"
    action = Action(Target("message", event.room, event.id, event.rev), kind)
    return msgspec.structs.replace(
        verdict,
        action="allow" if kind == "self_only" else "remove",
        visibility="self_only" if kind == "self_only" else None,
        actions=(),
        text=None,
        until=None,
        commands=(action,),
        changes=(),
        strikes=0,
        late=True,
    )
