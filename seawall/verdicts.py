"""What `decide` answers: one verdict, why, and everything that follows from it.

A verdict is a value. Nothing has happened yet when it exists: the gateway journals it, sends it,
and carries out its commands and changes.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from seawall.actions import Action, Target, is_restriction
from seawall.policy.model import CaseSpec, Effect, Stage
from seawall.policy.streams import Nobody
from seawall.signals import Span
from seawall.taxonomy import Severity

__all__ = ["Change", "Ease", "Finding", "Idle", "Verdict", "Vetoable"]

Ease = Literal["hold", "flag"]
"""What a rule that ran away is left with: it may hold a message, or say what it found."""
Idle = Literal["over", "weak", "cooldown"]
"""Why a rule does nothing to a stream now: it was not met often enough, only its `flag` was met, or
it has just acted."""


class Finding(msgspec.Struct, frozen=True):
    """A rule, window or restriction that applied, with what it asks for and why.

    `value` is what was matched; `parts` are earlier message ids a split match spreads over. `eased`
    says why it does less than its rule says: the user is not in its canary, it ran away, it waits
    (`Idle`), or what was said may still change (`provisional`).
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
    eased: Ease | Idle | Literal["", "canary", "provisional"] = ""


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


class Vetoable(msgspec.Struct, frozen=True):
    """A cut that waits `wait_s` for a human's veto; `nobody` says what happens without one."""

    action: Action
    wait_s: float
    nobody: Nobody
    rule: str
    category: str


class Verdict(msgspec.Struct, frozen=True):
    """What to do about one event.

    `action` is the message action, `visibility` `reduced` or `self_only` besides. `actions` fall on
    user, room or stream; `commands` are those among them (and removals of earlier messages) that a
    server must carry out and acknowledge. `until` is when a hold or restriction ends by itself.
    `vetoable` is what waits for a human: nothing of it is done yet.
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
    vetoable: tuple[Vetoable, ...] = ()

    @property
    def restricts(self) -> bool:
        """Say whether anything is taken from anybody: then it is journaled before it leaves."""
        return (
            self.action != "allow"
            or self.visibility is not None
            or bool(self.commands)
            or any(is_restriction(action.kind) for action in self.actions)
        )
