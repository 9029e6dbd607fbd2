"""What the gateway tells the writer process, and what it hears back.

Rules of the socket between them:
1. To the writer: frames of `FRAME` (length, n) and the MessagePack of an `Entry`. `n` counts a
   gateway's entries from 1; a frame sent again keeps its n.
2. From the writer: frames of `LENGTH` and the MessagePack of an `Ack`. The first one is the
   greeting: what was already durable when the writer started.
3. `Ack.n` says that every entry up to n is durable, or was refused by an `Ack` sent earlier, or
   was called a repeat by one: its row is durable and nothing of it counts.
"""

from __future__ import annotations

import struct
from typing import Annotated, Literal

from msgspec import Meta, Struct

from gateway.record.chain import Head
from seawall.actions import Action

__all__ = [
    "ACK_BYTES",
    "ENTRY_BYTES",
    "EVIDENCE_S",
    "FRAME",
    "LENGTH",
    "PLATFORM",
    "TOO_LATE",
    "About",
    "Ack",
    "CaseRow",
    "CommandEnd",
    "CommandRow",
    "Entry",
    "Evidence",
    "HoldEnd",
    "HoldRow",
    "Kind",
    "LabelKind",
    "LabelRow",
    "StrikeEnd",
    "StrikeRow",
]

FRAME = struct.Struct(">IQ")
LENGTH = struct.Struct(">I")
ENTRY_BYTES = 256 * 1024
"""The longest entry: sixteen times the longest text, so that only a bug reaches it."""
ACK_BYTES = 64 * 1024
TOO_LATE = "the verdict came too late"
"""Who ended a hold that became durable after its message was answered: it may be held again."""
PLATFORM = "platform:"
"""Stands in `by` before the id of one of the platform's own moderators: a user."""
EVIDENCE_S = 30 * 86_400.0

Kind = Literal[
    "verdict",
    "repeat",
    "command",
    "hold",
    "moderator",
    "policy",
    "key",
    "report",
    "answer",
    "acted",
    "revert",
    "switch",
    "subject",
    "stream",
    "gateway",
]
About = Literal["command", "verdict", "hold", "report", "gateway"]
LabelKind = Literal["user", "room", "stream"]
Whole = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Finite = Annotated[float, Meta(ge=-1e300, le=1e300)]


class Evidence(Struct, frozen=True, array_like=True, gc=False):
    """The content a decision was about. `keep_s` seconds after the entry's `at` it is deleted.

    `verdict` is what was answered, encoded as on the wire: whoever sends the message again hears it
    again. `still` is a JPEG of what was seen; moving pictures lie in files (`record.clips`).
    """

    text: str
    name: str = ""
    keep_s: Finite = EVIDENCE_S
    legal_hold: bool = False
    verdict: bytes = b""
    still: bytes = b""


class HoldRow(Struct, frozen=True, array_like=True, gc=False):
    """A message that waits for a decision until `expires`."""

    text: str
    expires: Finite
    name: str = ""


class HoldEnd(Struct, frozen=True, array_like=True, gc=False):
    """The hold of the entry's message has ended and its servers are told.

    A hold that was already decided keeps its outcome; it is only marked as told.
    """

    outcome: Literal["approved", "denied", "expired"]
    by: str = ""


class LabelRow(Struct, frozen=True, array_like=True, gc=False):
    """A label as it stands from now on. `until` None: until reversed; `ended`: no longer in force.

    The row replaces the one of the same (kind, room, id, label). An ended row stays for a while as
    a tombstone, so that a node which comes late does not bring the label back. `by` is empty for
    the gateway itself, or names the moderator, key or platform that set it.
    """

    kind: LabelKind
    room: str
    id: str
    label: str
    until: Finite | None
    because: str = ""
    category: str = ""
    by: str = ""
    ended: bool = False


class StrikeRow(Struct, frozen=True, array_like=True, gc=False):
    """Strikes of the entry's user for the entry's event. The same event never strikes twice."""

    strikes: Whole
    rule: str = ""


