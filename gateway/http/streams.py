"""Live streams for moderators: how they stand, a veto, a hand on them, and what decisions saw.

What is shown of a stream is of those open at this gateway; a veto and an action reach every one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated, Literal, TypeVar

import msgspec
from aiohttp import web

from gateway.http.asked import limit_of
from gateway.http.context import KEY, StreamAccess
from gateway.http.problems import problem
from gateway.record.clips import Clip, Key as Decision
from gateway.record.kept import Kept
from gateway.stream.darkness import CutShown
from gateway.stream.moderating import Kind, StreamShown
from gateway.stream.playing import Unplayable
from seawall.errors import ConfigError

__all__ = [
    "STREAMS",
    "ActionBody",
    "EvidenceShown",
    "StreamsShown",
    "VetoBody",
    "Vetoed",
    "act_on_stream",
    "list_streams",
    "show_clip",
    "show_evidence",
    "show_still",
    "show_stream",
    "veto_cut",
]

ID_BYTES = 128
_SEALED = "minor_safety"
_Reason = Annotated[str, msgspec.Meta(max_length=512)]


STREAMS: web.AppKey[StreamAccess] = web.AppKey("streams", StreamAccess)


class VetoBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a stream may go on."""

    reason: _Reason = ""


class Vetoed(msgspec.Struct, frozen=True):
    """A cut that was vetoed: of which decision, and by whom."""

    stream: str
    event: str
    rev: int
    by: str


class ActionBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to do to a stream, for seconds or (None) until reversed.

    `lift` takes `kind` away, or without one everything; `keep` is a veto. `room` is needed for a
    stream that is not open at this gateway.
    """

    action: Literal["warn", "blur", "mute_audio", "mute_video", "cut", "lift", "keep"]
    kind: Literal["blur", "mute_audio", "mute_video", "cut"] | None = None
    for_s: Annotated[float, msgspec.Meta(gt=0, le=366 * 86_400)] | None = None
    room: Annotated[str, msgspec.Meta(max_length=128)] = ""
    reason: _Reason = ""


class StreamsShown(msgspec.Struct, frozen=True):
    """Streams that are open here, and the last cuts here."""

    items: list[StreamShown] = []
    cuts: list[CutShown] = []


class EvidenceShown(msgspec.Struct, frozen=True):
    """What a decision on a stream was about. `clip` is None where none lies at this gateway."""

    event: str
    rev: int
    stream: str
    category: str
    text: str
    created: float
    expires: float
    legal_hold: bool
    still: bool
    clip: Clip | None


T = TypeVar("T")
Found = tuple[Decision, Kept, Clip | None]
_VETO = msgspec.json.Decoder(VetoBody)
_ACTION = msgspec.json.Decoder(ActionBody)


async def list_streams(request: web.Request) -> web.Response:
    """List the tenant's streams that are open here and its last cuts, the newest first."""
    limit = limit_of(request)
    if isinstance(limit, web.Response):
        return limit
    access = request.app.get(STREAMS)
    shown = StreamsShown()
    if access is not None:
        tenant = request[KEY].tenant
        shown = StreamsShown(
            access.moderating.all(tenant, limit), access.moderating.cuts(tenant)[:limit]
        )
    return web.json_response(msgspec.to_builtins(shown))


async def show_stream(request: web.Request) -> web.Response:
    """Show how one stream stands."""
    access = _access(request)
    if isinstance(access, web.Response):
        return access
    found = access.moderating.find(request[KEY].tenant, request.match_info["stream"])
    if found is None:
        return problem(404, "unknown_stream", "no such stream is open at this gateway")
    return web.json_response(msgspec.to_builtins(found))


async def veto_cut(request: web.Request) -> web.Response:
    """Let a stream go on that waits to be cut."""
    access = _access(request)
    if isinstance(access, web.Response):
        return access
    body = await _body(request, _VETO)
    if isinstance(body, web.Response):
        return body
    return await _veto(request, access, body.reason)


async def act_on_stream(request: web.Request) -> web.Response:
    """Warn, blur, mute, cut, lift or keep a stream, by hand."""
    access = _access(request)
    if isinstance(access, web.Response):
        return access
    body = await _body(request, _ACTION)
    if isinstance(body, web.Response):
        return body
    if body.action == "keep":
        return await _veto(request, access, body.reason)
    key, stream = request[KEY], request.match_info["stream"]
    room = access.moderating.room_of(key.tenant, stream, body.room)
    if room is None:
        return problem(404, "unknown_stream", "not open at this gateway; say its room")
    by = f"moderator:{key.name}"
    if body.action == "lift":
        done = await access.moderating.lift(key.tenant, stream, room, body.kind, by, body.reason)
    else:
        kind: Kind = body.action
        done = await access.moderating.act(
            key.tenant, stream, room, kind, body.for_s, by, body.reason
        )
    return web.json_response(msgspec.to_builtins(done))


