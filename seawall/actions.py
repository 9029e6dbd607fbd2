"""What may be done, to what, and how it is taken back.

Within a target kind the members stand mildest first: "strictest" means the latest in its tuple.
`allow` and `restore` restrict nothing; every other action has an expiry or lasts until reversed.
"""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = [
    "ACTIONS",
    "KIND_OF",
    "MESSAGE_ACTIONS",
    "NEXT",
    "REVERTS",
    "ROOM_ACTIONS",
    "STREAM_ACTIONS",
    "USER_ACTIONS",
    "VISIBILITY_ACTIONS",
    "Action",
    "Target",
    "TargetKind",
    "Track",
    "is_restriction",
    "strictest",
    "strictness",
]

TargetKind = Literal["message", "user", "room", "stream"]
Track = Literal["message", "visibility", "user", "room", "stream"]
"""What "strictest" is defined over: a target kind, but a message and its visibility apart."""

MESSAGE_ACTIONS = ("allow", "mask", "hold", "block", "remove")
VISIBILITY_ACTIONS = ("reduced", "self_only")
USER_ACTIONS = ("care", "warn", "verify", "slow", "mute", "read_only", "kick", "ban")
ROOM_ACTIONS = ("slow_all", "verified_only", "links_off", "locked", "shield")
STREAM_ACTIONS = ("warn", "blur", "mute_audio", "mute_video", "cut")
NEXT = "next"
"""In policy only: the next step of the stream's ladder, whatever that is when it is taken."""

ACTIONS: dict[Track, tuple[str, ...]] = {
    "message": MESSAGE_ACTIONS,
    "visibility": VISIBILITY_ACTIONS,
    "user": USER_ACTIONS,
    "room": ROOM_ACTIONS,
    "stream": STREAM_ACTIONS,
}

KIND_OF: dict[str, Track] = {
    action: kind for kind, actions in reversed(ACTIONS.items()) for action in actions
}
"""The track of an action's name; `warn` alone is the user's (streams say `stream.warn`)."""

REVERTS: dict[str, str] = {
    "mask": "restore",
    "hold": "restore",
    "block": "restore",
    "remove": "restore",
    "reduced": "restore",
    "self_only": "restore",
}
"""`restore` takes back a message's restriction; any other is ended by its own kind, for_s 0."""

_STRICTNESS: dict[tuple[Track, str], int] = {
    (kind, action): rank for kind, actions in ACTIONS.items() for rank, action in enumerate(actions)
}
_STRICTNESS["stream", NEXT] = len(STREAM_ACTIONS)  # what may be anything is compared as the worst


class Target(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an action falls on. `id` is the message, user or stream id; None for a room itself."""

    kind: TargetKind
    room: str | None = None
    id: str | None = None
    rev: int | None = None


class Action(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing done to one target; `for_s` seconds, None meaning until reversed."""

    target: Target
    kind: str
    for_s: float | None = None


def strictness(kind: Track, action: str) -> int:
    """Rank an action within its track, mildest 0. Raises KeyError for an unknown pair."""
    return _STRICTNESS[kind, action]


def strictest(kind: Track, first: str, second: str) -> str:
    """Return the stricter of two actions of one track."""
    return first if strictness(kind, first) >= strictness(kind, second) else second


def is_restriction(action: str) -> bool:
    """Say whether an action takes something away from somebody."""
    return action not in ("allow", "restore", "care")
