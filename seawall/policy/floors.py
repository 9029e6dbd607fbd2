"""From which score on a signal is anything to a condition.

`linear.spam >= 0.95` is as false at 0.4 as without any signal. So whoever says 0.4 wakes nothing:
neither a rule, nor what waits for one (`waiting`).
"""

from __future__ import annotations

from collections.abc import Iterator

from seawall.policy.term import Compare, Constant, Read, Term, parts_of

__all__ = ["floors"]


def floors(*terms: Term) -> dict[str, float]:
    """Return the signals that have to reach a score to be more than none to any of the terms.

    A signal that is more than compared with numbers is not among them, nor is one not read.
    """
    found: dict[str, float] = {}
    for term in terms:
        for signal, floor in _read(term):
            found[signal] = min(floor, found.get(signal, floor))
    return {signal: floor for signal, floor in found.items() if floor > 0.0}


def _read(term: Term) -> Iterator[tuple[str, float]]:
    """Go through the signals a term reads, each time with the floor that this place has."""
    match term:
        case Compare("<" | "<=" | ">" | ">=", Read(name), Constant(float(level))) | Compare(
            "<" | "<=" | ">" | ">=", Constant(float(level)), Read(name)
        ) if name.signal is not None:
            yield name.signal, max(0.0, level)
        case Read(name):
            if name.signal is not None:
                yield name.signal, 0.0
        case _:
            for part in parts_of(term):
                yield from _read(part)
