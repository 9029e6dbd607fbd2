"""What the literals of a gate let through, packed: tens of thousands of small conditions.

1. Half of the literals let one number through and nothing else. Of the others many have the same
   condition: it is kept once, as a row of numbers, and read when one of them is met.
2. What must show besides are sets of other literals. A condition holds the numbers of its sets, and
   each of those literals the sets that it shows: no set has to be gone through.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set

from detectors.packed import Rows, Strings, narrow
from detectors.spotter import Find, finder

__all__ = ["Besides", "Condition", "Conditions", "Edged", "Edges", "Sets", "Waiting"]

Edges = tuple[bytes, bytes]
"""Tables of the bytes that may not stand before a literal, and after it."""
Sets = tuple[int, ...]
"""Numbers of sets of literals, of each of which one must show besides."""
Waiting = tuple[tuple[int, Sets], ...]
Edged = tuple[tuple[int, int, Edges, Sets], ...]
"""What a literal lets through where it stands between certain bytes, and how long it is then."""
Condition = tuple[tuple[int, ...], Waiting, Edged]
"""What a literal lets through: numbers, numbers that wait for other literals, and those that stand
only between certain bytes."""

_KEPT = 4096
"""Conditions that have been read, of 300 bytes each."""
_MOST_FINDERS = 1024
"""Small automata of 5 KB each, made when first needed."""


class Conditions:
    """The conditions of literals, by the literal's place.

    `told` has for each literal the one number that it lets through, or from `first` on what stands
    for its condition: that is in `known`, or to be `read`.
    """

    __slots__ = ("_edges", "_rows", "first", "known", "told")

    def __init__(self, conditions: Iterable[Condition], first: int) -> None:
        places: dict[Condition, int] = {}
        told: list[int] = []
        for each in conditions:
            numbers, later, edged = each
            if len(numbers) == 1 and not later and not edged:
                told.append(numbers[0])
            else:
                told.append(first + places.setdefault(each, len(places)))
        self.told = narrow(told)
        self.first = first
        edges = {edges: at for at, edges in enumerate(_edges(places))}
        self._edges = tuple(edges)
        self._rows = Rows([tuple(_flat(each, edges)) for each in places])
        self.known: dict[int, Condition] = {}

    def read(self, told: int) -> Condition:
        """Read a condition, and know it from then on."""
        if len(self.known) >= _KEPT:
            self.known.clear()
        parts = iter(self._rows[told - self.first])
        numbers = tuple(next(parts) for _ in range(next(parts)))
        later = tuple((next(parts), _sets(parts)) for _ in range(next(parts)))
        edged = tuple(
            (next(parts), next(parts), self._edges[next(parts)], _sets(parts))
            for _ in range(next(parts))
        )
        condition = self.known[told] = numbers, later, edged
        return condition


class Besides:
    """Literals in sets, by their place. A number is picked where each of its sets shows."""

    __slots__ = ("_find", "_find_one", "_literals", "_sets", "_shows")

    def __init__(self, literals: Sequence[bytes], sets: Sequence[Set[int]]) -> None:
        self._literals = Strings(literals)
        self._sets = Rows([sorted(each) for each in sets])
        showing: list[set[int]] = [set() for _ in literals]
        for number, each in enumerate(sets):
            for place in each:
                showing[place].add(number)
        shown_by = {literal: showing[place] for place, literal in enumerate(literals)}
        # Only the longest literal that ends at a place is found; it stands for those inside it.
        ends = ([each[at:] for at in range(len(each))] for each in literals)
        self._shows = Rows([sorted(_union(shown_by.get(end, ()) for end in some)) for some in ends])
        self._find = finder(literals, longest=True)
        self._find_one: dict[int, Find] = {}

    def weigh_few(
        self, padded: bytes, waiting: Sequence[tuple[int, Sets]], picked: set[int]
    ) -> None:
        """Pick what has all it waits for; a set is looked for where those before it are there."""
        finds = self._find_one
        for index, others in waiting:
            for some in others:
                find = finds.get(some)
                if find is None:
                    if len(finds) >= _MOST_FINDERS:
                        finds.clear()
                    find = finds[some] = finder([self._literals[at] for at in self._sets[some]])
                if not find(padded):
                    break
            else:
                picked.add(index)

    def weigh_many(
        self, padded: bytes, waiting: Sequence[tuple[int, Sets]], picked: set[int]
    ) -> None:
        """Do the same with one look for all sets there are."""
        numbers, starts = self._shows.numbers, self._shows.starts
        shown: set[int] = set()
        for place in {hit[2] for hit in self._find(padded)}:
            shown.update(numbers[starts[place] : starts[place + 1]])
        for index, others in waiting:
            if shown.issuperset(others):
                picked.add(index)


def _union(some: Iterable[Iterable[int]]) -> set[int]:
    return set().union(*some)


def _edges(conditions: Iterable[Condition]) -> Iterator[Edges]:
    """Yield the edges that some condition has, each once."""
    yield from dict.fromkeys(edges for each in conditions for _, _, edges, _ in each[2])


def _flat(condition: Condition, edges: dict[Edges, int]) -> Iterator[int]:
    """Write a condition as numbers, each group after its size."""
    numbers, later, edged = condition
    yield len(numbers)
    yield from numbers
    yield len(later)
    for index, others in later:
        yield from (index, len(others), *others)
    yield len(edged)
    for index, length, between, others in edged:
        yield from (index, length, edges[between], len(others), *others)


def _sets(parts: Iterator[int]) -> Sets:
    return tuple(next(parts) for _ in range(next(parts)))
