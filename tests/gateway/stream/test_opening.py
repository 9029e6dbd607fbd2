"""Whether a stream may be opened: the rules, in their order."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, strategies as st

from gateway.stream.limits import CONTAINERS, StreamLimits
from gateway.stream.opening import Opening
from seawall import wire
from tests.gateway.stream.intakes import Peer, request

LIMITS = StreamLimits(per_connection=2, per_tenant=3, streams=5)


class Owner(msgspec.Struct):
    tenant: str = "acme"
    server: str = "media-1"
    last_byte_at: float = 0.0
    opened_at: float = 100.0


class Held:
    """A stream that is open."""

    def __init__(
        self, connection: object | None, live: Owner | None = None, stopped: str = ""
    ) -> None:
        self.request: wire.StreamOpen = request()
        self.connection: object | None = connection
        self.stopped = stopped
        self.closing = ""
        self._live = live or Owner()

    @property
    def live(self) -> Owner:
        return self._live


def refused(asked: wire.StreamOpen, peer: Peer, *held: Held, ready: bool = True) -> str:
    error = Opening(LIMITS).refuses(asked, peer, held, ready)
    if error is None:
        return ""
    assert error.ref == asked.id
    return error.code


@pytest.mark.parametrize("container", [*sorted(CONTAINERS), "MP4", " webm ", "h264;fps=30", "ts;;"])
def test_what_can_be_announced_can_be_opened(container: str) -> None:
    assert refused(request(container=container), Peer()) == ""


@given(st.text(max_size=30))
def test_no_other_container_can(container: str) -> None:
    known = container.lower().partition(";")[0].strip() in CONTAINERS
    assert refused(request(container=container), Peer()) == ("" if known else "unsupported")


def test_ids_are_bounded_in_bytes() -> None:
    assert refused(request(stream="ü" * 64), Peer()) == ""
    assert refused(request(stream="ü" * 65), Peer()) == "bad_field"


def test_only_rooms_of_the_hello() -> None:
    peer = Peer(rooms=frozenset({"r1"}))
    assert refused(request(room="r1"), peer) == ""
    assert refused(request(room="r2"), peer) == "not_allowed"


def test_what_is_wrong_is_said_before_what_is_full() -> None:
    peer = Peer(rooms=frozenset({"r1"}))
    full = [Held(peer)] * 9
    assert refused(request(room="r2", container="exe"), peer, *full, ready=False) == "not_allowed"
    assert refused(request(container="exe"), peer, *full, ready=False) == "unsupported"


def test_overload_says_when_to_come_again() -> None:
    opening, peer = Opening(LIMITS), Peer()
    soon = opening.refuses(request(), peer, [], ready=False)
    later = opening.refuses(request(), peer, [Held(peer), Held(peer)], ready=True)
    assert soon is not None
    assert later is not None
    assert soon.code == later.code == "overloaded"
    assert isinstance(soon.retry_after, float)
    assert isinstance(later.retry_after, float)
    assert 0 < soon.retry_after < later.retry_after


def test_streams_are_bounded_by_connection_tenant_and_gateway() -> None:
    peer, other = Peer(), Peer()
    mine, theirs, foreign = Held(peer), Held(other), Held(None, Owner(tenant="shop"))
    assert refused(request(), peer, mine, foreign, foreign) == ""
    for held in ([mine, mine], [mine, theirs, theirs], [mine, *[foreign] * 4]):
        assert refused(request(), peer, *held) == "overloaded"
    error = Opening(LIMITS).refuses(request(), peer, [mine, theirs, theirs], ready=True)
    assert error is not None
    assert error.message == "this tenant has 3 open streams already"


@pytest.mark.parametrize(
    ("server", "asked", "stopped", "quiet_s", "goes_on"),
    [
        ("media-1", request(), "", 5.0, True),
        ("media-1", request(id="another"), "", 5.0, True),
        ("media-1", request(), "", 1.0, False),
        ("media-2", request(), "", 5.0, False),
        ("media-1", request(room="r2"), "", 5.0, False),
        ("media-1", request(container="webm"), "", 5.0, False),
        ("media-1", request(), "cut", 5.0, False),
    ],
)
def test_an_open_elsewhere_goes_on_where_it_is_the_same_and_nothing_comes(
    server: str, asked: wire.StreamOpen, stopped: str, quiet_s: float, goes_on: bool
) -> None:
    held = Held(Peer(), Owner(last_byte_at=200.0), stopped)
    assert Opening(LIMITS).goes_on(held, Peer(server), asked, 200.0 + quiet_s) is goes_on


def test_what_waits_for_its_server_goes_on_at_once() -> None:
    opening, peer = Opening(LIMITS), Peer()
    fresh = Owner(last_byte_at=200.0)
    assert opening.goes_on(Held(None, fresh), peer, request(), 200.0)
    assert not opening.goes_on(Held(peer, fresh), peer, request(), 201.0), "it is its own"
    assert opening.goes_on(Held(peer, fresh), peer, request(), 300.0), "its end was not heard"
    never = Held(Peer(), Owner(opened_at=200.0))
    assert not opening.goes_on(never, peer, request(), 201.0)
    assert opening.goes_on(never, peer, request(), 203.0)