async def show_evidence(request: web.Request) -> web.Response:
    """Show what a decision on a stream was about, without its pictures."""
    found = await _evidence(request, lambda kept, clip: True)
    if isinstance(found, web.Response):
        return found
    key, kept, clip = found
    shown = EvidenceShown(
        key[1],
        key[2],
        kept.ref,
        kept.category,
        kept.text,
        kept.created,
        kept.expires,
        kept.legal_hold,
        bool(kept.still),
        clip,
    )
    return web.json_response(msgspec.to_builtins(shown))


async def show_still(request: web.Request) -> web.Response:
    """Give the JPEG of what a decision saw."""
    found = await _evidence(request, lambda kept, clip: bool(kept.still))
    if isinstance(found, web.Response):
        return found
    if not found[1].still:
        return problem(404, "not_found", "this decision has no still")
    return web.Response(body=found[1].still, content_type="image/jpeg")


async def show_clip(request: web.Request) -> web.Response:
    """Give what a stream showed and said before a decision, as a Matroska file."""
    found = await _evidence(request, lambda kept, clip: clip is not None)
    if isinstance(found, web.Response):
        return found
    clip, access = found[2], request.app[STREAMS]
    if clip is None:
        return problem(404, "not_found", "no clip of this decision lies at this gateway")
    try:
        body = await access.player.play(clip)
    except Unplayable as refused:
        return problem(422, "damaged", str(refused))
    except ConfigError as changed:
        return problem(409, "changed", str(changed))
    return web.Response(body=body, content_type="video/x-matroska")


def _access(request: web.Request) -> StreamAccess | web.Response:
    access = request.app.get(STREAMS)
    if access is None:
        return problem(404, "unsupported", "this gateway takes no streams")
    if len(request.match_info["stream"].encode("utf-8", "surrogatepass")) > ID_BYTES:
        return problem(400, "bad_field", f"stream: at most {ID_BYTES} bytes")
    return access


async def _veto(request: web.Request, access: StreamAccess, reason: str) -> web.Response:
    key, stream = request[KEY], request.match_info["stream"]
    by = f"moderator:{key.name}"
    found = await access.moderating.veto(key.tenant, stream, by, reason)
    if found is None:
        return problem(404, "not_found", "no cut of this stream waits for a veto")
    told = Vetoed(stream, found.event, found.rev, by)
    return web.json_response(msgspec.to_builtins(told))


async def _evidence(
    request: web.Request, has: Callable[[Kept, Clip | None], bool]
) -> Found | web.Response:
    """Find a decision's evidence: of the revision asked for, else of the newest that `has` it.

    Where none has, the newest is returned. What may endanger minors is shown to admins alone; what
    an older revision saw is the same frame.
    """
    access = _access(request)
    if isinstance(access, web.Response):
        return access
    asked = request.query.get("rev")
    if asked is not None and not (asked.isascii() and asked.isdecimal() and len(asked) <= 10):
        return problem(400, "bad_field", "rev: a whole number")
    tenant, event = request[KEY].tenant, request.match_info["event"]
    every = await access.evidence.revisions(tenant, event) if asked is None else [int(asked)]
    newest: Found | None = None
    for rev in every:
        key = (tenant, event, rev)
        kept = await access.evidence.find(key)
        if kept is None or kept.ref != request.match_info["stream"]:
            continue
        if kept.category.startswith(_SEALED) and request[KEY].role != "admin":
            return problem(403, "forbidden", "this evidence is sealed; ask whoever leads")
        clip = await asyncio.to_thread(access.player.clips.find, key)
        if has(kept, clip):
            return key, kept, clip
        newest = newest or (key, kept, clip)
    if newest is None:
        return problem(404, "not_found", "no evidence of such a decision is kept")
    return newest


async def _body(request: web.Request, decoder: msgspec.json.Decoder[T]) -> T | web.Response:
    try:
        return decoder.decode(await request.read() or b"{}")
    except msgspec.ValidationError as wrong:
        return problem(400, "bad_field", str(wrong))
    except (msgspec.DecodeError, UnicodeError):
        return problem(400, "bad_json", "the body is not a JSON object")
