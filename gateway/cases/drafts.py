"""Cases as a batch of lines makes them: what a line opens, and what it adds to an incident. Pure.

An incident has the worst severity, priority and score of its events, the most viewers, and the
soonest deadline with what happens then; all else is as its first event made it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from msgspec import Struct
from msgspec.structs import replace

from gateway.cases.rows import ranked
from gateway.record.entry import About
from gateway.shapes.cases import CaseLine
from seawall.taxonomy import Severity

__all__ = ["ALIKE_S", "MOST", "SEALED", "Draft", "Line", "joined", "opened", "takes"]

ALIKE_S = 600.0
"""How soon after an incident's latest event another one joins it."""
MOST = 5_000
"""The events of a case that are kept; more are counted."""
SEALED = "minor_safety"
"""Of this category nothing is shown but to leads, and no two users come into one case."""
_SEVERITY = {severity.name.lower(): int(severity) for severity in Severity}


class Line(Struct, frozen=True, gc=False):
    """A row of `case_lines`, all but `taken`."""

    id: str
    state: str
    tenant: str
    at: float
    queue: str
    priority: str
    about: About
    ref: str
    room: str
    because: str
    event: str
    rev: int
    user: str
    name: str
    surface: str
    stream: str
    action: str
    rule: str
    category: str
    severity: str
    score: float
    alike: str
    lang: str
    viewers: int
    due: float | None
    nobody: str


@dataclass(slots=True, eq=False)
class Draft:
    """A case that a batch opens (`stood` None) or adds to. `known`: users that it has already."""

    line: CaseLine
    stood: CaseLine | None = None
    known: set[str] = field(default_factory=set)
    members: list[tuple[Line, bool]] = field(default_factory=list)
    """New ones that are kept, and whether they need nobody any more."""
    waiting: bool = False
    """Whether a new one needs somebody."""

    @property
    def before(self) -> int:
        """How many events it had before this batch."""
        return 0 if self.stood is None else self.stood.members

    def add(self, line: Line, has_ended: bool) -> None:
        """Take an event in; the first one of a new case is in it already."""
        if self.stood is not None or self.members:
            self.line = joined(self.line, line, line.user not in self.known | {""})
        self.known.add(line.user)
        if self.line.members <= MOST:
            self.members.append((line, has_ended))
        self.waiting = self.waiting or not has_ended


def opened(line: Line, case: str) -> CaseLine:
    """Return the case that a line opens."""
    new = CaseLine(
        id=case,
        state="open",
        about=line.about,
        queue=line.queue,
        priority=line.priority,
        severity=line.severity,
        category=line.category,
        rule=line.rule,
        score=line.score,
        room=line.room,
        user=line.user,
        name=line.name,
        stream=line.stream,
        surface=line.surface,
        lang=line.lang,
        because=line.because,
        opened=line.at,
        latest=line.at,
        changed=line.at,
        due=line.due,
        nobody=line.nobody,
        viewers=line.viewers,
        rank=0.0,
        members=1,
        users=1 if line.user else 0,
        sealed=line.category == SEALED,
        claimed_by="",
        claim_until=None,
        assigned="",
        asked_by="",
        decision="",
        choice="",
        decided_by="",
        decided=None,
        version=1,
    )
    return replace(new, rank=ranked(new))


def joined(case: CaseLine, line: Line, new_user: bool) -> CaseLine:
    """Return an incident with one more event; it never becomes less urgent."""
    due, nobody = case.due, case.nobody
    if line.due is not None and (due is None or line.due < due):
        due, nobody = line.due, line.nobody
    worse = _SEVERITY.get(line.severity, 0) > _SEVERITY.get(case.severity, 0)
    after = replace(
        case,
        severity=line.severity if worse else case.severity,
        priority=min(case.priority, line.priority),
        score=max(case.score, line.score),
        viewers=max(case.viewers, line.viewers),
        due=due,
        nobody=nobody,
        latest=max(case.latest, line.at),
        members=case.members + 1,
        # Of what is not kept nobody knows whether its user was there before.
        users=case.users + (new_user and case.members < MOST),
    )
    return replace(after, rank=min(case.rank, ranked(after)))


def takes(case: CaseLine, line: Line) -> bool:
    """Say whether a line that is alike belongs into this open incident."""
    sealed = line.category == SEALED
    if sealed != case.sealed or (sealed and line.user != case.user):
        return False
    return case.opened - ALIKE_S <= line.at <= case.latest + ALIKE_S
