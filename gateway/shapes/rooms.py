"""Rooms, what is said there now, nukes, the policy, the day's numbers: as they are shown."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from gateway.chat.switches import Switch
from gateway.shapes.cases import ContextLine, DecisionLine, Effect

__all__ = [
    "ActBody",
    "CountLine",
    "DiffShown",
    "Health",
    "MessageList",
    "NukeBody",
    "NukeList",
    "NukePreview",
    "NukeShown",
    "Overview",
    "PolicyShown",
    "PolicyVersion",
    "PolicyVersions",
    "RoomLine",
    "RoomList",
    "RoomShown",
    "RuleLine",
]

Id = Annotated[str, Meta(min_length=1, max_length=128)]
Seconds = Annotated[float, Meta(gt=0, le=366 * 86_400)]


class RoomLine(Struct, frozen=True):
    """A room that something was said in lately. Rates are of the last minute."""

    room: str
    topic: str
    viewers: int
    messages: int
    restricted: int
    cases: int
    streams: list[str]
    switches: list[str]
    """Names of those in force."""
    latest: float


class RoomList(Struct, frozen=True):
    """Rooms, the busiest first."""

    items: list[RoomLine]


class RoomShown(Struct, frozen=True):
    """One room with its switches and what was said last (the newest last)."""

    line: RoomLine
    switches: list[Switch]
    messages: list[ContextLine]


class MessageList(Struct, frozen=True):
    """Messages of a room that are still in memory, the newest last."""

    items: list[ContextLine]


class ActBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Something done by hand to a message or a user of a room.

    `kind`: remove, restore, self_only for a message; warn, mute, slow, read_only, kick, ban, verify
    for a user. `for_s` None: until reversed. A user's `lift` ends that kind.
    """

    target: Literal["message", "user"]
    id: Id
    kind: Annotated[str, Meta(max_length=32)]
    for_s: Seconds | None = None
    rev: Annotated[int, Meta(ge=0)] | None = None
    lift: bool = False
    reason: Annotated[str, Meta(max_length=500)] = ""


class NukeBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A phrase (compared folded) over the last `back_s` and the next `ahead_s`.

    `room` None: every room. `most` is the blast cap: no more messages than that are hit, and a
    preview beyond it is refused. `preview` is the confirmed one's token.
    """

    phrase: Annotated[str, Meta(min_length=2, max_length=200)]
    action: Literal["remove", "mute", "ban"] = "remove"
    room: Id | None = None
    back_s: Annotated[float, Meta(ge=0, le=3600)] = 600.0
    ahead_s: Annotated[float, Meta(ge=0, le=86_400)] = 600.0
    for_s: Seconds | None = None
    most: Annotated[int, Meta(ge=1, le=5000)] = 500
    reason: Annotated[str, Meta(max_length=500)] = ""
    preview: Annotated[str, Meta(max_length=200)] | None = None


class NukePreview(Struct, frozen=True):
    """What a nuke would hit of the past. `share` is of all messages seen in that time."""

    token: str
    effects: list[Effect]
    messages: int
    users: int
    rooms: int
    exempt: int
    share: float
    sample: list[ContextLine]
    refused: str = ""


class NukeShown(Struct, frozen=True):
    """A nuke and what it did; `ended` early where somebody stopped or undid it."""

    id: str
    room: str
    phrase: str
    action: str
    for_s: float | None
    at: float
    since: float
    until: float
    most: int
    hits: int
    by: str
    reason: str
    ended: float | None
    ended_by: str
    decision: DecisionLine | None


class NukeList(Struct, frozen=True):
    """Nukes, the newest first."""

    items: list[NukeShown]


class RuleLine(Struct, frozen=True):
    """A rule as the policy has it, and what it did today."""

    name: str
    category: str
    severity: str
    stage: str
    percent: float
    on: list[str]
    then: list[str]
    case: str
    file: str
    line: int
    source: str
    hits: int
    eased: str = ""


class PolicyVersion(Struct, frozen=True):
    """A version of a policy: when it went live here, and who owned the file that changed last.

    `by` is `file` where that is not known.
    """

    version: str
    at: float
    by: str
    live: bool
    note: str = ""


class PolicyVersions(Struct, frozen=True):
    """Versions, the newest first."""

    items: list[PolicyVersion]


class PolicyShown(Struct, frozen=True):
    """A policy to be read: its rules, and its files."""

    version: str
    rules: list[RuleLine]
    files: dict[str, str]


class DiffShown(Struct, frozen=True):
    """What differs between two versions; `lines` as `seawall policy diff` prints them."""

    old: str
    new: str
    lines: list[str]


class CountLine(Struct, frozen=True):
    """One bar of a chart: name and number."""

    name: str
    count: int


class Health(Struct, frozen=True):
    """One thing that is not as it should be, in a sentence."""

    name: str
    says: str


class Overview(Struct, frozen=True):
    """The day in numbers, since `since` (midnight UTC, or this gateway's start).

    Rates are a minute's. `handling_s` is claim to decision; `first_s` opening to first claim.
    `overturned` is the share of decisions taken back.
    """

    at: float
    since: float
    messages: int
    messages_rate: float
    verdicts: dict[str, int]
    rules: list[CountLine]
    categories: list[CountLine]
    latency_ms: dict[str, float]
    """p50, p95 of the whole verdict."""
    open: dict[str, int]
    """Open cases by priority."""
    opened: int
    decided: int
    expired: int
    handling_s: float | None
    first_s: float | None
    overturned: float | None
    hours: list[list[int]]
    """For each of the last 24 hours: opened, decided."""
    streams: int
    connections: int
    consoles: int
    coverage: float | None
    degraded: list[Health]
    on_call: list[str]
