"""The parts of the desk as the HTTP API sees them: one Protocol each, so that it stands on none.

What a part refuses it raises as `Refused`; what asks the database raises RecordUnavailable.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from msgspec import Struct

from gateway.chat.recent import Said
from gateway.paging.desk import PagingDesk
from gateway.record.kept import KeptEvidence
from gateway.refusal import Refused
from gateway.roles import Actor
from gateway.shapes.cases import (
    BulkBody,
    BulkPreview,
    BulkPreviewBody,
    CaseLine,
    CasePage,
    Choice,
    ContextLine,
    DecideBody,
    DecisionPage,
    DecisionShown,
    Member,
    Note,
    Preview,
    QueueList,
    UserView,
)
from gateway.shapes.rooms import (
    ActBody,
    DiffShown,
    NukeBody,
    NukeList,
    NukePreview,
    NukeShown,
    Overview,
    PolicyShown,
    PolicyVersions,
    RoomList,
    RoomShown,
)
from gateway.stream.moderating import Moderating
from gateway.stream.playing import Player

__all__ = [
    "Around",
    "Auditing",
    "Deciding",
    "Desk",
    "Nuking",
    "Overviews",
    "Parts",
    "Policies",
    "StreamAccess",
    "Talk",
    "here",
]


class StreamAccess(Struct, frozen=True):
    """What the API may see and do of streams."""

    moderating: Moderating


class Auditing(Protocol):
    """Writes down who saw or did what."""

    async def note(self, actor: Actor, what: str, target: str, **detail: str) -> None:
        """Write a line of the audit; it is durable when this returns."""


class Desk(Protocol):
    """Cases: `gateway.cases.desk.CaseDesk`."""

    async def page(
        self,
        actor: Actor,
        *,
        state: str,
        queue: str | None,
        priority: str | None,
        mine: bool,
        fit: bool,
        user: str | None,
        room: str | None,
        cursor: str | None,
        limit: int,
    ) -> CasePage:
        """Return cases the actor may see."""

    async def queues(self, actor: Actor) -> QueueList:
        """Return the numbers of the queues the actor may see."""

    async def find(self, actor: Actor, case: str) -> CaseLine:
        """Return a case. Raises Refused 404, 403."""

    async def members(
        self, tenant: str, case: str, cursor: str | None, limit: int
    ) -> tuple[Sequence[Member], str | None]:
        """Return a case's events, the newest first, without evidence; and where to go on."""

    async def notes(self, tenant: str, case: str, viewer: str = "") -> Sequence[Note]:
        """Return what happened to a case, the oldest first, as `viewer` may see it."""

    async def claim(self, actor: Actor, case: str, version: int | None) -> CaseLine:
        """Take a case, or renew the claim."""

    async def release(self, actor: Actor, case: str) -> CaseLine:
        """Give a claimed case back."""

    async def escalate(self, actor: Actor, case: str, reason: str, queue: str | None) -> CaseLine:
        """Give a case to a lead."""

    async def hand_over(self, actor: Actor, case: str, to: str, text: str) -> CaseLine:
        """Give a claimed case to somebody."""

    async def assign(self, actor: Actor, case: str, to: str | None) -> CaseLine:
        """Say whose a case shall be."""

    async def second(self, actor: Actor, case: str, question: str, choice: str) -> CaseLine:
        """Ask for a second opinion."""

    async def note(self, actor: Actor, case: str, text: str) -> CaseLine:
        """Write an internal note."""


class Talk(Protocol):
    """What was said in rooms just now: `gateway.chat.recent.Recent`."""

    def of(
        self, tenant: str, room: str, since: float | None = None, limit: int = 200
    ) -> Sequence[Said]:
        """Return a room's last messages, the newest last."""

    def around(
        self, tenant: str, room: str, at: float, before: int = 10, after: int = 10
    ) -> Sequence[Said]:
        """Return what was said just before a time, at it, and just after."""


class Around(Protocol):
    """What was said in the room around a case."""

    async def context(
        self, tenant: str, case: CaseLine, members: Sequence[Member]
    ) -> Sequence[ContextLine]:
        """Return what was said before and after the newest member, in order."""


