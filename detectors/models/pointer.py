"""Places in a JSON document (RFC 6901), and templates of which strings are filled in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seawall.errors import ConfigError

__all__ = ["Json", "filled", "look_up", "split"]

Json = Any  # what a stranger sends is only known after it was looked at


def split(pointer: str) -> tuple[str, ...]:
    """Return the steps of a pointer. Raises ConfigError for one that is none."""
    if pointer and not pointer.startswith("/"):
        raise ConfigError(f"a JSON pointer begins with `/`, not like `{pointer}`")
    steps = pointer.split("/")[1:]
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in steps)


def look_up(document: Json, steps: tuple[str, ...]) -> Json:
    """Return what stands at a place. Raises ValueError when there is no such place."""
    for step in steps:
        if isinstance(document, dict) and step in document:
            document = document[step]
        elif isinstance(document, list) and step.isdigit() and int(step[:9]) < len(document):
            document = document[int(step)]
        else:
            raise ValueError("the answer lacks a place that was pointed to")
    return document


def filled(template: Json, values: Mapping[str, str]) -> Json:
    """Return a template with every string that is a key of `values` replaced by its value."""
    if isinstance(template, str):
        return values.get(template, template)
    if isinstance(template, list):
        return [filled(each, values) for each in template]
    if isinstance(template, dict):
        return {key: filled(each, values) for key, each in template.items()}
    return template
