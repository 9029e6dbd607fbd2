"""The life of one connection, without the connection: frames in, messages or refusals out.

Rules:
1. The first message is `hello`; everything before it is answered `hello_first`.
2. What is malformed gets an `error` and the connection lives; too much of it closes with 1007.
3. Size and rate are checked before parsing; a refused message was not accepted and gets no verdict.
4. Every accepted `chat`, `edit` and `profile` is outstanding until it is answered once: `answered`
   says whether a verdict for it may still be sent.
5. A draining session accepts nothing new, and still sends what it owes.
6. What a gateway under load will not take is refused unread: `peek` says what it is about, at a
   third of the price.
"""

from __future__ import annotations

from enum import Enum

import msgspec

from seawall import wire
from seawall.acts import why_not
from seawall.binary import Piece, parse
from seawall.errors import WireError
from seawall.quota import Quota
from seawall.unread import Peek, field_error, item_told_of, null_in, peek, told_of

__all__ = [
    "GARBAGE_LIMIT",
    "Accepted",
    "Close",
    "Key",
    "Peek",
    "Session",
    "SessionLimits",
    "State",
    "peek",
]

Key = tuple[str, int]
"""(id, rev): what a verdict answers."""

GARBAGE_LIMIT = 32
"""Unreadable frames in a row (a readable one forgives) before the connection is closed."""

_WAITS_S: dict[str, float] = {"overloaded": 0.5, "rate": 0.5}
"""When to try again: by then a message that waits has its verdict, and a batch's worth is saved up.
"""

_decoder = msgspec.json.Decoder(wire.ClientMessage)


class State(Enum):
    """Where in its life a connection is."""

    NEW = "new"
    OPEN = "open"
    DRAINING = "draining"
    CLOSED = "closed"


_OPEN = State.OPEN
_CHAT = wire.Chat
"""Looked up for every message, where reaching into enum and module would cost as much as the rest.
"""


class SessionLimits(msgspec.Struct, frozen=True):
    """What one connection may send. `rate` messages a second, `burst` messages at once.

    `inflight` is the number of unanswered messages at which the edge stops reading; twice as many
    is refused as `overloaded`. `media_bytes` is the largest binary frame.
    """

    text_bytes: int = wire.TEXT_BYTES
    frame_bytes: int = wire.FRAME_BYTES
    batch_items: int = wire.BATCH_ITEMS
    inflight: int = 1024
    rate: float = 20_000.0
    burst: float = 40_000.0
    media_bytes: int = wire.MEDIA_FRAME_BYTES


class Close(msgspec.Struct, frozen=True):
    """Close the connection with this code, after sending `error` or `bye` when there is one."""

    code: int
    reason: str
    retry_after: float | None = None
    error: wire.Error | None = None


Judged = wire.Chat | wire.Edit | wire.Profile
Accepted = wire.ClientMessage
"""A message that was read and not answered by `error`."""

_ROOMED = (
    wire.Chat,
    wire.Edit,
    wire.Delete,
    wire.Join,
    wire.Leave,
    wire.Room,
    wire.Report,
    wire.StreamOpen,
)


