"""Operator-written RE2 expressions, all asked at once over the spaced form: linear time, no ReDoS.

1. A gate of required literals picks the few patterns a text can match, and each of those is tried;
   patterns that require nothing are asked together, as one `re2.Set`.
2. What cannot be compiled, matches nothing at all (the empty text), or needs more memory than the
   bounds below is refused when the policy is loaded, never found out on a message. It is compiled
   for that, let go, and compiled again when the first text needs it: most are never needed.
3. RE2 reports a set that ran out of memory as "no match". So the set carries a canary that must
   match once before it goes live; after that its state cache is reset, not overrun, when full.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Set
from functools import cached_property, lru_cache

import re2

from detectors.gate import Gate, without_literals
from detectors.regexset import RegexSet
from seawall.errors import PolicyError
from seawall.events import User
from seawall.fold import Folded
from seawall.policy.model import Pattern
from seawall.signals import Signal, Span
from seawall.taxonomy import SEVERITY_SCORES

__all__ = ["Patterns", "problems_of"]

_MAX_PATTERNS = 10_000
_MAX_CHARS = 2_000
_MAX_PROGRAM = 20_000
_LARGE_PROGRAM = 2_000
_MAX_PROGRAMS = 4_000_000
"""Steps of all together: about 100 MiB once every pattern has been needed."""
_PATTERN_BYTES = 2 << 20
_SET_BYTES = 16 << 20
_CANARY = "\x00canary\x00"
_CLEAN: list[Signal] = []


class Patterns:
    """Signals `pattern.<name>` with the pattern's severity as score.

    Raises PolicyError, one problem for each pattern that cannot be used.
    """

    name = "patterns"

    def __init__(self, patterns: Iterable[Pattern] = (), late: Set[str] = frozenset()) -> None:
        """`late` are signals that only `tried` is asked about."""
        self._patterns = tuple(patterns)
        problems = problems_of(self._patterns)
        if problems:
            raise PolicyError(problems)
        self._compiled: dict[int, re2._Regexp] = {}
        self._matches: dict[int, Callable[[bytes], object]] = {}
        self.regexes = tuple(pattern.regex for pattern in self._patterns)
        self.signals = tuple(f"pattern.{pattern.name}" for pattern in self._patterns)
        self.late = frozenset(at for at, name in enumerate(self.signals) if name in late)
        everywhere = without_literals(self.regexes)
        self._open = tuple(index for index in everywhere if index not in self.late)
        self.told = frozenset(
            index for index, pattern in enumerate(self._patterns) if pattern.category is None
        )
        """Those of which nobody asks where they match: context, never a reason shown to anybody."""
        self.open_late = self.late.intersection(everywhere)
        """Those of the late ones that no gate ever picks."""
        self._set = _compile_set([self._patterns[index] for index in self._open])
        self.has_open = self._set is not None
        """Whether some pattern must be tried where a gate picked none."""

    @cached_property
    def _gate(self) -> Gate:
        return Gate(self.regexes, told=self.told)

    def detect(self, text: Folded, user: User) -> list[Signal]:
        """Return a signal for each pattern that matches, in policy order; at its first place."""
        found = self.judge(text, self._gate.pick(text.padded) | self.open_late)
        return [found[index] for index in sorted(found)] if found else _CLEAN

    def judge(self, text: Folded, picked: Set[int]) -> dict[int, Signal]:
        """Return a signal by number for each that matches, where a gate over `regexes` has picked.

        Other numbers are ignored.
        """
        if not picked and self._set is None:
            return {}
        size = len(self._patterns)
        chosen = {index for index in picked if index < size}
        if self._set is not None:
            matched = self._set.Match(text.padded[1:-1]) or ()
            chosen.update(self._open[at] for at in matched if at < len(self._open))
        return self.tried(text, chosen) if chosen else {}

    def tried(self, text: Folded, chosen: Set[int]) -> dict[int, Signal]:
        """Try just those, and return a signal for each that matches; ~number surely does."""
        encoded = text.padded[1:-1]
        found: dict[int, Signal] = {}
        for index in chosen:
            if index < 0:
                found[~index] = self._signal(self._patterns[~index], None)
                continue
            if ~index in chosen:
                continue
            signal = self._try(index, text, encoded)
            if signal is not None:
                found[index] = signal
        return found

    def _try(self, index: int, text: Folded, encoded: bytes) -> Signal | None:
        matches = self._matches.get(index)
        if matches is None:
            matches = self._matches[index] = self._matcher(index)
        if not matches(encoded):
            return None
        pattern = self._patterns[index]
        span = None if pattern.category is None else self._place(index, text, encoded)
        return self._signal(pattern, span)

    def _matcher(self, index: int) -> Callable[[bytes], object]:
        """Return what tells whether a pattern matches: a set of one takes a third of a search.

        Only a large program could need more memory than a set may have.
        """
        regex = self.regexes[index]
        if _tested(regex)[0] > _LARGE_PROGRAM:
            search: Callable[[bytes], object] = re2.compile(regex, _options(_PATTERN_BYTES)).search
            return search
        return RegexSet((regex,), _PATTERN_BYTES).Match

    def _place(self, index: int, text: Folded, encoded: bytes) -> Span | None:
        compiled = self._compiled.get(index)
        if compiled is None:
            compiled = re2.compile(self.regexes[index], _options(_PATTERN_BYTES))
            self._compiled[index] = compiled
        match = compiled.search(encoded)
        if match is None:
            return None
        start, end = match.span()
        begin = len(encoded[:start].decode())
        return text.span("spaced", begin, begin + len(encoded[start:end].decode()))

    def _signal(self, pattern: Pattern, span: Span | None) -> Signal:
        return Signal(
            name=f"pattern.{pattern.name}",
            score=SEVERITY_SCORES[pattern.severity],
            detector=self.name,
            category=pattern.category,
            severity=pattern.severity,
            span=span,
            value=pattern.name,
        )


def _options(max_mem: int) -> re2.Options:
    options = re2.Options()
    options.max_mem = max_mem
    options.log_errors = False
    return options


def problems_of(patterns: Sequence[Pattern]) -> tuple[str, ...]:
    """Return what keeps patterns from being used, one line for each; they are compiled for that."""
    if len(patterns) > _MAX_PATTERNS:
        return (f"{patterns[-1].where}: more than {_MAX_PATTERNS} patterns",)
    problems = []
    size = 0
    for pattern in patterns:
        steps, complaint = _tested(pattern.regex)
        if complaint:
            problems.append(f"{pattern.where}: pattern {pattern.name} {complaint}")
        elif size <= _MAX_PROGRAMS < size + steps:
            problems.append(
                f"{pattern.where}: the patterns up to {pattern.name} are too large together: over "
                f"{_MAX_PROGRAMS} steps"
            )
        size += steps
    return tuple(problems)


@lru_cache(maxsize=2 * _MAX_PATTERNS)
def _tested(regex: str) -> tuple[int, str]:
    """Return how many steps the expression's program has, and what is wrong with it."""
    if len(regex) > _MAX_CHARS:
        return 0, f"is longer than {_MAX_CHARS} characters"
    try:
        compiled = re2.compile(regex, _options(_PATTERN_BYTES))
    except (re2.error, UnicodeEncodeError) as error:
        reason = error.args[0] if error.args else error
        told = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        return 0, f"is not an RE2 expression, or too large: {told}"
    if compiled.programsize > _MAX_PROGRAM:
        return 0, f"is too large: {compiled.programsize} steps, at most {_MAX_PROGRAM}"
    if compiled.search("") is not None:
        return 0, "matches the empty text, so it would match every message"
    return compiled.programsize, ""


def _compile_set(patterns: list[Pattern]) -> RegexSet | None:
    if not patterns:
        return None
    where = patterns[0].where
    try:
        regexes = (*(pattern.regex for pattern in patterns), re2.escape(_CANARY))
        chosen = RegexSet(regexes, _SET_BYTES)
    except re2.error as error:
        raise PolicyError(
            (f"{where}: the patterns cannot be compiled together: {error}",)
        ) from None
    if len(patterns) not in (chosen.Match(_CANARY) or ()):
        raise PolicyError(
            (f"{where}: the patterns need more than {_SET_BYTES >> 20} MiB together",)
        )
    return chosen
