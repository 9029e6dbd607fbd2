"""A set of RE2 expressions that can be carried to another process, where it is compiled again."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import re2

__all__ = ["RegexSet"]


class RegexSet:
    """Finds which of its expressions match anywhere. `max_mem` is in bytes, 0 for RE2's own.

    Raises re2.error for an expression, or a whole, that cannot be compiled.
    """

    __slots__ = ("Match", "_told")

    def __init__(self, regexes: Iterable[str], max_mem: int = 0) -> None:
        self._told = (tuple(regexes), max_mem)
        options = re2.Options()
        if max_mem:
            options.max_mem = max_mem
            options.log_errors = False
        chosen = re2.Set.SearchSet(options)
        for regex in self._told[0]:
            chosen.Add(regex)
        chosen.Compile()
        self.Match: Callable[[str | bytes], list[int] | None] = chosen.Match
        """Called like RE2's own: the numbers of those that match, None for none."""

    def __reduce__(self) -> tuple[type[RegexSet], tuple[tuple[str, ...], int]]:
        return RegexSet, self._told
