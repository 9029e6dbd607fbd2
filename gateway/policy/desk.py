"""Everything a running gateway does about its policies, in one place.

It loads them at the start, keeps every version that goes live, watches the files, has changes
built, lets the old ones go, and holds the brakes.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Protocol

from detectors.inline import InlineDetectors
from gateway.policy.authors import changed_by
from gateway.policy.building import Builder
from gateway.policy.keeping import BrakeKeeper
from gateway.policy.retire import Retirement
from gateway.policy.versions import Live, Versions
from gateway.policy.watch import OnChange, PolicyWatch
from gateway.record.entry import Entry
from seawall.errors import PolicyError
from seawall.policy.model import Policy

__all__ = ["PolicyDesk"]

log = logging.getLogger("seawall.policy")


class InForce(Protocol):
    """Where policies are in force: `gateway.chat.rulesets.Rulesets`."""

    read_at: float | None
    retire: Callable[[object], None]

    def replace(self, tenant: str | None) -> OnChange:
        """Return what readies a policy for a tenant (None: for all without one)."""


class PolicyDesk:
    """The policies of one gateway process. Build it in a running loop."""

    def __init__(self, data: Path, record: Callable[[Entry], None]) -> None:
        """`data` is the gateway's folder; `record` makes an entry durable when it can."""
        self.keeper = BrakeKeeper(data, record)
        self.brakes = self.keeper.brakes
        self.versions = Versions(data)
        self.retirement = Retirement()
        self._builder = Builder(data)
        self._live: dict[str | None, str] = {}
        self._files: dict[str, tuple[Path, Path | None]] = {}
        """Where the versions were read from that this process began with."""

    async def load(
        self, directory: Path, tenant_file: Path | None
    ) -> tuple[Policy, InlineDetectors | None]:
        """Return a policy, and its detectors where they came with it. Raises PolicyError.

        A child builds it here too: what reading its files leaves behind in memory is not ours.
        """
        built = await self._builder.build(directory, tenant_file, "")
        if built.policy is None:
            raise PolicyError(built.problems)
        if built.why:
            log.warning("policy built", extra={"fields": {"why": built.why}})
        self._files[built.policy.version] = directory, tenant_file
        return built.policy, built.detectors

    def begin(self, policies: Iterable[tuple[str | None, Policy]]) -> None:
        """Take up what the brakes kept, for the policies that go live at the start."""
        now = time.time()
        self.keeper.load()
        for tenant, policy in policies:
            self.brakes.live(tenant, policy, now)
            try:
                self._remember(tenant, self._files.get(policy.version), policy)
            except OSError as problem:
                self._not_kept(problem)

    def watches(
        self,
        directory: Path,
        tenants: Mapping[str, Path],
        rulesets: InForce,
        versions: Mapping[str | None, str],
    ) -> list[PolicyWatch]:
        """Return who watches the files; `versions` are those in force."""
        rulesets.retire = self.retirement.add
        files: list[tuple[str | None, Path | None]] = [(None, None), *tenants.items()]
        return [
            PolicyWatch(
                directory,
                file,
                rulesets.replace(tenant),
                version=versions[tenant],
                read_at=rulesets.read_at,
                build=self._builder.build,
                on_live=partial(self._went_live, tenant),
                remember=partial(self._remember, tenant, (directory, file)),
            )
            for tenant, file in files
        ]

    def works(self) -> list[tuple[str, Coroutine[object, object, None]]]:
        """Return what must run as long as the gateway does, by name."""
        return [("brakes", self.keeper.run()), ("retirement", self.retirement.run())]

    async def close(self) -> None:
        """Keep what was counted."""
        await self.keeper.save()

    def _went_live(self, tenant: str | None, policy: Policy) -> None:
        self.brakes.live(tenant, policy, time.time())

    def _remember(
        self, tenant: str | None, files: tuple[Path, Path | None] | None, policy: Policy
    ) -> None:
        self._live[tenant] = policy.version
        by = "" if files is None else changed_by(*files)
        live = Live(policy.version, time.time(), policy.name, tenant, by)
        self.versions.went_live(live, tuple(self._live.values()))

    def _not_kept(self, problem: OSError) -> None:
        log.error("policy version not kept", extra={"fields": {"why": problem.strerror}})
