"""A room's switches: a moderator's hand on shield, slow mode, links and the like."""

from __future__ import annotations

import time
from typing import Annotated

from msgspec import Meta, Struct

from gateway.chat.switches import Switch
from gateway.http.endpoint import Call, Endpoint
from gateway.http.parts import here
from gateway.refusal import Refused
from seawall.restrictions import ROOM_LABELS

__all__ = ["ENDPOINTS", "SwitchBody", "SwitchList"]


class SwitchBody(Struct, frozen=True, forbid_unknown_fields=True):
    """On or off, for seconds or (None) until reversed."""

    on: bool
    for_s: Annotated[float, Meta(gt=0, le=366 * 86_400)] | None = None


class SwitchList(Struct, frozen=True):
    """Every switch of a room."""

    items: list[Switch]


async def list_switches(call: Call) -> SwitchList:
    """List how every switch of a room stands."""
    switches = here(call.context.switches)
    return SwitchList(switches.of(call.tenant, call.path["room"], time.time()))


async def turn_switch(call: Call) -> Switch:
    """Switch a restriction of a room on or off: a human's word wins over what is automatic."""
    room, name, by, body = call.path["room"], _name(call), f"moderator:{call.actor.name}", call.body
    switches = here(call.context.switches)
    return await switches.turn(call.tenant, room, name, body.on, body.for_s, by, time.time())


async def release_switch(call: Call) -> Switch:
    """Take the hand off a switch: it is automatic again."""
    room, name, by = call.path["room"], _name(call), f"moderator:{call.actor.name}"
    return await here(call.context.switches).release(call.tenant, room, name, by, time.time())


def _name(call: Call) -> str:
    name = call.path["name"]
    if name not in ROOM_LABELS:
        raise Refused(404, "not_found", f"switches: {', '.join(sorted(ROOM_LABELS))}")
    return name


_ONE = "/v1/rooms/{room}/switches/{name}"

ENDPOINTS = (
    Endpoint(
        "GET",
        "/v1/rooms/{room}/switches",
        "rooms.read",
        "How every switch of a room stands",
        list_switches,
        SwitchList,
    ),
    Endpoint(
        "PUT",
        _ONE,
        "rooms.switch",
        "Turn a switch",
        turn_switch,
        Switch,
        takes=SwitchBody,
        audits="room.switch",
    ),
    Endpoint(
        "DELETE",
        _ONE,
        "rooms.switch",
        "Take the hand off a switch",
        release_switch,
        Switch,
        audits="room.switch",
    ),
)
