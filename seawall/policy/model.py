"""A compiled policy: plain tables, ready for `needs` and `decide`.

Built by `seawall.policy.compile` and never changed afterwards; its `version` is the sha256 of its
content. Everything here is looked up, nothing is parsed, on the way of a message.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

import msgspec

from seawall.actions import NEXT, Track
from seawall.events import Joined, Message
from seawall.ladder import NO_LADDER, Ladder
from seawall.policy.streams import NO_STREAM_LADDER, MediaPolicy, Over, StreamLadder, Veto
from seawall.taxonomy import Severity
from seawall.windows import Spec

__all__ = [
    "NO_BRAKE",
    "NO_STREAM_LADDER",
    "Brake",
    "Budget",
    "CaseSpec",
    "CaseWord",
    "Danger",
    "Effect",
    "Env",
    "Facts",
    "KeyPart",
    "Label",
    "LexiconEntry",
    "MediaPolicy",
    "ModelAsk",
    "Over",
    "Pattern",
    "Policy",
    "Restrictions",
    "Rule",
    "Stage",
    "StreamLadder",
    "Tables",
    "Tenant",
    "Test",
    "Veto",
    "Window",
    "Word",
    "takes_step",
]

Stage = Literal["shadow", "hold", "act"]
Danger = Literal["", "hold", "act"]
"""The worst a rule may do: restrict nothing, hold a message and no more, or anything else."""
Word = Literal["allow", "hold", "block"]
"""What becomes of a message that nobody examined whole."""
CaseWord = Literal["", "close", "escalate"]
"""What becomes of a case that nobody decided in time; "" where it waits for ever."""
KeyPart = Literal["tenant", "room", "user", "ip", "device", "fingerprint", "sketch"]


class Effect(msgspec.Struct, frozen=True):
    """One action of a rule or window: `for_s` seconds, None until reversed."""

    track: Track
    kind: str
    for_s: float | None = None


def takes_step(effects: Iterable[Effect]) -> bool:
    """Say whether the stream's ladder is among what a rule does."""
    return any(effect.kind == NEXT and effect.track == "stream" for effect in effects)


class CaseSpec(msgspec.Struct, frozen=True):
    """Work for a human that a rule asks for.

    `due_s` seconds after it was opened `nobody` happens by itself; None: it waits for ever.
    """

    queue: str
    priority: str
    due_s: float | None = None
    nobody: CaseWord = ""


class Label(msgspec.Struct, frozen=True):
    """A remembered fact about a user or room, in force until `until` (None: until reversed)."""

    name: str
    until: float | None = None
    because: str = ""
    category: str = "flood"


class Facts(msgspec.Struct, frozen=True):
    """What is known about the event's user, room and stream before it is judged.

    `user` and `room` hold labels in force by name (`mute`, `slow_all`, `verified` …).
    """

    user: Mapping[str, Label] = {}
    room: Mapping[str, Label] = {}
    strikes: float = 0.0
    mode: str = ""
    topic: str = ""
    viewers: int = 0
    owners: frozenset[str] = frozenset()
    stream_viewers: int = 0
    stream_age_s: float = 0.0


class Env(msgspec.Struct, frozen=True):
    """What an expression may look at: `windows` maps a window's name to its count after this event.

    The count is positive, over its limit or not.
    """

    event: Message | Joined
    scores: Mapping[str, float]
    facts: Facts
    windows: Mapping[str, int]


Test = Callable[[Env], bool]


