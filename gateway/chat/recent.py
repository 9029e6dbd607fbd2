"""What was said last in each room, in this process's memory and nowhere else.

Rules:
1. Only what this gateway judged is here: of a room that two gateways serve, each has its part.
2. At most ROOM_MOST messages a room, `seconds` old, and `mb` MiB altogether; what is oldest goes
   first. An edit takes the place of what it edits, and what the platform deletes leaves at once.
3. Messages are counted by tenant and action since midnight UTC, or this process's start.
4. `add` is on the way of every message and does no more than note it; `settle` files what was
   noted, some milliseconds later and after the answers have left. Whoever reads settles first.
5. A message is kept as one piece of bytes: objects that stay would push others out of the caches,
   and cost the messages that follow three times what filing them does.
6. The erasure of a person's data does not reach in here: it is all gone after `seconds`.
"""

from __future__ import annotations

import time
from bisect import bisect_left, bisect_right
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from heapq import heappop, heappush
from math import inf
from operator import attrgetter

from msgspec import Struct
from msgspec.structs import replace

from gateway.chat.said import Ring, Said, drop, encode, newest, of_event, pack, said_at, unpack
from gateway.record.holds import Held
from seawall import wire
from seawall.brake import day_of, day_start
from seawall.events import PRIVILEGED_ROLES, Deleted, Message
from seawall.fold import fold
from seawall.verdicts import Verdict

__all__ = ["ROOM_MOST", "Recent", "RoomPulse", "Said", "shown"]

ROOM_MOST = 200
"""Messages kept of a room."""
SETTLE_S = 0.05
BATCH = 256
"""So many messages are filed at once, however soon they came."""
SLOT_S = 10.0
_SLOTS = 6
ROOM_BYTES = 1_800
"""What a room costs besides its messages: its name, its table, its numbers. Measured."""
SAID_BYTES = 60
"""What a message costs besides its bytes."""


class RoomPulse(Struct, frozen=True):
    """A room now: messages and restricted ones of the last minute, when the latest came."""

    room: str
    messages: int
    restricted: int
    latest: float


class _Room:
    """One room's messages, the oldest first, and its numbers in slots of SLOT_S."""

    __slots__ = ("latest", "messages", "restricted", "said", "slot")

    def __init__(self, slot: int) -> None:
        self.said: Ring = deque()
        self.latest = 0.0
        self.slot = slot
        self.messages = [0] * _SLOTS
        self.restricted = [0] * _SLOTS

    def turn(self, slot: int) -> None:
        """Empty the slots that passed since the last message."""
        for passed in range(max(self.slot + 1, slot - _SLOTS + 1), slot + 1):
            self.messages[passed % _SLOTS] = self.restricted[passed % _SLOTS] = 0
        self.slot = max(self.slot, slot)


