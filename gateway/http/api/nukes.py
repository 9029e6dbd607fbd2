"""Nukes: a phrase over the last minutes and the next, previewed, capped, stopped, taken back."""

from __future__ import annotations

from gateway.http.endpoint import Call, Endpoint
from gateway.http.parts import here
from gateway.shapes.cases import UndoBody
from gateway.shapes.rooms import NukeBody, NukeList, NukePreview, NukeShown

__all__ = ["ENDPOINTS"]


async def list_nukes(call: Call) -> NukeList:
    """List nukes, the newest first."""
    return await here(call.parts.nuking).all(call.actor)


async def preview_nuke(call: Call) -> NukePreview:
    """Say what a nuke would hit of the past."""
    return await here(call.parts.nuking).preview(call.actor, call.body)


async def start_nuke(call: Call) -> NukeShown:
    """Start a nuke as it was previewed."""
    return await here(call.parts.nuking).start(call.actor, call.body)


async def stop_nuke(call: Call) -> NukeShown:
    """Hit no more; what was hit stays so."""
    return await here(call.parts.nuking).stop(call.actor, call.path["id"])


async def undo_nuke(call: Call) -> NukeShown:
    """Stop a nuke and take back exactly what it did."""
    body: UndoBody = call.body
    return await here(call.parts.nuking).undo(call.actor, call.path["id"], body.reason)


ENDPOINTS = (
    Endpoint("GET", "/v1/nukes", "rooms.read", "Nukes, the newest first", list_nukes, NukeList),
    Endpoint(
        "POST",
        "/v1/nukes/preview",
        "rooms.nuke",
        "What a nuke would hit of the past",
        preview_nuke,
        NukePreview,
        takes=NukeBody,
        changes=False,
        audits="nuke.preview",
        refuses=(422,),
    ),
    Endpoint(
        "POST",
        "/v1/nukes",
        "rooms.nuke",
        "Start a nuke",
        start_nuke,
        NukeShown,
        takes=NukeBody,
        audits="nuke.start",
    ),
    Endpoint(
        "POST",
        "/v1/nukes/{id}/stop",
        "rooms.nuke",
        "Hit no more",
        stop_nuke,
        NukeShown,
        audits="nuke.stop",
    ),
    Endpoint(
        "POST",
        "/v1/nukes/{id}/undo",
        "rooms.nuke",
        "Take back what a nuke did",
        undo_nuke,
        NukeShown,
        takes=UndoBody,
        audits="nuke.undo",
    ),
)
