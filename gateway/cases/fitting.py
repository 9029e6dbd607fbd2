"""Whose case fits whom: by the languages somebody reads, and by what they are asked for.

A case whose language nobody told fits every reader. A skill is a category or the root of some: who
is asked for `scam` is asked for `scam.phishing`. Somebody without languages, or without skills, is
asked for all.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_

from gateway.record.schema_cases import cases
from gateway.shapes.cases import CaseLine

__all__ = ["conditions", "fits"]

_C = cases.c


def fits(line: CaseLine, langs: frozenset[str], skills: frozenset[str]) -> bool:
    """Say whether a case is for somebody who reads these languages and has these skills."""
    lang, category = line.lang.lower(), line.category
    reads = not langs or not lang or any(_is_within(lang, each, "-") for each in langs)
    return reads and (not skills or any(_is_within(category, each, ".") for each in skills))


def conditions(langs: frozenset[str], skills: frozenset[str]) -> list[ColumnElement[bool]]:
    """Return the same as conditions of SQL."""
    found: list[ColumnElement[bool]] = []
    if langs:
        reads = [_within(_C.lang, each, "-") for each in sorted(langs)]
        found.append(or_(_C.lang == "", *reads))
    if skills:
        found.append(or_(*(_within(_C.category, each, ".") for each in sorted(skills))))
    return found


def _is_within(given: str, root: str, sign: str) -> bool:
    return given == root or given.startswith(root + sign)


def _within(column: ColumnElement[str], root: str, sign: str) -> ColumnElement[bool]:
    return or_(column == root, column.startswith(root + sign, autoescape=True))
