"""Nuking in a running gateway, and somebody who may."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from gateway.deciding.nuking import Nuking
from gateway.roles import DEFAULT_MATRIX, Actor, Rights, Role
from gateway.shapes.rooms import NukeBody, NukeShown
from tests.gateway.live import Live

__all__ = ["actor", "nuking_of", "start", "until"]

DEADLINE_S = 8.0


def actor(role: Role = "lead", tenant: str = "t", name: str = "lea") -> Actor:
    """Return somebody with one role."""
    rights = Rights(frozenset(DEFAULT_MATRIX[role]))
    return Actor(tenant, name, f"mod-{name}", (role,), rights)


def nuking_of(live: Live) -> Nuking:
    """Return who nukes in a running gateway."""
    return live.gateway.moderation.nuking


async def start(nuking: Nuking, body: NukeBody, who: Actor | None = None) -> NukeShown:
    """Preview a nuke and start it."""
    who = who or actor()
    preview = await nuking.preview(who, body)
    fields: dict[str, Any] = {name: getattr(body, name) for name in body.__struct_fields__}
    return await nuking.start(who, NukeBody(**{**fields, "preview": preview.token}))


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(DEADLINE_S):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