class Session:
    """One connection of one server. Every call is told `now` in monotonic seconds."""

    __slots__ = (
        "_burst",
        "_every_room",
        "_frame_bytes",
        "_garbage",
        "_level",
        "_ordinary",
        "_quota",
        "_rate",
        "_refused",
        "_surely_short",
        "_told",
        "limits",
        "outstanding",
        "role",
        "rooms",
        "server",
        "state",
    )

    def __init__(
        self, limits: SessionLimits, role: str, now: float, quota: Quota | None = None
    ) -> None:
        self._quota = quota
        self.limits = limits
        self.role = role
        self.state = State.NEW
        self.server = ""
        self.rooms: frozenset[str] = frozenset()
        self.outstanding: set[Key] = set()
        self._every_room = False
        self._garbage = 0
        self._frame_bytes = limits.frame_bytes
        self._surely_short = limits.text_bytes // 4  # characters of at most four bytes
        self._ordinary = limits.inflight if role == "server" else 0  # others may send no messages
        self._rate, self._burst = limits.rate, limits.burst
        self._level = limits.burst
        self._told = now
        self._refused = 0

    def receive(self, data: bytes, now: float) -> Accepted | wire.Error | Close:
        """Read one text frame. Returns what was accepted, an error to send, or an end to make.

        A `batch` comes back whole and only when every item is sound.
        """
        if len(data) > self._frame_bytes:
            return Close(1009, "too_large")
        level = self._level + (now - self._told) * self._rate  # `_allowed(1.0, now)`, spelled out
        self._told = now
        if level > self._burst:
            level = self._burst
        if level < 1.0:
            self._level = level
            return self._over_rate(data)
        self._level = level - 1.0
        self._refused = 0
        quota = self._quota
        if quota is not None and not quota.take(1.0, now):
            return _over_quota(data, quota)
        field = None
        try:
            message = _decoder.decode(data)
            if b"\\" in data and b"\\u0000" in data:  # a single byte is found much sooner
                # Decoded whole: what the typed decoder skips may be no UTF-8, or nested too deeply.
                field = null_in(msgspec.json.decode(data))
        except UnicodeDecodeError as problem:
            return self._unreadable(wire.Error(None, None, "bad_utf8", str(problem)))
        except msgspec.ValidationError as problem:
            return self._unreadable(field_error(data, str(problem)))
        except (msgspec.DecodeError, RecursionError) as problem:
            return self._unreadable(wire.Error(None, None, "bad_json", str(problem)))
        self._garbage = 0
        if field is not None:
            null = f"U+0000 outside of a text - at `{field}`"
            return wire.Error(*item_told_of(data, null), "bad_field", null)
        if self.state is not _OPEN:
            return self._opening(message)
        return self._open(message, now)

    def _open(self, message: wire.ClientMessage, now: float) -> Accepted | wire.Error | Close:
        """Take a message of an open session."""
        try:
            if type(message) is _CHAT:
                ref, outstanding = message.id, self.outstanding
                if (  # nothing to refuse, as in most
                    len(message.text) <= self._surely_short
                    and (self._every_room or message.room in self.rooms)
                    and len(outstanding) < self._ordinary
                    and ref.isascii()
                ):
                    outstanding.add((ref, message.rev))
                    return message
                return self._accept(message)
            if type(message) is wire.Edit:
                return self._accept(message)
            return self._others(message, now)
        except WireError as refused:
            wait = _WAITS_S.get(refused.code, msgspec.UNSET)
            return wire.Error(refused.ref, refused.rev, refused.code, refused.message, wait)

    def piece(self, data: bytes, now: float) -> Piece | wire.Error | Close:
        """Read a binary frame's header; whether its handle is open is not known here.

        Each counts as a message against the connection's rate.
        """
        if len(data) > self.limits.media_bytes:
            return Close(1009, "too_large")
        if not self._allowed(1.0, now):
            return self._over_rate(b"")
        if self.state is State.NEW:
            return wire.Error(None, None, "hello_first", "send hello first")
        if self.role != "server":
            return wire.Error(
                None, None, "not_allowed", f"a key of role {self.role} may not send media"
            )
        found = parse(data)
        if isinstance(found, wire.Error):
            return self._unreadable(found)
        self._garbage = 0
        return found

    def may_shed(self, key: Key, now: float) -> bool:
        """Say whether a message may be refused unread, and count it against the rate if so.

        Not one that is owed a verdict already, and not over the rate: that is told otherwise.
        """
        return self.state is State.OPEN and key not in self.outstanding and self._allowed(1.0, now)

    def opened(self) -> None:
        """Note that the greeting was sent: from now on messages are accepted."""
        self.state = State.OPEN

    def drain(self) -> None:
        """Accept nothing more; what is outstanding is still answered."""
        if self.state in (State.NEW, State.OPEN):
            self.state = State.DRAINING

    def closed(self) -> None:
        """Forget everything: the transport is gone."""
        self.state = State.CLOSED
        self.outstanding.clear()

    def answered(self, key: Key) -> bool:
        """Take a key off the outstanding ones; False when no verdict may be sent for it."""
        if key in self.outstanding:
            self.outstanding.remove(key)
            return True
        return False

    def serves(self, room: str | None) -> bool:
        """Say whether commands for a room go to this server."""
        return self._every_room or room is None or room in self.rooms

    @property
    def full(self) -> bool:
        """Say whether reading should pause until verdicts have gone out."""
        return len(self.outstanding) >= self.limits.inflight

    def _accept(self, message: Judged) -> Accepted:
        ref = message.id
        rev, room = (0, None) if isinstance(message, wire.Profile) else (message.rev, message.room)
        self._check_text(message, ref, rev)
        if not (self._every_room or room is None or room in self.rooms):
            raise WireError("not_allowed", "this room was not named in hello", ref, rev)
        if self.role != "server":
            raise WireError(
                "not_allowed", f"a key of role {self.role} may not send messages", ref, rev
            )
        if len(self.outstanding) >= 2 * self.limits.inflight:
            raise WireError("overloaded", "too many messages without a verdict", ref, rev)
        self.outstanding.add((ref, rev))
        return message

    def _check_text(self, message: Judged, ref: str, rev: int) -> None:
        if not ref.isascii() and len(ref.encode()) > 128:
            raise WireError("bad_field", "id is over 128 bytes", ref, rev)
        if isinstance(message, wire.Profile):
            too_large = self._too_large(message.bio) or self._too_large(message.text)
        else:
            too_large = self._too_large(message.text)
        if too_large:
            raise WireError("too_large", "the text is over 16 KiB", ref, rev)

    def _too_large(self, text: str | None) -> bool:
        most = self.limits.text_bytes
        if text is None or len(text) * 4 <= most:
            return False
        return len(text) > most or len(text.encode()) > most

    def _others(self, message: wire.ClientMessage, now: float) -> Accepted | wire.Error:
        if isinstance(message, wire.Hello):
            raise WireError("bad_field", "hello was already said on this connection")
        if isinstance(message, wire.Profile):
            return self._accept(message)
        if isinstance(message, wire.Batch):
            return self._accept_batch(message, now)
        if self.role != "server" and not isinstance(message, wire.Resume):
            raise WireError(
                "not_allowed", f"a key of role {self.role} may not send this", _ref(message)
            )
        if isinstance(message, _ROOMED) and not self.serves(message.room):
            raise WireError("not_allowed", "this room was not named in hello", _ref(message))
        if isinstance(message, wire.Acted) and (wrong := why_not(message)) is not None:
            raise WireError("bad_field", wrong)
        return message

    def _accept_batch(self, batch: wire.Batch, now: float) -> Accepted:
        if len(batch.items) > self.limits.batch_items:
            raise WireError("batch_too_large", f"at most {self.limits.batch_items} items")
        if batch.items and not self._allowed(len(batch.items) - 1.0, now):
            raise WireError("rate", "this batch is over the connection's rate")
        quota = self._quota
        if quota is not None and batch.items and not quota.take(len(batch.items) - 1.0, now):
            raise WireError("rate", "this batch is over the tenant's rate")
        added: list[Key] = []
        try:
            for item in batch.items:
                if isinstance(item, wire.Chat | wire.Edit):
                    fresh = (item.id, item.rev) not in self.outstanding
                    self._accept(item)
                    if fresh:
                        added.append((item.id, item.rev))
                else:
                    self._others(item, now)
        except WireError:
            self.outstanding.difference_update(added)
            raise
        return batch

    def _opening(self, message: wire.ClientMessage) -> Accepted | wire.Error | Close:
        if self.state is State.CLOSED:
            return Close(1001, "draining")
        if self.state is State.DRAINING:
            return wire.Error(_ref(message), None, "overloaded", "draining; reconnect", 1.0)
        if not isinstance(message, wire.Hello):
            return wire.Error(_ref(message), None, "hello_first", "send hello first")
        self.server = message.server
        self.rooms = frozenset(message.rooms)
        self._every_room = "*" in self.rooms
        return message

    def _allowed(self, cost: float, now: float) -> bool:
        """Take `cost` from the token bucket, if it is there."""
        level = self._level + (now - self._told) * self._rate
        self._told = now
        if level > self._burst:
            level = self._burst
        if level < cost:
            self._level = level
            return False
        self._level = level - cost
        self._refused = 0
        return True

    def _over_rate(self, data: bytes) -> wire.Error | Close:
        self._refused += 1
        wait = 1.0 / self.limits.rate
        if self._refused > self.limits.burst:
            return Close(4003, "rate", max(1.0, wait))
        ref, rev = told_of(data)
        return wire.Error(ref, rev, "rate", "too many messages; not accepted", max(0.05, wait))

    def _unreadable(self, error: wire.Error) -> wire.Error | Close:
        self._garbage += 1
        if self._garbage > GARBAGE_LIMIT:
            return Close(1007, "garbage", error=error)
        return error


def _over_quota(data: bytes, quota: Quota) -> wire.Error:
    """Refuse what is over the tenant's rate; it may be another connection's doing: none is cut."""
    ref, rev = told_of(data)
    wait = max(0.05, quota.wait_s(1.0))
    return wire.Error(ref, rev, "rate", "over the tenant's rate; not accepted", wait)


def _ref(message: wire.ClientMessage) -> str | None:
    """Return the id a refused message goes by: its own, or that of what it is about."""
    for name in ("id", "stream", "command"):
        found = getattr(message, name, None)
        if isinstance(found, str):
            return found
    return None