class Rule(msgspec.Struct, frozen=True):
    """A line of policy that turns signals, windows and facts into a finding.

    `signals` are the names it reads. When `triggered` is True the expression is known to be false
    without any of them, so a message carrying none of them never pays for the rule. `floors` names
    those that have to reach a score to be more than none (`seawall.policy.floors`).
    `cite` names the signals that stand as its reason (best first): usually the same as `signals`.
    `percent` of users get what it does, the others its finding in shadow. `per_day` is its quota
    (0: none), `braked` says that the emergency brake may ease it, and `owner` is paged then.
    `changed` names each override it was changed by, from the tenant's to the room's.

    In streams: it acts when it was met as often as `over` says, then not for `cooldown_s`; what
    meets only `flag` (`flagged` as a test) is told and does nothing. A cut waits for `veto`,
    without one for the media policy's, or is done `at_once`. `timed` says that it is asked with a
    stream's past.
    """

    name: str
    category: str
    severity: Severity
    on: frozenset[str]
    when: str
    test: Test
    signals: frozenset[str]
    triggered: bool
    then: tuple[Effect, ...]
    stage: Stage = "act"
    percent: float = 100.0
    strikes: int = 0
    case: CaseSpec | None = None
    notice: str | None = None
    exempt: frozenset[str] = frozenset()
    where: str = ""
    per_day: int = 0
    braked: bool = True
    owner: str = ""
    changed: tuple[str, ...] = ()
    over: Over | None = None
    flag: str = ""
    flagged: Test | None = None
    cooldown_s: float = 0.0
    veto: Veto | None = None
    at_once: bool = False
    timed: bool = False
    floors: Mapping[str, float] = {}


class Window(msgspec.Struct, frozen=True):
    """A sliding-window count and what happens over it.

    `on` holds surfaces, or `join`. `member` is what is counted: the event itself (`hits`) or
    distinct users, rooms or texts. Over the limit the message gets `message` (a message action) and
    `then` is applied besides. `condition` is `when` as written.
    """

    name: str
    key: tuple[KeyPart, ...]
    spec: Spec
    member: Literal["event", "user", "room", "fingerprint"]
    on: frozenset[str]
    message: str = "block"
    then: tuple[Effect, ...] = ()
    category: str = "flood"
    severity: Severity = Severity.LOW
    when: Test | None = None
    stage: Stage = "act"
    case: CaseSpec | None = None
    notice: str | None = None
    exempt: frozenset[str] = frozenset()
    where: str = ""
    condition: str = ""
    percent: float = 100.0
    per_day: int = 0
    braked: bool = True
    owner: str = ""
    changed: tuple[str, ...] = ()


class Brake(msgspec.Struct, frozen=True):
    """How often a fresh rule may hit before it loses what it may do.

    Fresh is what changed less than `fresh_s` ago. Too often is over `share` of the last `of` judged
    messages (`windows` of them for a window, which is there for bursts), or over `times` as often
    as it hit before it was changed.
    """

    share: float = 0.05
    windows: float = 0.5
    of: int = 2000
    times: float = 10.0
    fresh_s: float = 86_400.0


NO_BRAKE = Brake(1.0, 1.0, 1, 1.0, 0.0)
"""Never: nothing is fresh."""


class ModelAsk(msgspec.Struct, frozen=True):
    """A model that is asked about a text, in another process.

    Without `when` it is asked at once, and a message that it did not answer about in time was not
    examined whole. With `when` it is a second opinion: asked for what the first ones leave open,
    for at most `share` percent of messages, and the verdict does not need it. The verdict waits
    `wait_s` seconds from the read of the message; what comes later, up to `within_s`, may take the
    message back.
    """

    model: str
    on: frozenset[str]
    wait_s: float
    within_s: float
    when: Test | None = None
    share: float = 100.0
    exempt: frozenset[str] = frozenset()
    where: str = ""
    condition: str = ""


class Budget(msgspec.Struct, frozen=True):
    """Milliseconds a surface allows, and the message action when time runs out.

    `on_load` is the word for what was judged lean, by state of load (`lean`, `full`; `full` has
    lean's, and lean `on_timeout`'s, where it is not given). `categories` are words that replace
    both where something of a category, or of what it is part of, may have been missed.
    """

    ms: float
    on_timeout: Word
    on_load: Mapping[str, Word] = {}
    categories: Mapping[str, Word] = {}


class Restrictions(msgspec.Struct, frozen=True):
    """How restrictions in force work.

    Under `slow` (a user) and `slow_all` (a room) one message per interval passes. A newcomer is
    somebody first seen less than `newcomer_s` ago; under `shield` newcomers' messages are held,
    links are off and `shield_slow` paces everybody.
    """

    slow: Window
    slow_all: Window
    shield_slow: Window
    newcomer_s: float = 600.0


