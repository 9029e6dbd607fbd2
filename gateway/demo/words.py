"""Strangers' text made safe to show in a terminal, and a verdict in one plain line."""

from __future__ import annotations

import unicodedata

from gateway.demo.board import Judged, outcome_of

__all__ = ["because", "clock", "legible", "plain"]

_MARKS = 2
"""Combining marks shown on one letter; a flood of them would paint over other lines."""


def legible(text: str) -> str:
    """Replace what would steer a terminal: escapes, newlines, bidi controls, floods of marks."""
    if text.isascii() and text.isprintable():
        return text
    shown: list[str] = []
    marks = 0
    for char in text:
        kind = unicodedata.category(char)
        marks = marks + 1 if kind in ("Mn", "Me") else 0
        if char in "\n\r\t":
            shown.append(" ")
        elif kind in ("Cc", "Cs", "Co", "Zl", "Zp") or (kind == "Cf" and char != "\u200d"):
            shown.append("·")
        elif marks <= _MARKS:
            shown.append(char)
    return "".join(shown)


def because(entry: Judged) -> str:
    """Say why (the first reason, and how many more rules spoke), what besides, and how fast."""
    rules = list(dict.fromkeys((each.rule, each.category) for each in entry.verdict.reasons))
    parts = [f"{rule} · {category}" for rule, category in rules[:1]]
    if len(rules) > 1:
        parts.append(f"+{len(rules) - 1}")
    for action in entry.verdict.actions:
        if action.target.kind != "message":
            parts.append(
                action.kind if action.for_s is None else f"{action.kind} {action.for_s:g} s"
            )
    return legible(" · ".join([*parts, f"{entry.ms:.1f} ms"]))


def clock(seconds: float) -> str:
    """Write a duration as m:ss."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def plain(entry: Judged | str, now: float) -> str:
    """Write one line for a log or a pipe."""
    moment = f"{clock(now):>6}"
    if isinstance(entry, str):
        return f"{moment}  {'»':9}  {legible(entry)}"
    outcome = outcome_of(entry.verdict)
    word = outcome if outcome == "allow" else outcome.upper()
    text = entry.verdict.text if isinstance(entry.verdict.text, str) else entry.line.text
    said = legible(f"{entry.line.room} {entry.line.user.name}: {text}")
    return f"{moment}  {word:9}  {said}" + ("" if outcome == "allow" else f"  [{because(entry)}]")
