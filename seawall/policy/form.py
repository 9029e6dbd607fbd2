"""Reads typed values out of a map of the tree, and says what is wrong with each by its line.

Whatever cannot be read gives its default and a problem: reading goes on, so that all problems are
told at once. A policy with a problem is never compiled, so nobody meets those defaults.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import assert_never

from seawall.policy.problems import Problems
from seawall.policy.tree import Entry, Map, Node, Scalar, Seq, Where

__all__ = ["TEXT_LENGTH", "Form", "described", "entries_of", "seconds_of", "text_of"]

TEXT_LENGTH = 500
"""Characters of a text, unless it says otherwise."""
_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)([smhd])", re.ASCII)
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


class Form:
    """A map whose keys are known. Unknown, repeated and missing keys are problems at once."""

    def __init__(
        self,
        node: Node,
        problems: Problems,
        what: str,
        known: Collection[str],
        required: Collection[str] = (),
    ) -> None:
        self.where = node.where
        self._problems = problems
        self._values: dict[str, Entry] = {}
        for entry in entries_of(node, problems, what):
            key = entry.key.written
            if key in known:
                self._values[key] = entry
            else:
                problems.unknown(entry.key.where, f"key of {what}", key, known)
        for key in required:
            if key not in self._values and isinstance(node, Map):
                problems.add(node.where, f"{what} needs the key {key!r}")

    def has(self, key: str) -> bool:
        """Say whether the key is written."""
        return key in self._values

    def place(self, key: str) -> Where:
        """Return the line of a key's value, or of the map where it has none."""
        entry = self._values.get(key)
        return self.where if entry is None else entry.value.where

    def node(self, key: str) -> Node | None:
        """Return a key's value as it stands."""
        entry = self._values.get(key)
        return None if entry is None else entry.value

    def text(self, key: str, default: str = "", longest: int = TEXT_LENGTH) -> str:
        """Return a text that is not blank."""
        node = self.node(key)
        return default if node is None else text_of(node, self._problems, longest) or default

    def word(self, key: str, what: str, known: Collection[str], default: str = "") -> str:
        """Return one of the known words."""
        node = self.node(key)
        return default if node is None else self._word(node, what, known) or default

    def words(
        self, key: str, what: str, known: Collection[str], default: Collection[str] = ()
    ) -> tuple[str, ...]:
        """Return several of the known words, each once, from a list or a single word."""
        node = self.node(key)
        if node is None:
            return tuple(default)
        items = node.items if isinstance(node, Seq) else (node,)
        found = [self._word(item, what, known) for item in items]
        if len(set(found)) < len(found) and None not in found:
            self._problems.add(node.where, f"{key!r} names a {what} twice")
        return tuple(dict.fromkeys(word for word in found if word is not None))

    def texts(self, key: str, longest: int = TEXT_LENGTH, most: int = 1000) -> tuple[str, ...]:
        """Return a list of texts."""
        node = self.node(key)
        if node is None:
            return ()
        if not isinstance(node, Seq):
            self._problems.add(node.where, f"expected a list of texts, found {described(node)}")
            return ()
        if len(node.items) > most:
            self._problems.add(
                node.where, f"{key!r} has {len(node.items)} entries; at most {most} are allowed"
            )
        found = [text_of(item, self._problems, longest) for item in node.items]
        return tuple(text for text in found if text is not None)

    def number(self, key: str, default: float, least: float, most: float) -> float:
        """Return a number within bounds."""
        node = self.node(key)
        if node is None:
            return default
        value = node.value if isinstance(node, Scalar) else None
        if isinstance(value, bool) or not isinstance(value, int | float):
            self._problems.add(node.where, f"expected a number, found {described(node)}")
        elif not least <= value <= most:
            self._problems.add(node.where, f"{key!r} must be from {least:g} to {most:g}")
        else:
            return float(value)
        return default

    def whole(self, key: str, default: int, least: int, most: int) -> int:
        """Return a whole number within bounds."""
        value = self.number(key, default, least, most)
        if value != int(value):
            self._problems.add(self.place(key), f"{key!r} must be a whole number")
        return int(value)

    def seconds(self, key: str, default: float, least: float, most: float) -> float:
        """Return a duration in seconds, within bounds."""
        node = self.node(key)
        if node is None:
            return default
        value = seconds_of(node, self._problems)
        if value is None:
            return default
        if not least <= value <= most:
            self._problems.add(node.where, f"{key!r} must be from {least:g} to {most:g} seconds")
            return default
        return value

    def _word(self, node: Node, what: str, known: Collection[str]) -> str | None:
        text = text_of(node, self._problems)
        if text is None or text in known:
            return text
        self._problems.unknown(node.where, what, text, known)
        return None


def entries_of(node: Node, problems: Problems, what: str) -> Iterator[Entry]:
    """Go through the entries of a map whose keys are texts, each key once."""
    if not isinstance(node, Map):
        problems.add(node.where, f"{what} must be a map of keys, not {described(node)}")
        return
    seen: dict[str, Where] = {}
    for entry in node.entries:
        key = entry.key
        if not isinstance(key.value, str):
            problems.add(key.where, f"a key must be text, not {described(key)}; put it in quotes")
        elif key.written in seen:
            first = seen[key.written].line
            problems.add(key.where, f"the key {key.written!r} is already on line {first}")
        else:
            seen[key.written] = key.where
            yield entry


def text_of(node: Node, problems: Problems, longest: int = TEXT_LENGTH) -> str | None:
    """Return a text without the blanks around it, or None and a problem."""
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        quote = "; put it in quotes" if isinstance(node, Scalar) and node.written else ""
        problems.add(node.where, f"expected text, found {described(node)}{quote}")
        return None
    text = node.value.strip()
    if not text:
        problems.add(node.where, "the text is empty")
        return None
    if len(text) > longest:
        problems.add(
            node.where, f"the text has {len(text)} characters; at most {longest} are allowed"
        )
        return None
    return text


def seconds_of(node: Node, problems: Problems) -> float | None:
    """Return a duration such as 30s, 10m, 2h, 7d or a number of seconds, or None and a problem."""
    value = node.value if isinstance(node, Scalar) else None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    match = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        problems.add(
            node.where,
            f"expected a duration such as 30s, 10m, 2h or 7d, found {described(node)}",
        )
        return None
    return float(match[1]) * _UNITS[match[2]]


def described(node: Node) -> str:
    """Return what a node is, in words for a problem."""
    match node:
        case Map():
            return "a map"
        case Seq():
            return "a list"
        case Scalar(value=None):
            return "nothing"
        case Scalar(value=bool(value)):
            return "true" if value else "false"
        case Scalar(value=str(value)):
            return f"the text {value[:40]!r}"
        case Scalar(value=value):
            return f"the number {value}"
        case _:
            assert_never(node)
