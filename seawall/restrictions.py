"""Restrictions in force: what a muted user, a slowed room or a raised shield means for a message.

A restriction is a label on a user or room. Privileged roles pass a room's restrictions, never
their own.
"""

from __future__ import annotations

from seawall.events import PRIVILEGED_ROLES, Message
from seawall.policy.model import Effect, Facts, Label, Policy, Window
from seawall.signals import Signals
from seawall.taxonomy import Severity
from seawall.verdicts import Finding

__all__ = ["ROOM_LABELS", "SILENCING", "USER_LABELS", "pacing", "restricted", "silenced"]

SILENCING = ("ban", "kick", "read_only", "mute")
"""Labels of a user under which no message passes, strictest first."""
USER_LABELS = frozenset({*SILENCING, "slow", "verified"})
ROOM_LABELS = frozenset({"slow_all", "links_off", "verified_only", "locked", "shield"})

_VERIFIED_ROLES = PRIVILEGED_ROLES | {"vip"}


def silenced(facts: Facts) -> bool:
    """Say whether the user may not speak at all: then no window needs to be asked."""
    return any(name in facts.user for name in SILENCING)


def pacing(facts: Facts, policy: Policy) -> tuple[Window, ...]:
    """Return the extra windows that pace a slowed user or room."""
    windows: list[Window] = []
    if "slow" in facts.user:
        windows.append(policy.restrictions.slow)
    if "slow_all" in facts.room:
        windows.append(policy.restrictions.slow_all)
    if "shield" in facts.room:
        windows.append(policy.restrictions.shield_slow)
    return tuple(windows)


def restricted(event: Message, signals: Signals, facts: Facts, policy: Policy) -> list[Finding]:
    """Return what the restrictions in force say to a message. Pacing is counted by windows."""
    for name in SILENCING:
        if name in facts.user:
            return [_finding(name, "block", facts.user[name])]
    if not facts.room or not event.user.roles.isdisjoint(PRIVILEGED_ROLES):
        return []
    found: list[Finding] = []
    room = facts.room
    if "locked" in room:
        found.append(_finding("locked", "block", room["locked"]))
    if "verified_only" in room and not _verified(event, facts):
        found.append(_finding("verified_only", "block", room["verified_only"]))
    if "links_off" in room and "link.any" in signals.scores:
        found.append(_finding("links_off", "block", room["links_off"]))
    if "shield" in room:
        if "link.any" in signals.scores:
            found.append(_finding("shield", "block", room["shield"]))
        elif not _verified(event, facts) and _newcomer(event, policy):
            found.append(_finding("shield", "hold", room["shield"]))
    return found


def _verified(event: Message, facts: Facts) -> bool:
    return "verified" in facts.user or not event.user.roles.isdisjoint(_VERIFIED_ROLES)


def _newcomer(event: Message, policy: Policy) -> bool:
    seen = event.user.first_seen
    return seen is None or event.at - seen < policy.restrictions.newcomer_s


def _finding(name: str, action: str, label: Label) -> Finding:
    return Finding(
        f"restriction.{name}",
        label.category,
        Severity.LOW,
        (Effect("message", action),),
        "restriction",
        value=label.because,
    )
