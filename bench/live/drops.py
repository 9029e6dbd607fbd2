"""Why something was not examined, in five words; pure.

`coverage` tells causes; for whoever runs a deployment they come to one of these: `policy` (nobody
was to look), `superseded` (something newer took its place), `expired` (there was no time for it),
`absent` (its sender did not deliver it), `failed` (it could not be examined, or whoever examines
was down).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Literal

__all__ = ["DROPS", "DROP_OF", "Drop", "drop_of", "looks_lost", "lost", "unchecked"]

Drop = Literal["policy", "superseded", "expired", "absent", "failed"]

DROPS: tuple[Drop, ...] = ("policy", "superseded", "expired", "absent", "failed")
DROP_OF: Mapping[str, Drop] = {
    "off": "policy", "limit": "policy", "music": "policy",
    "superseded": "superseded",
    "late": "expired", "full": "expired", "load": "expired",
    "gap": "absent", "stalled": "absent",
    "damaged": "failed", "down": "failed", "unsupported": "failed", "encrypted": "failed",
    "error": "failed", "other": "failed",
}  # fmt: skip


def drop_of(cause: str) -> Drop:
    """Return what a cause comes to; one that nobody knows is a failure."""
    return DROP_OF.get(cause, "failed")


def unchecked(
    told: Iterable[tuple[float, float, str, str]], start: float, end: float
) -> dict[str, float]:
    """Return seconds that nobody examined between two times: `unchecked_CAUSE_s`.

    `told` holds (from, to, unit, cause). What reaches beyond the times counts for its part inside.
    """
    found: defaultdict[str, float] = defaultdict(float)
    for from_, to, _, cause in told:
        length = min(to, end) - max(from_, start)
        if length > 0:
            found[f"unchecked_{cause}_s"] += length
    return dict(found)


def lost(seconds: Mapping[str, float], whole_s: float) -> dict[str, float]:
    """Return what share of all time to be examined went which way, from `unchecked`."""
    found = {f"lost_{drop}_share": 0.0 for drop in DROPS}
    for name, length in seconds.items():
        cause = name.removeprefix("unchecked_").removesuffix("_s")
        found[f"lost_{drop_of(cause)}_share"] += length / whole_s
    return found


def looks_lost(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """Return how many frames and texts were not looked at between two looks at metrics, by drop."""
    found: dict[str, float] = {f"looks_lost_{drop}": 0.0 for drop in DROPS}
    for name, value in after.items():
        if name.startswith("seawall_stream_skipped_total{"):
            cause = name.partition('cause="')[2].partition('"')[0]
            found[f"looks_lost_{drop_of(cause)}"] += value - before.get(name, 0.0)
    return found
