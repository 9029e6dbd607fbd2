"""What is remembered of a rule for its quota and its brake, and what is told when it ran away."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from seawall.policy.model import Brake, Danger
from seawall.verdicts import Ease

__all__ = ["Kept", "Seen", "Tally", "Trip", "Watched"]


class Seen(msgspec.Struct, frozen=True):
    """A rule's content (`Policy.prints`), since when it is live, and whether somebody vouched."""

    print: str
    since: float
    looked_at: bool = False

    def is_fresh(self, brake: Brake, now: float) -> bool:
        """Say whether the content is so new that the brake looks at it."""
        return not self.looked_at and now - self.since < brake.fresh_s


class Watched(msgspec.Struct, frozen=True):
    """A live rule or window, as far as its brake is concerned."""

    seen: Seen
    danger: Danger
    per_day: int
    braked: bool
    owner: str
    is_window: bool
    version: str


class Tally(msgspec.Struct):
    """Counts of one rule for one tenant.

    `hits` are those of `day` that restrict; `total` are all since the content is live, when
    `judged_before` messages had been judged. `earlier` is the share that the content before hit.
    """

    print: str
    day: int
    judged_before: int
    hits: int = 0
    total: int = 0
    earlier: float | None = None
    braked: bool = False
    paged: bool = False
    case: str = ""
    recent: Any = None
    """A `seawall.brake.Recent`; Any, because it is not kept and the encoder must not ask."""

    def plain(self) -> Tally:
        """Return a copy that can be kept: without the hits of the last messages."""
        return msgspec.structs.replace(self, recent=None)


class Trip(msgspec.Struct, frozen=True):
    """A rule ran away: it hit its quota or the brake, and what is left of it."""

    tenant: str
    rule: str
    owner: str
    cause: Literal["quota", "brake"]
    ease: Ease
    hits: int
    per_day: int
    at: float
    version: str
    case: str

    def told(self) -> str:
        """Return what happened in one sentence."""
        left = "it can only hold messages" if self.ease == "hold" else "it only flags messages"
        owner = f" of {self.owner}" if self.owner else ""
        if self.cause == "quota":
            return (
                f"rule {self.rule}{owner} has restricted {self.hits} messages today, its quota; "
                f"for the rest of the day {left}"
            )
        return (
            f"rule {self.rule}{owner} is fresh and hits far more than its share "
            f"({self.hits} messages today); until it is released or changed {left}"
        )


class Kept(msgspec.Struct, frozen=True):
    """What outlives a process: messages judged by tenant, tallies, and contents seen."""

    judged: dict[str, int] = {}
    tallies: list[tuple[str, str, Tally]] = []
    seen: list[tuple[str | None, str, Seen]] = []
