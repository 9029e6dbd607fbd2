"""Whether a stream may be opened, and whether an open means one that is open already."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from gateway.stream.limits import CONTAINERS, StreamLimits
from seawall import wire

__all__ = ["Asking", "Held", "Opening"]

_ID_BYTES = 128
RETRY_S = 1.0


class _Spoken(Protocol):
    server: str

    def serves(self, room: str | None) -> bool: ...


class Asking(Protocol):
    """Who asks for a stream."""

    tenant: str

    @property
    def session(self) -> _Spoken:
        """Return its session."""


class _Owner(Protocol):
    tenant: str
    server: str
    last_byte_at: float
    opened_at: float


class Held(Protocol):
    """A stream that is open."""

    request: wire.StreamOpen
    connection: object | None
    stopped: str
    closing: str

    @property
    def live(self) -> _Owner:
        """Return what is known of it."""


class Opening:
    """The rules of opening, for all streams of a gateway."""

    def __init__(self, limits: StreamLimits) -> None:
        self._limits = limits

    def refuses(
        self, request: wire.StreamOpen, peer: Asking, held: Iterable[Held], ready: bool
    ) -> wire.Error | None:
        """Return why a new stream is refused; None where it is not."""
        if not request.stream.isascii() and len(request.stream.encode()) > _ID_BYTES:
            return _error(request, "bad_field", f"stream is over {_ID_BYTES} bytes")
        if not peer.session.serves(request.room):
            return _error(request, "not_allowed", "this room was not named in hello")
        if request.container.lower().partition(";")[0].strip() not in CONTAINERS:
            known = ", ".join(sorted(CONTAINERS))
            return _error(request, "unsupported", f"no such container; there are {known}")
        if not ready:
            text = "no decoder can be had now"
            return wire.Error(request.id, None, "overloaded", text, RETRY_S)
        return self._crowded(request, peer, held)

    def _crowded(
        self, request: wire.StreamOpen, peer: Asking, held: Iterable[Held]
    ) -> wire.Error | None:
        limits = self._limits
        total = of_tenant = of_connection = 0
        for each in held:
            total += 1
            of_tenant += each.live.tenant == peer.tenant
            of_connection += each.connection is peer
        for count, most, what in (
            (of_connection, limits.per_connection, "connection"),
            (of_tenant, limits.per_tenant, "tenant"),
            (total, limits.streams, "gateway"),
        ):
            if count >= most:
                text = f"this {what} has {most} open streams already"
                return wire.Error(request.id, None, "overloaded", text, 10 * RETRY_S)
        return None

    def is_same(self, held: Held, peer: Asking, request: wire.StreamOpen) -> bool:
        """Say whether an open means a stream that is open, and comes of its server."""
        before = held.request
        return (
            not held.stopped
            and peer.session.server == held.live.server
            and (before.room, before.container, before.user.id)
            == (request.room, request.container, request.user.id)
        )

    def goes_on(self, held: Held, peer: Asking, request: wire.StreamOpen, now: float) -> bool:
        """Say whether an open means that an open stream goes on, on another connection."""
        limits = self._limits
        if not self.is_same(held, peer, request):
            return False
        if held.connection is None or request.resume:
            return True  # its server knows that the connection before is dead, whatever we know
        # Its connection may be dead without our knowing: then nothing comes of it any more.
        quiet_s = now - max(held.live.last_byte_at, held.live.opened_at)
        return quiet_s > limits.takeover_s


def _error(request: wire.StreamOpen, code: str, message: str) -> wire.Error:
    return wire.Error(request.id, None, code, message)
