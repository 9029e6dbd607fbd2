"""Cases as they are shown, and what may be asked of them.

Times are seconds since the epoch, durations end in `_s`, scores are 0…1. A moderator is named by
`name` inside the tenant; only the pseudonym leaves it.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from gateway.record.entry import About
from seawall.actions import TargetKind

__all__ = [
    "BulkBody",
    "BulkPreview",
    "BulkPreviewBody",
    "CaseLine",
    "CasePage",
    "CaseView",
    "Choice",
    "ContextLine",
    "DecideBody",
    "DecisionLine",
    "DecisionPage",
    "DecisionShown",
    "Effect",
    "Member",
    "MemberPage",
    "Note",
    "Part",
    "Preview",
    "Priority",
    "QueueLine",
    "QueueList",
    "Restriction",
    "Span",
    "State",
    "UndoBody",
    "UserView",
]

State = Literal["open", "claimed", "second", "escalated", "decided", "expired", "resolved"]
Priority = Literal["p0", "p1", "p2", "p3"]
Text500 = Annotated[str, Meta(max_length=500)]
Text4000 = Annotated[str, Meta(min_length=1, max_length=4000)]
Name = Annotated[str, Meta(min_length=1, max_length=128)]
Seconds = Annotated[float, Meta(gt=0, le=366 * 86_400)]


class CaseLine(Struct, frozen=True):
    """A case as the queue shows it.

    `members` events of `users` users; more than one makes it an incident. `due` is when `nobody`
    (`close escalate approve deny block keep cut …`) happens by itself, None: it waits for ever.
    `sealed`: leads only, without a preview. `version` is also the ETag.
    """

    id: str
    state: State
    about: About
    queue: str
    priority: str
    severity: str
    category: str
    rule: str
    score: float
    room: str
    user: str
    name: str
    stream: str
    surface: str
    lang: str
    because: str
    opened: float
    latest: float
    changed: float
    due: float | None
    nobody: str
    viewers: int
    rank: float
    members: int
    users: int
    sealed: bool
    claimed_by: str
    claim_until: float | None
    assigned: str
    asked_by: str
    decision: str
    choice: str
    decided_by: str
    decided: float | None
    version: int


class CasePage(Struct, frozen=True):
    """Cases in order of urgency (ended ones: newest first). `next` asks for the rest; None: all."""

    items: list[CaseLine]
    next: str | None = None


class QueueLine(Struct, frozen=True):
    """One queue's numbers. `by_priority` counts open cases; `oldest` is when its oldest came."""

    queue: str
    open: int
    claimed: int
    escalated: int
    by_priority: dict[str, int]
    oldest: float | None
    soonest: float | None
    """When the next of it is due."""


class QueueList(Struct, frozen=True):
    """Every queue the asker may see."""

    items: list[QueueLine]


class Span(Struct, frozen=True):
    """A matched piece [start, end) of the text, in code points, and what it broke."""

    start: int
    end: int
    rule: str
    category: str


class Member(Struct, frozen=True):
    """One event of a case. `kept`: its evidence is there; `text` None where it is not, or sealed.

    `still` and `clip` say whether there are pictures to ask for (each view of them is audited).
    `undone`: its own decision was reverted. `at` in streams is the capture time.
    """

    event: str
    rev: int
    about: About
    ref: str
    room: str
    user: str
    name: str
    surface: str
    stream: str
    action: str
    rule: str
    score: float
    at: float
    ended: bool
    kept: bool
    text: str | None
    spans: list[Span]
    still: bool = False
    clip: bool = False


class MemberPage(Struct, frozen=True):
    """A case's events, the newest first."""

    items: list[Member]
    next: str | None = None


class ContextLine(Struct, frozen=True):
    """What was said in the room around a case. `mine`: it is one of the case's events."""

    event: str
    rev: int
    at: float
    user: str
    name: str
    text: str
    action: str
    mine: bool = False


class Note(Struct, frozen=True):
    """One line of what happened to a case.

    `kind`: opened joined claimed released stalled assigned handover escalated second opinion note
    decided undone expired resolved paged viewed. An empty `by` is the gateway.
    """

    id: str
    at: float
    kind: str
    by: str
    to: str
    text: str


class Effect(Struct, frozen=True):
    """What a choice does to one kind of target: `kind` on `count` of `target`."""

    kind: str
    target: TargetKind
    count: int
    for_s: float | None = None


