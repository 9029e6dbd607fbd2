"""What is remembered about users and rooms: labels in force, strikes, what a room is about.

The record keeps all of it; this is the memory that the way of a message looks into, told of what
this process decided (`put`) and of what others did (`know`). Nothing here reads a clock.

A restriction in force is never forgotten, whatever the bound: that would turn a ban into an allow
without a word. What has ended goes first; beyond `bound` the memory grows on and says so. Only what
a room is about, and strikes, are given up for others.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from heapq import heappop, heappush
from typing import TypeVar

import msgspec

from gateway.record.entry import LabelRow
from gateway.state.layers import Layer, in_force, rows_for, until_of
from gateway.state.strikes import Strike, Strikes
from seawall.policy.model import Facts, Label
from seawall.verdicts import Change
from seawall.wire import Room

__all__ = ["Labels", "Place"]

TOMBSTONE_S = 600.0
"""How long an ended row is remembered; readers of the record lag seconds."""

_NOBODY = Facts()
_NO_LABELS: Mapping[str, Label] = {}

UserKey = tuple[str, str, str]
RoomKey = tuple[str, str]
StreamKey = tuple[str, str]
Key = TypeVar("Key")
Place = tuple[str, str, str, str]
"""(tenant, kind, room, id). A user's room "" is every room; a room's id is ""."""


class Labels:
    """Labels by (tenant, room, user) and (tenant, room); `bound` users and rooms are expected."""

    def __init__(self, bound: int = 200_000, half_life_s: float = 7 * 86400.0) -> None:
        self.epoch = 0
        """Grows with every change, so that a reader knows whether what it read still holds."""
        self._users: dict[UserKey, dict[str, Label]] = {}
        self._anywhere: dict[RoomKey, dict[str, Label]] = {}
        self._rooms: dict[RoomKey, dict[str, Label]] = {}
        self._streams: dict[StreamKey, dict[str, dict[str, Label]]] = {}
        self._about: OrderedDict[RoomKey, Room] = OrderedDict()
        self._strikes = Strikes(half_life_s, 4 * bound)
        self._struck = self._strikes.users
        self._layers: dict[Place, dict[str, Layer]] = {}
        self._due: list[tuple[float, Place]] = []
        self._next: dict[Place, float] = {}
        self._bound = bound

    def facts(self, tenant: str, room: str, user: str, now: float) -> Facts:
        """Return what is known at `now` (seconds since the epoch). Cheap when nothing is."""
        if not (self._layers or self._about or self._struck):
            return _NOBODY
        users: Mapping[str, Label] | None = self._users.get((tenant, room, user))
        rooms = self._rooms.get((tenant, room))
        about = self._about.get((tenant, room))
        strikes = self._strikes.of(tenant, user, now) if self._struck else 0.0
        if self._anywhere and (everywhere := self._anywhere.get((tenant, user))) is not None:
            users = _longest(users, everywhere)
        if users is None and rooms is None and about is None and not strikes:
            return _NOBODY
        return Facts(
            _until_now(users, now) if users else _NO_LABELS,
            _until_now(rooms, now) if rooms else _NO_LABELS,
            strikes,
            (about.mode or "") if about else "",
            (about.topic or "") if about else "",
            (about.viewers or 0) if about else 0,
            frozenset(about.owners or ()) if about else frozenset(),
        )

    def of_stream(self, tenant: str, stream: str, now: float) -> Mapping[str, Label]:
        """Return what is in force on a stream at `now`, by name, in whatever room it was set."""
        rooms = self._streams.get((tenant, stream))
        found = _NO_LABELS
        for labels in (rooms or {}).values():
            found = _longest(found, labels) if found else labels
        return _until_now(found, now) if found else _NO_LABELS

    def rooms_of(self, tenant: str, stream: str) -> list[str]:
        """Return the rooms in which something is in force on a stream."""
        return list(self._streams.get((tenant, stream), ()))

    def put(self, tenant: str, rows: Iterable[LabelRow], at: float) -> None:
        """Take in rows that this process has made durable in an entry of time `at`."""
        for row in rows:
            layer = Layer(row.until, row.because, row.category, row.by, at, row.ended)
            self.know((tenant, row.kind, row.room, row.id), row.label, layer)

    def apply(
        self, tenant: str, change: Change, now: float, event: str = "", rev: int = 0, by: str = ""
    ) -> None:
        """Remember a change, or take its label away when it ends now."""
        self.put(tenant, rows_for((change,), event, rev, by, now), now)

    def strike(
        self, tenant: str, user: str, strikes: int, now: float, event: str = "", rev: int = 0
    ) -> None:
        """Add the strikes of an event to a user; the same event strikes once."""
        self.know_strike(tenant, user, event, rev, Strike(strikes, now))

    def unstrike(self, tenant: str, user: str, event: str, rev: int, now: float) -> None:
        """Take the strikes of one event back, also when they are heard of only later."""
        self.know_strike(tenant, user, event, rev, Strike(0, now, ended=True))

    def know(self, place: Place, name: str, layer: Layer) -> None:
        """Take in one row as the record holds it: the newest counts, an ended one as tombstone."""
        layers = self._layers.setdefault(place, {})
        known = layers.get(name)
        if known is not None and (known == layer or layer.set_at < known.set_at):
            return
        layers[name] = layer
        self._show(place, layers)
        self._look_again(place, layers)
        self.epoch += 1

    def know_strike(self, tenant: str, user: str, event: str, rev: int, strike: Strike) -> None:
        """Take in one event's strikes as the record holds them."""
        if self._strikes.put(tenant, user, event, rev, strike):
            self.epoch += 1

    def layers(self, tenant: str, kind: str, room: str, user: str) -> Mapping[str, Layer]:
        """Return every row of one user or room by its name, ended ones too."""
        return self._layers.get((tenant, kind, room, user), {})

    def about(self, tenant: str, room: Room) -> None:
        """Remember what a room is about; absent fields keep what was known."""
        self.epoch += 1
        known = self._about.pop((tenant, room.room), None)
        if known is not None:
            news = {k: v for k, v in msgspec.structs.asdict(room).items() if v is not None}
            room = msgspec.structs.replace(known, **news)
        self._about[tenant, room.room] = room
        while len(self._about) > self._bound:
            self._about.popitem(last=False)

    def in_force(self, now: float) -> list[tuple[str, str, str, Label]]:
        """List (tenant, kind, id, label) of every restriction in force at `now`."""
        return [
            (tenant, kind, room if kind == "room" else f"{room}/{user}", label)
            for (tenant, kind, room, user) in self._layers
            for label in _until_now(self._shown(tenant, kind, room, user), now).values()
        ]

    @property
    def over_bound(self) -> int:
        """Count users and rooms held beyond the bound because something restricts them."""
        return max(0, len(self._layers) - self._bound)

    def sweep(self, now: float, most: int = 1_000) -> None:
        """Drop what has ended, looking at no more than `most` users and rooms that are due."""
        self._strikes.sweep(now, most)
        while most and self._due and self._due[0][0] <= now:
            most -= 1
            due, place = heappop(self._due)
            if self._next.get(place) != due:
                continue
            del self._next[place]
            layers = self._layers[place]
            for name in [name for name, layer in layers.items() if _gone_at(layer) <= now]:
                del layers[name]
            if not layers:
                del self._layers[place]
            self._show(place, layers)
            self._look_again(place, layers)

    def _look_again(self, place: Place, layers: Mapping[str, Layer]) -> None:
        """Have the sweep look at a place when the first of its rows is gone."""
        due = min(map(_gone_at, layers.values()), default=float("inf"))
        if due < self._next.get(place, float("inf")):
            self._next[place] = due
            heappush(self._due, (due, place))

    def _show(self, place: Place, layers: Mapping[str, Layer]) -> None:
        """Keep beside the rows what stands of them: the way of a message reads only that."""
        tenant, kind, room, user = place
        shown = in_force(layers)
        if kind == "room":
            _keep(self._rooms, (tenant, room), shown)
        elif kind == "stream":
            rooms = self._streams.setdefault((tenant, user), {})
            _keep(rooms, room, shown)
            if not rooms:
                del self._streams[tenant, user]
        elif room:
            _keep(self._users, (tenant, room, user), shown)
        else:
            _keep(self._anywhere, (tenant, user), shown)

    def _shown(self, tenant: str, kind: str, room: str, user: str) -> Mapping[str, Label]:
        if kind == "room":
            return self._rooms.get((tenant, room), _NO_LABELS)
        if kind == "stream":
            return self._streams.get((tenant, user), {}).get(room, _NO_LABELS)
        if room:
            return self._users.get((tenant, room, user), _NO_LABELS)
        return self._anywhere.get((tenant, user), _NO_LABELS)


def _gone_at(layer: Layer) -> float:
    return layer.set_at + TOMBSTONE_S if layer.ended else until_of(layer.until)


def _keep(table: dict[Key, dict[str, Label]], key: Key, shown: dict[str, Label]) -> None:
    if shown:
        table[key] = shown
    else:
        table.pop(key, None)


def _longest(first: Mapping[str, Label] | None, second: Mapping[str, Label]) -> Mapping[str, Label]:
    if first is None:
        return second
    found = dict(second)
    for name, label in first.items():
        if name not in found or until_of(found[name].until) < until_of(label.until):
            found[name] = label
    return found


def _until_now(labels: Mapping[str, Label], now: float) -> Mapping[str, Label]:
    for label in labels.values():
        if label.until is not None and label.until <= now:
            return {
                name: kept
                for name, kept in labels.items()
                if kept.until is None or kept.until > now
            }
    return labels
