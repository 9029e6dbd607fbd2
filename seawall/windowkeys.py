"""Which counter of a window an event belongs to, and what is counted there.

Ids are whatever a platform sends, so every part of a key carries its length: no two different
tuples of ids ever share a counter. The braces are the cluster's hash tag, around the window's first part.
"""

from __future__ import annotations

from typing import assert_never

from seawall.events import Joined, Message
from seawall.fingerprint import fingerprint, sketch
from seawall.fold import Folded
from seawall.policy.model import KeyPart, Window

__all__ = ["window_key", "window_member"]


def window_key(window: Window, event: Message | Joined, folded: Folded) -> str | None:
    """Return the counter's key; None when the event lacks a part of it, so it is not counted."""
    tenant, parts = event.tenant, window.key
    if parts == ("room", "user"):  # the commonest, spelled out: a third of the cost
        room, user = event.room, event.user.id
        return f"{window.name}{{{len(tenant)}.{tenant}.{len(room)}.{room}}}{len(user)}.{user}"
    first = _part(parts[0], event, folded)
    if first is None:
        return None
    key = f"{window.name}{{{len(tenant)}.{tenant}.{len(first)}.{first}}}"
    for part in parts[1:]:
        value = _part(part, event, folded)
        if value is None:
            return None
        key += f"{len(value)}.{value}"
    return key


def window_member(window: Window, event: Message | Joined, folded: Folded) -> str | None:
    """Return what the window counts of an event; None when there is nothing to count."""
    match window.member:
        case "event":
            if isinstance(event, Joined):
                return f"{event.user.id} {event.at}"
            return event.id if event.rev == 0 else f"{event.id} {event.rev}"
        case "user":
            return event.user.id
        case "room":
            return event.room
        case "fingerprint":
            return fingerprint(folded)
        case _:
            assert_never(window.member)


def _part(part: KeyPart, event: Message | Joined, folded: Folded) -> str | None:
    match part:
        case "room":
            return event.room
        case "user":
            return event.user.id
        case "fingerprint":
            return fingerprint(folded)
        case "sketch":
            return sketch(folded)
        case "tenant":
            return event.tenant
        case "ip":
            return event.user.ip
        case "device":
            return event.user.device
        case _:
            assert_never(part)
