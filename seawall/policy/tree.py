"""A policy file as a plain tree in which every node knows the line it stands on.

The gateway parses YAML into these nodes; nothing above them knows that it was YAML.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import assert_never

import msgspec

__all__ = [
    "Entry",
    "Map",
    "Node",
    "Scalar",
    "Seq",
    "Source",
    "Where",
    "canonical",
    "overlay",
    "plain",
]


@dataclass(frozen=True, slots=True)
class Where:
    """A file, relative to its policy, and a line in it, counted from 1."""

    file: str
    line: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value. `written` is the text as it stands in the file."""

    value: str | int | float | bool | None
    written: str
    where: Where


@dataclass(frozen=True, slots=True)
class Seq:
    """A list."""

    items: tuple[Node, ...]
    where: Where


@dataclass(frozen=True, slots=True)
class Entry:
    """A key and its value. Keys keep their own line."""

    key: Scalar
    value: Node


@dataclass(frozen=True, slots=True)
class Map:
    """Keys and values in the order written; a key written twice is still there twice."""

    entries: tuple[Entry, ...]
    where: Where

    def get(self, key: str) -> Node | None:
        """Return the first value of a key, or None."""
        return next((entry.value for entry in self.entries if entry.key.written == key), None)


Node = Scalar | Seq | Map


@dataclass(frozen=True, slots=True)
class Source:
    """One file: its path relative to the policy, with forward slashes, and its tree."""

    path: str
    root: Node

    @property
    def digest(self) -> str:
        """The sha256, in hex, of what the file says: comments and layout do not count."""
        return sha256(canonical(self.root)).hexdigest()


def canonical(node: Node) -> bytes:
    """Return the same bytes for trees that say the same."""
    return msgspec.json.encode(plain(node), order="sorted")


def overlay(base: Map, over: Map) -> Map:
    """Return `base` with the keys of `over` put over it, maps within maps likewise."""
    replaced = {entry.key.written: entry for entry in over.entries}
    return Map(tuple(_merged(base, replaced)), over.where)


def _merged(base: Map, replaced: dict[str, Entry]) -> Iterator[Entry]:
    for entry in base.entries:
        other = replaced.pop(entry.key.written, None)
        if other is None:
            yield entry
        elif isinstance(entry.value, Map) and isinstance(other.value, Map):
            yield Entry(other.key, overlay(entry.value, other.value))
        else:
            yield other
    yield from replaced.values()


def plain(node: Node) -> object:
    """Return the node without its lines: values, lists and dicts."""
    match node:
        case Scalar():
            return node.value
        case Seq():
            return [plain(item) for item in node.items]
        case Map():
            return {entry.key.written: plain(entry.value) for entry in node.entries}
        case _:
            assert_never(node)
