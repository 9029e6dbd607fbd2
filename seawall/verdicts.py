"""What `decide` answers: one verdict, why, and everything that follows from it.

A verdict is a value. Nothing has happened yet when it exists: the gateway journals it, sends it,
and carries out its commands and changes.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from seawall.actions import Action, Target, is_restriction
from seawall.policy.model import CaseSpec, Effect, Stage
from seawall.signals import Span
from seawall.taxonomy import Severity

__all__ = ["Change", "Ease", "Finding", "Verdict"]

Ease = Literal["hold", "flag"]
"""What a rule that ran away is left with: it may hold a message, or say what it found."""


class Finding(msgspec.Struct, frozen=True):
    """A rule, window or restriction that applied, with what it asks for and why.

    `value` is what was matched; `parts` are earlier message ids a split match spreads over. `eased`
    says why it does less than its rule says: the user is not in its canary, or it ran away.
    """

    rule: str
    category: str
    severity: Severity
    effects: tuple[Effect, ...]
    detector: str
    score: float = 1.0
    span: Span | None = None
    value: str = ""
    parts: tuple[str, ...] = ()
    stage: Stage = "act"
    strikes: int = 0
    case: CaseSpec | None = None
    notice: str | None = None
    eased: Ease | Literal["", "canary"] = ""


class Change(msgspec.Struct, frozen=True):
    """A label to remember: a restriction or fact on a user or room, in force until `until`.

    `until` None lasts until reversed; a time not after the event's own takes the label away.
    """

    kind: Literal["user", "room"]
    room: str | None
    id: str
    label: str
    until: float | None
    because: str
    category: str


class Verdict(msgspec.Struct, frozen=True):
    """What to do about one event.

    `action` is the message action, `visibility` `reduced` or `self_only` besides. `actions` fall on
    user, room or stream; `commands` are those among them (and removals of earlier messages) that a
    server must carry out and acknowledge. `until` is when a hold or restriction ends by itself.
    """

    policy: str
    action: str = "allow"
    visibility: str | None = None
    actions: tuple[Action, ...] = ()
    reasons: tuple[Finding, ...] = ()
    shadow: tuple[Finding, ...] = ()
    text: str | None = None
    notice: str | None = None
    until: float | None = None
    commands: tuple[Action, ...] = ()
    changes: tuple[Change, ...] = ()
    asks: tuple[str, ...] = ()
    case: CaseSpec | None = None
    strikes: int = 0
    late: bool = False
    outcome: Literal["approved", "denied", "expired"] | None = None
    target: Target | None = None

    @property
    def restricts(self) -> bool:
        """Say whether anything is taken from anybody: then it is journaled before it leaves."""
        return (
            self.action != "allow"
            or self.visibility is not None
            or bool(self.commands)
            or any(is_restriction(action.kind) for action in self.actions)
        )
