"""A window has a key, counts something that the key does not already fix, and knows its events."""

from __future__ import annotations

from seawall.policy.draft import Pack, WindowDraft
from seawall.policy.problems import Problems

__all__ = ["windows_can_count"]

_OF_TEXT = frozenset({"fingerprint", "sketch"})


def windows_can_count(pack: Pack, problems: Problems) -> None:
    """Add a problem for each window that could not count what it says."""
    for window in pack.windows:
        for message in _wrong(window):
            problems.add(window.where, f"{window.name!r} {message}")


def _wrong(window: WindowDraft) -> list[str]:
    wrong = []
    if window.node.get("key") is not None and not window.key:
        wrong.append("has an empty key")
    if window.of in window.key:
        wrong.append(f"counts each {window.of} apart, so it can never count more than one")
    if "join" in window.on:
        if len(window.on) > 1:
            wrong.append("counts joins and messages; make two windows of it")
        if _OF_TEXT & {*window.key, window.of}:
            wrong.append("counts joins, which have no text to compare")
    return wrong
