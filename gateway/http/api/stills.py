"""Pictures and clips of decisions: of a stream's, of a case's events, and a stream's newest.

Rules:
1. What may endanger minors is shown to those alone who may see what is sealed.
2. The audit's line is durable before a byte is given.
3. What an older revision saw is the same frame: without `rev` the newest that has it is given.
4. What is kept is shown where streams are taken in no more, too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from gateway.http.api.streams import streams_of
from gateway.http.endpoint import Answer, Call, Endpoint
from gateway.http.parts import here
from gateway.http.viewing import is_sealed
from gateway.record.clips import Clip, Key as Decision
from gateway.record.kept import Kept
from gateway.refusal import Refused, forbidden
from gateway.stream.playing import Unplayable
from seawall.errors import ConfigError

__all__ = [
    "ENDPOINTS",
    "JPEG",
    "MATROSKA",
    "EvidenceShown",
    "Revision",
    "played",
]

JPEG = "image/jpeg"
MATROSKA = "video/x-matroska"
Found = tuple[Decision, Kept, Clip | None]


class Revision(Struct, frozen=True, forbid_unknown_fields=True):
    """Which revision; without it the newest of which there is any."""

    rev: Annotated[int, Meta(ge=0, le=2**31 - 1)] | None = None


class EvidenceShown(Struct, frozen=True):
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


async def show_evidence(call: Call) -> EvidenceShown:
    """Show what a decision on a stream was about, without its pictures."""
    key, kept, clip = await _evidence(call, lambda kept, clip: True)
    return EvidenceShown(
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


async def show_still(call: Call) -> Answer:
    """Give the JPEG of what a decision saw."""
    _, kept, _ = await _evidence(call, lambda kept, clip: bool(kept.still))
    if not kept.still:
        raise Refused(404, "not_found", "this decision has no still")
    return Answer(kept.still, JPEG)


async def show_clip(call: Call) -> Answer:
    """Give what a stream showed and said before a decision, as a Matroska file."""
    key, _, clip = await _evidence(call, lambda kept, clip: clip is not None)
    return await played(call, key, clip)


async def played(call: Call, key: Decision, clip: Clip | None) -> Answer:
    """Answer with a decision's clip.

    Raises Refused 404 saying where there is one, 409 where it was changed, 422 where none plays.
    """
    if clip is None:
        raise Refused(404, "not_found", await _no_clip(call, key))
    try:
        return Answer(await here(call.parts.player).play(clip), MATROSKA)
    except Unplayable as damaged:
        raise Refused(422, "damaged", str(damaged)) from damaged
    except ConfigError as changed:
        raise Refused(409, "changed", str(changed)) from changed


async def show_frame(call: Call) -> Answer:
    """Give the newest frame that is kept of a stream: its last finding's still, or nothing (204).

    What no finding was about is kept nowhere but in the stream's own ring of bytes.
    `X-Seawall-At` says when the frame was kept.
    """
    tenant, stream = call.tenant, call.path["stream"]
    shown, evidence = streams_of(call).moderating.find(tenant, stream), here(call.parts.evidence)
    if shown is None:
        raise Refused(404, "unknown_stream", "no such stream is open at this gateway")
    event = "" if shown.last is None or shown.last.id is msgspec.UNSET else shown.last.id
    for rev in await evidence.revisions(tenant, event) if event else ():
        kept = await evidence.find((tenant, event, rev))
        if kept is not None and kept.still and kept.ref == stream:
            _refuse_sealed(call, kept)
            return Answer(kept.still, JPEG, headers=(("X-Seawall-At", f"{kept.created:.3f}"),))
    return Answer()


async def _evidence(call: Call, has: Callable[[Kept, Clip | None], bool]) -> Found:
    """Find a decision's evidence: of the revision asked for, else of the newest that `has` it.

    Where none has, the newest is returned.
    """
    evidence, player = here(call.parts.evidence), here(call.parts.player)
    tenant, event, asked = call.tenant, call.path["event"], call.query.rev
    every = await evidence.revisions(tenant, event) if asked is None else [asked]
    newest: Found | None = None
    for rev in every:
        key = (tenant, event, rev)
        kept = await evidence.find(key)
        if kept is None or kept.ref != call.path["stream"]:
            continue
        _refuse_sealed(call, kept)
        clip = await asyncio.to_thread(player.clips.find, key)
        if has(kept, clip):
            return key, kept, clip
        newest = newest or (key, kept, clip)
    if newest is None:
        raise Refused(404, "not_found", "no evidence of such a decision is kept")
    return newest


async def _no_clip(call: Call, key: Decision) -> str:
    """Say that there is no clip, and what the journal knows of it."""
    said = await here(call.parts.evidence).clip_note(key)
    text = "no clip of this decision lies at this gateway"
    if not said or said.startswith("sha256:"):  # it lies at another, or is gone
        return text
    return f"{text}: {said}"


def _refuse_sealed(call: Call, kept: Kept) -> None:
    if is_sealed(kept.category) and not call.actor.may("evidence.sealed"):
        raise forbidden("evidence.sealed")


_OF = "/v1/streams/{stream}/decisions/{event}"

ENDPOINTS = (
    Endpoint(
        "GET",
        _OF,
        "evidence.view",
        "What a decision was about",
        show_evidence,
        EvidenceShown,
        query=Revision,
        audits="evidence.view",
    ),
    Endpoint(
        "GET",
        f"{_OF}/still",
        "evidence.view",
        "The picture it saw",
        show_still,
        JPEG,
        query=Revision,
        audits="evidence.still",
    ),
    Endpoint(
        "GET",
        f"{_OF}/clip",
        "evidence.view",
        "The seconds before it",
        show_clip,
        MATROSKA,
        query=Revision,
        audits="evidence.clip",
        refuses=(409, 422),
    ),
    Endpoint(
        "GET",
        "/v1/streams/{stream}/frame",
        "evidence.view",
        "The newest frame that is kept of a stream: its last finding's",
        show_frame,
        JPEG,
        audits="stream.frame",
        empty=True,
    ),
)
