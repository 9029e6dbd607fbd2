"""What the client asked and nobody answered yet, and which commands it carried out. No I/O.

Rules:
1. A key is asked once at a time and answered at most once; whatever comes besides is only counted.
2. No more is in flight than the gateway allows. What was sent counts until it is answered, even
   when whoever asked has gone: the gateway counts it too.
3. After a break everything still waited for is sent again, in the order it was first asked.
4. Everything held is bounded: by what may be in flight, by age, or by a limit.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from seawall import wire
from seawall.actions import REVERTS, Target
from seawall.errors import WireError

__all__ = ["ACK", "QUEUE", "Applied", "Arrival", "Counts", "Frame", "Key", "Ledger", "key_of"]

Key = tuple[str, int]
"""(id, rev) of what awaits a verdict, (id, ACK) of what awaits an `ack`, ("", n) of the rest."""

ACK = -1
"""Stands for rev in the key of a message that is answered by `ack`."""

QUEUE = 16_384
"""How many messages may wait to be sent."""

_BATCH_HEAD = b'{"type":"batch","items":['
_BATCH_TAIL = b"]}"


class Arrival(Enum):
    """What an answer that came in is worth."""

    ANSWER = "answer"
    """The first answer, and somebody waits for it."""
    LATE = "late"
    """Whoever asked has stopped waiting."""
    STRAY = "stray"
    """Never asked, or answered before."""


class Frame(NamedTuple):
    """One text frame to send; when nothing will answer it, the key that writing it settles."""

    data: bytes
    plain: Key | None = None


@dataclass(slots=True)
class Counts:
    """What the client saw; each number only grows."""

    answered: int = 0
    """Answers of the gateway that somebody waited for: verdicts, acks, errors."""
    unchecked: int = 0
    """Verdicts made locally because the gateway's did not come in time."""
    late: int = 0
    """Answers dropped because the caller's timer had run out."""
    stray: int = 0
    """Answers dropped because nobody asked, or because they were a repetition."""
    unreadable: int = 0
    """Frames of the gateway ignored: types of a newer version, or garbage."""
    errors: int = 0
    """`error` messages received."""
    retried: int = 0
    """Messages sent again because the gateway was overloaded or limited the rate."""
    applied: int = 0
    """Commands carried out."""
    repeated: int = 0
    """Commands confirmed without being carried out again, and outcomes of holds heard again."""
    failed: int = 0
    """Commands answered with `failed`, and hold handlers that raised."""
    breaks: int = 0
    """Connections that ended without our doing."""


@dataclass(slots=True)
class _Entry:
    item: bytes
    group: int
    sent: bool = False
    """In flight now."""
    asked: bool = False
    """Sent at least once on this connection: an answer may come."""
    given_up: bool = False


def key_of(message: wire.ClientMessage, serial: int) -> Key:
    """Name what will answer the message; `serial` tells apart those that nothing answers."""
    match message:
        case wire.Chat() | wire.Edit():
            return message.id, message.rev
        case wire.Profile():
            return message.id, 0
        case wire.Report() | wire.Answer():
            return message.id, ACK
        case _:
            return "", serial


