"""Rules that cannot run away: how often one may act, and what is left of it after that.

Pure arithmetic, told the time and the counts; who keeps them is the gateway's business.

Rules:
1. What ran away is eased by one step. What restricts more than a held message is left with `hold`:
   at most it holds a message, where it would have taken it; all it does besides (a mask, anything
   to users, rooms and streams, strikes) becomes a flag. What only holds is left with `flag`: the
   finding stays among the reasons and nothing is taken from anybody. `care` is never taken away.
   Nothing ever becomes stricter, and nothing that was held is let through: no flood buys that.
2. A quota is messages that one rule asks to restrict, per tenant and UTC day: so many as written,
   the rest eased.
3. The brake looks at fresh rules only: over their share of the last judged messages, or over a
   multiple of their earlier rate, they are eased until somebody releases or changes them.
"""

from __future__ import annotations

from collections import deque

import msgspec

from seawall.actions import strictness
from seawall.policy.model import Brake, Danger, Effect, Stage
from seawall.verdicts import Ease, Finding

__all__ = [
    "LEAST_HITS",
    "Recent",
    "day_of",
    "day_start",
    "ease_of",
    "eased",
    "most_hits",
    "quota_ease",
]

LEAST_HITS = 20
"""An earlier rate alone never trips a rule before so many hits: a few are chance."""
_DAY_S = 86_400.0
_HOLD = Effect("message", "hold")
_EASES: dict[Danger, Ease | None] = {"act": "hold", "hold": "flag", "": None}


def eased(finding: Finding, ease: Ease) -> Finding:
    """Return a finding with what easing leaves of it."""
    kept = tuple(effect for effect in finding.effects if effect.kind == "care")
    ceiling = strictness("message", "hold")
    if ease == "hold" and any(
        effect.track == "message" and strictness("message", effect.kind) >= ceiling
        for effect in finding.effects
    ):
        kept = (_HOLD, *kept)
    stage: Stage = "hold" if finding.stage == "act" else finding.stage
    case = None if ease == "flag" else finding.case
    return msgspec.structs.replace(
        finding, effects=kept, stage=stage, strikes=0, case=case, eased=ease
    )


def ease_of(danger: Danger) -> Ease | None:
    """Return what a rule that ran away is left with; None for one that restricts nothing."""
    return _EASES[danger]


def quota_ease(danger: Danger, hits: int, per_day: int) -> Ease | None:
    """Return what is left of a rule that asked to restrict `hits` messages today already."""
    return ease_of(danger) if per_day and hits >= per_day else None


def most_hits(brake: Brake, *, window: bool, earlier: float | None) -> int:
    """Return how many of the last `brake.of` messages a fresh rule may hit.

    `earlier` is the share it hit before it changed; None where that is not known.
    """
    most = int((brake.windows if window else brake.share) * brake.of)
    if earlier is None:
        return most
    return min(most, max(LEAST_HITS, int(brake.times * earlier * brake.of)))


def day_of(at: float) -> int:
    """Return the number of a time's UTC day."""
    return int(at // _DAY_S)


def day_start(day: int) -> float:
    """Return when a UTC day begins, seconds since the epoch."""
    return day * _DAY_S


class Recent:
    """A rule's hits among the last `of` judged messages, in bounded memory: `most` + 1 numbers."""

    __slots__ = ("_hits", "_of")

    def __init__(self, most: int, of: int) -> None:
        self._of = of
        self._hits: deque[int] = deque(maxlen=most + 1)

    def hit(self, judged: int) -> bool:
        """Count a hit by message number `judged`; tell whether it is one too many.

        Then counting begins anew.
        """
        hits = self._hits
        hits.append(judged)
        if len(hits) < (hits.maxlen or 0) or hits[0] <= judged - self._of:
            return False
        hits.clear()
        return True
