"""Only streams have a past: what looks back, rests, waits or climbs is for frames and speech."""

from __future__ import annotations

from seawall.policy.draft import Pack
from seawall.policy.model import takes_step
from seawall.policy.problems import Problems
from seawall.policy.streams import STREAM_SURFACES

__all__ = ["streams_have_a_past"]


def streams_have_a_past(pack: Pack, problems: Problems) -> None:
    """Add a problem for each rule that asks a stream's past of something that has none."""
    for rule in pack.rules:
        if rule.over_time and not rule.on <= STREAM_SURFACES:
            problems.add(
                rule.where,
                f"{rule.name!r} looks back, waits or climbs, as only rules of streams can: "
                "write `on: [frame]`, `on: [speech]` or both",
            )
        if takes_step(rule.then) and not pack.manifest.stream_ladder.steps:
            problems.add(
                rule.where,
                f"{rule.name!r} takes the next step, and the manifest has no `stream_ladder`",
            )
    for window in pack.windows:
        if takes_step(window.then):
            problems.add(
                window.where, f"a window cannot take the next step, as {window.name!r} does"
            )
