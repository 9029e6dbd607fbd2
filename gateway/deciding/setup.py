"""Deciding put together from the parts of a gateway. Nothing here runs by itself."""

from __future__ import annotations

import time
from collections.abc import Callable

from gateway.chat.acted import Restored
from gateway.chat.switches import See
from gateway.deciding.archive import Archive
from gateway.deciding.carrying import Carrying
from gateway.deciding.deciding import Deciding
from gateway.deciding.enacting import Enactor
from gateway.deciding.offering import Author, Offering
from gateway.deciding.ports import Desk, Enacting, Exempt, Holds, Numbering, Reverting, Streams
from gateway.deciding.store import DecisionStore
from gateway.deciding.tokens import Tokens
from gateway.deciding.working import Working
from gateway.metrics import Metrics
from gateway.record.secret import Pseudonyms, load_secret
from gateway.record.where import Where
from gateway.state.labels import Labels

__all__ = ["make_deciding"]


def make_deciding(
    where: Where,
    metrics: Metrics,
    labels: Labels,
    recorder: Enacting,
    commands: Numbering,
    restored: Restored,
    holds: Holds,
    reverts: Reverting,
    *,
    see: See | None = None,
    streams: Streams | None = None,
    desk: Desk | None = None,
    exempt: Exempt = lambda tenant, room, user: False,
    author: Author = lambda tenant, room, message: None,
    wall: Callable[[], float] = time.time,
) -> Deciding:
    """Return who decides. `exempt` says who is of the house, `author` who wrote a message.

    `run` is its task; `close` it after that.
    """
    secret = load_secret(where.data)
    store = DecisionStore(where)
    enactor = Enactor(recorder, commands, labels, restored, see)
    carrying = Carrying(store, enactor, holds, reverts, streams, wall)
    working = Working(store, carrying, metrics, desk, wall)
    tokens = Tokens(secret, wall)
    offering = Offering(labels, tokens, exempt, author, wall, streams=streams is not None)
    archive = Archive(store, Pseudonyms(secret), labels, wall)
    return Deciding(store, offering, working, archive, wall)
