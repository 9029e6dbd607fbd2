"""What can be said of a frame that is refused: what it is about, and what is wrong with it."""

from __future__ import annotations

import re

import msgspec

from seawall import wire

__all__ = ["Peek", "field_error", "item_told_of", "null_in", "peek", "told_of"]


class _Ref(msgspec.Struct, gc=False):
    """What can still be read of a frame that is refused."""

    id: str | None = None
    rev: int | None = None


class _Batch(msgspec.Struct, gc=False):
    """As much of a refused `batch` as names its items."""

    items: list[msgspec.Raw] = []


class Peek(msgspec.Struct, gc=False):
    """As much of a `chat` or `edit` as it takes to refuse it."""

    type: str = ""
    id: str = ""
    rev: int = 0
    room: str = ""


_TEXTS = frozenset({"text", "name", "bio", "topic", "mode", "reason", "url", "outcome"})
"""Fields that hold what somebody wrote; every other string is an id, a kind or an address."""

_refs = msgspec.json.Decoder(_Ref)
_batches = msgspec.json.Decoder(_Batch)
_ITEM = re.compile(r"`\$\.items\[(\d{1,6})\]")
"""Where a problem says which item of a batch it is about."""
_peeks = msgspec.json.Decoder(Peek)
_PEEKED = frozenset({"chat", "edit"})


def peek(data: bytes) -> Peek | None:
    """Return what a `chat` or `edit` would be refused as; None for what must be received."""
    try:
        found = _peeks.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return found if found.type in _PEEKED and found.id else None


def told_of(data: bytes) -> tuple[str | None, int | None]:
    """Read what a refused frame calls itself (id, rev), if that much of it can be read."""
    try:
        found = _refs.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None, None
    return found.id, found.rev


def item_told_of(data: bytes, problem: str) -> tuple[str | None, int | None]:
    """Read what a refused frame calls itself, or the item of it that the problem is about."""
    place = _ITEM.search(problem)
    if place is None:
        return told_of(data)
    try:
        items = _batches.decode(data).items
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None, None
    number = int(place[1])
    return told_of(bytes(items[number])) if number < len(items) else (None, None)


def null_in(value: object, path: str = "$") -> str | None:
    """Return where U+0000 stands outside of a text: no database keeps it in an id."""
    if isinstance(value, str):
        return path if "\0" in value else None
    if isinstance(value, dict):
        parts = ((f"{path}.{name}", part) for name, part in value.items() if name not in _TEXTS)
    elif isinstance(value, list):
        parts = ((f"{path}[{number}]", part) for number, part in enumerate(value))
    else:
        return None
    return next((found for at, part in parts if (found := null_in(part, at)) is not None), None)


def field_error(data: bytes, problem: str) -> wire.Error:
    """Return the error for a frame that is JSON and no message, by what msgspec says of it."""
    ref, rev = item_told_of(data, problem)
    if problem.endswith(".type`") and problem.startswith("Invalid value"):
        return wire.Error(ref, rev, "unknown_type", problem)
    if problem.startswith("Expected `object`, got") and "$" not in problem:
        return wire.Error(ref, rev, "bad_json", problem)
    return wire.Error(ref, rev, "bad_field", problem)