class Deciding(Protocol):
    """Decisions: `gateway.deciding`."""

    async def offer(self, actor: Actor, case: CaseLine) -> list[Choice]:
        """Return what may be decided, the first choice first."""

    async def preview(self, actor: Actor, case: str, choice: str, for_s: float | None) -> Preview:
        """Say what a choice would hit."""

    async def decide(self, actor: Actor, case: str, body: DecideBody) -> DecisionShown:
        """Decide a case. Raises Refused 409 with what stands."""

    async def preview_bulk(self, actor: Actor, body: BulkPreviewBody) -> BulkPreview:
        """Say what one choice would do to many cases."""

    async def decide_bulk(self, actor: Actor, body: BulkBody) -> Sequence[DecisionShown]:
        """Decide many cases."""

    async def undo(self, actor: Actor, decision: str, reason: str) -> DecisionShown:
        """Take a decision back, exactly."""

    async def act(self, actor: Actor, room: str, body: ActBody) -> DecisionShown:
        """Do something to a message or a user by hand."""

    async def search(
        self,
        actor: Actor,
        *,
        q: str | None,
        user: str | None,
        room: str | None,
        rule: str | None,
        by: str | None,
        since: float | None,
        until: float | None,
        machine: bool | None,
        cursor: str | None,
        limit: int,
    ) -> DecisionPage:
        """Return decisions, the newest first."""

    async def find(self, actor: Actor, decision: str) -> DecisionShown:
        """Return a decision with its parts. Raises Refused 404."""

    async def user(self, actor: Actor, user: str) -> UserView:
        """Return what is known of a user. Raises Refused 404."""


class Nuking(Protocol):
    """A phrase that is acted on: `gateway.deciding.nuking`."""

    async def preview(self, actor: Actor, body: NukeBody) -> NukePreview:
        """Say what a nuke would hit of the past."""

    async def start(self, actor: Actor, body: NukeBody) -> NukeShown:
        """Start a nuke that was previewed."""

    async def stop(self, actor: Actor, nuke: str) -> NukeShown:
        """Hit no more; what was hit stays."""

    async def undo(self, actor: Actor, nuke: str, reason: str) -> NukeShown:
        """Stop, and take back all of it."""

    async def all(self, actor: Actor) -> NukeList:
        """Return nukes, the newest first."""


class Overviews(Protocol):
    """The day's numbers and the rooms: `gateway.console.overview`."""

    async def overview(self, tenant: str) -> Overview:
        """Return the day in numbers."""

    async def rooms(self, actor: Actor) -> RoomList:
        """Return rooms in which something was said lately."""

    async def room(self, actor: Actor, room: str) -> RoomShown:
        """Return one room with what was said last. Raises Refused 404."""


class Policies(Protocol):
    """Policies to be read: `gateway.console.policies`."""

    async def shown(self, tenant: str, version: str | None) -> PolicyShown:
        """Return a version (None: the live one). Raises Refused 404."""

    async def versions(self, tenant: str) -> PolicyVersions:
        """Return the versions, the newest first."""

    async def diff(self, tenant: str, old: str, new: str) -> DiffShown:
        """Return what differs between two versions. Raises Refused 404."""


class Parts(Struct, frozen=True, kw_only=True):
    """What stands behind the endpoints; None where this gateway has no such part."""

    audit: Auditing | None = None
    desk: Desk | None = None
    talk: Talk | None = None
    around: Around | None = None
    """What is kept of the room around a case; without it what `talk` still has in memory."""
    deciding: Deciding | None = None
    nuking: Nuking | None = None
    overviews: Overviews | None = None
    policies: Policies | None = None
    paging: PagingDesk | None = None
    evidence: KeptEvidence | None = None
    player: Player | None = None
    """Clips are shown whether streams are taken in or not: they outlive that."""


P = TypeVar("P")


def here(part: P | None) -> P:
    """Return a part that is there. Raises Refused 503 where this gateway has none."""
    if part is None:
        raise Refused(503, "not_here", "this gateway does not have the part that answers this")
    return part
