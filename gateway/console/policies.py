"""The policy for people who read it: what is live, every version kept here, what differs.

Rules:
1. A tenant sees the versions that were live for it: its own where it has a policy of its own, else
   everybody's.
2. Old versions are read by a child process, one at a time; what it said of the last few is kept.
3. A policy changes by its files: `by` is who owned the one that had changed last, or `file` where
   that was not written down.
"""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections import OrderedDict
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TypeVar

import msgspec

from gateway.policy.brake import Brakes
from gateway.policy.versions import Live, Versions
from gateway.record.spawn import command, environment
from gateway.refusal import Refused, unknown
from gateway.shapes.rooms import DiffShown, PolicyShown, PolicyVersion, PolicyVersions
from seawall.brake import day_of

__all__ = ["Policies"]

DEADLINE_S = 60.0
_MODULE = "gateway.console.policylines"
_KEPT = 4
_BY = "file"
T = TypeVar("T", PolicyShown, DiffShown)


class Policies:
    """Reads the policies kept in a gateway's folder."""

    def __init__(
        self,
        data: Path,
        tenants: Collection[str],
        live: Callable[[str], str],
        brakes: Brakes,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """`tenants` have policies of their own; `live` returns the version that judges a tenant."""
        self._data = data
        self._versions = Versions(data)
        self._tenants = tenants
        self._live = live
        self._brakes = brakes
        self._wall = wall
        self._one = asyncio.Semaphore(1)
        self._read: OrderedDict[tuple[str, ...], PolicyShown | DiffShown] = OrderedDict()

    async def versions(self, tenant: str) -> PolicyVersions:
        """Return each time a version went live, the newest first."""
        lives, kept = await asyncio.to_thread(self._lives, tenant)
        now = self._live(tenant)
        newest = next((index for index, each in enumerate(lives) if each.version == now), None)
        return PolicyVersions(
            [
                PolicyVersion(
                    each.version, each.at, each.by or _BY, index == newest,
                    each.name if each.version in kept else f"{each.name}: its files are gone",
                )
                for index, each in enumerate(lives)
            ]
        )  # fmt: skip

    async def shown(self, tenant: str, version: str | None) -> PolicyShown:
        """Return a version with today's hits (None: the live one). Raises Refused 404."""
        live = self._live(tenant)
        found = await self._find(tenant, version or live)
        shown = await self._ask(PolicyShown, "show", found)
        return self._with_hits(tenant, shown) if found == live else shown

    async def diff(self, tenant: str, old: str, new: str) -> DiffShown:
        """Return what differs, as `seawall policy diff` prints it. Raises Refused 404."""
        versions = [await self._find(tenant, each) for each in (old, new)]
        return await self._ask(DiffShown, "diff", *versions)

    def _lives(self, tenant: str) -> tuple[list[Live], Collection[str]]:
        whose = tenant if tenant in self._tenants else None
        mine = [each for each in self._versions.live() if each.tenant == whose]
        return list(reversed(mine)), self._versions.kept().keys()

    async def _find(self, tenant: str, prefix: str) -> str:
        """Return the one version of a tenant that begins so. Raises Refused 404."""
        lives, kept = await asyncio.to_thread(self._lives, tenant)
        found = {each.version for each in lives if each.version.startswith(prefix)} & set(kept)
        if len(prefix) < 4 or len(found) != 1:
            raise unknown("version that is kept")
        return found.pop()

    async def _ask(self, kind: type[T], *words: str) -> T:
        """Have a child read it, unless that was done lately."""
        known = self._read.get(words)
        if known is None:
            async with self._one:
                known = self._read.get(words)
                if known is None:
                    known = await self._child(kind, words)
                    self._read[words] = known
                    if len(self._read) > _KEPT:
                        self._read.popitem(last=False)
        assert isinstance(known, kind)
        return known

    async def _child(self, kind: type[T], words: tuple[str, ...]) -> T:
        process = await asyncio.create_subprocess_exec(
            *command(_MODULE, str(self._data), *words),
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(DEADLINE_S):
                said, why = await process.communicate()
        except TimeoutError as problem:
            raise Refused(503, "too_slow", "the policy could not be read in time") from problem
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode != 0:
            last = why.decode(errors="replace").strip().splitlines()[-1:]
            told = last[0] if last else f"exit status {process.returncode}"
            raise Refused(409, "unreadable", f"that version cannot be read: {told}")
        return msgspec.json.decode(said, type=kind)

    def _with_hits(self, tenant: str, shown: PolicyShown) -> PolicyShown:
        now = self._wall()
        hits = self._brakes.hits_of(tenant, day_of(now))
        eased = self._brakes.tripped(tenant, now)
        rules = [
            msgspec.structs.replace(
                line, hits=hits.get(line.name, 0), eased=eased.get(line.name, "")
            )
            for line in shown.rules
        ]
        return msgspec.structs.replace(shown, rules=rules)