class Ledger:
    """The messages between `open` and their one answer; `inflight` of them may be sent."""

    def __init__(self, inflight: int, counts: Counts) -> None:
        self.inflight = inflight
        self._counts = counts
        self._entries: dict[Key, _Entry] = {}
        self._queue: OrderedDict[Key, None] = OrderedDict()
        self._given_up: OrderedDict[Key, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def in_flight(self) -> int:
        """How many were sent and have no answer."""
        return len(self._entries) - len(self._queue)

    def open(self, key: Key, item: bytes, group: int = 0) -> bool:
        """Queue a message (`item` is its JSON); False when the queue is full.

        Neighbours of one group other than 0 leave together in a batch. Raises WireError
        `id_reused` while the same key is still waited for.
        """
        known = self._entries.get(key)
        if known is not None and not known.given_up:
            raise WireError("id_reused", "this (id, rev) still waits for its answer", *key)
        if len(self._queue) >= QUEUE:
            return False
        if known is not None:
            self._forget(key)
        self._entries[key] = _Entry(item, group)
        self._queue[key] = None
        return True

    def take(self, max_items: int, max_bytes: int) -> Frame | None:
        """Return the next frame to send; None when nothing is left or nothing more may be sent."""
        keys: list[Key] = []
        size = len(_BATCH_HEAD) + len(_BATCH_TAIL)
        most = min(max_items, self.inflight - self.in_flight)
        group = 0
        for key in self._queue:
            entry = self._entries[key]
            size += len(entry.item) + 1
            if len(keys) >= most or (
                keys and (not group or entry.group != group or size > max_bytes)
            ):
                break
            keys.append(key)
            group = entry.group
        if not keys:
            return None
        for key in keys:
            del self._queue[key]
            self._entries[key].sent = self._entries[key].asked = True
        items = [self._entries[key].item for key in keys]
        if len(items) == 1:
            return Frame(items[0], None if keys[0][0] else keys[0])
        return Frame(_BATCH_HEAD + b",".join(items) + _BATCH_TAIL)

    def settle(self, key: Key) -> Arrival:
        """Take an answer in, and say what it is worth."""
        entry = self._entries.get(key)
        if entry is None or not entry.asked:
            self._counts.stray += 1
            return Arrival.STRAY
        self._forget(key)
        if entry.given_up:
            self._counts.late += 1
            return Arrival.LATE
        if key[0]:
            self._counts.answered += 1
        return Arrival.ANSWER

    def give_up(self, key: Key, at: float) -> None:
        """Stop waiting for an answer. What was not sent yet never will be."""
        entry = self._entries.get(key)
        if entry is None or entry.given_up:
            return
        if entry.sent:
            entry.given_up = True
            self._given_up[key] = at
        else:
            self._forget(key)

    def expire(self, before: float) -> None:
        """Count what was given up before then as not in flight any more."""
        while self._given_up and next(iter(self._given_up.values())) < before:
            self._forget(next(iter(self._given_up)))

    def break_off(self, *, resend: bool = True) -> list[Key]:
        """The connection is gone: queue again, in order, what was sent and is still waited for.

        With `resend` False that is dropped instead, and its keys returned.
        """
        for key in tuple(self._given_up):
            self._forget(key)
        lost = [] if resend else [key for key, entry in self._entries.items() if entry.sent]
        for key in lost:
            self._forget(key)
        for entry in self._entries.values():
            entry.sent, entry.asked, entry.group = False, False, 0
        self._queue = OrderedDict.fromkeys(self._entries)
        return lost

    def split(self, key: Key | None) -> None:
        """A batch was refused whole because of `key`: queue its other messages again, each alone.

        Without a key it may have been any batch; asking twice for the same (id, rev) is harmless.
        """
        refused = self._entries[key].group if key is not None else None
        for other, entry in self._entries.items():
            if entry.group and refused in (None, entry.group):
                entry.group = 0
                if entry.sent and not entry.given_up and other != key:
                    entry.sent = False
                    self._queue[other] = None

    def find(self, ref: str, rev: int | None) -> Key | None:
        """Find what an `error` is about; without rev, whatever has that id."""
        if rev is not None:
            return (ref, rev) if (ref, rev) in self._entries else None
        return next((key for key in self._entries if key[0] == ref), None)

    def _forget(self, key: Key) -> None:
        del self._entries[key]
        self._queue.pop(key, None)
        self._given_up.pop(key, None)


class Applied:
    """The last seq carried out per (target, kind); of more than `limit` the oldest is forgotten.

    `restore` and what it takes back count as one kind where they meet: of a `remove` and the
    `restore` of it, over whichever connections they came, the later ordered one stands.
    """

    def __init__(self, counts: Counts, limit: int = 16_384) -> None:
        self._counts = counts
        self._limit = limit
        self._last: OrderedDict[tuple[Target, str], int] = OrderedDict()
        self._holds: OrderedDict[Key, None] = OrderedDict()

    def review(self, command: wire.Command, now: float) -> wire.Done | wire.Failed | None:
        """Return what to answer at once; None means: carry the command out."""
        last = max(self._last.get((command.target, kind), -1) for kind in _rivals(command.kind))
        if command.seq <= last:
            self._counts.repeated += 1
            return wire.Done(command.id, now)
        if command.until is not None and command.until < now:
            return self.failed(command, "expired")
        return None

    def done(self, command: wire.Command, now: float) -> wire.Done:
        """Remember that the command was carried out, and return the answer."""
        key = (command.target, command.kind)
        self._last[key] = max(command.seq, self._last.get(key, -1))
        self._last.move_to_end(key)
        if len(self._last) > self._limit:
            self._last.popitem(last=False)
        self._counts.applied += 1
        return wire.Done(command.id, now)

    def is_news(self, hold: wire.Hold) -> bool:
        """Say whether a hold's outcome comes for the first time; after `resume` it may come again.

        Of more than `limit` the oldest is forgotten.
        """
        key = (hold.id, hold.rev)
        if key in self._holds:
            self._counts.repeated += 1
            return False
        self._holds[key] = None
        if len(self._holds) > self._limit:
            self._holds.popitem(last=False)
        return True

    def failed(self, command: wire.Command, reason: str) -> wire.Failed:
        """Return the answer of a command that could not be carried out."""
        self._counts.failed += 1
        return wire.Failed(command.id, reason[:500])


def _rivals(kind: str) -> tuple[str, ...]:
    """Return the kinds of which a later one leaves nothing to do for this one."""
    if kind == "restore":
        return ("restore", *REVERTS)
    return (kind, REVERTS[kind]) if kind in REVERTS else (kind,)