class Recent:
    """The last messages of every room of every tenant. Times are seconds since the epoch.

    `listening` are told (tenant, said) of each new or changed message when it is filed.
    """

    def __init__(
        self,
        seconds: float = 600.0,
        mb: float = 32,
        later: Callable[[float, Callable[[], None]], object] | None = None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """`later` calls back after seconds; without it only readers and batches settle."""
        self.heard: list[Callable[[str, Said], None]] = []
        self.seconds = seconds
        self.used = 0
        self._most = int(mb * (1 << 20))
        self._later = later
        self._wall = wall
        self._noted: list[tuple[Message, str]] = []
        self._rooms: dict[tuple[str, str], _Room] = {}
        self._oldest: list[tuple[float, tuple[str, str]]] = []
        self._days: dict[str, Counter[str]] = {}
        self._day = day_of(wall())
        self._counts_since = wall()

    def __len__(self) -> int:
        self.settle()
        return sum(len(room.said) for room in self._rooms.values())

    @property
    def on(self) -> bool:
        """Say whether anything is kept at all."""
        return self._most > 0 and self.seconds > 0

    def add(self, event: Message, action: str) -> None:
        """Note a message that has its verdict. Costs next to nothing; `settle` does the work."""
        noted = self._noted
        if not noted and self._later is not None:
            self._later(SETTLE_S, self.settle)
        noted.append((event, action))
        if len(noted) >= BATCH:
            self.settle()

    def settle(self) -> None:
        """File what was noted, let the oldest go, tell whoever listens."""
        noted = self._noted
        if not noted:
            return
        self._noted = []
        latest = noted[-1][0].at
        if latest >= day_start(self._day + 1):
            self._begin_day(latest)
        told: list[tuple[str, Said]] = []
        self._file(noted, int(latest // SLOT_S), told.append if self.heard else None)
        self._forget(latest - self.seconds)
        for tenant, said in told:
            self._tell(tenant, said)

    def _file(
        self,
        noted: list[tuple[Message, str]],
        slot: int,
        tell: Callable[[tuple[str, Said]], None] | None,
    ) -> None:
        rooms, used, place = self._rooms, self.used, slot % _SLOTS
        whose, day, allowed = "", Counter[str](), 0
        for event, action in noted:
            name = event.room
            if not name:
                continue  # a profile: it is said nowhere
            tenant = event.tenant
            key = (tenant, name)
            room = rooms.get(key)
            if room is None:
                room, used = self._open(key, slot, event.at), used + ROOM_BYTES
            elif room.slot != slot:
                room.turn(slot)
            user, ring = event.user, room.said
            exempt = bool(user.roles) and not user.roles.isdisjoint(PRIVILEGED_ROLES)
            kept = encode(
                (event.at, event.id, event.rev, user.id, user.name, event.text, action, exempt)
            )
            if event.rev:
                used -= drop(ring, event.id, event.rev, SAID_BYTES)
            ring.append(kept)
            used += SAID_BYTES + len(kept)
            room.latest = event.at
            room.messages[place] += 1
            if tenant is not whose:  # another's: that of one connection is one object
                day["allow"] += allowed
                whose, day, allowed = tenant, self._days.setdefault(tenant, Counter()), 0
            if action == "allow":
                allowed += 1
            else:
                day[action] += 1
                room.restricted[place] += 1
            if len(ring) > ROOM_MOST:
                used -= SAID_BYTES + len(ring.popleft())
            if tell is not None:
                tell((tenant, unpack(kept, name)))
        day["allow"] += allowed
        self.used = used

    def restyle(self, tenant: str, event: str, rev: int | None, action: str, room: str) -> None:
        """Show another action of a message: a command, a hold's end or an undo changed it.

        `rev` None: whichever is here.
        """
        self.settle()
        ring = self._ring(tenant, room)
        for place, kept in of_event(ring, event):
            said = unpack(kept, room)
            if (rev is None or said.rev == rev) and said.action != action:
                said = replace(said, action=action)
                ring[place] = pack(said)
                self.used += len(ring[place]) - len(kept)
                self._tell(tenant, said)

    def drop(self, tenant: str, room: str, event: str) -> None:
        """Forget a message that the platform deleted."""
        self.settle()
        self.used -= drop(self._ring(tenant, room), event, None, SAID_BYTES)

    def ordered(self, tenant: str, command: wire.Command) -> None:
        """Hear of a command (`Commands.heard`): what is done to a message now shows."""
        target = command.target
        if target.kind == "message" and target.room and target.id:
            self.restyle(tenant, target.id, target.rev, command.kind, target.room)

    def ended(self, held: Held) -> None:
        """Hear how a hold ended (`HoldDesk.ended`)."""
        if held.outcome is not None:
            action = "allow" if held.outcome == "approved" else "block"
            self.restyle(held.tenant, held.id, held.rev, action, held.room)

    def deleted(self, event: Deleted) -> None:
        """Hear that the platform deleted a message (`Service.deleted`)."""
        self.drop(event.tenant, event.room, event.id)

    def of(
        self, tenant: str, room: str, since: float | None = None, limit: int = ROOM_MOST
    ) -> list[Said]:
        """Return a room's last messages, the newest last."""
        self.sweep()
        found = newest(unpack(kept, room) for kept in self._ring(tenant, room))
        if since is not None:
            found = [said for said in found if said.at >= since]
        return found[-limit:] if limit > 0 else []

    def around(
        self, tenant: str, room: str, at: float, before: int = 10, after: int = 10
    ) -> list[Said]:
        """Return what was said in a room just before a time, at it, and just after."""
        found = sorted(self.of(tenant, room), key=_at)
        first, last = bisect_left(found, at, key=_at), bisect_right(found, at, key=_at)
        return found[max(0, first - before) : last + after]

    def author(self, tenant: str, room: str, event: str) -> str | None:
        """Return who said a message that is still here."""
        self.settle()
        found = of_event(self._ring(tenant, room), event)
        return unpack(found[-1][1], room).user if found else None

    def is_exempt(self, tenant: str, room: str, user: str) -> bool:
        """Say whether somebody spoke here lately as one of the house."""
        self.settle()
        wanted = user.encode()
        said = (unpack(kept, room) for kept in self._ring(tenant, room) if wanted in kept)
        return any(each.exempt and each.user == user for each in said)

    def since(self, tenant: str, since: float, room: str | None = None) -> Iterator[Said]:
        """Yield a tenant's messages of a time or later as they stand now; None: of all rooms.

        They are read one by one as they are asked for, so that others may have their turn.
        """
        self.sweep()
        rings = [
            (name, tuple(each.said))
            for (whose, name), each in self._rooms.items()
            if whose == tenant and room in (None, name) and each.latest >= since
        ]
        return (
            said
            for name, ring in rings
            for said in newest(unpack(kept, name) for kept in ring)
            if said.at >= since
        )

    def find(
        self, tenant: str, phrase_folded: str, since: float, room: str | None = None
    ) -> list[Said]:
        """Return the messages whose folded words hold a phrase that is folded too.

        Folds every message there is: for a person's look, not for the way of a message.
        """
        wanted = f" {phrase_folded} "
        return [
            said
            for said in self.since(tenant, since, room)
            if wanted in f" {fold(said.text).spaced} "
        ]

    def rooms(self, tenant: str) -> list[RoomPulse]:
        """Return a tenant's rooms in which something was said lately, the busiest first."""
        self.sweep()
        slot = int(self._wall() // SLOT_S)
        found = []
        for (whose, name), room in self._rooms.items():
            if whose == tenant:
                room.turn(slot)
                pulse = RoomPulse(name, sum(room.messages), sum(room.restricted), room.latest)
                found.append(pulse)
        found.sort(key=lambda pulse: (-pulse.messages, -pulse.latest, pulse.room))
        return found

    def pulse(self, tenant: str, room: str) -> RoomPulse:
        """Return the numbers of one room, zeros where nothing was said."""
        known = self._rooms.get((tenant, room))
        if known is None:
            return RoomPulse(room, 0, 0, 0.0)
        known.turn(int(self._wall() // SLOT_S))
        return RoomPulse(room, sum(known.messages), sum(known.restricted), known.latest)

    def sweep(self) -> None:
        """File what was noted and let go what is too old; call it now and then."""
        self.settle()
        self._forget(self._wall() - self.seconds)

    def counts(self, tenant: str) -> tuple[float, Mapping[str, int]]:
        """Return since when messages are counted, and how many there were by action."""
        self.settle()
        now = self._wall()
        if now >= day_start(self._day + 1):
            self._begin_day(now)
        return self._counts_since, dict(self._days.get(tenant, {}))

    def _begin_day(self, now: float) -> None:
        self._day = day_of(now)
        self._counts_since = day_start(self._day)
        for day in self._days.values():
            day.clear()

    def _open(self, key: tuple[str, str], slot: int, at: float) -> _Room:
        room = self._rooms[key] = _Room(slot)
        heappush(self._oldest, (at, key))
        return room

    def _ring(self, tenant: str, room: str) -> Ring:
        known = self._rooms.get((tenant, room))
        return deque() if known is None else known.said

    def _forget(self, before: float) -> None:
        """Let go what is older than `before`, and the oldest while there is too much.

        The order holds each room once, by a time not after its oldest message's.
        """
        oldest = self._oldest
        while oldest and (oldest[0][0] < before or self.used > self._most):
            _, key = heappop(oldest)
            room = self._rooms[key]
            ring = room.said
            next_oldest = oldest[0][0] if oldest else inf
            while ring:
                first = said_at(ring[0])
                full = self.used > self._most and first <= next_oldest
                if first >= before and not full:
                    break
                self.used -= SAID_BYTES + len(ring.popleft())
            if ring:
                heappush(oldest, (said_at(ring[0]), key))
            else:
                self.used -= ROOM_BYTES
                del self._rooms[key]

    def _tell(self, tenant: str, said: Said) -> None:
        for hear in self.heard:
            hear(tenant, said)


_at = attrgetter("at")


def shown(verdict: Verdict) -> str:
    """Return what a verdict does to its message, in one word."""
    return verdict.action if verdict.action != "allow" else verdict.visibility or "allow"
