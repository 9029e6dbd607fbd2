"""Reads what people have: wire `chat` events, bare texts, replay rows; one message a line.

1. `stream` is read as `room`, `t` as `at`, a string `user` as the user's id. Others are ignored.
2. A missing id becomes `line:N`, a missing name the user's id, missing roles none.
3. Without a user or a usable time (the years 1970 to 9999) there is nothing to count by: windows
   are skipped for that line.
4. What cannot be told back in a verdict (an id with a lone surrogate) cannot be judged.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from seawall.events import ROLES, SURFACES, Message, User
from seawall.wire import TEXT_BYTES

__all__ = ["LINE_BYTES", "Row", "Unreadable", "read_rows"]

LINE_BYTES = 1024 * 1024
TENANT = "judge"
LATEST_S = 253_402_300_800.0
"""The end of the year 9999: a later time is none, or is not in seconds."""
LAST_REV = 2**31 - 1


class Row(msgspec.Struct, frozen=True):
    """A message to judge. `timed` is False when windows cannot be counted for it."""

    message: Message
    timed: bool


class Unreadable(msgspec.Struct, frozen=True):
    """A line that is no message, and why."""

    line: int
    why: str


def read_rows(lines: Iterator[bytes]) -> Iterator[Row | Unreadable]:
    """Read JSON lines. Nothing is raised: what cannot be read is told with its line number."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        if len(line) > LINE_BYTES:
            yield Unreadable(number, f"the line is over {LINE_BYTES} bytes")
            continue
        try:
            found = json.loads(line)
        except (ValueError, RecursionError) as problem:
            yield Unreadable(number, f"not JSON: {problem}")
            continue
        yield _row(found, number)


def _row(found: Any, number: int) -> Row | Unreadable:
    if not isinstance(found, dict):
        return Unreadable(number, "not an object")
    if found.get("type", "chat") not in ("chat", "edit"):
        return Unreadable(number, f"a {found['type']!r} is not a message to judge")
    text = found.get("text")
    if not isinstance(text, str):
        return Unreadable(number, "no text")
    if not _is_sayable(text):
        return Unreadable(number, "the text has a lone surrogate")
    if len(text.encode()) > TEXT_BYTES:
        return Unreadable(number, "the text is over 16 KiB")
    user = _user(found.get("user"))
    at = _time(found.get("at", found.get("t")))
    room = found.get("room", found.get("stream"))
    surface = found.get("surface", "chat")
    if surface not in SURFACES:
        return Unreadable(number, f"surface {surface!r} is none of {', '.join(SURFACES)}")
    message = Message(
        TENANT,
        str(found.get("id") or f"line:{number}"),
        str(room) if room is not None else "",
        user or User(""),
        text,
        at or 0.0,
        at or 0.0,
        surface,
        _rev(found.get("rev", 0)),
        _text(found.get("lang")),
        _text(found.get("parent")),
    )
    for what, name in (
        ("id", message.id),
        ("room", message.room),
        ("user's id", message.user.id),
    ):
        if not _is_sayable(name):
            return Unreadable(number, f"the {what} has a lone surrogate")
    return Row(message, user is not None and at is not None)


def _is_sayable(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _rev(found: Any) -> int:
    number = isinstance(found, int) and not isinstance(found, bool)
    return found if number and 0 <= found <= LAST_REV else 0


def _user(found: Any) -> User | None:
    if isinstance(found, str) and found:
        return User(found, found)
    if not isinstance(found, dict) or not found.get("id"):
        return None
    ref = str(found["id"])
    roles = found.get("roles")
    return User(
        ref,
        str(found.get("name") or ref),
        frozenset(map(str, roles)) & ROLES if isinstance(roles, list) else frozenset(),
        _time(found.get("created_at")),
        _time(found.get("first_seen")),
        _number(found.get("risk")),
        _text(found.get("device")),
        _text(found.get("ip")),
    )


def _time(found: Any) -> float | None:
    """Read seconds since the epoch or ISO 8601; a time without a zone is UTC."""
    at = _number(found)
    if isinstance(found, str):
        try:
            told = datetime.fromisoformat(found)
        except ValueError:
            return None
        at = (told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp()
    return at if at is not None and 0 <= at < LATEST_S else None


def _number(found: Any) -> float | None:
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    try:
        number = float(found)
    except OverflowError:  # an integer of hundreds of digits
        return None
    return number if math.isfinite(number) else None


def _text(found: Any) -> str | None:
    return found if isinstance(found, str) else None
