"""What the live socket says and hears: `/console` on the WebSocket edge, JSON, tag `type`.

The console says `watch` for what it wants to hear; everything it changes goes over HTTP. What is
told is a hint with the newest state in it: whoever has missed something asks over HTTP again.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from gateway.chat.switches import Switch
from gateway.shapes.cases import CaseLine, ContextLine, Note, QueueLine
from gateway.shapes.paging import PageLine
from gateway.shapes.rooms import Overview
from gateway.stream.moderating import StreamShown
from seawall import wire

__all__ = [
    "Bye",
    "CaseLines",
    "CaseNoted",
    "FromConsole",
    "Greeting",
    "Missed",
    "OverviewTold",
    "Paged",
    "Queues",
    "RoomLines",
    "RoomSwitches",
    "StreamEnded",
    "StreamFinding",
    "StreamTold",
    "ToConsole",
    "Unwatch",
    "Viewers",
    "Watch",
]

Topic = Annotated[str, Meta(min_length=1, max_length=160)]


class Watch(Struct, frozen=True, tag="watch"):
    """Hear of a topic: `queue case:ID room:ID stream:ID overview pages`. 32 at most."""

    topic: Topic


class Unwatch(Struct, frozen=True, tag="unwatch"):
    """Hear of it no more."""

    topic: Topic


FromConsole = Watch | Unwatch


class Greeting(Struct, frozen=True, tag="hello"):
    """First. `gateway` names the process: another one than before means that it was restarted."""

    gateway: str
    at: float
    version: str


class CaseLines(Struct, frozen=True, tag="cases"):
    """Cases as they stand now (topic `queue`; those that ended carry their end). `at` is when it
    was told: with the case's `changed` it says how late it is."""

    items: list[CaseLine]
    at: float


class Queues(Struct, frozen=True, tag="queues"):
    """The queues' numbers, at most once a second (topic `queue`)."""

    items: list[QueueLine]


class CaseNoted(Struct, frozen=True, tag="noted"):
    """Something happened to a case (topic `case:ID`)."""

    case: str
    note: Note


class Viewers(Struct, frozen=True, tag="viewers"):
    """Who else looks at a case now (topic `case:ID`): names."""

    case: str
    names: list[str]


class RoomLines(Struct, frozen=True, tag="messages"):
    """Messages of a room with their verdicts, a batch each 100 ms (topic `room:ID`). The same event
    again: its action has changed."""

    room: str
    items: list[ContextLine]
    skipped: int = 0


class RoomSwitches(Struct, frozen=True, tag="switches"):
    """A room's switches have changed (topic `room:ID`)."""

    room: str
    items: list[Switch]


class StreamTold(Struct, frozen=True, tag="stream"):
    """How a stream stands, about once a second (topic `stream:ID`). `frame` says when the frame
    of its last finding was captured: `GET /v1/streams/ID/frame` has it."""

    stream: StreamShown
    frame: float | None = None


class StreamFinding(Struct, frozen=True, tag="finding"):
    """A finding in a stream (topic `stream:ID`)."""

    stream: str
    finding: wire.Finding


class StreamEnded(Struct, frozen=True, tag="stream_ended"):
    """A stream is over."""

    stream: str


class OverviewTold(Struct, frozen=True, tag="overview"):
    """The day's numbers, each two seconds (topic `overview`)."""

    overview: Overview


class Paged(Struct, frozen=True, tag="page"):
    """Somebody is called (topic `pages`, and always whoever it is for). `ring`: this is you."""

    page: PageLine
    ring: bool


class Missed(Struct, frozen=True, tag="missed"):
    """So many were left out because this console reads too slowly: ask again over HTTP."""

    topic: str
    count: int


class Bye(Struct, frozen=True, tag="bye"):
    """The socket closes: `why` is draining, signed_out, or slow."""

    why: str
    retry_after: float | None = None


ToConsole = (
    Greeting
    | CaseLines
    | Queues
    | CaseNoted
    | Viewers
    | RoomLines
    | RoomSwitches
    | StreamTold
    | StreamFinding
    | StreamEnded
    | OverviewTold
    | Paged
    | Missed
    | Bye
)
