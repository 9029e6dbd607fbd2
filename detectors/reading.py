"""Lines of text found in a picture, put into the order in which people read them.

Pure arithmetic on boxes, in pixels: left, top, right, bottom. Lines beside each other become one
line, lines below each other a block, so that whoever judges text sees "send 1 ETH to" and the
address below it as one text. Two columns stay two blocks.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

__all__ = ["Line", "blocks"]

Place = tuple[float, float, float, float]

_SAME_ROW = 0.5
_GAP_ACROSS = 1.5
_GAP_DOWN = 0.9
_GROWN = 2.2
"""Heights that differ by more are of different texts."""


class Line(msgspec.Struct, frozen=True):
    """A text, where it stands, how sure it was read, and how high its letters are."""

    text: str
    place: Place
    score: float = 1.0
    tall: float = 0.0

    @property
    def height(self) -> float:
        """The height of its letters, at least one pixel."""
        return max(1.0, self.tall or self.place[3] - self.place[1])


def blocks(lines: Sequence[Line]) -> list[Line]:
    """Join lines into blocks, from the top left; a block's score is that of its worst line."""
    grown: list[list[Line]] = []
    for row in sorted(_rows(lines), key=lambda line: (line.place[1], line.place[0])):
        above = [block for block in grown if _continues(block[-1], row)]
        if above:
            min(above, key=lambda block: _offset(block[-1], row)).append(row)
        else:
            grown.append([row])
    return [_joined(block) for block in grown]


def _rows(lines: Sequence[Line]) -> list[Line]:
    """Join what stands beside each other."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: (line.place[0], line.place[1])):
        before = [row for row in rows if _goes_on(row[-1], line)]
        if before:
            max(before, key=lambda row: row[-1].place[2]).append(line)
        else:
            rows.append([line])
    return [_joined(row) for row in rows]


def _goes_on(left: Line, right: Line) -> bool:
    """Say whether `right` stands in the same row, right after `left`."""
    smaller = min(left.height, right.height)
    overlap = min(left.place[3], right.place[3]) - max(left.place[1], right.place[1])
    gap = right.place[0] - left.place[2]
    return (
        overlap >= _SAME_ROW * smaller
        and _alike(left, right)
        and -smaller <= gap <= _GAP_ACROSS * smaller
    )


def _continues(above: Line, below: Line) -> bool:
    """Say whether `below` is the next line of the same text."""
    smaller = min(above.height, below.height)
    gap = below.place[1] - above.place[3]
    overlap = min(above.place[2], below.place[2]) - max(above.place[0], below.place[0])
    return overlap > 0 and _alike(above, below) and -smaller <= gap <= _GAP_DOWN * smaller


def _offset(above: Line, below: Line) -> float:
    return abs(above.place[0] - below.place[0]) + abs(below.place[1] - above.place[3])


def _alike(one: Line, other: Line) -> bool:
    return max(one.height, other.height) <= _GROWN * min(one.height, other.height)


def _joined(lines: Sequence[Line]) -> Line:
    if len(lines) == 1:
        return lines[0]
    text = lines[0].text
    for line in lines[1:]:
        text += _between(text, line.text) + line.text
    lefts, tops, rights, bottoms = zip(*(line.place for line in lines), strict=True)
    place = (min(lefts), min(tops), max(rights), max(bottoms))
    score = min(line.score for line in lines)
    return Line(text, place, score, sum(line.height for line in lines) / len(lines))


def _between(before: str, after: str) -> str:
    """Return what stands between two lines: nothing between Chinese or Japanese ones."""
    return "" if before and after and _wide(before[-1]) and _wide(after[0]) else " "


def _wide(char: str) -> bool:
    return "\u2e80" <= char <= "\u9fff" or "\uf900" <= char <= "\ufaff" or char >= "\uff00"
