"""Operator-written RE2 expressions, all asked at once over the spaced form: linear time, no ReDoS.

1. A gate of required literals picks the few patterns a text can match, and each of those is tried;
   patterns that require nothing are asked together, as one `re2.Set`.
2. What cannot be compiled, matches nothing at all (the empty text), or needs more memory than the
   bounds below is refused when the policy is loaded, never found out on a message.
3. RE2 reports a set that ran out of memory as "no match". So the set carries a canary that must
   match once before it goes live; after that its state cache is reset, not overrun, when full.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from functools import cached_property

import re2

from detectors.gate import Gate, without_literals
from seawall.errors import PolicyError
from seawall.events import User
from seawall.fold import Folded
from seawall.policy.model import Pattern
from seawall.signals import Signal, Span
from seawall.taxonomy import SEVERITY_SCORES

__all__ = ["Patterns"]

_MAX_PATTERNS = 2_000
_MAX_CHARS = 2_000
_MAX_PROGRAM = 20_000
_PATTERN_BYTES = 2 << 20
_SET_BYTES = 16 << 20
_CANARY = "\x00canary\x00"
_CLEAN: list[Signal] = []


class Patterns:
    """Signals `pattern.<name>` with the pattern's severity as score.

    Raises PolicyError, one problem for each pattern that cannot be used.
    """

    name = "patterns"

    def __init__(self, patterns: Iterable[Pattern] = ()) -> None:
        self._patterns = tuple(patterns)
        self._compiled, problems = _compile_each(self._patterns)
        if problems:
            raise PolicyError(tuple(problems))
        self.regexes = tuple(pattern.regex for pattern in self._patterns)
        self._open = without_literals(self.regexes)
        self._set = _compile_set([self._patterns[index] for index in self._open])
        self.has_open = self._set is not None
        """Whether some pattern must be tried where a gate picked none."""

    @cached_property
    def _gate(self) -> Gate:
        return Gate(self.regexes)

    def detect(self, text: Folded, user: User) -> list[Signal]:
        """Return a signal for each pattern that matches, in policy order; at its first place."""
        return self.judge(text, self._gate.pick(text.padded))

    def judge(self, text: Folded, picked: Set[int]) -> list[Signal]:
        """Do the same where a gate over `regexes` has picked some; other numbers are ignored."""
        if not picked and self._set is None:
            return _CLEAN
        encoded = text.padded[1:-1]
        chosen = {index for index in picked if index < len(self._patterns)}
        if self._set is not None:
            matched = self._set.Match(encoded) or ()
            chosen.update(self._open[at] for at in matched if at < len(self._open))
        signals = [self._try(index, text, encoded) for index in sorted(chosen)]
        return [signal for signal in signals if signal is not None] or _CLEAN

    def _try(self, index: int, text: Folded, encoded: bytes) -> Signal | None:
        match = self._compiled[index].search(encoded)
        if match is None:
            return None
        pattern = self._patterns[index]
        span: Span | None = None
        # Without a category it is context for expressions, never a reason shown to anybody.
        if pattern.category is not None:
            start, end = match.span()
            begin = len(encoded[:start].decode())
            span = text.span("spaced", begin, begin + len(encoded[start:end].decode()))
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


def _compile_each(patterns: tuple[Pattern, ...]) -> tuple[list[re2._Regexp], list[str]]:
    regexes: list[re2._Regexp] = []
    problems: list[str] = []
    if len(patterns) > _MAX_PATTERNS:
        problems.append(f"{patterns[-1].where}: more than {_MAX_PATTERNS} patterns")
        return regexes, problems
    for pattern in patterns:
        complaint = _complaint(pattern.regex)
        if complaint:
            problems.append(f"{pattern.where}: pattern {pattern.name} {complaint}")
        else:
            regexes.append(re2.compile(pattern.regex, _options(_PATTERN_BYTES)))
    return regexes, problems


def _complaint(regex: str) -> str:
    if len(regex) > _MAX_CHARS:
        return f"is longer than {_MAX_CHARS} characters"
    try:
        compiled = re2.compile(regex, _options(_PATTERN_BYTES))
    except (re2.error, UnicodeEncodeError) as error:
        reason = error.args[0] if error.args else error
        told = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        return f"is not an RE2 expression, or too large: {told}"
    if compiled.programsize > _MAX_PROGRAM:
        return f"is too large: {compiled.programsize} steps, at most {_MAX_PROGRAM}"
    if compiled.search("") is not None:
        return "matches the empty text, so it would match every message"
    return ""


def _compile_set(patterns: list[Pattern]) -> re2.Set | None:
    if not patterns:
        return None
    where = patterns[0].where
    chosen = re2.Set.SearchSet(_options(_SET_BYTES))
    try:
        for pattern in patterns:
            chosen.Add(pattern.regex)
        canary = chosen.Add(re2.escape(_CANARY))
        chosen.Compile()
    except re2.error as error:
        raise PolicyError(
            (f"{where}: the patterns cannot be compiled together: {error}",)
        ) from None
    if canary not in (chosen.Match(_CANARY) or ()):
        raise PolicyError(
            (f"{where}: the patterns need more than {_SET_BYTES >> 20} MiB together",)
        )
    return chosen
