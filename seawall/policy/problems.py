"""What is wrong with a policy: all of it, each with its place and a suggestion where there is one.

A problem keeps the policy from going live; a warning is for its owner to read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches

from seawall.errors import PolicyError
from seawall.policy.tree import Where

__all__ = ["PROBLEMS_SHOWN", "Problems", "closest"]

PROBLEMS_SHOWN = 200
"""More problems than this are counted, not listed: one fixes the first ones first."""

_FEW = 12


def closest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word most like `word`, or None when none is."""
    matches = get_close_matches(word[:64], list(known), n=1, cutoff=0.6)
    return matches[0] if matches else None


class Problems:
    """Collects problems and warnings, each once, in the order found."""

    def __init__(self) -> None:
        self._errors: dict[str, tuple[str, int]] = {}
        self._warnings: dict[str, tuple[str, int]] = {}

    def add(self, where: Where, message: str, suggestion: str | None = None) -> None:
        """Record something that keeps the policy from going live."""
        self._errors.setdefault(_line(where, message, suggestion), (where.file, where.line))

    def unknown(self, where: Where, what: str, word: str, known: Collection[str]) -> None:
        """Record a word that is none of the known ones, with the one meant, or all when few."""
        meant = closest(word, known)
        few = f"; known are {', '.join(known)}" if 0 < len(known) <= _FEW and not meant else ""
        self.add(where, f"unknown {what} {_shown(word)}{few}", meant)

    def warn(self, where: Where, message: str) -> None:
        """Record something the policy's owner should know."""
        self._warnings.setdefault(_line(where, message, None), (where.file, where.line))

    def told(self, lines: Iterable[str]) -> None:
        """Record problems that already stand as ``file:line: what is wrong``."""
        for text in lines:
            file, _, rest = text.partition(":")
            number = rest.partition(":")[0]
            self._errors.setdefault(text, (file, int(number) if number.isdecimal() else 0))

    @property
    def errors(self) -> tuple[str, ...]:
        """The problems, by file and line, at most PROBLEMS_SHOWN and a count of the rest."""
        lines = sorted(self._errors, key=self._errors.__getitem__)
        if len(lines) <= PROBLEMS_SHOWN:
            return tuple(lines)
        rest = len(lines) - PROBLEMS_SHOWN
        return (*lines[:PROBLEMS_SHOWN], f"… and {rest} more problems")

    @property
    def warnings(self) -> tuple[str, ...]:
        """The warnings, by file and line."""
        return tuple(sorted(self._warnings, key=self._warnings.__getitem__))

    def raise_if_any(self) -> None:
        """Raise PolicyError with every problem, when there is one."""
        if self._errors:
            raise PolicyError(self.errors)


def _shown(word: str) -> str:
    return repr(word if len(word) <= 64 else word[:63] + "…")


def _line(where: Where, message: str, suggestion: str | None) -> str:
    hint = f"; did you mean {suggestion!r}?" if suggestion else ""
    return f"{where}: {message}{hint}"
