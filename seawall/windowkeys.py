"""Which counters an event belongs to, and what is counted there.

Ids are whatever a platform sends, so every part of a key carries its length: no two different
tuples of ids ever share a counter. The braces are the cluster's hash tag, around the window's first
part. A window's question is prepared once (`asker`), because every message asks several.
"""

from __future__ import annotations

from collections.abc import Callable

from seawall.events import Joined, Message
from seawall.fingerprint import fingerprint, sketch
from seawall.fold import Folded
from seawall.policy.model import Window
from seawall.windows import Check, Spec

__all__ = ["Ask", "asker"]

Ask = Callable[[Message | Joined, Folded], Check | None]
"""Ask a window about an event; None where the event lacks a part of the key, or what is counted."""

Read = Callable[[Message | Joined, Folded], str | None]
ReadId = Callable[[Message | Joined, Folded], str]


def asker(window: Window) -> Ask:
    """Return the function that asks a window about an event."""
    spec, name = window.spec, window.name
    member = _MEMBERS[window.member]
    if window.key in _SPELLED_OUT and window.member in _IDS:
        return _SPELLED_OUT[window.key](spec, name, _IDS[window.member])
    first, *others = (_PARTS[part] for part in window.key)

    def ask(event: Message | Joined, folded: Folded) -> Check | None:
        value = first(event, folded)
        if value is None:
            return None
        tenant = event.tenant
        key = f"{name}{{{len(tenant)}.{tenant}.{len(value)}.{value}}}"
        for read in others:
            value = read(event, folded)
            if value is None:
                return None
            key += f"{len(value)}.{value}"
        counted = member(event, folded)
        return None if counted is None else Check(spec, key, counted)

    return ask


# The commonest keys, spelled out: half the cost.


def _of_room_user(spec: Spec, name: str, member: ReadId) -> Ask:
    def ask(event: Message | Joined, folded: Folded) -> Check:
        tenant, room, user = event.tenant, event.room, event.user.id
        key = f"{name}{{{len(tenant)}.{tenant}.{len(room)}.{room}}}{len(user)}.{user}"
        if member is _event and type(event) is Message and not event.rev:
            return Check(spec, key, event.id)
        return Check(spec, key, member(event, folded))

    return ask


def _of_user(spec: Spec, name: str, member: ReadId) -> Ask:
    def ask(event: Message | Joined, folded: Folded) -> Check:
        tenant, user = event.tenant, event.user.id
        key = f"{name}{{{len(tenant)}.{tenant}.{len(user)}.{user}}}"
        if member is _event and type(event) is Message and not event.rev:
            return Check(spec, key, event.id)
        return Check(spec, key, member(event, folded))

    return ask


def _of_room_copies(spec: Spec, name: str, member: ReadId) -> Ask:
    def ask(event: Message | Joined, folded: Folded) -> Check | None:
        copy = fingerprint(folded)
        if copy is None:
            return None
        tenant, room = event.tenant, event.room
        key = f"{name}{{{len(tenant)}.{tenant}.{len(room)}.{room}}}{len(copy)}.{copy}"
        return Check(spec, key, member(event, folded))

    return ask


def _event(event: Message | Joined, folded: Folded) -> str:
    if isinstance(event, Message):  # asked for a join, it is slow: a struct's type has a type
        return f"{event.id} {event.rev}" if event.rev else event.id
    return f"{event.user.id} {event.at}"


def _user(event: Message | Joined, folded: Folded) -> str:
    return event.user.id


def _room(event: Message | Joined, folded: Folded) -> str:
    return event.room


def _fingerprint(event: Message | Joined, folded: Folded) -> str | None:
    return fingerprint(folded)


_IDS: dict[str, ReadId] = {"event": _event, "user": _user, "room": _room}
_MEMBERS: dict[str, Read] = {**_IDS, "fingerprint": _fingerprint}
_SPELLED_OUT = {
    ("room", "user"): _of_room_user,
    ("user",): _of_user,
    ("room", "fingerprint"): _of_room_copies,
}
_PARTS: dict[str, Read] = {
    "room": _room,
    "user": _user,
    "tenant": lambda event, _: event.tenant,
    "ip": lambda event, _: event.user.ip,
    "device": lambda event, _: event.user.device,
    "fingerprint": _fingerprint,
    "sketch": lambda _, folded: sketch(folded),
}
