"""Nuking put together from the parts of a gateway. Nothing here runs by itself."""

from __future__ import annotations

import time
from collections.abc import Callable

from gateway.chat.nukes import Nukes as LiveNukes
from gateway.chat.recent import Recent
from gateway.chat.reverting import Layered
from gateway.deciding.nuking import Nuking, Plans
from gateway.deciding.ports import Enacting, Numbering, Reverting
from gateway.deciding.tokens import Tokens
from gateway.deciding.unnuking import Unnuking
from gateway.record.nukes import Nukes
from gateway.record.secret import load_secret
from gateway.record.where import Where

__all__ = ["make_nuking"]


def make_nuking(
    where: Where,
    table: Nukes,
    recent: Recent,
    live: LiveNukes,
    plans: Plans,
    labels: Layered,
    recorder: Enacting,
    commands: Numbering,
    reverts: Reverting,
    wall: Callable[[], float] = time.time,
) -> Nuking:
    """Return who nukes; `run` is its task. `plans` is who decides."""
    tokens = Tokens(load_secret(where.data), wall)
    unnuking = Unnuking(table, reverts, labels, commands, recorder)
    return Nuking(recent, live, table, tokens, plans, unnuking, wall)
