"""What is remembered about users and rooms: labels in force, strikes, what a room is about.

Memory of this process, bounded. A label ends by itself at its `until`; nothing here reads a clock.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import msgspec

from seawall.ladder import decayed
from seawall.policy.model import Facts, Label
from seawall.verdicts import Change
from seawall.wire import Room

__all__ = ["Labels"]

_NOBODY = Facts()
_NO_LABELS: Mapping[str, Label] = {}

UserKey = tuple[str, str | None, str]
RoomKey = tuple[str, str]


class Labels:
    """Labels by (tenant, room, user) and (tenant, room). At most `bound` users and rooms each."""

    def __init__(self, bound: int = 200_000, half_life_s: float = 7 * 86400.0) -> None:
        self._users: OrderedDict[UserKey, dict[str, Label]] = OrderedDict()
        self._rooms: OrderedDict[RoomKey, dict[str, Label]] = OrderedDict()
        self._about: OrderedDict[RoomKey, Room] = OrderedDict()
        self._strikes: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()
        self._bound = bound
        self._half_life_s = half_life_s
        self.epoch = 0
        """Grows with every change, so that a reader knows whether what it read still holds."""

    def facts(self, tenant: str, room: str, user: str, now: float) -> Facts:
        """Return what is known at `now` (seconds since the epoch). Cheap when nothing is."""
        if not (self._users or self._rooms or self._about or self._strikes):
            return _NOBODY
        users = self._users.get((tenant, room, user))
        rooms = self._rooms.get((tenant, room))
        about = self._about.get((tenant, room))
        strikes = self._strikes.get((tenant, user))
        if users is None and rooms is None and about is None and strikes is None:
            return _NOBODY
        return Facts(
            _in_force(users, now) if users else _NO_LABELS,
            _in_force(rooms, now) if rooms else _NO_LABELS,
            decayed(strikes[0], now - strikes[1], self._half_life_s) if strikes else 0.0,
            (about.mode or "") if about else "",
            (about.topic or "") if about else "",
            (about.viewers or 0) if about else 0,
            frozenset(about.owners or ()) if about else frozenset(),
        )

    def apply(self, tenant: str, change: Change, now: float) -> None:
        """Remember a change, or take its label away when it ends now."""
        self.epoch += 1
        if change.kind == "room":
            self._put(self._rooms, (tenant, change.id), change, now)
        else:
            self._put(self._users, (tenant, change.room, change.id), change, now)

    def strike(self, tenant: str, user: str, strikes: int, now: float) -> None:
        """Add strikes to a user."""
        self.epoch += 1
        old, at = self._strikes.pop((tenant, user), (0.0, now))
        self._strikes[tenant, user] = (decayed(old, now - at, self._half_life_s) + strikes, now)
        self._trim(self._strikes)

    def about(self, tenant: str, room: Room) -> None:
        """Remember what a room is about; absent fields keep what was known."""
        self.epoch += 1
        known = self._about.pop((tenant, room.room), None)
        if known is not None:
            news = {k: v for k, v in msgspec.structs.asdict(room).items() if v is not None}
            room = msgspec.structs.replace(known, **news)
        self._about[tenant, room.room] = room
        self._trim(self._about)

    def in_force(self, now: float) -> list[tuple[str, str, str, Label]]:
        """List (tenant, kind, id, label) of every restriction in force at `now`."""
        users = [
            (key[0], "user", f"{key[1]}/{key[2]}", label)
            for key, labels in self._users.items()
            for label in _in_force(labels, now).values()
        ]
        return users + [
            (key[0], "room", key[1], label)
            for key, labels in self._rooms.items()
            for label in _in_force(labels, now).values()
        ]

    def sweep(self, now: float) -> None:
        """Drop what has ended, so that a quiet gateway forgets as well."""
        _drop_ended(self._users, now)
        _drop_ended(self._rooms, now)
        for key, (strikes, at) in list(self._strikes.items()):
            if decayed(strikes, now - at, self._half_life_s) < 0.01:
                del self._strikes[key]

    def _put(
        self, table: OrderedDict[Any, dict[str, Label]], key: Any, change: Change, now: float
    ) -> None:
        labels = table.pop(key, {})
        if change.until is not None and change.until <= now:
            labels.pop(change.label, None)
        else:
            labels[change.label] = Label(
                change.label, change.until, change.because, change.category
            )
        if labels:
            table[key] = labels
            self._trim(table)

    def _trim(self, table: OrderedDict[Any, Any]) -> None:
        """Forget whoever was touched longest ago once the bound is passed."""
        while len(table) > self._bound:
            table.popitem(last=False)


def _in_force(labels: Mapping[str, Label], now: float) -> Mapping[str, Label]:
    for label in labels.values():
        if label.until is not None and label.until <= now:
            return {
                name: kept
                for name, kept in labels.items()
                if kept.until is None or kept.until > now
            }
    return labels


def _drop_ended(table: dict[Any, dict[str, Label]], now: float) -> None:
    for key, labels in list(table.items()):
        kept = dict(_in_force(labels, now))
        if kept:
            table[key] = kept
        else:
            del table[key]
