"""Rooms: which are lively, what is said in one now, and a hand on a message or a user of it."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from gateway.http.endpoint import Call, Endpoint
from gateway.http.parts import here
from gateway.http.viewing import context_line
from gateway.shapes.cases import DecisionShown
from gateway.shapes.rooms import ActBody, MessageList, RoomList, RoomShown

__all__ = ["ENDPOINTS", "MessageQuery"]


class MessageQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Messages of a time (seconds since the epoch) and later, and how many."""

    since: Annotated[float, Meta(ge=0, le=1e11)] | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 100


async def list_rooms(call: Call) -> RoomList:
    """List rooms in which something was said lately, the busiest first."""
    return await here(call.parts.overviews).rooms(call.actor)


async def show_room(call: Call) -> RoomShown:
    """Show one room with its switches and what was said last."""
    return await here(call.parts.overviews).room(call.actor, call.path["room"])


async def list_messages(call: Call) -> MessageList:
    """List what was said in a room and is still in memory, the newest last."""
    asked: MessageQuery = call.query
    said = here(call.parts.talk).of(call.tenant, call.path["room"], asked.since, asked.limit)
    return MessageList([context_line(each) for each in said])


async def act_in_room(call: Call) -> DecisionShown:
    """Do something by hand to a message or a user of a room."""
    return await here(call.parts.deciding).act(call.actor, call.path["room"], call.body)


_ONE = "/v1/rooms/{room}"

ENDPOINTS = (
    Endpoint("GET", "/v1/rooms", "rooms.read", "Rooms, the busiest first", list_rooms, RoomList),
    Endpoint(
        "GET",
        _ONE,
        "rooms.read",
        "One room, and what was said last",
        show_room,
        RoomShown,
        audits="room.view",
    ),
    Endpoint(
        "GET",
        f"{_ONE}/messages",
        "evidence.view",
        "What was said in a room and is still in memory",
        list_messages,
        MessageList,
        query=MessageQuery,
        audits="room.view",
    ),
    Endpoint(
        "POST",
        f"{_ONE}/actions",
        "rooms.act",
        "Something done by hand to a message or a user",
        act_in_room,
        DecisionShown,
        takes=ActBody,
        audits="room.act",
    ),
)