class StrikeEnd(Struct, frozen=True, array_like=True, gc=False):
    """The strikes of one event are taken back."""

    user: str
    event: str
    rev: Whole = 0


class CaseRow(Struct, frozen=True, array_like=True, gc=False):
    """One line in the life of a case. Lines are only added; (id, state) is written once.

    `state` is `open` where a human is asked for, anything else where none is needed any more. What
    is `alike` and comes soon after joins the same incident. `due` is when it is too late, seconds
    since the epoch, and `nobody` what happens then; `viewers` are the room's or the stream's.

    What it is about is the entry's, but for `rule` (then `category`, `severity` and `score` are
    that rule's) where another rule has the word in the decision, and `user` where the entry's is
    not whom it is about; "": not known.
    """

    id: str
    state: str
    queue: str
    priority: str
    about: About
    ref: str = ""
    because: str = ""
    name: str = ""
    stream: str = ""
    alike: str = ""
    lang: str = ""
    viewers: Whole = 0
    due: Finite | None = None
    nobody: str = ""
    rule: str = ""
    category: str = ""
    severity: str = ""
    score: Finite = 0.0
    user: str | None = None


class CommandRow(Struct, frozen=True, array_like=True):
    """A command that was ordered. `expires` is when it is too old to be carried out.

    `node` has leased it until `leased`: it holds a socket that serves the target. Both empty: no
    socket here does, so any node that has one may take it.
    """

    id: str
    seq: Whole
    action: Action
    expires: Finite
    because: str = ""
    node: str = ""
    leased: Finite = 0.0


class CommandEnd(Struct, frozen=True, array_like=True, gc=False):
    """A command came to its end; a second end of the same command changes nothing."""

    id: str
    outcome: Literal["done", "failed", "expired", "superseded"]
    by: str = ""
    reason: str = ""


class Entry(Struct, frozen=True, array_like=True, gc=False):
    """One thing to be recorded, with the rows that must become durable in the same commit.

    `user` is the plain id: the writer keeps only its keyed hash in the journal, also inside
    `actions`; `subject` is that hash where nothing else is known. `event` is the message's id,
    `ref` another id it is about (a command's), `by` the moderator, key or server that acted. The
    `ref` of a report and whom `by` names after `PLATFORM` are hashed as well: they may be users.
    `ms_total` is milliseconds.
    """

    kind: Kind
    tenant: str
    event: str
    at: Finite
    action: str
    rev: Whole = 0
    room: str = ""
    user: str = ""
    surface: str = ""
    actions: tuple[Action, ...] = ()
    rule: str = ""
    category: str = ""
    severity: str = ""
    detector: str = ""
    score: Finite = 0.0
    policy: str = ""
    stage: str = ""
    ms_total: Finite = 0.0
    count: Whole = 1
    by: str = ""
    ref: str = ""
    evidence: Evidence | None = None
    hold: HoldRow | None = None
    commands: tuple[CommandRow, ...] = ()
    ends: tuple[CommandEnd, ...] = ()
    hold_end: HoldEnd | None = None
    labels: tuple[LabelRow, ...] = ()
    strikes: StrikeRow | None = None
    strike_ends: tuple[StrikeEnd, ...] = ()
    cases: tuple[CaseRow, ...] = ()
    subject: str = ""


class Ack(Struct, frozen=True, array_like=True):
    """What is durable now, where the chain ends, and which entries can never be recorded.

    `spilled` counts entries that are durable in the spill file and not yet in the database; `head`
    is the chain's in the database. `full`: what is refused found no room, nothing is wrong with it.
    """

    n: int
    head: Head
    refused: tuple[int, ...] = ()
    why: str = ""
    spilled: int = 0
    full: bool = False
    repeats: tuple[int, ...] = ()
    """Decisions on messages on which another writer's verdict stands."""
    lost: int = 0
    """Rows of this chain that were durable and are gone: the database is an older one."""