class LexiconEntry(msgspec.Struct, frozen=True):
    """One term of a lexicon, as written; detectors fold it."""

    term: str
    category: str
    severity: Severity
    match: Literal["word", "substring", "squashed"] = "word"
    exceptions: tuple[str, ...] = ()
    lang: str = ""
    where: str = ""


class Pattern(msgspec.Struct, frozen=True):
    """A named RE2 expression over the spaced folded form; its signal is `pattern.<name>`."""

    name: str
    regex: str
    category: str | None = None
    severity: Severity = Severity.MEDIUM
    where: str = ""


class Tables(msgspec.Struct, frozen=True):
    """Plain tables for detectors.

    `hosts_listed`, `hosts_allowed`, `shorteners`, `free_hosting` are registrable hosts, folded;
    `brands` maps a protected brand to its own complete list of domains; `protected_names` are names
    nobody but their owner may wear; `contacts` maps an app to the words that announce it; `allow`
    holds spans, as written, that win where they cover a match of the lexicon; `tricks` maps what is
    written to what it says; `backwards` are words that ask to be read backwards.
    """

    lexicon: tuple[LexiconEntry, ...] = ()
    patterns: tuple[Pattern, ...] = ()
    hosts_listed: frozenset[str] = frozenset()
    hosts_allowed: frozenset[str] = frozenset()
    shorteners: frozenset[str] = frozenset()
    free_hosting: frozenset[str] = frozenset()
    brands: Mapping[str, tuple[str, ...]] = {}
    protected_names: tuple[str, ...] = ()
    contacts: Mapping[str, tuple[str, ...]] = {}
    allow: tuple[str, ...] = ()
    tricks: Mapping[str, str] = {}
    backwards: tuple[str, ...] = ()


class Tenant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The tenant file (`tenant.yaml`): who and what is the tenant's own."""

    brands: tuple[str, ...] = ()
    official_domains: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    staff: tuple[str, ...] = ()
    shop: str = ""
    allowed_contacts: tuple[str, ...] = ()
    emotes: tuple[str, ...] = ()
    rooms: Mapping[str, Mapping[str, object]] = {}


class Policy(msgspec.Struct, frozen=True):
    """The whole versioned set.

    `by_signal` maps a signal's name to the triggered rules that read it, `always` holds the rules
    that must be asked for every message of a surface, `timed` those that are asked with a stream's
    past. `rooms` holds whole policies of rooms that differ; `sources` maps a file to the sha256 of
    what it says.
    """

    version: str
    name: str
    budgets: Mapping[str, Budget]
    windows: Mapping[str, tuple[Window, ...]]
    rules: tuple[Rule, ...]
    by_signal: Mapping[str, tuple[Rule, ...]]
    always: Mapping[str, tuple[Rule, ...]]
    restrictions: Restrictions
    hold_s: float
    hold_expiry: Literal["approved", "denied"]
    notices: Mapping[str, Mapping[str, str]]
    tables: Tables
    tenant: Tenant
    rooms: Mapping[str, Policy] = {}
    sources: Mapping[str, str] = {}
    ladder: Ladder = NO_LADDER
    brake: Brake = Brake()
    prints: Mapping[str, str] = {}
    """What each rule and window says and stands on, as a hash: another one is another content."""
    dangers: Mapping[str, Danger] = {}
    """The worst that each rule and window may do in any room."""
    mode: str = ""
    topic: str = ""
    """What the room is as long as its server has not said; only in the policy of a room."""
    emotes: tuple[str, ...] = ()
    """Words that say nothing, as they are written: the tenant's, and the room's own."""
    emote_words: frozenset[bytes] = frozenset()
    """The same as `seawall.fold` has them."""
    timed: Mapping[str, tuple[Rule, ...]] = {}
    stream_ladder: StreamLadder = NO_STREAM_LADDER
    media: MediaPolicy = MediaPolicy()
    models: Mapping[str, tuple[ModelAsk, ...]] = {}
    """Models to ask, by surface, the first opinions first."""
    asks: dict[str, Any] = {}
    """A memo of `decide`: each surface's windows with their prepared questions."""
    fallbacks: dict[str, Word] = {}
    """A memo of `fallback`: the word for what was not examined, by surface and cause."""
