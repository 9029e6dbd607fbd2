"""Parts of the desk that say what a test needs: nukes, the day, policies, talk."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.chat.recent import Said
from gateway.refusal import unknown
from gateway.roles import Actor
from gateway.shapes.rooms import (
    DiffShown,
    NukeBody,
    NukeList,
    NukePreview,
    NukeShown,
    Overview,
    PolicyShown,
    PolicyVersions,
    RoomLine,
    RoomList,
    RoomShown,
)

__all__ = ["Day", "Library", "Nukes", "OneSaid"]

NUKE = NukeShown("n1", "", "x", "remove", None, 1.0, 0.0, 9.0, 5, 0, "a", "", None, "", None)
DAY = Overview(
    1.0, 0.0, 1, 0.5, {"allow": 1}, [], [], {"p50": 1.0}, {"p0": 1}, 1, 0, 0, None, None, None,
    [[0, 0]] * 24, 0, 1, 1, None, [], [],
)  # fmt: skip


class Nukes:
    """One nuke."""

    async def preview(self, actor: Actor, body: NukeBody) -> NukePreview:
        return NukePreview("token", [], 0, 0, 0, 0, 0.0, [])

    async def start(self, actor: Actor, body: NukeBody) -> NukeShown:
        return NUKE

    async def stop(self, actor: Actor, nuke: str) -> NukeShown:
        return NUKE

    async def undo(self, actor: Actor, nuke: str, reason: str) -> NukeShown:
        raise unknown("nuke")

    async def all(self, actor: Actor) -> NukeList:
        return NukeList([NUKE])


class Day:
    """A quiet day in one room."""

    async def overview(self, tenant: str) -> Overview:
        return DAY

    async def rooms(self, actor: Actor) -> RoomList:
        return RoomList([RoomLine("lobby", "", 1, 1, 0, 0, [], [], 1.0)])

    async def room(self, actor: Actor, room: str) -> RoomShown:
        return RoomShown(RoomLine(room, "", 0, 0, 0, 0, [], [], 0.0), [], [])


class Library:
    """One policy."""

    async def shown(self, tenant: str, version: str | None) -> PolicyShown:
        return PolicyShown(version or "live", [], {"a.yaml": "rules: []"})

    async def versions(self, tenant: str) -> PolicyVersions:
        return PolicyVersions([])

    async def diff(self, tenant: str, old: str, new: str) -> DiffShown:
        return DiffShown(old, new, [])


class OneSaid:
    """One message, said in every room."""

    def of(
        self, tenant: str, room: str, since: float | None = None, limit: int = 200
    ) -> Sequence[Said]:
        return [
            Said("m1", 0, 1.0, "u", "Ann", "<script>hello</script>\u202e", "allow", room, False)
        ]

    def around(
        self, tenant: str, room: str, at: float, before: int = 10, after: int = 10
    ) -> Sequence[Said]:
        return self.of(tenant, room)
