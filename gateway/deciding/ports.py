"""What deciding needs of the floors below it, by what it calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from gateway.chat.reverts import Reverted
from gateway.record.decisions import Key
from gateway.record.entry import CommandRow, Entry
from gateway.record.holds import Decision, Outcome
from gateway.shapes.cases import CaseLine
from gateway.stream.moderating import Acted, Kind
from gateway.stream.veto import Countdown
from seawall.actions import Action
from seawall.errors import SeawallError

__all__ = ["Desk", "Enacting", "Event", "Exempt", "Holds", "Numbering", "Reverting", "Streams"]

Exempt = Callable[[str, str, str], bool]
"""Says of (tenant, room, user) whether they are a host, a moderator or staff there."""


class Event(Protocol):
    """One event of a case: a row of `case_members`, or `shapes.cases.Member`."""

    @property
    def event(self) -> str: ...  # noqa: D102
    @property
    def rev(self) -> int: ...  # noqa: D102
    @property
    def about(self) -> str: ...  # noqa: D102
    @property
    def ref(self) -> str: ...  # noqa: D102
    @property
    def room(self) -> str: ...  # noqa: D102
    @property
    def user(self) -> str: ...  # noqa: D102
    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def surface(self) -> str: ...  # noqa: D102
    @property
    def stream(self) -> str: ...  # noqa: D102
    @property
    def action(self) -> str: ...  # noqa: D102
    @property
    def at(self) -> float: ...  # noqa: D102
    @property
    def ended(self) -> bool: ...  # noqa: D102


class Desk(Protocol):
    """Who tells consoles of cases: `gateway.cases.desk.CaseDesk`."""

    def changed(self, tenant: str, lines: list[CaseLine]) -> None:
        """Hear which cases were changed here."""


class Enacting(Protocol):
    """Who makes an entry durable, then lets it happen: `gateway.chat.recorder.Recorder`."""

    def enact(self, entry: Entry, done: Callable[[SeawallError | None], None]) -> None:
        """Record, put in force, send; `done` hears None, or why nothing happened."""


class Numbering(Protocol):
    """Where commands get their numbers."""

    def prepare(
        self, tenant: str, actions: Iterable[Action], because: str, now: float
    ) -> tuple[CommandRow, ...]:
        """Make the rows to record."""


class Holds(Protocol):
    """Where held messages are decided: `gateway.chat.holds.HoldDesk`."""

    async def decide(
        self, tenant: str, ref: str, rev: int, outcome: Outcome, by: str, at: float
    ) -> Decision | None:
        """End a hold; None for an unknown one. Raises RecordUnavailable."""


class Reverting(Protocol):
    """Where decisions are taken back: `gateway.chat.reverts.Reverts`."""

    async def revert_all(
        self, tenant: str, keys: Sequence[Key], by: str, reason: str, now: float
    ) -> dict[Key, Reverted | SeawallError | None]:
        """Take decisions back. Raises RecordUnavailable when they cannot be looked up."""

    async def reinstate(
        self, tenant: str, event: str, rev: int, by: str, reason: str, now: float
    ) -> bool:
        """Take a revert back; False when none stands. Raises RecordUnavailable."""


class Streams(Protocol):
    """A hand on streams: `gateway.stream.moderating.Moderating`."""

    async def act(
        self,
        tenant: str,
        stream: str,
        room: str,
        kind: Kind,
        for_s: float | None,
        by: str,
        reason: str,
    ) -> Acted:
        """Restrict a stream. Raises SeawallError."""

    async def veto(self, tenant: str, stream: str, by: str, reason: str) -> Countdown | None:
        """Let a stream go on that waits to be cut. Raises RecordUnavailable."""
