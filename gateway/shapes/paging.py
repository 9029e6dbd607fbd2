"""Rota, channels, pages and deliveries as they are shown, and what may be asked of them."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

__all__ = [
    "Channel",
    "Channels",
    "ChannelsBody",
    "DeliveryLine",
    "DeliveryPage",
    "DrillBody",
    "OnCall",
    "OnCallList",
    "Override",
    "PageLine",
    "PagePage",
    "Quiet",
    "Rota",
    "RotaBody",
    "Shift",
    "Step",
]

ChannelKind = Literal["console", "webhook", "slack", "mail"]
Name = Annotated[str, Meta(min_length=1, max_length=64)]
Clock = Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Zone = Annotated[str, Meta(min_length=1, max_length=64)]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Shift(Struct, frozen=True, forbid_unknown_fields=True):
    """On these days from `start` to `end` (past midnight where it is not later), in `zone`.

    `people` take turns week by week in their order, the first of them in the week of `first`
    (YYYY-MM-DD); with `rotate` `daily` day by day. Several queues, or all where it is empty.
    """

    name: Name
    people: Annotated[list[Name], Meta(min_length=1, max_length=50)]
    days: Annotated[list[Day], Meta(min_length=1, max_length=7)]
    start: Clock
    end: Clock
    zone: Zone
    first: Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    rotate: Literal["weekly", "daily", "never"] = "weekly"
    queues: Annotated[list[Name], Meta(max_length=64)] = []


class Override(Struct, frozen=True, forbid_unknown_fields=True):
    """`person` is on call instead, from a time to a time (seconds since the epoch)."""

    person: Name
    start: float
    end: float
    queues: Annotated[list[Name], Meta(max_length=64)] = []


class Step(Struct, frozen=True, forbid_unknown_fields=True):
    """One step of calling: over these channels, then wait `ack_s` for an answer, `times` times.

    `who`: whoever is on call, the next after them, every lead, or somebody by name.
    """

    who: Name
    channels: Annotated[list[Name], Meta(min_length=1, max_length=16)]
    ack_s: Annotated[float, Meta(ge=5, le=86_400)] = 60.0
    times: Annotated[int, Meta(ge=1, le=10)] = 2


class Quiet(Struct, frozen=True, forbid_unknown_fields=True):
    """Nobody is called in these hours but for the priorities in `but`; it waits until they end."""

    days: Annotated[list[Day], Meta(min_length=1, max_length=7)]
    start: Clock
    end: Clock
    zone: Zone
    but: Annotated[list[Literal["p0", "p1", "p2", "p3"]], Meta(max_length=4)] = field(
        default_factory=lambda: ["p0"]
    )


class RotaBody(Struct, frozen=True, forbid_unknown_fields=True):
    """The rota as a whole. `pages` are the priorities that call somebody at all.

    `storm`: at most that many pages a person in ten minutes; more wait as one line.
    """

    shifts: Annotated[list[Shift], Meta(max_length=100)]
    overrides: Annotated[list[Override], Meta(max_length=500)] = []
    steps: Annotated[list[Step], Meta(max_length=10)] = []
    quiet: Annotated[list[Quiet], Meta(max_length=20)] = []
    pages: Annotated[list[Literal["p0", "p1", "p2", "p3"]], Meta(max_length=4)] = field(
        default_factory=lambda: ["p0", "p1"]
    )
    storm: Annotated[int, Meta(ge=1, le=1000)] = 6


class Rota(Struct, frozen=True):
    """The rota that stands; version 0 is nobody's."""

    rota: RotaBody
    version: int
    by: str
    at: float


class Channel(Struct, frozen=True, forbid_unknown_fields=True):
    """A way to reach people. A secret is never shown: it is empty, and empty keeps what stands.

    `url` for webhook and slack; `host` (HOST:PORT), `sender` for mail, whose receiver is the
    person's own address, else `to`. `failing` says why the last delivery failed.
    """

    name: Name
    kind: ChannelKind
    url: Annotated[str, Meta(max_length=2048)] = ""
    secret: Annotated[str, Meta(max_length=512)] = ""
    host: Annotated[str, Meta(max_length=256)] = ""
    user: Annotated[str, Meta(max_length=256)] = ""
    sender: Annotated[str, Meta(max_length=254)] = ""
    to: Annotated[str, Meta(max_length=254)] = ""
    tls: Literal["starttls", "implicit", "none"] = "starttls"
    on: bool = True
    failing: str = ""


class ChannelsBody(Struct, frozen=True, forbid_unknown_fields=True):
    """All channels. `console` is always there."""

    channels: Annotated[list[Channel], Meta(max_length=50)]


class Channels(Struct, frozen=True):
    """The channels that stand."""

    channels: list[Channel]
    version: int
    by: str
    at: float


class OnCall(Struct, frozen=True):
    """Who is called first, and who next, for a queue ('' any) until a time."""

    queue: str
    people: list[str]
    shift: str
    until: float | None


class OnCallList(Struct, frozen=True):
    """Who is on call now."""

    items: list[OnCall]
    at: float


class PageLine(Struct, frozen=True):
    """A call for a person about a case ('' in a drill)."""

    id: str
    case: str
    priority: str
    why: str
    at: float
    state: Literal["open", "quiet", "acked", "exhausted", "closed"]
    step: int
    person: str
    next: float | None
    acked_by: str
    acked: float | None


class PagePage(Struct, frozen=True):
    """Pages, the newest first."""

    items: list[PageLine]
    next: str | None = None


class DeliveryLine(Struct, frozen=True):
    """One page over one channel; `dropped`: the page was answered before it was sent."""

    id: str
    page: str
    channel: str
    person: str
    at: float
    state: Literal["waiting", "sent", "dead", "dropped"]
    attempts: int
    next: float | None
    error: str
    sent: float | None


class DeliveryPage(Struct, frozen=True):
    """Deliveries, the newest first."""

    items: list[DeliveryLine]
    next: str | None = None


class DrillBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A drill: calls as a real page would, and says so. None: whoever is on call."""

    person: Name | None = None
    channels: Annotated[list[Name], Meta(max_length=16)] = []
