"""Letters that stand one by one, drawn together into words: "s e e d", "p.u.m.p", "w @ l 1 e t".

Where the gap changes a word ends. A sign that is written for a letter and stands in a gap, with as
much space on both sides as there is between letters, is one of them.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

__all__ = ["MARK", "ROW", "draw_together"]

MARK: Final = r"[^\w\x00-\x7f]"
"""What may follow a letter and is none."""
_UNIT: Final = rf"[^\W_]{MARK}*"
_MOST_UNITS: Final = 200
ROW: Final = re.compile(
    rf"(?<![^\W_])(?<!\S\*){_UNIT}"
    rf"(?:[\x20-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e]{{1,5}}{_UNIT}(?![^\W_])){{2,{_MOST_UNITS}}}"
    r"(?:\x20{1,3}[@$!|](?!\S))?"
)
"""Three or more letters or digits with up to five signs between each; a sign may be the last."""
_UNITS: Final = re.compile(_UNIT)
_SIGNS: Final = frozenset("@$!|")
"""Written for a letter; `*`, `#` and `+` between letters are gaps."""


def draw_together(row: str) -> list[str]:
    """Return the words of a row, none where there are no more than initials."""
    units = list(_UNITS.finditer(row))
    letters = sum(not unit.group().isdigit() for unit in units)
    if letters < 3 and (not letters or len(units) < 6):
        return []
    gaps = [row[before.end() : unit.start()] for before, unit in pairwise(units)]
    space = " " * min((len(gap) for gap in gaps if gap.isspace()), default=0)
    words = [units[0].group()]
    usual = ""  # the gap between the letters of the word that is being drawn together
    for gap, after, unit in zip(gaps, [*gaps[1:], ""], units[1:], strict=True):
        inner = gap[len(usual) : -len(usual)] if usual else ""
        turns = not usual and after.strip() and not _letters(after, space)
        if gap.isspace() and (len(gap) > len(space) or turns):
            words.append(unit.group())  # the letters of the next word have another gap
            usual = ""
        elif not usual.strip() and (signs := _letters(gap, space)):
            words[-1] += signs + unit.group()
            usual = space
        elif not usual or _is_alike(gap, usual):
            words[-1] += unit.group()
            usual = usual or gap
        elif inner.strip() and gap == f"{usual}{inner}{usual}":
            words[-1] += inner + unit.group()  # a sign of the word itself, set apart as well
        else:
            words.append(unit.group())
            usual = ""
    words[-1] += _letters(row[units[-1].end() :] + space, space)
    return words


def _letters(gap: str, space: str) -> str:
    """Return the signs for letters that a gap is made of, set apart by spaces like these."""
    if not space or gap.isspace() or not (gap.startswith(space) and gap.endswith(space)):
        return ""
    signs = gap[len(space) : -len(space)].split(space)
    return "".join(signs) if _SIGNS.issuperset(signs) else ""


def _is_alike(gap: str, usual: str) -> bool:
    """Tell whether both gaps stand between letters: the same, or any one sign but no space."""
    return gap == usual or (len(gap) == len(usual) == 1 and " " not in (gap, usual))
