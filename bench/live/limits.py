"""How many streams are carried, and why not one more; pure.

A run of so many streams breaks when the generator is late (then nothing is known), when lag surely
grows, when less than 95 % of pictures or sound is examined, or when words come too late.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from bench.live.measuring import WORD_S, Measured

__all__ = ["DONE", "Limit", "broken", "search"]

DONE = 0.95
"""The least share of pictures, and of sound, that has to be examined."""


class Limit(msgspec.Struct, frozen=True):
    """The most streams that were carried (0: not one), and why one more was not.

    `reason` is empty where nothing broke up to the most that were tried.
    """

    streams: int
    reason: str
    tried: dict[int, str]
    """What broke at each number, empty where nothing did."""


def broken(found: Measured, word_s: float = WORD_S) -> str:
    """Say why so many streams are too many; empty where they are not."""
    table = found.table
    if found.slope.grows:
        return (
            f"lag grows by {found.slope.per_minute:.1f} s a minute"
            f" ({found.slope.low:.1f} to {found.slope.high:.1f})"
        )
    for unit in ("speech", "frames"):
        share = table.get(f"coverage_{unit}", 0.0)
        if share < DONE:
            return f"{share:.0%} of {unit} examined{_mostly(table)}"
    unheard = table.get("words_unheard_share", 0.0)
    if unheard > 1 - DONE:
        return f"{unheard:.0%} of words are in no verdict"
    late_ms = table.get("word_lag_p95_ms", 0.0)
    if late_ms > 1000 * word_s:
        return f"p95 of words {late_ms / 1000:.1f} s, over {word_s:g} s"
    return ""


def search(play: Callable[[int], str], most: int) -> Limit:
    """Double streams until they break, then halve the gap. `play` says why so many break.

    Raises what `play` raises.
    """
    tried: dict[int, str] = {}
    good, bad, number = 0, most + 1, 1
    while bad - good > 1:
        tried[number] = play(number)
        if tried[number]:
            bad = number
        else:
            good = number
        number = min(2 * number, most) if bad > most else (good + bad) // 2
    return Limit(good, tried.get(bad, ""), tried)


def _mostly(table: Mapping[str, float]) -> str:
    """Name the cause that most of what is missing has."""
    causes = {
        name.removeprefix("unchecked_").removesuffix("_s"): value
        for name, value in table.items()
        if name.startswith("unchecked_") and name.endswith("_s")
    }
    return f", mostly {max(causes, key=causes.__getitem__)!r}" if causes else ""
