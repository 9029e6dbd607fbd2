"""From YAML text to the core's plain tree, within bounds and without YAML's surprises.

Rules:
1. Built from the parser's events, one by one: what is too deep or too much is refused while it is
   read, before anything grows from it.
2. No aliases, no tags, one document: a policy is what stands there.
3. ``true false null``, whole and decimal numbers are values as in YAML 1.2; ``on``, ``no``,
   ``yes``, ``1:30`` and dates stay texts, as whoever writes a policy means them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import isfinite

import yaml

from seawall.policy.problems import Problems
from seawall.policy.tree import Entry, Map, Node, Scalar, Seq, Where

__all__ = ["DEPTH", "NODES", "parse_yaml"]

DEPTH = 16
"""Lists and maps within each other."""
NODES = 500_000
"""Values of one file."""
_WORDS: dict[str, bool | None] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_WHOLE = re.compile(r"[-+]?[0-9]{1,15}", re.ASCII)
_DECIMAL = re.compile(
    r"[-+]?(?:\.[0-9]{1,20}|[0-9]{1,20}(?:\.[0-9]{0,20})?)(?:[eE][-+]?[0-9]{1,3})?"
)
# The C parser is ten times faster; where PyYAML was built without it, the other says the same.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class _Open:
    """A list or map whose end was not met yet; a map's items are keys and values in turn."""

    is_map: bool
    where: Where
    items: list[Node] = field(default_factory=list)


class _Refused(Exception):
    """The file cannot be used; the problem is recorded."""


def parse_yaml(text: str, file: str, problems: Problems) -> Node | None:
    """Return the tree of a file, or None and a problem."""
    try:
        return _built(yaml.parse(text, Loader=_LOADER), file, problems)
    except _Refused:
        return None
    except yaml.MarkedYAMLError as error:
        problems.add(*_not_yaml(error, file))
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        problems.add(Where(file, line), f"this is not YAML: {error.reason}")
    return None


def _not_yaml(error: yaml.MarkedYAMLError, file: str) -> tuple[Where, str]:
    begun = error.context_mark
    mark = error.problem_mark or begun
    line = mark.line + 1 if mark else 1
    since = f" begun on line {begun.line + 1}" if begun and begun.line + 1 != line else ""
    told = f"{error.context}{since}: {error.problem}" if error.context else error.problem
    return Where(file, line), f"this is not YAML: {told}"


def _built(events: Iterator[yaml.Event], file: str, problems: Problems) -> Node | None:
    stack = [_Open(False, Where(file))]
    count = documents = 0
    for event in events:
        mark = event.start_mark
        where = Where(file, mark.line + 1 if mark else 1)
        match event:
            case yaml.ScalarEvent() | yaml.CollectionStartEvent():
                count += 1
                _plain_node(event, where, count, len(stack), problems)
                if isinstance(event, yaml.ScalarEvent):
                    stack[-1].items.append(_scalar(event, where))
                else:
                    stack.append(_Open(isinstance(event, yaml.MappingStartEvent), where))
            case yaml.CollectionEndEvent():
                closed = stack.pop()
                stack[-1].items.append(_closed(closed, problems))
            case yaml.AliasEvent():
                problems.add(where, "aliases are not allowed; write it out")
                raise _Refused
            case yaml.DocumentStartEvent():
                documents += 1
                if documents > 1:
                    problems.add(where, "a file holds one document; a second begins here")
                    raise _Refused
    if not stack[0].items:
        problems.add(Where(file), "the file is empty")
        raise _Refused
    return stack[0].items[0]


def _plain_node(
    event: yaml.NodeEvent, where: Where, count: int, depth: int, problems: Problems
) -> None:
    # PyYAML's own types leave out the tag of scalars and collections.
    if getattr(event, "tag", None) is not None:
        problems.add(where, "tags are not allowed; write the plain value")
    elif event.anchor is not None:
        problems.add(where, "anchors are not allowed; write it out")
    elif depth > DEPTH:
        problems.add(where, f"lists and maps stand deeper than {DEPTH} within each other")
    elif count > NODES:
        problems.add(where, f"the file holds more than {NODES} values")
    else:
        return
    raise _Refused


def _closed(node: _Open, problems: Problems) -> Node:
    if not node.is_map:
        return Seq(tuple(node.items), node.where)
    entries = []
    for key, value in zip(node.items[::2], node.items[1::2], strict=True):
        if isinstance(key, Scalar):
            entries.append(Entry(key, value))
        else:
            problems.add(key.where, "a key must be text, not a list or a map")
    return Map(tuple(entries), node.where)


def _scalar(event: yaml.ScalarEvent, where: Where) -> Scalar:
    text = event.value
    return Scalar(_value(text) if event.implicit[0] else text, text, where)


def _value(text: str) -> str | int | float | bool | None:
    if text in _WORDS:
        return _WORDS[text]
    first = text[0]
    if not (first.isascii() and (first.isdigit() or first in "+-.")):
        return text
    if _WHOLE.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text) and isfinite(float(text)):
        return float(text)
    return text
