"""Something happened and was told to us. Every way into `decide` is one of these.

`at` is the gateway's receive time in seconds since the epoch; the sender's own time is kept as
`claimed_at` and is evidence only. Replay and `judge` set both to the recorded time.
"""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = [
    "PRIVILEGED_ROLES",
    "ROLES",
    "SURFACES",
    "Acted",
    "Answered",
    "Decided",
    "Deleted",
    "Event",
    "Joined",
    "Left",
    "Message",
    "Reported",
    "Surface",
    "TimedOut",
    "User",
]

Surface = Literal["chat", "post", "comment", "profile", "title", "speech", "frame"]
SURFACES: tuple[Surface, ...] = ("chat", "post", "comment", "profile", "title", "speech", "frame")
ROLES: frozenset[str] = frozenset({"mod", "admin", "staff", "host", "bot", "vip"})
PRIVILEGED_ROLES: frozenset[str] = frozenset({"mod", "admin", "staff", "host", "bot"})
"""Roles that windows do not apply to (DESIGN 11); `vip` is an honour, not an exemption."""


class User(msgspec.Struct, frozen=True, gc=False):
    """The person a message came from. Unknown roles are dropped at the edge."""

    id: str
    name: str = ""
    roles: frozenset[str] = frozenset()
    created_at: float | None = None
    first_seen: float | None = None
    risk: float | None = None
    device: str | None = None
    ip: str | None = None


class Message(msgspec.Struct, frozen=True):
    """A chat line, post, comment, profile, title, transcript or on-screen text to be judged.

    `stream` names the live stream it was seen or heard in; then `at` is the capture time, the same
    for all that is found in one frame, or in one utterance however often it is transcribed.
    `provisional` text may still change: only what is severe acts on it, and nothing strikes.
    """

    tenant: str
    id: str
    room: str
    user: User
    text: str
    at: float
    claimed_at: float
    surface: Surface = "chat"
    rev: int = 0
    lang: str | None = None
    parent: str | None = None
    server: str = ""
    stream: str = ""
    provisional: bool = False


class Deleted(msgspec.Struct, frozen=True):
    """The platform says a message is gone."""

    tenant: str
    id: str
    room: str
    by: str
    at: float


class Joined(msgspec.Struct, frozen=True):
    """A user came into a room."""

    tenant: str
    room: str
    user: User
    at: float


class Left(msgspec.Struct, frozen=True):
    """A user left a room."""

    tenant: str
    room: str
    user: User
    at: float


class Reported(msgspec.Struct, frozen=True):
    """A user reported a message, user or stream."""

    tenant: str
    id: str
    room: str
    target: str
    reason: str
    by: str
    at: float
    text: str = ""


class Acted(msgspec.Struct, frozen=True):
    """The platform's own moderators did something by themselves."""

    tenant: str
    kind: str
    target_kind: str
    room: str | None
    target: str | None
    by: str
    at: float
    until: float | None = None


class Answered(msgspec.Struct, frozen=True):
    """A flagged user answered a notice: verified, appealed, said something."""

    tenant: str
    id: str
    ref: str
    at: float
    outcome: str = ""
    text: str = ""


class Decided(msgspec.Struct, frozen=True):
    """A moderator decided a held message."""

    tenant: str
    id: str
    rev: int
    outcome: Literal["approved", "denied"]
    by: str
    at: float


class TimedOut(msgspec.Struct, frozen=True):
    """Something we waited for did not come: a held message's decision."""

    tenant: str
    id: str
    rev: int
    at: float


Event = Message | Deleted | Joined | Left | Reported | Acted | Answered | Decided | TimedOut