class Choice(Struct, frozen=True):
    """What may be decided. `key` is its keyboard key; `timed`: it takes `for_s` (default `for_s`).

    `primary` stands first; `restricts`: it takes something from somebody. `confirm`: a preview must
    be confirmed. `denied` says why this person may not choose it ('' where they may).
    """

    id: str
    key: str
    effects: list[Effect]
    restricts: bool
    timed: bool = False
    for_s: float | None = None
    confirm: bool = False
    denied: str = ""


class UserView(Struct, frozen=True):
    """What is known of a user: strikes now, restrictions in force, what was decided before."""

    user: str
    name: str
    strikes: float
    restrictions: list[Restriction]
    verdicts: dict[str, int]
    """Decisions of the last 30 days by rule."""
    decisions: list[DecisionLine]
    cases: int
    reverted: int
    since: float | None
    """When we first restricted something of theirs."""


class Restriction(Struct, frozen=True):
    """A label in force; `until` None: until reversed."""

    kind: str
    room: str
    until: float | None
    because: str
    by: str


class CaseView(Struct, frozen=True):
    """All of one case. `members` are the newest 50; `context` is about the newest of them.

    `veto_until`: a cut waits for a veto until then. `blind`: a second opinion is asked for, and
    what the asker thinks is hidden until this person has decided.
    """

    case: CaseLine
    choices: list[Choice]
    members: MemberPage
    context: list[ContextLine]
    notes: list[Note]
    who: UserView | None
    notice: str | None
    """What the user would be told."""
    detectors: list[str]
    veto_until: float | None = None
    blind: bool = False


class DecideBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A decision. `preview` is the token of the preview that was confirmed, where one is needed."""

    choice: Annotated[str, Meta(min_length=1, max_length=64)]
    for_s: Seconds | None = None
    reason: Text500 = ""
    preview: Annotated[str, Meta(max_length=200)] | None = None


class Preview(Struct, frozen=True):
    """How many a choice hits, before it is confirmed. `token` holds for what was shown, 5 minutes.

    `sample` are some of the targets; `exempt` counts those left out (hosts, moderators); `refused`
    says why it may not be done at all (over the blast cap).
    """

    token: str
    choice: str
    effects: list[Effect]
    users: int
    messages: int
    rooms: int
    exempt: int
    sample: list[ContextLine]
    refused: str = ""


class Part(Struct, frozen=True):
    """One action of a decision; `state`: planned done failed undone."""

    n: int
    kind: str
    target: TargetKind
    room: str
    id: str
    rev: int | None
    for_s: float | None
    state: str
    why: str


class DecisionLine(Struct, frozen=True):
    """A decision of a person, or (`machine`) a verdict that restricted. `state` as in the table."""

    id: str
    case: str
    at: float
    by: str
    choice: str
    reason: str
    state: str
    parts: int
    done: int
    failed: int
    undone_by: str
    undone: float | None
    machine: bool = False
    room: str = ""
    rule: str = ""
    category: str = ""
    action: str = ""
    surface: str = ""
    rev: int = 0
    """Of a verdict: which revision of its message."""


class DecisionPage(Struct, frozen=True):
    """Decisions, the newest first."""

    items: list[DecisionLine]
    next: str | None = None


class DecisionShown(Struct, frozen=True):
    """A decision with its parts. `fresh` False: somebody was first, and this is what stands."""

    decision: DecisionLine
    items: list[Part]
    fresh: bool = True


class UndoBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Why it is taken back."""

    reason: Text500 = ""


class BulkPreviewBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Which cases, and what with them."""

    cases: Annotated[list[Name], Meta(min_length=1, max_length=500)]
    choice: Annotated[str, Meta(min_length=1, max_length=64)]
    for_s: Seconds | None = None


class BulkPreview(Struct, frozen=True):
    """What one choice would do to many cases; `skipped`: those it cannot be made in, and why."""

    token: str
    cases: int
    preview: Preview
    skipped: dict[str, str]


class BulkBody(Struct, frozen=True, forbid_unknown_fields=True):
    """The same, confirmed."""

    cases: Annotated[list[Name], Meta(min_length=1, max_length=500)]
    choice: Annotated[str, Meta(min_length=1, max_length=64)]
    preview: Annotated[str, Meta(max_length=200)]
    for_s: Seconds | None = None
    reason: Text500 = ""
