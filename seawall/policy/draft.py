"""A policy as read: every value has the right shape, nothing yet is known to fit together.

Drafts keep the lines they were read from, for the laws in `seawall.policy.check` to point at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeVar

from seawall.ladder import NO_LADDER, Ladder
from seawall.policy.expression import Expression
from seawall.policy.model import (
    Brake,
    Budget,
    CaseSpec,
    Effect,
    KeyPart,
    LexiconEntry,
    Pattern,
    Stage,
    Tenant,
    takes_step,
)
from seawall.policy.streams import (
    NO_STREAM_LADDER,
    STREAM_SURFACES,
    MediaPolicy,
    Over,
    StreamLadder,
    Veto,
)
from seawall.policy.tree import Map, Node, Where
from seawall.taxonomy import Severity

__all__ = [
    "AskDraft",
    "Lists",
    "Manifest",
    "Member",
    "Pack",
    "Placed",
    "RoomDraft",
    "RuleDraft",
    "Tricks",
    "WindowDraft",
]

T = TypeVar("T")
Member = Literal["event", "user", "room", "fingerprint"]


@dataclass(frozen=True, slots=True)
class Placed(Generic[T]):
    """A value and the line it was read from."""

    value: T
    where: Where


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """A rule as read. `node` is its map, for tenants and rooms to lay their overrides over.

    `quota` is messages a day, 0 for as many as there are, None where it leaves that to the
    manifest. `changed` names the overrides it was changed by. `at_once` says `veto: none`.
    """

    name: str
    category: str
    severity: Severity
    on: frozenset[str]
    when: Placed[str]
    then: tuple[Effect, ...]
    stage: Stage
    percent: float
    strikes: int
    case: CaseSpec | None
    notice: Placed[str] | None
    exempt: frozenset[str]
    where: Where
    node: Map
    quota: int | None = None
    braked: bool = True
    owner: str = ""
    changed: tuple[str, ...] = ()
    over: Over | None = None
    flag: Placed[str] | None = None
    cooldown_s: float | None = None
    veto: Veto | None = None
    at_once: bool = False
    sure: bool = False

    @property
    def timed(self) -> bool:
        """Say whether it is asked with a stream's past."""
        on_streams = any(effect.track == "stream" for effect in self.then)
        return self.over_time or (on_streams and not self.on.isdisjoint(STREAM_SURFACES))

    @property
    def over_time(self) -> bool:
        """Say whether it says anything that only a stream's past can answer."""
        said = (self.over, self.flag, self.cooldown_s, self.veto)
        return any(each is not None for each in said) or self.at_once or takes_step(self.then)


@dataclass(frozen=True, slots=True)
class WindowDraft:
    """A window as read. `exempt` is None where it leaves that to the manifest."""

    name: str
    key: tuple[KeyPart, ...]
    of: Member
    on: frozenset[str]
    accepted: bool
    limit: int
    per_s: float
    when: Placed[str] | None
    message: str
    then: tuple[Effect, ...]
    category: str
    severity: Severity
    stage: Stage
    case: CaseSpec | None
    notice: Placed[str] | None
    exempt: frozenset[str] | None
    where: Where
    node: Map
    percent: float = 100.0
    quota: int | None = None
    braked: bool = True
    owner: str = ""
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AskDraft:
    """A model to ask, as read. `share` is in percent of the messages judged."""

    model: str
    on: frozenset[str]
    when: Placed[str] | None
    wait_s: float
    within_s: float
    share: float
    exempt: frozenset[str]
    where: Where

    @property
    def name(self) -> str:
        """What its condition is filed under: no rule or window can have this name."""
        return f"ask {self.model}"


@dataclass(frozen=True, slots=True)
class RoomDraft:
    """What one room has otherwise: maps to lay over rules and windows, by name, and budgets.

    Without an id it is what the whole tenant has otherwise. `mode` and `topic` are what the room is
    as long as its server has not said, `emotes` its own beside the tenant's.
    """

    id: str
    rules: Mapping[str, Placed[Map]]
    windows: Mapping[str, Placed[Map]]
    budgets: Mapping[str, Budget]
    where: Where
    mode: str = ""
    topic: str = ""
    media: Node | None = None
    emotes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Manifest:
    """The root file, `policy.yaml`. Intervals are in seconds."""

    name: str = ""
    budgets: Mapping[str, Budget] = field(default_factory=dict)
    slow_s: float = 10.0
    slow_all_s: float = 10.0
    shield_s: float = 10.0
    newcomer_s: float = 600.0
    hold_s: float = 300.0
    hold_expiry: Literal["approved", "denied"] = "denied"
    exempt: frozenset[str] = frozenset()
    notices: Mapping[str, Placed[Mapping[str, str]]] = field(default_factory=dict)
    ladder: Ladder = NO_LADDER
    rooms: tuple[RoomDraft, ...] = ()
    where: Where = field(default_factory=lambda: Where("policy.yaml"))
    quota: int = 0
    brake: Brake = field(default_factory=Brake)
    mode: str = ""
    topic: str = ""
    emotes: tuple[str, ...] = ()
    media: MediaPolicy = field(default_factory=MediaPolicy)
    stream_ladder: StreamLadder = NO_STREAM_LADDER


@dataclass(slots=True)
class Lists:
    """What hosts, brands and contacts files add up to; it grows while they are read."""

    listed: dict[str, Where] = field(default_factory=dict)
    allowed: dict[str, Where] = field(default_factory=dict)
    shorteners: dict[str, Where] = field(default_factory=dict)
    free_hosting: dict[str, Where] = field(default_factory=dict)
    brands: dict[str, tuple[str, ...]] = field(default_factory=dict)
    names: dict[str, Where] = field(default_factory=dict)
    contacts: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(slots=True)
class Tricks:
    """What tricks files add up to; it grows while they are read. `places`: where each stands."""

    read: dict[str, str] = field(default_factory=dict)
    backwards: dict[str, Where] = field(default_factory=dict)
    places: dict[str, Where] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pack:
    """Everything read. `expressions` holds the compiled conditions by rule's or window's name."""

    manifest: Manifest
    rules: tuple[RuleDraft, ...] = ()
    windows: tuple[WindowDraft, ...] = ()
    patterns: tuple[Placed[Pattern], ...] = ()
    terms: tuple[Placed[LexiconEntry], ...] = ()
    allow: tuple[Placed[str], ...] = ()
    lists: Lists = field(default_factory=Lists)
    tenant: Tenant = field(default_factory=Tenant)
    rooms: tuple[RoomDraft, ...] = ()
    asks: tuple[AskDraft, ...] = ()
    tricks: Tricks = field(default_factory=Tricks)
    expressions: Mapping[str, Expression] = field(default_factory=dict)

    @property
    def entries(self) -> tuple[RuleDraft | WindowDraft, ...]:
        """Rules and windows together."""
        return (*self.rules, *self.windows)
