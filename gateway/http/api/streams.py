"""Live streams for moderators: how they stand, a veto, a hand on them.

What is shown of a stream is of those open at this gateway; a veto and an action reach every one.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from gateway.http.endpoint import Call, Endpoint
from gateway.http.parts import StreamAccess
from gateway.refusal import Refused
from gateway.stream.darkness import CutShown
from gateway.stream.moderating import Acted, Kind, StreamShown

__all__ = [
    "ENDPOINTS",
    "ActionBody",
    "Streaming",
    "StreamsShown",
    "VetoBody",
    "Vetoed",
    "streams_of",
]

_Reason = Annotated[str, Meta(max_length=512)]


class Streaming(Struct, frozen=True, forbid_unknown_fields=True):
    """How many are wanted."""

    limit: Annotated[int, Meta(ge=1, le=200)] = 100


class VetoBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Why a stream may go on."""

    reason: _Reason = ""


class Vetoed(Struct, frozen=True):
    """What lets a stream go on: the cut of which decision was vetoed, and by whom."""

    stream: str
    event: str
    rev: int
    by: str


class ActionBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What to do to a stream, for seconds or (None) until reversed.

    `lift` takes `kind` away, or without one everything; `keep` is a veto. `room` is needed for a
    stream that is not open at this gateway.
    """

    action: Literal["warn", "blur", "mute_audio", "mute_video", "cut", "lift", "keep"]
    kind: Literal["blur", "mute_audio", "mute_video", "cut"] | None = None
    for_s: Annotated[float, Meta(gt=0, le=366 * 86_400)] | None = None
    room: Annotated[str, Meta(max_length=128)] = ""
    reason: _Reason = ""


class StreamsShown(Struct, frozen=True):
    """Streams that are open here, and the last cuts here."""

    items: list[StreamShown] = []
    cuts: list[CutShown] = []


async def list_streams(call: Call) -> StreamsShown:
    """List the tenant's streams that are open here and its last cuts, the newest first."""
    access, limit = call.context.streams, call.query.limit
    if access is None:
        return StreamsShown()
    moderating = access.moderating
    return StreamsShown(moderating.all(call.tenant, limit), moderating.cuts(call.tenant)[:limit])


async def show_stream(call: Call) -> StreamShown:
    """Show how one stream stands."""
    found = streams_of(call).moderating.find(call.tenant, call.path["stream"])
    if found is None:
        raise Refused(404, "unknown_stream", "no such stream is open at this gateway")
    return found


async def veto_cut(call: Call) -> Vetoed:
    """Let a stream go on that waits to be cut."""
    return await _veto(call, call.body.reason)


async def act_on_stream(call: Call) -> Vetoed | Acted:
    """Warn, blur, mute, cut, lift or keep a stream, by hand."""
    body, stream, moderating = call.body, call.path["stream"], streams_of(call).moderating
    if body.action == "keep":
        return await _veto(call, body.reason)
    room = moderating.room_of(call.tenant, stream, body.room)
    if room is None:
        raise Refused(404, "unknown_stream", "not open at this gateway; say its room")
    by = f"moderator:{call.actor.name}"
    if body.action == "lift":
        return await moderating.lift(call.tenant, stream, room, body.kind, by, body.reason)
    kind: Kind = body.action
    return await moderating.act(call.tenant, stream, room, kind, body.for_s, by, body.reason)


def streams_of(call: Call) -> StreamAccess:
    """Return what may be done with streams. Raises Refused where none are taken in."""
    if call.context.streams is None:
        raise Refused(404, "unsupported", "this gateway takes no streams")
    return call.context.streams


async def _veto(call: Call, reason: str) -> Vetoed:
    stream, by = call.path["stream"], f"moderator:{call.actor.name}"
    found = await streams_of(call).moderating.veto(call.tenant, stream, by, reason)
    if found is None:
        raise Refused(404, "not_found", "no cut of this stream waits for a veto")
    return Vetoed(stream, found.event, found.rev, by)


ENDPOINTS = (
    Endpoint(
        "GET",
        "/v1/streams",
        "rooms.read",
        "The tenant's open streams here and last cuts, newest first",
        list_streams,
        StreamsShown,
        query=Streaming,
    ),
    Endpoint(
        "GET",
        "/v1/streams/{stream}",
        "rooms.read",
        "How one stream stands",
        show_stream,
        StreamShown,
    ),
    Endpoint(
        "POST",
        "/v1/streams/{stream}/veto",
        "streams.act",
        "Let a stream go on",
        veto_cut,
        Vetoed,
        takes=VetoBody,
        audits="stream.veto",
    ),
    Endpoint(
        "POST",
        "/v1/streams/{stream}/actions",
        "streams.act",
        "Put a hand on a stream",
        act_on_stream,
        (Acted, Vetoed),
        takes=ActionBody,
        audits="stream.act",
    ),
)
