"""Which counters an event belongs to, and what is counted there.

Ids are whatever a platform sends, so every part of a key carries its length: no two different
tuples of ids ever share a counter. The braces are the cluster's hash tag, around the window's first
part. A window's question is prepared once (`asker`), because every message asks several. Words that
a room calls emotes say nothing: texts are equal without them, and one of emotes alone is counted by
no window over equal texts.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from seawall.events import Joined, Message
from seawall.fingerprint import NO_EMOTES, fingerprint, sketch
from seawall.fold import Folded
from seawall.policy.model import Window
from seawall.windows import Check, Spec

__all__ = ["Ask", "asker"]

Ask = Callable[[Message | Joined, Folded], Check | None]
"""Ask a window about an event; None where the event lacks a part of the key, or what is counted."""

Read = Callable[[Message | Joined, Folded], str | None]
ReadId = Callable[[Message | Joined, Folded], str]


def asker(window: Window, emotes: frozenset[bytes] = NO_EMOTES) -> Ask:
    """Return the function that asks a window about an event of a room with these emotes."""
    spec, name = window.spec, window.name
    copies = partial(_fingerprint, emotes)
    member = copies if window.member == "fingerprint" else _IDS[window.member]
    if window.member in _IDS:
        if window.key in _SPELLED_OUT:
            return _SPELLED_OUT[window.key](spec, name, _IDS[window.member])
        if window.key == ("room", "fingerprint"):
            return _of_room_copies(spec, name, _IDS[window.member], emotes)
    parts = _PARTS | {"fingerprint": copies}
    first, *others = (parts[part] for part in window.key)

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


def _of_room_copies(spec: Spec, name: str, member: ReadId, emotes: frozenset[bytes]) -> Ask:
    def ask(event: Message | Joined, folded: Folded) -> Check | None:
        copy = fingerprint(folded, emotes)
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


def _fingerprint(emotes: frozenset[bytes], event: Message | Joined, folded: Folded) -> str | None:
    return fingerprint(folded, emotes)


_IDS: dict[str, ReadId] = {"event": _event, "user": _user, "room": _room}
_SPELLED_OUT = {
    ("room", "user"): _of_room_user,
    ("user",): _of_user,
}
_PARTS: dict[str, Read] = {
    "room": _room,
    "user": _user,
    "tenant": lambda event, _: event.tenant,
    "ip": lambda event, _: event.user.ip,
    "device": lambda event, _: event.user.device,
    "sketch": lambda _, folded: sketch(folded),
}
