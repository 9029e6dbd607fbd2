"""Which of many names a claim could stand for: those that share a form with it or lie within it.

Hundreds of brands are protected and every new user's name is held against them. All but a few of
them differ in everything that is looked at, and none of those is looked at.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from detectors.spotter import finder

__all__ = ["Bearers", "Forms"]

_LEAST_WITHIN = 5


class Forms(NamedTuple):
    """A name as it is compared: folded, as it looks, and in outline."""

    bare: str
    look: str
    outline: str


class Bearers:
    """Finds protected names by their place in a list."""

    def __init__(self, names: Sequence[Forms]) -> None:
        self._bare = _places(name.bare for name in names)
        self._look = _places(name.look for name in names)
        self._outline = _places(name.outline for name in names)
        self._long = [place for place, name in enumerate(names) if _is_long(name.look)]
        self._within = finder([names[place].look.encode() for place in self._long])

    def near(self, claim: Forms, parts: Iterable[str]) -> list[int]:
        """Return, ascending, the places of names equal to a claim in a form, or part of it.

        `parts` are the looks of its words, also of several in a row.
        """
        found = {
            *self._bare.get(claim.bare, ()),
            *self._look.get(claim.look, ()),
            *self._outline.get(claim.outline, ()),
        }
        for part in parts:
            found.update(self._look.get(part, ()))
        for _, _, index in self._within(claim.look.encode()):
            found.add(self._long[index])
        return sorted(found)


def _places(forms: Iterable[str]) -> dict[str, list[int]]:
    places: defaultdict[str, list[int]] = defaultdict(list)
    for place, form in enumerate(forms):
        places[form].append(place)
    return dict(places)


def _is_long(look: str) -> bool:
    """Say whether a look is searched for within a longer one."""
    return len(look) >= _LEAST_WITHIN
