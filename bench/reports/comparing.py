"""Two results side by side: what differs beyond its interval, and beyond what is worth a word.

1. Windows are paired by system, label, loop and rate, flows by name. Invalid ones are no evidence.
2. A regression is worse beyond the 95 % interval and beyond the floor: a share (`tolerance`) of
   what was, and never less than the metric's own least change.
3. The same is only what cannot have changed by as much as counts; where the interval is wider than
   the floor and reaches beyond it, the verdict is unsure, and no regression.
4. Machines differ. Where both runs have the bare echo under the same label, CPU is told as times
   the echo's, and latency as what comes on top of the echo's.
5. Peers are yardsticks. They are compared only where there is nothing of ours.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from bench.reports.groups import Group, group
from bench.reports.lines import ECHO, Line, alike, lines
from bench.reports.verdicts import left_out
from bench.reports.words import PEER_NAMES
from bench.shapes.result import Environment, Result

__all__ = ["TOLERANCE", "Comparison", "compare"]

TOLERANCE = 0.05
MACHINE = ("cpu", "cores", "memory_bytes", "kernel", "governor", "huge_pages", "python", "gpu")


class Comparison(msgspec.Struct, frozen=True):
    """All lines, and in plain words what could not be compared or was not the same machine."""

    lines: tuple[Line, ...]
    notes: tuple[str, ...]
    environments: tuple[str, ...]

    @property
    def regressions(self) -> tuple[Line, ...]:
        """Return the lines that got worse."""
        return tuple(line for line in self.lines if line.verdict == "worse")


def compare(before: Result, after: Result, tolerance: float = TOLERANCE) -> Comparison:
    """Compare two results. Raises ValueError for a broken histogram, or nothing in common."""
    firsts, seconds = _valid(before), _valid(after)
    shared = _pairs(firsts, seconds)
    ours = [pair for pair in shared if pair[0].system not in PEER_NAMES]
    found = [
        line
        for first, second in ours or shared
        for line in lines(
            (first, _echo(first, firsts)), (second, _echo(second, seconds)), tolerance
        )
    ]
    if not found:
        raise ValueError("the two results have no valid window of the same system and label")
    return Comparison(tuple(found), tuple(_notes(before, after)), _environments(before, after))


def _valid(result: Result) -> list[Group]:
    return [each for each in group(result.windows) if each.windows]


def _pairs(firsts: list[Group], seconds: list[Group]) -> list[tuple[Group, Group]]:
    """Pair what had the same name and rate; where a label stands for one rate only, by name."""
    found = []
    for first in firsts:
        named = [each for each in seconds if _key(each) == _key(first)]
        alone = len(named) == 1 and not first.several
        found += [(first, each) for each in named if alone or alike(first, each)][:1]
    return found


def _key(each: Group) -> tuple[str, str, str]:
    return each.system, each.label, each.loop


def _echo(each: Group, known: list[Group]) -> Group | None:
    key = (ECHO, each.label, each.loop)
    return next((its for its in known if _key(its) == key and alike(each, its)), None)


def _notes(before: Result, after: Result) -> Iterator[str]:
    firsts, seconds = _valid(before), _valid(after)
    pairs = _pairs(firsts, seconds)
    for name, groups, place in (("before", firsts, 0), ("after", seconds, 1)):
        lonely = [each.name for each in groups if all(pair[place] is not each for pair in pairs)]
        if lonely:
            yield f"only {name}: {'; '.join(lonely)}"
    for first, second in pairs:
        if not alike(first, second):
            yield (
                f"{first.name}: {first.offered:,.0f} messages a second before, "
                f"{second.offered:,.0f} after: latency and goodput are not compared"
            )
    for name, result in (("before", before), ("after", after)):
        yield from (f"refused as evidence ({name}): {each}" for each in left_out(result.windows))
    if before.scenario != after.scenario:
        yield f"scenario {before.scenario} before, {after.scenario} after"


def _environments(before: Result, after: Result) -> tuple[str, ...]:
    return tuple(
        f"{name}: {first or 'none'} before, {second or 'none'} after"
        for (name, first), (_, second) in zip(
            _manifest(before.environment, after.environment),
            _manifest(after.environment, before.environment),
            strict=True,
        )
        if first != second
    )


def _manifest(environment: Environment, other: Environment) -> list[tuple[str, object]]:
    """Name the machine, and the versions of whatever either of the two has."""
    machine: list[tuple[str, object]] = [
        (name.replace("_", " "), getattr(environment, name)) for name in MACHINE
    ]
    names = sorted({*environment.versions, *other.versions})
    return machine + [(name, environment.versions.get(name)) for name in names]
