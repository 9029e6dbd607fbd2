"""What the gateway tells the writer process, and what it hears back.

Rules of the socket between them:
1. To the writer: frames of `FRAME` (length, n) and the MessagePack of an `Entry`. `n` counts a
   gateway's entries from 1; a frame sent again keeps its n.
2. From the writer: frames of `LENGTH` and the MessagePack of an `Ack`. The first one is the
   greeting: what was already durable when the writer started.
3. `Ack.n` says that every entry up to n is durable, or was refused by an `Ack` sent earlier.
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
    "Ack",
    "CommandEnd",
    "CommandRow",
    "Entry",
    "Evidence",
    "HoldRow",
    "Kind",
]

FRAME = struct.Struct(">IQ")
LENGTH = struct.Struct(">I")
ENTRY_BYTES = 256 * 1024
"""The longest entry: sixteen times the longest text, so that only a bug reaches it."""
ACK_BYTES = 64 * 1024
EVIDENCE_S = 30 * 86_400.0

Kind = Literal[
    "verdict", "command", "hold", "moderator", "policy", "key", "report", "answer", "acted"
]
Whole = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Finite = Annotated[float, Meta(ge=-1e300, le=1e300)]


class Evidence(Struct, frozen=True, array_like=True, gc=False):
    """The content a decision was about. `keep_s` seconds after the entry's `at` it is deleted."""

    text: str
    name: str = ""
    keep_s: Finite = EVIDENCE_S
    legal_hold: bool = False


class HoldRow(Struct, frozen=True, array_like=True, gc=False):
    """A message that waits for a decision until `expires`."""

    text: str
    expires: Finite
    name: str = ""


class CommandRow(Struct, frozen=True, array_like=True):
    """A command that was ordered. `expires` is when it is too old to be carried out."""

    id: str
    seq: Whole
    action: Action
    expires: Finite
    because: str = ""


class CommandEnd(Struct, frozen=True, array_like=True, gc=False):
    """A command came to its end; a second end of the same command changes nothing."""

    id: str
    outcome: Literal["done", "failed", "expired", "superseded"]
    by: str = ""
    reason: str = ""


class Entry(Struct, frozen=True, array_like=True, gc=False):
    """One thing to be recorded, with the rows that must become durable in the same commit.

    `user` is the plain id: the writer keeps only its keyed hash in the journal, also inside
    `actions`. `event` is the message's id, `ref` another id it is about (a command's), `by` the
    moderator, key or server that acted. `ms_total` is milliseconds.
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


class Ack(Struct, frozen=True, array_like=True):
    """What is durable now, where the chain ends, and which entries can never be recorded."""

    n: int
    head: Head
    refused: tuple[int, ...] = ()
    why: str = ""
